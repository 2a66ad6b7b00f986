//! Columns to rows of text: JSON objects, CSV lines, whatever [`Form`] says.
//!
//! Texts come in as labels that were made safe for the format before, once each: nothing is
//! escaped here. What is written a row is numbers, times and references to labels.

mod number;
mod time;

use std::fmt;

use number::write_number;
use time::Clock;

/// More labels than this are not kept with their heading in front.
const JOINED: usize = 4096;

/// What stands around the values.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Stands for what is missing.
    pub null: Vec<u8>,
    /// Stands before and after a time and a text of fixed width.
    pub quote: Vec<u8>,
    /// Stands after the last value of a row.
    pub end: Vec<u8>,
}

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `i64`.
    Number,
    /// `i64`, ns since 1970 UTC.
    Time,
    /// `i32`, an index into labels; negative is null.
    Label(
        /// The labels, ready to be written, each ended by a line feed.
        Vec<u8>,
    ),
    /// So many bytes, ready to be written, with NUL behind where they are fewer.
    Text(
        /// Bytes a value, at least 1.
        usize,
    ),
}

/// The values of one column for some rows, in the machine's byte order.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// As [`Kind`] says.
    pub data: &'a [u8],
    /// One byte a row, not 0 where the value is null; empty if none is.
    pub missing: &'a [u8],
}

/// Why rows were not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// There are more or fewer columns than were declared.
    Columns,
    /// A column has another number of values than there are rows.
    Length(
        /// Its number, from 0.
        usize,
    ),
    /// An index beyond the labels.
    Label(
        /// The column's number, from 0.
        usize,
    ),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns => write!(f, "other columns than declared"),
            Self::Length(column) => write!(f, "column {column} differs in length"),
            Self::Label(column) => write!(f, "column {column} has an index beyond its labels"),
        }
    }
}

/// Writes rows of one table.
#[derive(Debug, Clone)]
pub struct Writer {
    form: Form,
    columns: Vec<Column>,
}

#[derive(Debug, Clone)]
struct Column {
    before: Vec<u8>,
    kind: Declared,
}

#[derive(Debug, Clone)]
enum Declared {
    Number,
    Time,
    Label(Labels),
    Text(usize),
}

impl Declared {
    /// Bytes of one value.
    const fn width(&self) -> usize {
        match self {
            Self::Number | Self::Time => 8,
            Self::Label(_) => 4,
            Self::Text(width) => *width,
        }
    }
}

/// Texts one behind the other; the last one stands for null.
#[derive(Debug, Clone, Default)]
struct Labels {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Labels {
    fn new(lines: &[u8], null: &[u8], before: &[u8]) -> Self {
        let mut labels = Self::default();
        let lines = lines.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
        for label in lines.into_iter().flatten().chain([null]) {
            labels.text.extend_from_slice(before);
            labels.text.extend_from_slice(label);
            labels.ends.push(labels.text.len());
        }
        labels
    }

    fn get(&self, index: i32) -> Option<&[u8]> {
        let place = match usize::try_from(index) {
            Ok(index) if index + 1 < self.ends.len() => index,
            Ok(_) => return None,
            Err(_) => self.ends.len().checked_sub(1)?,
        };
        let start = place.checked_sub(1).map_or(Some(0), |last| self.ends.get(last).copied())?;
        self.text.get(start..*self.ends.get(place)?)
    }
}

impl Writer {
    /// A writer of these columns: what stands before each value, and what the values are.
    #[must_use]
    pub fn new(columns: Vec<(Vec<u8>, Kind)>, form: Form) -> Self {
        let columns = columns.into_iter().map(|(before, kind)| match kind {
            Kind::Number => Column { before, kind: Declared::Number },
            Kind::Time => Column { before, kind: Declared::Time },
            Kind::Text(width) => Column { before, kind: Declared::Text(width.max(1)) },
            Kind::Label(lines) => {
                let few = lines.len() / 2 < JOINED; // a label has two bytes at least, or is empty
                let heading: &[u8] = if few { &before } else { &[] };
                let labels = Labels::new(&lines, &form.null, heading);
                Column {
                    before: if few { Vec::new() } else { before },
                    kind: Declared::Label(labels),
                }
            }
        });
        Self { columns: columns.collect(), form }
    }

    /// Write rows of columns in the declared order.
    ///
    /// # Errors
    /// The columns are not as declared; what was written of them must not be used.
    pub fn write(
        &self,
        rows: usize,
        values: &[Values<'_>],
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        if values.len() != self.columns.len() {
            return Err(Wrong::Columns);
        }
        let mut cells = Vec::with_capacity(values.len());
        for (number, (column, values)) in self.columns.iter().zip(values).enumerate() {
            let width = column.kind.width();
            let missing = values.missing.len();
            if rows.checked_mul(width) != Some(values.data.len())
                || (missing != 0 && missing != rows)
            {
                return Err(Wrong::Length(number));
            }
            let clock = Clock::default();
            let data = values.data.chunks_exact(width);
            cells.push(Cells { column, data, missing: values.missing.iter(), clock });
        }
        for _ in 0..rows {
            for (number, cell) in cells.iter_mut().enumerate() {
                cell.write(&self.form, out).ok_or(Wrong::Label(number))?;
            }
            out.extend_from_slice(&self.form.end);
        }
        Ok(())
    }
}

/// The values of a column, one after the other.
struct Cells<'a> {
    column: &'a Column,
    data: std::slice::ChunksExact<'a, u8>,
    missing: std::slice::Iter<'a, u8>,
    clock: Clock,
}

impl Cells<'_> {
    /// Write the next value; None if it has no label.
    #[inline]
    fn write(&mut self, form: &Form, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(&self.column.before);
        let value = self.data.next()?;
        if self.missing.next().is_some_and(|missing| *missing != 0) {
            let null = match &self.column.kind {
                Declared::Label(labels) => labels.get(-1)?,
                _ => &form.null,
            };
            out.extend_from_slice(null);
            return Some(());
        }
        match &self.column.kind {
            Declared::Label(labels) => {
                out.extend_from_slice(labels.get(i32::from_ne_bytes(value.try_into().ok()?))?);
            }
            Declared::Number => write_number(i64::from_ne_bytes(value.try_into().ok()?), out),
            Declared::Time => {
                out.extend_from_slice(&form.quote);
                self.clock.write(i64::from_ne_bytes(value.try_into().ok()?), out);
                out.extend_from_slice(&form.quote);
            }
            Declared::Text(_) => {
                let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                out.extend_from_slice(&form.quote);
                out.extend_from_slice(value.get(..end)?);
                out.extend_from_slice(&form.quote);
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
