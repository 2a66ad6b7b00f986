//! Numbers as decimal text.

use super::line::Line;

/// Numbers below it have eight digits at most.
const EIGHT: u64 = 100_000_000;

/// Write a number in decimal, with a minus sign where it is negative.
#[inline]
pub(super) fn write_number(value: i64, line: &mut Line<'_>) {
    if value < 0 {
        line.put_short([b'-'], 1);
    }
    write_unsigned(value.unsigned_abs(), line);
}

/// Write a number in decimal.
#[inline]
pub(super) fn write_unsigned(value: u64, line: &mut Line<'_>) {
    if value < EIGHT {
        let digits = eight(value as u32);
        let unused = (digits | 1 << 56).trailing_zeros() / 8; // the last digit is written anyway
        line.put_short((ascii(digits) >> (8 * unused)).to_le_bytes(), 8 - unused as usize);
    } else {
        write_long(value, line);
    }
}

/// Write a number of more than eight digits.
fn write_long(value: u64, line: &mut Line<'_>) {
    write_unsigned(value / EIGHT, line);
    line.put_short(ascii(eight((value % EIGHT) as u32)).to_le_bytes(), 8);
}

/// The eight digits of a number below 100,000,000, zeros in front, the first in the lowest byte.
#[inline]
pub(super) const fn eight_digits(value: u32) -> u64 {
    ascii(eight(value))
}

const fn ascii(digits: u64) -> u64 {
    digits | 0x3030_3030_3030_3030
}

/// Eight digits side by side, the first in the lowest byte: halves, their halves, and theirs are
/// divided all at once. The factors are rounded quotients of a power of two, exact in these ranges.
#[inline]
const fn eight(value: u32) -> u64 {
    let halves = (value / 10_000) as u64 | ((value % 10_000) as u64) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}
