//! Numbers as decimal text.

use super::lines::Line;
use super::text::{DIGITS, Heading};

/// Numbers below it have eight digits at most.
const EIGHT: u64 = 100_000_000;

/// Numbers below it have their texts in a table.
pub(super) const FEW: u64 = 512;

/// The text of each small number, the first digit in the lowest byte, and in the highest byte how
/// many digits it has.
const TEXTS: [u32; FEW as usize] = {
    let mut texts = [0; FEW as usize];
    let mut rest: &mut [u32] = &mut texts;
    let mut number = 0;
    while let Some((place, others)) = rest.split_first_mut() {
        let digits: u32 = if number < 10 {
            1
        } else if number < 100 {
            2
        } else {
            3
        };
        *place = (ascii(eight(number)) >> (8 * (8 - digits))) as u32 | digits << 24;
        rest = others;
        number += 1;
    }
    texts
};

/// Add a number below [`FEW`] to a row, and what stands before it.
#[inline]
pub(super) fn put_small(number: u64, before: &Heading, to: &mut Line<'_>) {
    let text = TEXTS.get((number % FEW) as usize).copied().unwrap_or_default();
    to.put(before, &text.to_le_bytes(), (text >> 24) as usize);
}

/// Numbers below it have four digits at most: a power of two, so that bits tell.
pub(super) const THOUSANDS: u64 = 8192;

/// Add a number below [`THOUSANDS`] to a row, and what stands before it.
#[inline]
pub(super) fn put_middle(number: u64, before: &Heading, to: &mut Line<'_>) {
    let digits = four(number as u32 % THOUSANDS as u32);
    let unused = (digits | 1 << 24).trailing_zeros() & !7; // the last digit is written anyway
    let text = (digits | 0x3030_3030) >> unused;
    to.put(before, &text.to_le_bytes(), 4 - (unused / 8) as usize);
}

/// Four digits side by side, as eight are below.
#[inline]
const fn four(value: u32) -> u32 {
    let hundreds = (value * 10_486) >> 20;
    let pairs = (value << 16) - hundreds * ((100 << 16) - 1);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f;
    (pairs << 8) - tens * ((10 << 8) - 1)
}

/// Add a number to a row, and what stands before it.
///
/// # Arguments
/// `bits` are those of the number, which `long` writes as text if it is negative or large.
#[inline]
pub(super) fn put(bits: u64, before: &Heading, to: &mut Line<'_>, long: fn(u64) -> String) {
    if bits < EIGHT {
        let (digits, length) = short(bits);
        to.put(before, &digits, length);
    } else {
        to.put(before, &[], 0);
        to.put_long(long(bits).as_bytes());
    }
}

#[cold]
pub(super) fn signed(bits: u64) -> String {
    bits.cast_signed().to_string()
}

#[cold]
pub(super) fn unsigned(bits: u64) -> String {
    bits.to_string()
}

/// A number of eight digits at most as text, and how many it has.
#[inline]
const fn short(value: u64) -> ([u8; DIGITS], usize) {
    let digits = eight(value);
    let unused = (digits | 1 << 56).trailing_zeros() & !7; // the last digit is written anyway
    ((ascii(digits) >> unused).to_le_bytes(), DIGITS - (unused / 8) as usize)
}

/// The eight digits of a number below 100,000,000, zeros in front, the first in the lowest byte.
#[inline]
pub(super) const fn eight_digits(value: u64) -> u64 {
    ascii(eight(value))
}

const fn ascii(digits: u64) -> u64 {
    digits | 0x3030_3030_3030_3030
}

/// Eight digits side by side, the first in the lowest byte: halves, their halves, and theirs are
/// divided all at once. The factors are rounded quotients of a power of two, exact in these ranges;
/// what is subtracted leaves the rest of the division in the upper part of each place, and its
/// result in the lower part.
#[inline]
const fn eight(value: u64) -> u64 {
    let high = (value * 0xd1b7_1759) >> 45;
    let halves = (value << 32) - high * ((10_000 << 32) - 1);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = (halves << 16) - hundreds * ((100 << 16) - 1);
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    (pairs << 8) - tens * ((10 << 8) - 1)
}
