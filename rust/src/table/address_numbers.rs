//! The different addresses of rows, numbered in order of first appearance.

use super::numbers::numbered;
use super::short;

/// Rows that are passed over together.
const MANY: usize = 256;

/// Addresses of some rows, those of IPv4 in the first four bytes, and the version of each: 4 or 6.
pub type AddressPart<'a> = (&'a [[u8; 16]], &'a [u8]);

/// Addresses and the number that each row has among them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AddressNumbers {
    /// The different addresses.
    pub packed: Vec<u8>,
    /// Of each: 4 or 6.
    pub version: Vec<u8>,
    /// Of every row, one part behind the other.
    pub number: Vec<i32>,
}

/// Number the addresses of rows that come in parts.
#[must_use]
pub fn address_numbers(parts: &[AddressPart<'_>]) -> AddressNumbers {
    let rows = parts.iter().map(|(packed, version)| packed.len().min(version.len())).sum();
    let mut found =
        AddressNumbers { number: Vec::with_capacity(rows), ..AddressNumbers::default() };
    let take = |number: u32| found.number.push(number.cast_signed());
    let first = numbered_by_four(parts, rows, take);
    let (mut first, mut before) = (first.into_iter().peekable(), 0);
    for (packed, version) in parts {
        let own = packed.len().min(version.len());
        while let Some(row) = first.next_if(|row| *row < before + own) {
            found.packed.extend(packed.get(row - before).into_iter().flatten());
            found.version.extend(version.get(row - before));
        }
        before += own;
    }
    found
}

/// The addresses of all rows, and the version of each.
fn each<'a>(parts: &'a [AddressPart<'a>]) -> impl Iterator<Item = (&'a [u8; 16], &'a u8)> {
    parts.iter().flat_map(|(packed, version)| packed.iter().zip(*version))
}

/// Those that are not of IPv4, the same. Most recordings have few of them: they are passed over many
/// at a time.
fn others<'a>(parts: &'a [AddressPart<'a>]) -> impl Iterator<Item = (&'a [u8; 16], &'a u8)> {
    parts
        .iter()
        .flat_map(|(packed, version)| packed.chunks(MANY).zip(version.chunks(MANY)))
        .filter(|(_, version)| version.iter().fold(0, |all, it| all | it ^ 4) != 0)
        .flat_map(|(packed, version)| packed.iter().zip(version))
        .filter(|(_, version)| **version != 4)
}

/// Number addresses; the first row of each comes back. Of IPv4 four bytes say all. The others are
/// numbered first, and their numbers stand for them.
fn numbered_by_four(parts: &[AddressPart<'_>], rows: usize, take: impl FnMut(u32)) -> Vec<usize> {
    let mut numbers = Vec::new();
    let mut left = others(parts);
    let load = |_, keys: &mut [[u64; 3]]| {
        for (key, (packed, version)) in keys.iter_mut().zip(&mut left) {
            let number = u128::from_ne_bytes(*packed);
            *key = [number as u64, (number >> 64) as u64, u64::from(*version)];
        }
    };
    numbered(others(parts).count(), load, |number| numbers.push(number));
    let (mut left, mut numbers) = (each(parts), numbers.into_iter());
    let load = |keys: &mut [u64]| {
        for (key, (packed, version)) in keys.iter_mut().zip(&mut left) {
            let [a, b, c, d, ..] = packed;
            *key = if *version == 4 {
                u32::from_ne_bytes([*a, *b, *c, *d]).into()
            } else {
                1 << 32 | u64::from(numbers.next().unwrap_or_default())
            };
        }
    };
    short::numbered(rows, load, take)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(first: u8, last: u8) -> [u8; 16] {
        let mut packed = [0; 16];
        (packed[0], packed[15]) = (first, last);
        packed
    }

    #[test]
    fn addresses_are_numbered_over_all_parts() {
        let (one, two) = ([address(10, 0), address(9, 0)], [address(10, 0), address(8, 0)]);
        let parts: [AddressPart<'_>; 3] = [(&one, &[4, 4]), (&[], &[]), (&two, &[4, 4])];
        let found = address_numbers(&parts);
        assert_eq!(found.number, [0, 1, 0, 2]);
        assert_eq!(found.packed, [address(10, 0), address(9, 0), address(8, 0)].concat());
        assert_eq!(found.version, [4, 4, 4]);
    }

    #[test]
    fn addresses_differ_by_version_and_by_each_byte() {
        let packed = [address(1, 0), address(1, 0), address(1, 1), address(1, 1), address(0, 1)];
        let found = address_numbers(&[(&packed, &[4, 6, 6, 6, 6])]);
        assert_eq!((found.number, found.version), (vec![0, 1, 2, 2, 3], vec![4, 6, 6, 6]));
    }

    #[test]
    fn single_addresses_of_another_version_are_found_among_many() {
        let packed: Vec<_> = (0..=255).cycle().take(2000).map(|row| address(row, 0)).collect();
        let mut version = vec![4; 2000];
        let (one, other) = (700, 1999);
        (version[one], version[other]) = (6, 6);
        let parts: [AddressPart<'_>; 2] = [(&packed, &version[..1000]), (&packed, &version)];
        let found = address_numbers(&parts);
        let number = |row: usize| found.number[row];
        assert_eq!((found.version.len(), found.number.len()), (258, 3000));
        assert_eq!([number(one), number(1000 + one), number(1000 + other)], [256, 256, 257]);
        assert_eq!(number(999), 999 % 256);
    }

    #[test]
    fn no_rows_have_no_addresses() {
        assert_eq!(address_numbers(&[]), AddressNumbers::default());
    }
}
