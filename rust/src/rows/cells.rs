//! The values of a column as texts.

use std::ops::Range;

use super::lines::{BLOCK, Line, Lines};
use super::number;
use super::text::STEP;
use super::time::Clock;
use super::{Column, Declared, Values};

/// No value of a block is missing.
const NONE: [u8; BLOCK] = [0; BLOCK];

/// The values of a column.
pub(super) struct Cells<'a> {
    column: &'a Column,
    values: Values<'a>,
}

impl<'a> Cells<'a> {
    /// Values that have the length that the column says.
    pub(super) const fn new(column: &'a Column, values: Values<'a>) -> Self {
        Self { column, values }
    }

    /// Add the values of some rows to these; None if one has no label.
    pub(super) fn write(
        &self,
        rows: Range<usize>,
        clock: &mut Clock,
        to: &mut Lines<'_>,
    ) -> Option<()> {
        let Self { column, values: Values { data, missing } } = self;
        let Column { front, before, kind, width, .. } = *column;
        let missing = missing.get(rows.clone()).unwrap_or_default();
        let data = data.get(rows.start * width..rows.end * width).unwrap_or_default();
        let mut values = [0; BLOCK];
        match kind {
            Declared::Unsigned => read_unsigned(data, *width, &mut values),
            Declared::Text => {}
            _ => read(data, *width, &mut values),
        }
        let values = values.get_mut(..rows.len())?;
        if !front.is_empty() {
            to.put(front);
        }
        match kind {
            Declared::Signed | Declared::Unsigned => {
                // Rows side by side are alike: what one number is, all of them often are.
                let bits = values.iter().fold(0, |all, value| all | value.cast_unsigned());
                if bits < number::FEW {
                    write_small(values, missing, column, to);
                } else if bits < number::THOUSANDS {
                    write_middle(values, missing, column, to);
                } else {
                    write_numbers(values, missing, column, to);
                }
            }
            Declared::Time => write_times(clock, values, missing, column, to),
            Declared::Text => write_texts(data, missing, column, to),
            Declared::Label(labels) => {
                for (value, missing) in values.iter_mut().zip(missing) {
                    *value = if *missing == 0 { *value } else { -1 };
                }
                return labels.write(values, before, to);
            }
        }
        Some(())
    }
}

// Each loop in a function of its own: all in one have too few registers.

/// Numbers by their bits.
#[inline(never)]
fn write_numbers(values: &[i64], missing: &[u8], column: &Column, to: &mut Lines<'_>) {
    let before = column.before;
    let signed = matches!(column.kind, Declared::Signed);
    let long = if signed { number::signed } else { number::unsigned };
    let bits = values.iter().map(|value| value.cast_unsigned());
    write_all(bits, missing, column, to, |bits, line| number::put(bits, &before, line, long));
}

#[inline(never)]
fn write_small(values: &[i64], missing: &[u8], column: &Column, to: &mut Lines<'_>) {
    let before = column.before;
    let numbers = values.iter().map(|value| value.cast_unsigned());
    write_all(numbers, missing, column, to, |number, line| {
        number::put_small(number, &before, line);
    });
}

#[inline(never)]
fn write_middle(values: &[i64], missing: &[u8], column: &Column, to: &mut Lines<'_>) {
    let before = column.before;
    let numbers = values.iter().map(|value| value.cast_unsigned());
    write_all(numbers, missing, column, to, |number, line| {
        number::put_middle(number, &before, line);
    });
}

#[inline(never)]
fn write_times(
    clock: &mut Clock,
    values: &[i64],
    missing: &[u8],
    column: &Column,
    to: &mut Lines<'_>,
) {
    let (before, length) = (column.quoted, clock.length());
    write_all(values.iter(), missing, column, to, |value, line| {
        line.put_with(&before, length, |to| clock.write(*value, to));
    });
}

/// Texts of so many bytes, with NUL behind.
#[inline(never)]
fn write_texts(data: &[u8], missing: &[u8], column: &Column, to: &mut Lines<'_>) {
    let Column { quoted: before, behind, width, .. } = *column;
    let starts = (0..data.len()).step_by(width);
    write_all(starts, missing, column, to, |start, line| {
        let value = data.get(start..start + width).unwrap_or_default();
        let length = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        match data.get(start..).and_then(<[u8]>::first_chunk::<STEP>) {
            Some(step) if length <= STEP => line.put(&before, step, length),
            _ => {
                line.put(&before, &[], 0);
                line.put_long(value.get(..length).unwrap_or_default());
            }
        }
        line.put_step(&behind.text, behind.length);
    });
}

/// Write values, or null where one is missing.
#[inline]
fn write_all<T>(
    values: impl Iterator<Item = T>,
    missing: &[u8],
    column: &Column,
    to: &mut Lines<'_>,
    mut write: impl FnMut(T, &mut Line<'_>),
) {
    let missing = if missing.is_empty() { &NONE } else { missing };
    let (before, (null, length)) = (column.before, column.null);
    to.each(values.zip(missing), |(value, missing), line| {
        if *missing == 0 {
            write(value, line);
        } else {
            line.put(&before, &null, length);
        }
    });
}

macro_rules! read {
    ($name:ident, $one:ty, $two:ty, $four:ty) => {
        /// Values of so many bytes each.
        fn $name(data: &[u8], width: usize, values: &mut [i64; BLOCK]) {
            macro_rules! of {
                ($bytes:ident => $value:expr) => {
                    values.iter_mut().zip(data.as_chunks().0).for_each(|(to, $bytes)| *to = $value)
                };
            }
            match width {
                1 => of!(bytes => <$one>::from_ne_bytes(*bytes).into()),
                2 => of!(bytes => <$two>::from_ne_bytes(*bytes).into()),
                4 => of!(bytes => <$four>::from_ne_bytes(*bytes).into()),
                _ => of!(bytes => i64::from_ne_bytes(*bytes)), // unsigned: the same bits
            }
        }
    };
}

read!(read, i8, i16, i32);
read!(read_unsigned, u8, u16, u32);
