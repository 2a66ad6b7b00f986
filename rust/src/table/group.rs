//! Rows that are equal in some columns, numbered in order of first appearance.

use std::hash::{BuildHasher, RandomState};

/// A column of a key: values of 1, 2, 4, 8 or 16 bytes, as they lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// All values.
    pub bytes: &'a [u8],
    /// Bytes of one.
    pub width: usize,
}

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
    let mut groups = Groups { code: Vec::with_capacity(rows), first: Vec::new() };
    let mut slots = Slots::new();
    let narrow = keys.iter().map(|key| key.width).sum::<usize>() <= 8;
    // A narrow key is its own proof of being the same, so nothing else has to be looked at.
    let values = if narrow { packed(keys, rows) } else { hashes(keys, rows) };
    let state = RandomState::new();
    let odd = state.hash_one(1_u8) | 1;
    for (row, &value) in values.iter().enumerate() {
        let hash = if narrow { mix(odd, value, odd) } else { value };
        let known = slots.find(hash, value, |group| {
            narrow
                || groups
                    .first
                    .get(group as usize)
                    .is_some_and(|first| is_same(keys, first.cast_unsigned() as usize, row))
        });
        let group = known.unwrap_or_else(|| {
            let group = groups.first.len() as u32;
            slots.insert(hash, value, group);
            groups.first.push((row as u64).cast_signed());
            group
        });
        groups.code.push(i64::from(group));
    }
    groups
}

/// Keys of at most eight bytes in all as one number a row.
fn packed(keys: &[Key<'_>], rows: usize) -> Vec<u64> {
    let mut values = vec![0_u64; rows];
    for key in keys {
        macro_rules! add {
            ($type:ty) => {
                for (packed, bytes) in values.iter_mut().zip(key.bytes.as_chunks().0) {
                    let value = u64::from(<$type>::from_ne_bytes(*bytes));
                    *packed = packed.checked_shl(<$type>::BITS).unwrap_or(0) | value;
                }
            };
        }
        match key.width {
            1 => add!(u8),
            2 => add!(u16),
            4 => add!(u32),
            8 => add!(u64),
            _ => {
                for (packed, bytes) in
                    values.iter_mut().zip(key.bytes.chunks_exact(key.width.max(1)))
                {
                    for byte in bytes {
                        *packed = *packed << 8 | u64::from(*byte);
                    }
                }
            }
        }
    }
    values
}

/// One hash a row. It is seeded: nobody can write a capture in which all rows collide.
fn hashes(keys: &[Key<'_>], rows: usize) -> Vec<u64> {
    let state = RandomState::new();
    let (start, odd) = (state.hash_one(0_u8), state.hash_one(1_u8) | 1);
    let mut hashes = vec![start; rows];
    for key in keys {
        macro_rules! add {
            ($type:ty) => {
                for (hash, value) in hashes.iter_mut().zip(key.bytes.chunks_exact(key.width)) {
                    let mut bytes = [0; size_of::<$type>()];
                    bytes.copy_from_slice(value);
                    *hash = mix(*hash, u64::from(<$type>::from_ne_bytes(bytes)), odd);
                }
            };
        }
        match key.width {
            1 => add!(u8),
            2 => add!(u16),
            4 => add!(u32),
            8 => add!(u64),
            0 => {}
            _ => {
                for (hash, value) in hashes.iter_mut().zip(key.bytes.chunks_exact(key.width)) {
                    for part in value.chunks(8) {
                        let mut bytes = [0; 8];
                        bytes.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
                        *hash = mix(*hash, u64::from_ne_bytes(bytes), odd);
                    }
                }
            }
        }
    }
    hashes
}

/// Fold a value into a hash: both halves of a product, so that every bit reaches every other.
#[inline]
fn mix(hash: u64, value: u64, odd: u64) -> u64 {
    let product = u128::from(hash ^ value) * u128::from(odd);
    (product as u64) ^ ((product >> 64) as u64).rotate_left(23)
}

fn is_same(keys: &[Key<'_>], one: usize, other: usize) -> bool {
    keys.iter().all(|key| {
        let value = |row: usize| key.bytes.get(row * key.width..(row + 1) * key.width);
        value(one) == value(other)
    })
}

/// A place in the table: the value, the group plus one (0: free), and where the value belongs.
#[derive(Clone, Copy, Default)]
struct Slot {
    value: u64,
    group: u32,
    hash: u32,
}

/// Values to groups, by open addressing.
struct Slots {
    slots: Vec<Slot>,
    used: usize,
}

impl Slots {
    fn new() -> Self {
        Self { slots: vec![Slot::default(); 1 << 12], used: 0 }
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    /// The upper bits are the place, so a table that grows is copied in order.
    fn home(&self, hash: u32) -> usize {
        (hash >> (32 - self.slots.len().trailing_zeros().min(32))) as usize
    }

    fn find(&self, hash: u64, value: u64, mut is_same: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut at = self.home((hash >> 32) as u32);
        loop {
            let slot = self.slots.get(at)?;
            let group = slot.group.checked_sub(1)?;
            if slot.value == value && is_same(group) {
                return Some(group);
            }
            at = self.next(at);
        }
    }

    fn insert(&mut self, hash: u64, value: u64, group: u32) {
        if (self.used + 1) * 2 > self.slots.len() {
            let larger = vec![Slot::default(); self.slots.len() * 4];
            for slot in std::mem::replace(&mut self.slots, larger) {
                if slot.group != 0 {
                    self.put(slot);
                }
            }
        }
        self.put(Slot { value, group: group + 1, hash: (hash >> 32) as u32 });
        self.used += 1;
    }

    fn put(&mut self, slot: Slot) {
        let mut at = self.home(slot.hash);
        while self.slots.get(at).is_some_and(|taken| taken.group != 0) {
            at = self.next(at);
        }
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
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
    fn nothing_makes_no_groups() {
        assert_eq!(group(&[]), Groups::default());
        assert_eq!(group(&[Key { bytes: &[], width: 0 }]), Groups::default());
    }
}
