//! Rows that are equal in some columns, numbered in order of first appearance.
//!
//! What a key can be is looked at first: the bits in which its values differ are packed into as few
//! words as they need, and a key of few bits needs no hashing at all.

use super::numbers::numbered;
use super::pack::{MOST, Word};
use super::short;

/// A key of so many bits is its own place in a table, however few the rows.
const SMALL: u32 = 12;

/// Which rows are equal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// The number of each row's group.
    pub code: Vec<i64>,
    /// The first row of each group.
    pub first: Vec<i64>,
}

/// Number the rows of which all words are equal.
pub(super) fn number(words: &[Word], rows: usize) -> Groups {
    match words {
        [] => Groups { code: vec![0; rows], first: if rows > 0 { vec![0] } else { vec![] } },
        [Word { values, used }] if *used <= SMALL || *used < 32 && 1 << used <= 4 * rows => {
            direct(values, *used)
        }
        [Word { values, used }] if *used <= short::BITS && rows <= short::MOST => few_bits(values),
        [_] => hashed::<1>(words, rows),
        [_, _] => hashed::<2>(words, rows),
        [_, _, _] => hashed::<3>(words, rows),
        _ => hashed::<MOST>(words, rows),
    }
}

/// Groups of rows whose key has so few bits that it can be a place in a table.
fn direct(words: &[u64], bits: u32) -> Groups {
    let mut groups = Groups { code: Vec::with_capacity(words.len()), first: Vec::new() };
    let mut places = vec![0_u32; 1 << bits];
    for (key, row) in words.iter().zip(0..) {
        let Some(place) = places.get_mut(*key as usize) else { continue };
        if *place == 0 {
            groups.first.push(row);
            *place = groups.first.len() as u32;
        }
        groups.code.push(i64::from(*place) - 1);
    }
    groups
}

/// Groups of rows whose key has few bits.
fn few_bits(words: &[u64]) -> Groups {
    let mut code = Vec::with_capacity(words.len());
    let mut left = words.iter();
    let load = |keys: &mut [u64]| {
        for (key, word) in keys.iter_mut().zip(&mut left) {
            *key = *word;
        }
    };
    let first = short::numbered(words.len(), load, |number| code.push(i64::from(number)));
    Groups { code, first: first.into_iter().map(|row| (row as u64).cast_signed()).collect() }
}

/// Groups of rows with keys of any size.
fn hashed<const N: usize>(words: &[Word], rows: usize) -> Groups {
    let mut code = Vec::with_capacity(rows);
    let load = |start: usize, keys: &mut [[u64; N]]| {
        for (number, words) in words.iter().enumerate() {
            let own = words.values.get(start..).unwrap_or_default();
            for (key, word) in keys.iter_mut().zip(own) {
                if let Some(place) = key.get_mut(number) {
                    *place = *word;
                }
            }
        }
    };
    let first = numbered(rows, load, |number| code.push(i64::from(number)));
    Groups { code, first }
}

#[cfg(test)]
mod tests {
    use super::super::pack::{Key, Keys};
    use super::*;

    fn group(keys: &[Key<'_>]) -> Groups {
        let rows = keys.iter().map(|key| key.bytes.len() / key.width.max(1)).min().unwrap_or(0);
        let mut packed = Keys::new(rows);
        for key in keys {
            packed.add(*key);
        }
        packed.number()
    }

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
