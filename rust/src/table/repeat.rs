//! Rows that are equal in some columns to one before.
//!
//! Where nearly every row is the first of its kind, the others are quickly told, and no row needs a
//! number: what is kept of a key is its row.

use std::hash::{BuildHasher, RandomState};

use super::pack::{MOST, Word};

/// Rows that are looked up together, so that their misses of the cache overlap.
const BLOCK: usize = 128;

/// Rows that are equal to one before.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Their numbers, ascending.
    pub rows: Vec<i64>,
    /// For each the first row that is equal.
    pub first: Vec<i64>,
}

/// The rows of which all words are equal to those of a row before.
pub(super) fn repeats(words: &[Word], rows: usize) -> Repeats {
    match words {
        [] => {
            let rows: Vec<i64> = (0..).take(rows).skip(1).collect();
            Repeats { first: vec![0; rows.len()], rows }
        }
        [_] => hashed::<1>(words, rows),
        [_, _] => hashed::<2>(words, rows),
        [_, _, _] => hashed::<3>(words, rows),
        _ => hashed::<MOST>(words, rows),
    }
}

fn hashed<const N: usize>(words: &[Word], rows: usize) -> Repeats {
    let mut found = Repeats::default();
    let mut table = Table::<N>::new(words, rows);
    let mut hashes = [0; BLOCK];
    for start in (0..rows).step_by(BLOCK) {
        let hashes = hashes.split_at_mut(BLOCK.min(rows - start)).0;
        hashes.iter_mut().zip(start..).for_each(|(hash, row)| *hash = table.hash(row));
        let touched = hashes.iter().fold(0, |all, hash| all ^ table.slot(table.home(*hash)));
        std::hint::black_box(touched);
        for (row, hash) in (start..).zip(&*hashes) {
            if let Some(first) = table.first(row, *hash) {
                found.rows.push((row as u64).cast_signed());
                found.first.push(i64::from(first));
            }
        }
    }
    found
}

/// Rows by their keys, by open addressing. A slot holds the row plus one in its lower bits, and a
/// part of the hash in the upper ones; 0 is free.
struct Table<'a, const N: usize> {
    words: [&'a [u64]; N],
    slots: Vec<u32>,
    /// The hash's upper bits are the place.
    shift: u32,
    row_bits: u32,
    /// Nobody can write a capture in which all keys collide.
    seed: u64,
    odd: u64,
}

impl<'a, const N: usize> Table<'a, N> {
    /// At most half of the places are ever taken. A page that is never looked at costs nothing.
    fn new(words: &'a [Word], rows: usize) -> Self {
        let state = RandomState::new();
        let bits = (rows.saturating_mul(2)).next_power_of_two().max(2).trailing_zeros();
        let mut columns: [&[u64]; N] = [&[]; N];
        columns.iter_mut().zip(words).for_each(|(column, word)| *column = &word.values);
        Self {
            words: columns,
            slots: vec![0; 1 << bits],
            shift: u64::BITS - bits,
            row_bits: usize::BITS - rows.leading_zeros(),
            seed: state.hash_one(0_u8),
            odd: state.hash_one(1_u8) | 1,
        }
    }

    #[inline]
    fn key(&self, row: usize) -> [u64; N] {
        self.words.map(|words| words.get(row).copied().unwrap_or_default())
    }

    #[inline]
    fn hash(&self, row: usize) -> u64 {
        // Both halves of a product, so that every bit reaches every other.
        let hash = self.key(row).iter().fold(self.seed, |hash, word| {
            let product = u128::from(hash ^ word) * u128::from(self.odd);
            (product as u64) ^ ((product >> 64) as u64).rotate_left(23)
        });
        hash.wrapping_mul(self.odd)
    }

    #[inline]
    const fn home(&self, hash: u64) -> usize {
        (hash >> self.shift) as usize
    }

    #[inline]
    fn slot(&self, at: usize) -> u32 {
        self.slots.get(at).copied().unwrap_or_default()
    }

    /// The first row with the same key; this one becomes it if there is none.
    #[inline]
    fn first(&mut self, row: usize, hash: u64) -> Option<u32> {
        let own = ((hash as u32).checked_shl(self.row_bits).unwrap_or(0)) | (row as u32 + 1);
        let is_row = u32::MAX.checked_shr(u32::BITS - self.row_bits).unwrap_or(0);
        let mut at = self.home(hash);
        loop {
            let slot = self.slot(at);
            if slot == 0 {
                if let Some(place) = self.slots.get_mut(at) {
                    *place = own;
                }
                return None;
            }
            if (slot ^ own) & !is_row == 0 {
                let other = (slot & is_row) - 1;
                if self.key(other as usize) == self.key(row) {
                    return Some(other);
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pack::{Key, Keys};
    use super::*;

    fn repeats_of(columns: &[Vec<u64>]) -> Repeats {
        let mut keys = Keys::new(columns.first().map_or(0, Vec::len));
        for column in columns {
            let bytes: Vec<u8> = column.iter().flat_map(|value| value.to_ne_bytes()).collect();
            keys.add(Key { bytes: &bytes, width: 8 });
        }
        keys.repeats()
    }

    #[test]
    fn a_row_that_was_there_is_told_with_the_first_that_is_equal() {
        let found = repeats_of(&[vec![5, 6, 5, 7, 6, 5], vec![0, 1, 0, 0, 2, 0]]);
        assert_eq!(found, Repeats { rows: vec![2, 5], first: vec![0, 0] });
        assert_eq!(repeats_of(&[vec![1, 2, 3]]), Repeats::default());
        let found = repeats_of(&[vec![4; 4]]);
        assert_eq!(found, Repeats { rows: vec![1, 2, 3], first: vec![0; 3] });
        assert_eq!(repeats_of(&[]), Repeats::default());
        assert_eq!(repeats_of(&[vec![]]), Repeats::default());
    }

    #[test]
    fn rows_of_every_number_and_keys_of_every_size_are_told_as_by_their_groups() {
        for rows in [1_u64, 2, 127, 128, 129, 5000, 70_000] {
            for columns in 1..6_u64 {
                let column = |seed: u64| {
                    (0..rows).map(move |row| {
                        let part = (row * 7919 + row / 5) % (rows / 2 + 1);
                        part.wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ seed << 3 | 1)
                    })
                };
                let columns: Vec<Vec<u64>> =
                    (0..columns).map(|seed| column(seed).collect()).collect();
                let mut keys = Keys::new(columns[0].len());
                for column in &columns {
                    let bytes: Vec<u8> = column.iter().flat_map(|it| it.to_ne_bytes()).collect();
                    keys.add(Key { bytes: &bytes, width: 8 });
                }
                let groups = keys.number();
                let mut expected = Repeats::default();
                for (row, code) in (0..).zip(&groups.code) {
                    let first = groups.first[usize::try_from(*code).unwrap()];
                    if first != row {
                        expected.rows.push(row);
                        expected.first.push(first);
                    }
                }
                assert_eq!(repeats_of(&columns), expected);
            }
        }
    }
}
