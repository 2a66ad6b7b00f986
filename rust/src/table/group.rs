//! Rows that are equal in some columns, numbered in order of first appearance.
//!
//! What a key can be is looked at first: the bits in which its values differ are packed into as few
//! words as they need, and a key of few bits needs no hashing at all.

use std::hash::{BuildHasher, RandomState};

use super::pack::{Key, Part, pack, packed};

/// Rows that are looked up together, so that their misses of the cache overlap.
const BLOCK: usize = 128;

/// Words of a key that are compared at once.
const MOST: usize = 4;

/// A key of so many bits is its own place in a table, however few the rows.
const SMALL: u32 = 12;

/// Places of a table to begin with, as a power of two.
const SMALLEST: u32 = 12;

/// Which rows are equal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// The number of each row's group.
    pub code: Vec<i64>,
    /// The first row of each group.
    pub first: Vec<i64>,
}

/// Group rows. All keys are of one length; rows beyond the shortest are left out.
#[must_use]
pub fn group(keys: &[Key<'_>]) -> Groups {
    let rows = keys.iter().map(|key| key.bytes.len() / key.width.max(1)).min().unwrap_or(0);
    number(keys.iter().flat_map(|key| Part::all(*key, rows)).collect(), rows)
}

/// Number the rows that are equal in every part.
fn number(mut parts: Vec<Part<'_>>, rows: usize) -> Groups {
    let words = pack(&mut parts);
    if words > MOST {
        let (some, rest): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.word < MOST);
        let codes = [some, rest].map(|parts| {
            let codes = number(parts, rows).code;
            codes.iter().flat_map(|code| code.to_ne_bytes()).collect::<Vec<u8>>()
        });
        let keys = codes.iter().flat_map(|bytes| Part::all(Key { bytes, width: 8 }, rows));
        return number(keys.collect(), rows);
    }
    let bits: u32 = parts.iter().map(|part| part.bits).sum();
    match words {
        0 | 1 if bits <= SMALL || bits < 32 && 1 << bits <= 4 * rows => direct(&parts, rows, bits),
        0 | 1 => hashed::<1>(&parts, rows),
        2 => hashed::<2>(&parts, rows),
        3 => hashed::<3>(&parts, rows),
        _ => hashed::<MOST>(&parts, rows),
    }
}

