//! Rows that are written side by side.

use super::line::{Fixed, Line};

/// Rows that are written together, at most.
pub(super) const BLOCK: usize = 32;

/// Bytes that they take together, about, where rows can be long.
const ROOM: usize = 1 << 18;

/// Bytes that the processor fetches at once.
const CACHED: usize = 64;

/// Some rows, to which one column after the other is added.
///
/// Cells of one column are written in a loop of their own, and none waits for the one before it. So rows stand apart, and are put together when they are whole.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    room: &'a mut [u8],
    /// Bytes from one row to the next.
    apart: usize,
    /// Rows for which there is room.
    most: usize,
    /// Rows that are being written.
    rows: usize,
    lengths: [usize; BLOCK],
}

impl<'a> Lines<'a> {
    /// Room for rows of bounded length; what is in it is overwritten.
    pub(super) fn new(room: &'a mut Vec<u8>, longest: usize) -> Self {
        // An odd number of cache lines: else the beginnings of all rows would share a few places.
        let apart = (longest.div_ceil(CACHED) | 1) * CACHED;
        let most = (ROOM / apart).clamp(1, BLOCK);
        if room.len() < most * apart {
            room.resize(most * apart, 0);
        }
        Self { room, apart, most, rows: 0, lengths: [0; BLOCK] }
    }

    /// How many rows there can be at once, at least 1.
    pub(super) const fn most(&self) -> usize {
        self.most
    }

    /// Begin so many new rows.
    pub(super) fn begin(&mut self, rows: usize) {
        self.rows = rows.min(self.most);
        self.lengths = [0; BLOCK];
    }

    /// Write something to each row, in their order.
    #[inline]
    pub(super) fn each<T>(
        &mut self,
        values: impl IntoIterator<Item = T>,
        mut write: impl FnMut(T, &mut Line<'_>),
    ) {
        let lengths = self.lengths.get_mut(..self.rows).unwrap_or_default();
        let rows = self.room.chunks_exact_mut(self.apart).zip(lengths);
        for ((room, length), value) in rows.zip(values) {
            let mut line = Line::after(room, *length);
            write(value, &mut line);
            *length = line.len();
        }
    }

    /// Write a value to each row, or null where one is missing.
    ///
    /// # Arguments
    /// `missing` has one byte a row, not 0 where the value is; none if none is.
    #[inline]
    pub(super) fn each_or_null<T>(
        &mut self,
        values: impl IntoIterator<Item = T>,
        missing: &[u8],
        null: &Fixed,
        mut write: impl FnMut(T, &mut Line<'_>),
    ) {
        if missing.is_empty() {
            return self.each(values, write);
        }
        self.each(values.into_iter().zip(missing), |(value, missing), line| match *missing {
            0 => write(value, line),
            _ => line.put_fixed(null),
        });
    }

    /// Add the rows to a text, one behind the other, each with its end.
    pub(super) fn move_to(&mut self, end: &Fixed, out: &mut Vec<u8>) {
        self.each([(); BLOCK], |(), line| line.put_fixed(end));
        let rows = self.room.chunks_exact(self.apart).zip(&self.lengths);
        for (room, length) in rows.take(self.rows) {
            out.extend_from_slice(room.get(..*length).unwrap_or_default());
        }
        self.rows = 0;
    }
}
