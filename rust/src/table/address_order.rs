//! Addresses in the order of their texts.
//!
//! The text of an IPv4 address need not be written for that: a byte of it has one of 256 texts, and
//! what ends it comes before any digit.

use super::address::push_address;

/// Bytes of the longest text, in words of 16.
const TEXT: usize = 3;

/// A text, as numbers that are ordered as it is: one that is shorter comes first, as NUL is the
/// least byte.
type Text = [u128; TEXT];

/// The numbers of addresses in the order of their texts; equal ones stay in their order.
///
/// # Arguments
/// An address is 16 bytes, IPv4 in the first four; a version is 4 or 6.
#[must_use]
pub fn address_order(packed: &[[u8; 16]], versions: &[u8]) -> Vec<i64> {
    let ranks = ranks();
    let (mut four, mut six, mut text) = (Vec::with_capacity(packed.len()), Vec::new(), Vec::new());
    for (number, (address, version)) in (0_u32..).zip(packed.iter().zip(versions)) {
        if *version == 4 {
            let key = address.iter().take(4).fold(0, |key, byte| {
                key << 8 | u64::from(ranks.get(usize::from(*byte)).copied().unwrap_or_default())
            });
            four.push(key << 32 | u64::from(number));
        } else {
            text.clear();
            push_address(address, *version, &mut text);
            six.push((as_numbers(&text), number));
        }
    }
    four.sort_unstable();
    six.sort_unstable();
    merged(&four, &six)
}

/// All bytes in the order of their decimal texts.
fn by_text() -> Vec<(String, u8)> {
    let mut order: Vec<(String, u8)> = (0..=u8::MAX).map(|byte| (byte.to_string(), byte)).collect();
    order.sort_unstable();
    order
}

/// The place of each byte among all, in the order of their decimal texts.
fn ranks() -> [u8; 256] {
    let mut ranks = [0; 256];
    for (rank, (_, byte)) in (0..=u8::MAX).zip(by_text()) {
        if let Some(place) = ranks.get_mut(usize::from(byte)) {
            *place = rank;
        }
    }
    ranks
}

fn as_numbers(text: &[u8]) -> Text {
    let mut bytes = [0; TEXT * 16];
    bytes.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    let mut numbers = [0; TEXT];
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = u128::from_be_bytes(*bytes);
    }
    numbers
}

/// Addresses of IPv4, as numbers in the lower half, and others, both in order, in one order.
fn merged(mut four: &[u64], mut six: &[(Text, u32)]) -> Vec<i64> {
    let mut order = Vec::with_capacity(four.len() + six.len());
    // The first byte of one and what ends it tell it from every other: that is a colon or a letter
    // where it is no digit.
    for (rank, (mut begin, _)) in (0..=u8::MAX).zip(by_text()) {
        begin.push('.');
        let begin = as_numbers(begin.as_bytes());
        let behind = four.partition_point(|key| key >> 56 <= u64::from(rank));
        let (own, later) = four.split_at_checked(behind).unwrap_or_default();
        let before = six.partition_point(|(text, _)| *text < begin);
        let (others, rest) = six.split_at_checked(before).unwrap_or_default();
        order.extend(others.iter().map(|(_, number)| i64::from(*number)));
        order.extend(own.iter().map(|key| i64::from(*key as u32)));
        (four, six) = (later, rest);
    }
    order.extend(six.iter().map(|(_, number)| i64::from(*number)));
    order
}

#[cfg(test)]
mod tests {
    use super::super::address::AddressTexts;
    use super::*;

    fn four(bytes: [u8; 4]) -> ([u8; 16], u8) {
        let mut packed = [0; 16];
        packed[..4].copy_from_slice(&bytes);
        (packed, 4)
    }

    fn check(addresses: &[([u8; 16], u8)]) {
        let (packed, versions): (Vec<_>, Vec<_>) = addresses.iter().copied().unzip();
        let texts = AddressTexts::new(&packed, &versions, b"");
        let mut expected: Vec<i64> = (0..).take(addresses.len()).collect();
        expected.sort_by_key(|number| texts.get(*number as usize).map(<[u8]>::to_vec));
        assert_eq!(address_order(&packed, &versions), expected);
    }

    #[test]
    fn addresses_of_ipv4_are_ordered_by_their_texts() {
        let bytes = [0, 1, 2, 9, 10, 19, 20, 99, 100, 101, 199, 200, 255];
        let pairs = bytes.iter().flat_map(|one| bytes.map(|other| (*one, other)));
        let all: Vec<_> = pairs
            .flat_map(|(a, b)| [four([a, b, b, a]), four([b, 7, 7, a]), four([7, a, b, 0])])
            .collect();
        check(&all);
    }

    #[test]
    fn addresses_that_differ_late_are_ordered_by_their_texts() {
        let mut addresses = vec![([0x20; 16], 6); 3]; // longer than what is compared first
        addresses[1].0[15] = 0x1f;
        check(&addresses);
    }

    #[test]
    fn both_versions_stand_in_one_order() {
        let mut addresses = vec![four([1, 2, 3, 4]), four([255; 4]), four([16, 0, 0, 1])];
        for begin in [0x00, 0x01, 0x16, 0x20, 0x25, 0xfe] {
            for end in 0..3 {
                let mut packed = [0; 16];
                (packed[1], packed[15]) = (begin, end);
                addresses.push((packed, 6));
                packed[0] = begin;
                addresses.push((packed, 6));
            }
            addresses.push(four([begin, 0, 0, begin]));
        }
        check(&addresses);
    }

    #[test]
    fn nothing_has_an_order() {
        assert_eq!(address_order(&[], &[]), [0_i64; 0]);
    }
}
