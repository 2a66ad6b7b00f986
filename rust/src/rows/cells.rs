//! The values of a column, and how they are written.

use std::ops::Range;

use super::line::Fixed;
use super::lines::{BLOCK, Lines};
use super::number::{self, write_number};
use super::time::Clock;
use super::{Column, Declared, Values};

/// The values of a column.
pub(super) struct Cells<'a> {
    column: &'a Column,
    data: &'a [u8],
    missing: &'a [u8],
    quote: &'a Fixed,
    clock: Option<Clock>,
    /// Numbers and times of the rows that are written next; indices of labels.
    values: [i64; BLOCK],
}

impl<'a> Cells<'a> {
    /// Values that have the length that the column says.
    pub(super) fn new(column: &'a Column, values: Values<'a>, quote: &'a Fixed) -> Self {
        let clock = matches!(column.kind, Declared::Time)
            .then(|| Clock::new(column.before.text(), quote.text()));
        let Values { data, missing } = values;
        Self { column, data, missing, quote, clock, values: [0; BLOCK] }
    }

    /// Write the values of some rows; None if one has no label.
    pub(super) fn write(&mut self, rows: Range<usize>, lines: &mut Lines<'_>) -> Option<()> {
        let Self { column, data, missing, quote, clock, values } = self;
        let Column { before, kind, width, null } = *column;
        let missing = missing.get(rows.clone()).unwrap_or_default();
        let data = data.get(rows.start * width..rows.end * width).unwrap_or_default();
        match kind {
            Declared::Unsigned => read_unsigned(data, *width, values),
            Declared::Text => {}
            _ => read(data, *width, values),
        }
        let values = values.get_mut(..rows.len())?;
        match kind {
            Declared::Signed => write_signed(before, values, missing, null, lines),
            Declared::Unsigned => write_unsigned(before, values, missing, null, lines),
            Declared::Time => write_times(clock.as_mut()?, values, missing, null, lines),
            Declared::Text => write_texts(before, quote, (data, *width), missing, null, lines),
            Declared::Label(labels) => {
                for (value, missing) in values.iter_mut().zip(missing) {
                    *value = if *missing == 0 { *value } else { -1 };
                }
                return labels.write(before, values, lines);
            }
        }
        Some(())
    }
}

// Each loop in a function of its own: all in one have too few registers.

#[inline(never)]
fn write_signed(
    before: &Fixed,
    values: &[i64],
    missing: &[u8],
    null: &Fixed,
    lines: &mut Lines<'_>,
) {
    lines.each_or_null(values, missing, null, |value, line| write_number(before, *value, line));
}

#[inline(never)]
fn write_unsigned(
    before: &Fixed,
    values: &[i64],
    missing: &[u8],
    null: &Fixed,
    lines: &mut Lines<'_>,
) {
    lines.each_or_null(values, missing, null, |value, line| {
        number::write_unsigned(before, value.cast_unsigned(), line);
    });
}

#[inline(never)]
fn write_times(
    clock: &mut Clock,
    values: &[i64],
    missing: &[u8],
    null: &Fixed,
    lines: &mut Lines<'_>,
) {
    lines.each_or_null(values, missing, null, |value, line| clock.write(*value, line));
}

/// Texts of so many bytes, with NUL behind.
#[inline(never)]
fn write_texts(
    before: &Fixed,
    quote: &Fixed,
    (data, width): (&[u8], usize),
    missing: &[u8],
    null: &Fixed,
    lines: &mut Lines<'_>,
) {
    let begins = (0..data.len()).step_by(width);
    lines.each_or_null(begins, missing, null, |begin, line| {
        let value = data.get(begin..begin + width).unwrap_or_default();
        let length = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        line.put_fixed(before);
        line.put_part(data, begin, length);
        line.put_fixed(quote);
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
