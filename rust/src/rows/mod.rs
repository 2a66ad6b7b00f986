//! Columns to rows of text: JSON objects, CSV lines, whatever [`Form`] says.
//!
//! Texts come in as labels that were made safe for the format before, once each: nothing is
//! escaped here. What is written a row is numbers, times and references to labels.

mod labels;
mod line;
mod number;
mod time;

use std::fmt;

use labels::Labels;
use line::{Fixed, Line};
use number::{write_number, write_unsigned};
use time::Clock;

/// Rows whose labels are looked for together.
const BLOCK: usize = 64;

/// Bytes of the longest number, and of a time.
const LONGEST: usize = 30;

/// What stands around the values.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Stands for what is missing.
    pub null: Vec<u8>,
    /// Stands before and after a time and a text of fixed width; short.
    pub quote: Vec<u8>,
    /// Stands after the last value of a row.
    pub end: Vec<u8>,
}

/// What the values of a column are. Numbers and labels have 1, 2, 4 or 8 bytes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A number, which may be negative.
    Signed(
        /// Bytes of one.
        usize,
    ),
    /// A number, which may not.
    Unsigned(
        /// Bytes of one.
        usize,
    ),
    /// `i64`, ns since 1970 UTC.
    Time,
    /// A signed index into labels; negative is null.
    Label(
        /// The labels, ready to be written, each ended by a line feed.
        Vec<u8>,
        /// Bytes of an index.
        usize,
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
    columns: Vec<Column>,
    null: Fixed,
    quote: Fixed,
    end: Fixed,
}

#[derive(Debug, Clone)]
struct Column {
    before: Fixed,
    kind: Declared,
    width: usize,
}

#[derive(Debug, Clone)]
enum Declared {
    Signed,
    Unsigned,
    Time,
    Label(Labels),
    Text,
}

impl Column {
    fn new(before: Vec<u8>, kind: Kind, form: &Form) -> Self {
        let (kind, width, before) = match kind {
            Kind::Signed(width) => (Declared::Signed, width, before),
            Kind::Unsigned(width) => (Declared::Unsigned, width, before),
            Kind::Time => (Declared::Time, 8, before),
            Kind::Text(width) => (Declared::Text, width.max(1), before),
            Kind::Label(lines, width) => {
                let labels = Labels::new(&lines, &form.null, &before);
                let before = if labels.are_many() { before } else { Vec::new() };
                (Declared::Label(labels), width, before)
            }
        };
        Self { before: Fixed::new(before), kind, width }
    }

    /// Bytes of the longest cell.
    fn longest(&self, null: &Fixed, quote: &Fixed) -> usize {
        let value = match &self.kind {
            Declared::Label(labels) => labels.longest(),
            Declared::Text => self.width + 2 * quote.len(),
            _ => LONGEST + 2 * quote.len(),
        };
        self.before.len() + value.max(null.len())
    }
}

impl Writer {
    /// A writer of these columns: what stands before each value, and what the values are.
    #[must_use]
    pub fn new(columns: Vec<(Vec<u8>, Kind)>, form: Form) -> Self {
        let columns = columns.into_iter().map(|(before, kind)| Column::new(before, kind, &form));
        Self {
            columns: columns.collect(),
            null: Fixed::new(form.null),
            quote: Fixed::new(form.quote),
            end: Fixed::new(form.end),
        }
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
        for (number, (column, &Values { data, missing })) in
            self.columns.iter().zip(values).enumerate()
        {
            if rows.checked_mul(column.width) != Some(data.len())
                || (!missing.is_empty() && missing.len() != rows)
            {
                return Err(Wrong::Length(number));
            }
            let (clock, found) = (Clock::default(), [None; BLOCK]);
            cells.push(Cells { column, data, missing, clock, found });
        }
        let longest = self.columns.iter().map(|column| column.longest(&self.null, &self.quote));
        let mut line = Line::new(longest.sum::<usize>() + self.end.len());
        for row in 0..rows {
            if row % BLOCK == 0 {
                for cell in &mut cells {
                    cell.look_ahead(row);
                }
            }
            line.clear();
            for (number, cell) in cells.iter_mut().enumerate() {
                cell.write(row, self, &mut line).ok_or(Wrong::Label(number))?;
            }
            line.put_fixed(&self.end);
            out.extend_from_slice(line.text());
        }
        Ok(())
    }
}

/// The values of a column.
struct Cells<'a> {
    column: &'a Column,
    data: &'a [u8],
    missing: &'a [u8],
    clock: Clock,
    /// Where the labels of the next rows are, if there are many labels.
    found: [Option<(usize, usize)>; BLOCK],
}

impl Cells<'_> {
    /// Find the labels of this row and those after it.
    fn look_ahead(&mut self, row: usize) {
        let Column { kind: Declared::Label(labels), width, .. } = self.column else { return };
        if labels.are_many() {
            let indices = (row..row + BLOCK).map(|row| {
                let missing = self.missing.get(row).is_some_and(|missing| *missing != 0);
                if missing { -1 } else { signed(self.data, row, *width) }
            });
            labels.find(indices, &mut self.found);
        }
    }

    /// Write a value; None if it has no label.
    #[inline]
    fn write(&mut self, row: usize, form: &Writer, line: &mut Line) -> Option<()> {
        let Column { before, kind, width } = self.column;
        line.put_fixed(before);
        let missing = self.missing.get(row).is_some_and(|missing| *missing != 0);
        match kind {
            Declared::Label(labels) if labels.are_many() => {
                let (start, length) = (*self.found.get(row % BLOCK)?)?;
                line.put_part(labels.text(), start, length);
            }
            Declared::Label(labels) => {
                let index = if missing { -1 } else { signed(self.data, row, *width) };
                let (text, start, length) = labels.get(index)?;
                line.put_part(text, start, length);
            }
            _ if missing => line.put_fixed(&form.null),
            Declared::Signed => write_number(signed(self.data, row, *width), line),
            Declared::Unsigned => write_unsigned(unsigned(self.data, row, *width), line),
            Declared::Time => {
                line.put_fixed(&form.quote);
                self.clock.write(signed(self.data, row, 8), line);
                line.put_fixed(&form.quote);
            }
            Declared::Text => {
                let value = self.data.get(row * width..(row + 1) * width)?;
                let length = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                line.put_fixed(&form.quote);
                line.put_part(self.data, row * width, length);
                line.put_fixed(&form.quote);
            }
        }
        Some(())
    }
}

macro_rules! value {
    ($name:ident, $to:ty, $one:ty, $two:ty, $four:ty, $eight:ty) => {
        /// A value of so many bytes; 0 where there is none.
        #[inline]
        fn $name(data: &[u8], row: usize, width: usize) -> $to {
            match width {
                1 => data.get(row).map_or(0, |byte| <$one>::from_ne_bytes([*byte]).into()),
                2 => data.as_chunks().0.get(row).map_or(0, |it| <$two>::from_ne_bytes(*it).into()),
                4 => data.as_chunks().0.get(row).map_or(0, |it| <$four>::from_ne_bytes(*it).into()),
                _ => data.as_chunks().0.get(row).map_or(0, |it| <$eight>::from_ne_bytes(*it)),
            }
        }
    };
}

value!(signed, i64, i8, i16, i32, i64);
value!(unsigned, u64, u8, u16, u32, u64);

#[cfg(test)]
mod tests;
