//! Numbers as decimal text.

use super::block::Texts;
use super::text::{DIGITS, Record};

/// Numbers below it have eight digits at most.
const EIGHT: u64 = 100_000_000;

/// Write numbers behind the headings that are there, or null where one is missing.
///
/// # Arguments
/// `missing` has one byte a number, not 0 where it is; none if none is. `long` takes what is too
/// long for a record.
#[inline]
pub(super) fn write(
    values: impl Iterator<Item = (bool, u64)>,
    missing: &[u8],
    null: ([u8; DIGITS], usize),
    to: &mut Texts,
    long: &mut Vec<u8>,
) {
    let Texts { records, spans, heading } = to;
    let to = records.iter_mut().zip(spans);
    if missing.is_empty() {
        for ((is_negative, value), (to, span)) in values.zip(to) {
            if !is_negative && value < EIGHT {
                let (digits, length) = short(value);
                to.set_behind(*heading, digits, length);
            } else {
                *span = write_long(is_negative, value, *heading, to, long);
            }
        }
        return;
    }
    for (((is_negative, value), missing), (to, span)) in values.zip(missing).zip(to) {
        if *missing != 0 {
            to.set_behind(*heading, null.0, null.1);
        } else if !is_negative && value < EIGHT {
            let (digits, length) = short(value);
            to.set_behind(*heading, digits, length);
        } else {
            *span = write_long(is_negative, value, *heading, to, long);
        }
    }
}

/// A number of eight digits at most as text, and how many it has.
#[inline]
const fn short(value: u64) -> ([u8; DIGITS], usize) {
    let digits = eight(value);
    let unused = (digits | 1 << 56).trailing_zeros() & !7; // the last digit is written anyway
    ((ascii(digits) >> unused).to_le_bytes(), DIGITS - (unused / 8) as usize)
}

/// Write any number behind the others that are long, with what the record begins with, and say
/// where.
#[cold]
fn write_long(
    is_negative: bool,
    value: u64,
    heading: usize,
    to: &mut Record,
    long: &mut Vec<u8>,
) -> (usize, usize) {
    let begin = long.len();
    long.extend_from_slice(to.first(heading));
    let sign = if is_negative { "-" } else { "" };
    long.extend_from_slice(format!("{sign}{value}").as_bytes());
    to.leave();
    (begin, long.len())
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
