//! The values of a column as texts.

use std::ops::Range;

use super::block::{BLOCK, Part, Texts};
use super::number;
use super::text::{DIGITS, Fixed, Record};
use super::time::Clock;
use super::{Column, Declared, Values};

/// Bytes of a heading with which there is room for a number.
const HEADING: usize = Record::LONGEST - DIGITS;

/// The values of a column.
pub(super) struct Cells<'a> {
    column: &'a Column,
    data: &'a [u8],
    missing: &'a [u8],
    /// What stands behind a text: one byte at most.
    quote: &'a [u8],
    clock: Clock,
    /// Numbers and times of the rows that are written next; indices of labels.
    values: [i64; BLOCK],
    /// What stands before the texts of these rows.
    before: &'a Fixed,
    texts: Texts,
    /// Those that are too long for a record, where they are no labels.
    long: Vec<u8>,
}

impl Part for Cells<'_> {
    #[inline]
    fn before(&self) -> &Fixed {
        self.before
    }

    #[inline]
    fn texts(&self) -> &Texts {
        &self.texts
    }

    fn elsewhere(&self) -> &[u8] {
        if let Declared::Label(labels) = &self.column.kind { labels.long() } else { &self.long }
    }
}

impl<'a> Cells<'a> {
    /// Values that have the length that the column says.
    pub(super) fn new(column: &'a Column, values: Values<'a>, quote: &'a [u8]) -> Self {
        let Values { data, missing } = values;
        let (before, heading) = match column.kind {
            Declared::Time | Declared::Text => (&column.quoted, &[][..]),
            Declared::Signed | Declared::Unsigned if column.before.len() <= HEADING => {
                (Fixed::NONE, column.before.text())
            }
            _ => (&column.before, &[][..]),
        };
        let (clock, values, texts, long) =
            (Clock::new(quote), [0; BLOCK], Texts::headed(heading), Vec::new());
        Self { column, data, missing, quote, clock, values, before, texts, long }
    }

    /// Make the values of some rows texts; None if one has no label.
    pub(super) fn write(&mut self, rows: Range<usize>) -> Option<()> {
        let Self { column, data, missing, quote, clock, values, before, texts, long } = self;
        let Column { kind, width, null, .. } = *column;
        let missing = missing.get(rows.clone()).unwrap_or_default();
        let data = data.get(rows.start * width..rows.end * width).unwrap_or_default();
        match kind {
            Declared::Unsigned => read_unsigned(data, *width, values),
            Declared::Text => {}
            _ => read(data, *width, values),
        }
        let values = values.get_mut(..rows.len())?;
        long.clear();
        match kind {
            Declared::Signed => write_signed(values, missing, null.short(), texts, long),
            Declared::Unsigned => write_unsigned(values, missing, null.short(), texts, long),
            Declared::Time => write_times(clock, values, &mut texts.records),
            Declared::Text => write_texts((data, *width), quote, texts, long),
            Declared::Label(labels) => {
                for (value, missing) in values.iter_mut().zip(missing) {
                    *value = if *missing == 0 { *value } else { -1 };
                }
                return labels.write(values, texts);
            }
        }
        if matches!(kind, Declared::Time | Declared::Text) {
            let is_quoted = missing.iter().all(|missing| *missing == 0);
            *before = if is_quoted { &column.quoted } else { &column.before };
            if !is_quoted {
                quote_each(missing, quote, null, texts, long);
            }
        }
        Some(())
    }
}

/// Put the quote before each text that otherwise stands before all of them, and null where one is
/// missing, which has none.
#[cold]
fn quote_each(missing: &[u8], quote: &[u8], null: &Record, texts: &mut Texts, long: &mut Vec<u8>) {
    let Texts { records, spans, .. } = texts;
    for ((record, span), missing) in records.iter_mut().zip(spans).zip(missing) {
        if *missing != 0 {
            *record = *null;
        } else {
            let start = long.len();
            long.extend_from_slice(quote);
            match record.text() {
                Some(text) => long.extend_from_slice(text),
                None => long.extend_from_within(span.0..span.1),
            }
            *span = (start, long.len());
            record.leave();
        }
    }
}

// Each loop in a function of its own: all in one have too few registers.

#[inline(never)]
fn write_signed(
    values: &[i64],
    missing: &[u8],
    null: ([u8; DIGITS], usize),
    to: &mut Texts,
    long: &mut Vec<u8>,
) {
    let values = values.iter().map(|value| (*value < 0, value.unsigned_abs()));
    number::write(values, missing, null, to, long);
}

#[inline(never)]
fn write_unsigned(
    values: &[i64],
    missing: &[u8],
    null: ([u8; DIGITS], usize),
    to: &mut Texts,
    long: &mut Vec<u8>,
) {
    let values = values.iter().map(|value| (false, value.cast_unsigned()));
    number::write(values, missing, null, to, long);
}

#[inline(never)]
fn write_times(clock: &mut Clock, values: &[i64], to: &mut [Record]) {
    values.iter().zip(to).for_each(|(value, to)| clock.write(*value, to));
}

/// Texts of so many bytes, with NUL behind.
#[inline(never)]
fn write_texts((data, width): (&[u8], usize), quote: &[u8], to: &mut Texts, long: &mut Vec<u8>) {
    let to = to.records.iter_mut().zip(&mut to.spans);
    for (begin, (to, span)) in (0..data.len()).step_by(width).zip(to) {
        let value = data.get(begin..begin + width).unwrap_or_default();
        let length = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if length + quote.len() > Record::LONGEST {
            let start = long.len();
            long.extend_from_slice(value.get(..length).unwrap_or_default());
            long.extend_from_slice(quote);
            *span = (start, long.len());
            to.leave();
        } else if let Some(step) = data.get(begin..).and_then(<[u8]>::first_chunk) {
            to.set_with(*step, length, quote.first().copied());
        } else {
            *to = Record::new(&[value.get(..length).unwrap_or_default(), quote].concat());
        }
    }
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
