//! Numbers as decimal text.

use super::line::{Fixed, Line};

/// Numbers below it have eight digits at most.
const EIGHT: u64 = 100_000_000;

/// Bytes that [`short`] writes to.
pub(super) const DIGITS: usize = 8;

/// A number as text, the first digit in the lowest byte, and how many digits it has; None if these
/// are more than eight.
#[inline]
pub(super) const fn short(value: u64) -> Option<([u8; DIGITS], usize)> {
    if value >= EIGHT {
        return None;
    }
    let digits = eight(value);
    let unused = (digits | 1 << 56).trailing_zeros() & !7; // the last digit is written anyway
    Some(((ascii(digits) >> unused).to_le_bytes(), DIGITS - (unused / 8) as usize))
}

/// Write what stands before a number, and the number in decimal.
#[inline]
pub(super) fn write_number(before: &Fixed, value: i64, line: &mut Line<'_>) {
    if value < 0 {
        write_negative(before, value, line);
    } else {
        write_unsigned(before, value.unsigned_abs(), line);
    }
}

#[cold]
fn write_negative(before: &Fixed, value: i64, line: &mut Line<'_>) {
    line.put_fixed(before);
    line.put_short([b'-'], 1);
    write_digits(value.unsigned_abs(), line);
}

/// Write what stands before a number, and the number, which is not negative.
#[inline]
pub(super) fn write_unsigned(before: &Fixed, value: u64, line: &mut Line<'_>) {
    if let Some((digits, count)) = short(value)
        && line.put_cell(before, digits, count).is_some()
    {
        return;
    }
    write_long(before, value, line);
}

#[cold]
fn write_long(before: &Fixed, value: u64, line: &mut Line<'_>) {
    line.put_fixed(before);
    write_digits(value, line);
}

/// Write a number of any length.
fn write_digits(value: u64, line: &mut Line<'_>) {
    if let Some((digits, count)) = short(value) {
        line.put_short(digits, count);
    } else {
        write_digits(value / EIGHT, line);
        line.put_short(ascii(eight(value % EIGHT)).to_le_bytes(), DIGITS);
    }
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
