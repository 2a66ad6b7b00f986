//! Where a key's row is: an open-addressing table of eight-byte slots, tag and row number.
//!
//! The upper bits of a tag are its place, so growing and removing need no look at the keys, and
//! a table that grows is copied in order.

const SMALLEST: u32 = 10;

/// Tags to row numbers. A slot is the tag in the upper half, the row number plus one in the lower.
#[derive(Debug)]
pub(super) struct Index {
    slots: Vec<u64>,
    shift: u32,
    used: usize,
}

impl Index {
    pub(super) fn new() -> Self {
        Self { slots: vec![0; 1 << SMALLEST], shift: 32 - SMALLEST, used: 0 }
    }

    #[inline]
    fn home(&self, tag: u32) -> usize {
        (tag >> self.shift) as usize
    }

    #[inline]
    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    #[inline]
    fn slot(&self, at: usize) -> u64 {
        self.slots.get(at).copied().unwrap_or_default()
    }

    /// The row that the first slot of a tag names; most of the time it is the right one.
    #[inline]
    pub(super) fn guess(&self, tag: u32) -> u32 {
        row_of(self.slot(self.home(tag)))
    }

    /// The row with this tag that `is_same` accepts.
    #[inline]
    pub(super) fn find(&self, tag: u32, mut is_same: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = self.home(tag);
        loop {
            let slot = self.slot(at);
            if slot == 0 {
                return None;
            }
            if (slot >> 32) as u32 == tag && is_same(row_of(slot)) {
                return Some(row_of(slot));
            }
            at = self.next(at);
        }
    }

    /// Add a row that is not there yet.
    pub(super) fn insert(&mut self, tag: u32, row: u32) {
        if (self.used + 1) * 2 > self.slots.len() {
            self.grow();
        }
        self.put(u64::from(tag) << 32 | (u64::from(row) + 1));
        self.used += 1;
    }

    fn put(&mut self, slot: u64) {
        let mut at = self.home((slot >> 32) as u32);
        while self.slot(at) != 0 {
            at = self.next(at);
        }
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    fn grow(&mut self) {
        let larger = vec![0; self.slots.len() * 2];
        let slots = std::mem::replace(&mut self.slots, larger);
        self.shift -= 1;
        for slot in slots.into_iter().filter(|slot| *slot != 0) {
            self.put(slot);
        }
    }

    /// Take a row out; what stood behind it moves up, so that no search ends early.
    pub(super) fn remove(&mut self, tag: u32, row: u32) {
        let wanted = u64::from(tag) << 32 | (u64::from(row) + 1);
        let mut hole = self.home(tag);
        while self.slot(hole) != wanted {
            if self.slot(hole) == 0 {
                return;
            }
            hole = self.next(hole);
        }
        let mut at = hole;
        loop {
            at = self.next(at);
            let slot = self.slot(at);
            if slot == 0 {
                break;
            }
            let distance = |from: usize| at.wrapping_sub(from) & (self.slots.len() - 1);
            if distance(self.home((slot >> 32) as u32)) >= distance(hole) {
                if let Some(place) = self.slots.get_mut(hole) {
                    *place = slot;
                }
                hole = at;
            }
        }
        if let Some(place) = self.slots.get_mut(hole) {
            *place = 0;
        }
        self.used -= 1;
    }
}

/// The row number of a slot; of an empty one a number that no row has.
#[inline]
const fn row_of(slot: u64) -> u32 {
    (slot as u32).wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tags that differ in their last bits only, at both ends of the table.
    fn tag(number: u32) -> u32 {
        if number.is_multiple_of(2) { number } else { u32::MAX - number }
    }

    #[test]
    fn what_was_inserted_is_found_until_it_is_removed() {
        let mut index = Index::new();
        for row in 0..5000 {
            index.insert(tag(row), row);
        }
        for row in (0..5000).step_by(3) {
            index.remove(tag(row), row);
        }
        for row in 0..5000 {
            let found = index.find(tag(row), |other| other == row);
            assert_eq!(found, (row % 3 != 0).then_some(row));
        }
        assert_eq!(index.used, 5000 - 1667);
    }

    #[test]
    fn rows_of_one_tag_are_told_apart_by_the_caller() {
        let mut index = Index::new();
        index.insert(7, 1);
        index.insert(7, 2);
        assert_eq!(index.find(7, |row| row == 2), Some(2));
        index.remove(7, 1);
        assert_eq!(index.find(7, |row| row == 2), Some(2));
        assert_eq!(index.find(7, |row| row == 1), None);
    }
}
