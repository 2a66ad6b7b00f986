//! ICMP errors that spoke of a flow: of few rows, so they are kept beside them.

use std::collections::HashMap;

use super::row::Origin;

/// What was said of the rows, by number. [`Origin::has_errors`] says which rows are in it.
#[derive(Debug, Default)]
pub(super) struct Errors {
    known: HashMap<u32, (i16, i64)>,
}

impl Errors {
    /// An error speaks of a row: type * 256 + code.
    pub(super) fn note(&mut self, number: u32, origin: &mut Origin, error: u16) {
        origin.has_errors = true;
        let (_, count) = self.known.entry(number).or_insert((error.cast_signed(), 0));
        *count += 1;
    }

    /// The first error, -1 without, and how many there were.
    #[inline]
    pub(super) fn of(&self, number: u32, origin: &Origin) -> (i16, i64) {
        if origin.has_errors { self.get(number) } else { NONE }
    }

    fn get(&self, number: u32) -> (i16, i64) {
        self.known.get(&number).copied().unwrap_or(NONE)
    }

    /// Forget what was said of a row.
    pub(super) fn clear(&mut self, number: u32, origin: &Origin) {
        if origin.has_errors {
            self.known.remove(&number);
        }
    }
}

const NONE: (i16, i64) = (-1, 0);
