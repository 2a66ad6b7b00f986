//! Who has been idle for longest, exactly, without a list that every packet would have to mend.
//!
//! Each row remembers the number of the update that touched it last. When one must go, the rows
//! with the lowest numbers are put in order; as long as such a row was not touched since, no other
//! row is older. A search costs a pass over the table and serves a quarter of it.

use super::row::Store;

const SERVED: usize = 4;

/// Rows in order of their last update, the oldest at the end.
#[derive(Debug, Default)]
pub(super) struct Oldest {
    waiting: Vec<(u32, u32)>,
}

impl Oldest {
    /// The row that was touched the longest time ago, which goes. None only if there are no rows.
    pub(super) fn find(&mut self, rows: &Store) -> Option<u32> {
        let found = self.look(rows);
        self.waiting.pop();
        found
    }

    /// The row that was touched the longest time ago. None only if there are no rows.
    pub(super) fn look(&mut self, rows: &Store) -> Option<u32> {
        loop {
            if self.waiting.is_empty() {
                self.waiting = by_age(rows);
                if self.waiting.is_empty() {
                    return None;
                }
            }
            while let Some((touched, number)) = self.waiting.last().copied() {
                let row = rows.row(number);
                if row.is_some_and(|row| !row.key.is_vacant() && row.touched == touched) {
                    return Some(number);
                }
                self.waiting.pop();
            }
        }
    }

    /// Number the updates anew before they overflow.
    pub(super) fn renumber(&mut self, rows: &mut Store) {
        self.waiting.clear();
        let mut all: Vec<_> = rows.numbers().map(|(number, row)| (row.touched, number)).collect();
        all.sort_unstable();
        for (rank, (_, number)) in (0..).zip(&all) {
            if let Some(row) = rows.row_mut(*number) {
                row.touched = rank;
            }
        }
    }
}

/// The oldest quarter of the rows, the very oldest at the end.
fn by_age(rows: &Store) -> Vec<(u32, u32)> {
    let mut all: Vec<_> = rows.numbers().map(|(number, row)| (row.touched, number)).collect();
    let kept = all.len().div_ceil(SERVED);
    if kept < all.len() {
        all.select_nth_unstable(kept);
        all.truncate(kept);
        all.shrink_to_fit();
    }
    all.sort_unstable_by(|left, right| right.cmp(left));
    all
}