/// Groups of rows whose key has so few bits that it can be a place in a table.
fn direct(parts: &[Part<'_>], rows: usize, bits: u32) -> Groups {
    let mut groups = Groups { code: Vec::with_capacity(rows), first: Vec::new() };
    let mut places = vec![0_u32; 1 << bits];
    let mut keys = [[0]; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let keys = keys.split_at_mut(BLOCK.min(rows - start)).0;
        packed(parts, start, keys);
        for ([key], row) in keys.iter().zip(start..) {
            let Some(place) = places.get_mut(*key as usize) else { continue };
            if *place == 0 {
                groups.first.push((row as u64).cast_signed());
                *place = groups.first.len() as u32;
            }
            groups.code.push(i64::from(*place) - 1);
        }
    }
    groups
}

/// Groups of rows with keys of any size.
fn hashed<const N: usize>(parts: &[Part<'_>], rows: usize) -> Groups {
    let mut groups = Groups { code: Vec::with_capacity(rows), first: Vec::new() };
    let mut table = Table::<N>::new();
    let mut keys = [[0; N]; BLOCK];
    let mut tags = [0; BLOCK];
    let mut slots = [0; BLOCK];
    let mut known = [None; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let keys = keys.split_at_mut(BLOCK.min(rows - start)).0;
        packed(parts, start, keys);
        table.make_room(keys.len());
        for ((tag, slot), key) in tags.iter_mut().zip(&mut slots).zip(&*keys) {
            *tag = table.tag(key);
            *slot = table.slot(table.home(*tag));
        }
        for (known, ((tag, slot), key)) in known.iter_mut().zip(tags.iter().zip(slots).zip(&*keys))
        {
            *known = table.is(slot, *tag, key);
        }
        for (row, (known, (tag, key))) in (start..).zip(known.iter().zip(tags.iter().zip(&*keys))) {
            let group = known.unwrap_or_else(|| {
                table.find(*tag, key).unwrap_or_else(|| {
                    groups.first.push((row as u64).cast_signed());
                    table.insert(*tag, *key)
                })
            });
            groups.code.push(i64::from(group));
        }
    }
    groups
}

/// Keys by number, by open addressing. A slot is a tag in the upper half and the number plus one in
/// the lower; 0 is free. The upper bits of a tag are its place, so that a table that grows is copied
/// in order.
struct Table<const N: usize> {
    slots: Vec<u64>,
    shift: u32,
    keys: Vec<[u64; N]>,
    /// Nobody can write a capture in which all keys collide.
    seed: u64,
    odd: u64,
}

impl<const N: usize> Table<N> {
    fn new() -> Self {
        let state = RandomState::new();
        Self {
            slots: vec![0; 1 << SMALLEST],
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
        let same = (slot >> 32) as u32 == tag && self.keys.get(number as usize) == Some(key);
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
        let number = self.keys.len() as u32;
        self.keys.push(key);
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

    /// At most half of the places are taken, also after so many more.
    fn make_room(&mut self, more: usize) {
        while (self.keys.len() + more) * 2 > self.slots.len() && self.shift > 2 {
            self.shift -= 2;
            let larger = vec![0; self.slots.len() * 4];
            for slot in std::mem::replace(&mut self.slots, larger) {
                if slot != 0 {
                    self.put(slot);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(values: &[u16]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_ne_bytes()).collect()
    }

    #[test]
    fn groups_are_numbered_in_order_of_first_appearance() {
        let values = bytes(&[7, 7, 300, 7, 1, 300]);
        let groups = group(&[Key { bytes: &values, width: 2 }]);
        assert_eq!(groups, Groups { code: vec![0, 0, 1, 0, 2, 1], first: vec![0, 2, 4] });
    }

    #[test]
    fn rows_are_equal_only_if_every_column_is() {
        let (one, two) = (bytes(&[1, 1, 1, 2]), [5, 6, 5, 5]);
        let wide: Vec<u8> = [[0; 16], [0; 16], [9; 16], [0; 16]].concat();
        let keys = [
            Key { bytes: &one, width: 2 },
            Key { bytes: &two, width: 1 },
            Key { bytes: &wide, width: 16 },
        ];
        assert_eq!(group(&keys).code, [0, 1, 2, 3]);
        assert_eq!(group(&keys[..2]).code, [0, 1, 0, 2]);
    }

    #[test]
    fn a_table_that_grows_forgets_nothing() {
        let values: Vec<u8> =
            (0..200_000_u64).flat_map(|row| (row % 70_000 * 4096).to_ne_bytes()).collect();
        let groups = group(&[Key { bytes: &values, width: 8 }]);
        assert_eq!(groups.first.len(), 70_000);
        assert!(groups.code.iter().zip(0_i64..).all(|(code, row)| *code == row % 70_000));
    }

    #[test]
    fn keys_of_any_width_and_range_are_told_apart() {
        // Every row is another value of another column, so that the keys take many words.
        let rows = 40_usize;
        let column = |width: usize, row: usize, flip: u8| {
            let mut bytes = vec![0_u8; width * rows];
            bytes[width * row + row % width] ^= flip;
            bytes
        };
        for width in [1, 2, 3, 4, 7, 8, 12, 16, 24] {
            let columns: Vec<_> =
                (0..rows).map(|row| column(width, row, if row < 30 { 255 } else { 0 })).collect();
            let keys: Vec<_> = columns.iter().map(|bytes| Key { bytes, width }).collect();
            let expected: Vec<i64> = (0..40).map(|row| row.min(30)).collect();
            assert_eq!(group(&keys).code, expected, "{width}");
        }
    }

    #[test]
    fn keys_at_both_ends_of_the_range_are_told_apart() {
        let values = [i64::MIN, i64::MAX, 0, i64::MIN, -1, i64::MAX];
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_ne_bytes()).collect();
        assert_eq!(group(&[Key { bytes: &bytes, width: 8 }]).code, [0, 1, 2, 0, 3, 1]);
    }

    #[test]
    fn keys_without_a_difference_are_one_group() {
        let groups = group(&[Key { bytes: &[7; 30], width: 3 }]);
        assert_eq!(groups, Groups { code: vec![0; 10], first: vec![0] });
    }

    #[test]
    fn nothing_makes_no_groups() {
        assert_eq!(group(&[]), Groups::default());
        assert_eq!(group(&[Key { bytes: &[], width: 0 }]), Groups::default());
    }
}
