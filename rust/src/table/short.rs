//! Keys of few bits numbered in order of first appearance.
//!
//! A key is mixed so that no two become the same: what stands in a place of the table says all of
//! the key, and a row that is known costs one look into memory.

use std::hash::{BuildHasher, RandomState};

use super::memory::WORDS;

/// Rows that are looked up together, so that their misses of the cache overlap.
const BLOCK: usize = 128;

/// Places of a table to begin with, as a power of two.
const SMALLEST: u32 = 12;

/// How much a table grows at once, as a power of two.
const STEP: u32 = 2;

/// Bits that a key may have.
pub(super) const BITS: u32 = 33;

/// Rows that there may be.
pub(super) const MOST: usize = (1 << NUMBER) - 2;

/// Bits of a slot that have the number.
const NUMBER: u32 = 64 - BITS;

/// Number the keys of rows.
///
/// # Arguments
/// How many rows there are, [`MOST`] at most; what fills in the keys of the next rows, of [`BITS`];
/// what takes the number of each row's key, in order.
///
/// Returns the first row of each number.
pub(super) fn numbered(
    rows: usize,
    mut load: impl FnMut(&mut [u64]),
    mut take: impl FnMut(u32),
) -> Vec<usize> {
    let mut first = Vec::new();
    let mut table = Table::new();
    let mut tags = [0; BLOCK];
    let mut slots = [0; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let tags = tags.split_at_mut(BLOCK.min(rows - start)).0;
        load(tags);
        table.make_room(first.len());
        for (tag, slot) in tags.iter_mut().zip(&mut slots) {
            *tag = table.tag(*tag);
            *slot = table.slot(table.home(*tag));
        }
        for (row, (tag, slot)) in (start..).zip(tags.iter().zip(&slots)) {
            if *slot >> NUMBER == *tag && *slot & MASK != 0 {
                take((*slot & MASK) as u32 - 1);
                continue;
            }
            let next = first.len() as u32;
            let number = table.find_or_insert(*tag, next);
            if number == next {
                first.push(row);
            }
            take(number);
        }
    }
    first
}

/// The number plus one in a slot.
const MASK: u64 = (1 << NUMBER) - 1;

/// Open addressing. A slot is a tag in the upper bits and the number plus one in the lower; 0 is
/// free. The upper bits of a tag are its place, so that a table that grows is copied in order.
struct Table {
    slots: Vec<u64>,
    shift: u32,
    /// Nobody can write a capture in which all keys collide.
    seed: [u32; 3],
}

impl Table {
    fn new() -> Self {
        let state = RandomState::new();
        let seed = [0_u8, 1, 2].map(|number| state.hash_one(number) as u32);
        let [first, second, third] = seed;
        Self {
            slots: WORDS.zeros(1 << SMALLEST),
            shift: 32 - SMALLEST,
            seed: [first, second | 1, third | 1],
        }
    }

    /// Each step can be taken back, so that different keys have different tags.
    #[inline]
    const fn tag(&self, key: u64) -> u64 {
        let [seed, odd, other] = self.seed;
        let highest = key >> 32;
        let mixed = (key as u32 ^ seed).wrapping_mul(odd) ^ highest as u32;
        let mixed = (mixed ^ mixed >> 15).wrapping_mul(other);
        let mixed = (mixed ^ mixed >> 16).wrapping_mul(odd);
        (mixed ^ mixed >> 15) as u64 | highest << 32
    }

    #[inline]
    const fn home(&self, tag: u64) -> usize {
        (tag as u32 >> self.shift) as usize
    }

    #[inline]
    fn slot(&self, at: usize) -> u64 {
        self.slots.get(at).copied().unwrap_or_default()
    }

    /// The number of a tag, which is the next one where it is new.
    fn find_or_insert(&mut self, tag: u64, next: u32) -> u32 {
        let mut at = self.home(tag);
        loop {
            let slot = self.slot(at);
            if slot == 0 {
                self.put(at, tag << NUMBER | (u64::from(next) + 1));
                return next;
            }
            if slot >> NUMBER == tag {
                return ((slot & MASK) as u32).wrapping_sub(1);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Put a slot in the first free place from one on.
    fn put(&mut self, mut at: usize, slot: u64) {
        while self.slot(at) != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    /// At most half of the places are taken, also after a block more.
    fn make_room(&mut self, known: usize) {
        while (known + BLOCK) * 2 > self.slots.len() && self.shift != 0 {
            let step = STEP.min(self.shift);
            self.shift -= step;
            let larger = WORDS.zeros(self.slots.len() << step);
            let slots = std::mem::replace(&mut self.slots, larger);
            for slot in slots.iter().filter(|slot| **slot != 0) {
                self.put(self.home(*slot >> NUMBER), *slot);
            }
            WORDS.give(slots);
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        WORDS.give(std::mem::take(&mut self.slots));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(keys: &[u64]) -> (Vec<u32>, Vec<usize>) {
        let (mut found, mut left) = (Vec::new(), keys.iter());
        let load = |to: &mut [u64]| to.iter_mut().zip(&mut left).for_each(|(to, key)| *to = *key);
        let first = numbered(keys.len(), load, |number| found.push(number));
        (found, first)
    }

    #[test]
    fn keys_are_numbered_as_they_come() {
        let last = (1 << BITS) - 1;
        let keys = [7, last, 7, 0, last, 0, last >> 1, 1 << 32 | 7];
        assert_eq!(numbers(&keys), (vec![0, 1, 0, 2, 1, 2, 3, 4], vec![0, 1, 3, 6, 7]));
        assert_eq!(numbers(&[]), (vec![], vec![]));
    }

    #[test]
    fn many_keys_are_told_apart_and_found_again() {
        let keys: Vec<u64> = (0..100_000).chain(0..100_000).map(|key| key * 80_503).collect();
        let (found, first) = numbers(&keys);
        assert!(found.iter().copied().eq((0..100_000).chain(0..100_000)));
        assert!(first.into_iter().eq(0..100_000));
    }
}
