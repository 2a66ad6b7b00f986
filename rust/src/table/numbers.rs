//! Keys numbered in order of first appearance.

use std::hash::{BuildHasher, RandomState};

use super::memory::WORDS;

/// Rows that are looked up together, so that their misses of the cache overlap.
const BLOCK: usize = 128;

/// Places of a table to begin with, as a power of two.
const SMALLEST: u32 = 12;

/// How much a table may grow at once, as a power of two.
const LONGEST_STEP: u32 = 4;

/// Number the keys of rows.
///
/// # Arguments
/// How many rows there are; what fills in the keys of the rows from one on; what takes the number of
/// each row's key, in order.
///
/// Returns the first row of each number.
pub(super) fn numbered<const N: usize>(
    rows: usize,
    mut load: impl FnMut(usize, &mut [[u64; N]]),
    mut take: impl FnMut(u32),
) -> Vec<i64> {
    let mut first = Vec::new();
    let mut table = Table::<N>::new();
    let mut keys = [[0; N]; BLOCK];
    let mut tags = [0; BLOCK];
    let mut slots = [0; BLOCK];
    let mut known = [None; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let keys = keys.split_at_mut(BLOCK.min(rows - start)).0;
        load(start, keys);
        table.make_room(start, rows);
        for ((tag, slot), key) in tags.iter_mut().zip(&mut slots).zip(&*keys) {
            *tag = table.tag(key);
            *slot = table.slot(table.home(*tag));
        }
        for (known, ((tag, slot), key)) in known.iter_mut().zip(tags.iter().zip(slots).zip(&*keys))
        {
            *known = table.is(slot, *tag, key);
        }
        for (row, (known, (tag, key))) in (start..).zip(known.iter().zip(tags.iter().zip(&*keys))) {
            let number = known.unwrap_or_else(|| {
                table.find(*tag, key).unwrap_or_else(|| {
                    first.push((row as u64).cast_signed());
                    table.insert(*tag, *key)
                })
            });
            take(number);
        }
    }
    first
}

/// Keys by number, by open addressing. A slot is a tag in the upper half and the number plus one in
/// the lower; 0 is free. The upper bits of a tag are its place, so that a table that grows is copied
/// in order.
struct Table<const N: usize> {
    slots: Vec<u64>,
    shift: u32,
    /// `N` words each.
    keys: Vec<u64>,
    /// Nobody can write a capture in which all keys collide.
    seed: u64,
    odd: u64,
}

impl<const N: usize> Table<N> {
    fn new() -> Self {
        let state = RandomState::new();
        Self {
            slots: WORDS.zeros(1 << SMALLEST),
            shift: 32 - SMALLEST,
            keys: Vec::new(),
            seed: state.hash_one(0_u8),
            odd: state.hash_one(1_u8) | 1,
        }
    }

    #[inline]
    fn tag(&self, key: &[u64; N]) -> u32 {
        // Both halves of a product, so that every bit reaches every other.
        let hash = key.iter().fold(self.seed, |hash, word| {
            let product = u128::from(hash ^ word) * u128::from(self.odd);
            (product as u64) ^ ((product >> 64) as u64).rotate_left(23)
        });
        (hash.wrapping_mul(self.odd) >> 32) as u32
    }

    #[inline]
    const fn home(&self, tag: u32) -> usize {
        (tag >> self.shift) as usize
    }

    #[inline]
    fn slot(&self, at: usize) -> u64 {
        self.slots.get(at).copied().unwrap_or_default()
    }

    #[inline]
    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// The number of the key in a slot, if it is this one.
    #[inline]
    fn is(&self, slot: u64, tag: u32, key: &[u64; N]) -> Option<u32> {
        let number = (slot as u32).checked_sub(1)?;
        let same =
            (slot >> 32) as u32 == tag && self.keys.as_chunks().0.get(number as usize) == Some(key);
        same.then_some(number)
    }

    fn find(&self, tag: u32, key: &[u64; N]) -> Option<u32> {
        let mut at = self.home(tag);
        loop {
            let slot = self.slot(at);
            if slot == 0 {
                return None;
            }
            if let Some(number) = self.is(slot, tag, key) {
                return Some(number);
            }
            at = self.next(at);
        }
    }

    fn insert(&mut self, tag: u32, key: [u64; N]) -> u32 {
        let number = (self.keys.len() / N) as u32;
        self.keys.extend_from_slice(&key);
        self.put(u64::from(tag) << 32 | (u64::from(number) + 1));
        number
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

    /// At most half of the places are taken, also after a block more. How far a table grows depends
    /// on how many of the rows so far, and how many are to come, had a key of their own.
    fn make_room(&mut self, before: usize, rows: usize) {
        let known = self.keys.len() / N;
        if (known + BLOCK) * 2 <= self.slots.len() || self.shift == 0 {
            return;
        }
        let expected = known.saturating_mul(rows) / before.max(1) * 2;
        let step =
            (expected / self.slots.len()).max(2).ilog2().clamp(1, LONGEST_STEP.min(self.shift));
        self.shift -= step;
        let larger = WORDS.zeros(self.slots.len() << step);
        let slots = std::mem::replace(&mut self.slots, larger);
        slots.iter().filter(|slot| **slot != 0).for_each(|slot| self.put(*slot));
        WORDS.give(slots);
    }
}

impl<const N: usize> Drop for Table<N> {
    fn drop(&mut self) {
        WORDS.give(std::mem::take(&mut self.slots));
    }
}
