//! Addresses in the order of their texts.
//!
//! The text of an IPv4 address need not be written for that: a byte of it has one of 256 texts, and
//! what ends it comes before any digit.

use std::cmp::Ordering;

use super::address::push_address;

/// Bytes of a text that are looked at first, those of IPv4 whole.
const FIRST: usize = 16;

/// An address whose text was written.
struct Written {
    /// A text that is shorter comes first, as NUL is the least byte.
    first: u128,
    rest: Vec<u8>,
    number: u32,
}

/// The numbers of addresses in the order of their texts; equal ones stay in their order.
///
/// # Arguments
/// An address is 16 bytes, IPv4 in the first four; a version is 4 or 6.
#[must_use]
pub fn address_order(packed: &[[u8; 16]], versions: &[u8]) -> Vec<i64> {
    let ranks = ranks();
    let (mut four, mut six) = (Vec::with_capacity(packed.len()), Vec::new());
    for (number, (address, version)) in (0..).zip(packed.iter().zip(versions)) {
        if *version == 4 {
            let key = address.iter().take(4).fold(0, |key, byte| {
                key << 8 | u64::from(ranks.get(usize::from(*byte)).copied().unwrap_or_default())
            });
            four.push(key << 32 | u64::from(number));
        } else {
            six.push(written(address, *version, number));
        }
    }
    four.sort_unstable();
    six.sort_unstable_by(compare);
    merged(&four, &six, packed)
}

/// The place of each byte among all, in the order of their decimal texts.
fn ranks() -> [u8; 256] {
    let mut order: Vec<(String, u8)> = (0..=u8::MAX).map(|byte| (byte.to_string(), byte)).collect();
    order.sort_unstable();
    let mut ranks = [0; 256];
    for (rank, (_, byte)) in (0..=u8::MAX).zip(order) {
        if let Some(place) = ranks.get_mut(usize::from(byte)) {
            *place = rank;
        }
    }
    ranks
}

fn written(address: &[u8; 16], version: u8, number: u32) -> Written {
    let mut rest = Vec::new();
    push_address(address, version, &mut rest);
    let first = first(&rest);
    rest.drain(..rest.len().min(FIRST));
    Written { first, rest, number }
}

fn compare(one: &Written, other: &Written) -> Ordering {
    let by_text = one.first.cmp(&other.first).then_with(|| one.rest.cmp(&other.rest));
    by_text.then(one.number.cmp(&other.number))
}

/// Addresses of IPv4, as numbers in the lower half, and others, both in order, in one order.
fn merged(four: &[u64], six: &[Written], packed: &[[u8; 16]]) -> Vec<i64> {
    let mut order = Vec::with_capacity(four.len() + six.len());
    let (mut left, mut text) = (six.iter().peekable(), Vec::new());
    for key in four {
        let number = *key as u32;
        if left.peek().is_some() {
            let address = packed.get(number as usize).copied().unwrap_or_default();
            text.clear();
            push_address(&address, 4, &mut text);
            // All of it; and no text of the other kind begins with it.
            let own = first(&text);
            while let Some(other) = left.next_if(|other| other.first < own) {
                order.push(i64::from(other.number));
            }
        }
        order.push(i64::from(number));
    }
    order.extend(left.map(|other| i64::from(other.number)));
    order
}

/// The first bytes of a text as a number, and NUL where there are fewer.
fn first(text: &[u8]) -> u128 {
    let mut first = [0; FIRST];
    first.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    u128::from_be_bytes(first)
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
