//! Columns to rows of text: JSON objects, CSV lines, whatever [`Form`] says.
//!
//! Texts come in as labels that were made safe for the format before, once each: nothing is
//! escaped here. What is written a row is numbers, times and references to labels.

mod labels;
mod line;
mod number;
mod time;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

pub use labels::Labels;
use labels::Place;
use line::{Fixed, Line};
use number::{write_number, write_unsigned};
use time::Clock;

/// Rows whose values are looked at together.
const BLOCK: usize = 32;

/// Bytes that a cell takes with its key, about.
const EXPECTED: usize = 24;

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
    /// A signed index into labels that other columns have as well.
    Shared(
        /// The labels.
        Arc<Labels>,
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
    quote: Fixed,
    end: Fixed,
    /// Bytes of the longest row, and what must be free behind it.
    longest: usize,
}

#[derive(Debug, Clone)]
struct Column {
    /// What stands before a value that is not null; nothing where the labels have it.
    before: Fixed,
    /// Null, with what stands before it.
    null: Fixed,
    kind: Declared,
    width: usize,
}

#[derive(Debug, Clone)]
enum Declared {
    Signed,
    Unsigned,
    Time,
    Label(Arc<Labels>),
    Text,
}

impl Column {
    fn new(before: Vec<u8>, kind: Kind, form: &Form) -> Self {
        let null = Fixed::new([&before, form.null.as_slice()].concat());
        let (kind, width, before) = match kind {
            Kind::Signed(width) => (Declared::Signed, width, before),
            Kind::Unsigned(width) => (Declared::Unsigned, width, before),
            Kind::Time => (Declared::Time, 8, before),
            Kind::Text(width) => {
                (Declared::Text, width.max(1), [before, form.quote.clone()].concat())
            }
            Kind::Shared(labels, width) => (Declared::Label(labels), width, before),
            Kind::Label(lines, width) => match Labels::headed(&lines, &form.null, &before) {
                Some(labels) => (Declared::Label(labels.into()), width, Vec::new()),
                None => (Declared::Label(Labels::new(&lines, &form.null).into()), width, before),
            },
        };
        Self { before: Fixed::new(before), null, kind, width }
    }

    /// Bytes of the longest cell.
    fn longest(&self, quote: &Fixed) -> usize {
        let value = match &self.kind {
            Declared::Label(labels) => labels.longest(),
            Declared::Text => self.width + quote.len(),
            _ => LONGEST + 2 * quote.len(),
        };
        self.null.len().max(self.before.len() + value)
    }
}

impl Writer {
    /// A writer of these columns: what stands before each value, and what the values are.
    #[must_use]
    pub fn new(columns: Vec<(Vec<u8>, Kind)>, form: Form) -> Self {
        let columns = columns.into_iter().map(|(before, kind)| Column::new(before, kind, &form));
        let columns: Vec<_> = columns.collect();
        let (quote, end) = (Fixed::new(form.quote), Fixed::new(form.end));
        let cells: usize = columns.iter().map(|column| column.longest(&quote)).sum();
        let longest = cells.saturating_add(end.len() + Line::SLACK);
        Self { columns, quote, end, longest }
    }

    /// Write rows of columns in the declared order.
    ///
    /// # Arguments
    /// Whatever `out` holds is overwritten: one that is used again needs no new memory.
    ///
    /// # Errors
    /// The columns are not as declared; what was written of them must not be used.
    pub fn write(
        &self,
        rows: usize,
        values: &[Values<'_>],
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        let mut cells = self.cells(rows, values)?;
        if out.capacity() == 0 {
            out.reserve(rows.saturating_mul(cells.len().saturating_mul(EXPECTED)));
        }
        out.resize(out.capacity(), 0);
        let mut length = 0;
        for start in (0..rows).step_by(BLOCK) {
            let block = BLOCK.min(rows - start);
            for (number, cell) in cells.iter_mut().enumerate() {
                cell.look_at(start, block).ok_or(Wrong::Label(number))?;
            }
            for place in 0..block {
                if out.len() - length < self.longest {
                    out.resize((2 * out.len()).max(length + self.longest), 0);
                }
                let mut line = Line::new(out.get_mut(length..).unwrap_or_default());
                for cell in &mut cells {
                    cell.write(start, place, self, &mut line);
                }
                line.put_fixed(&self.end);
                length += line.len();
            }
        }
        out.truncate(length);
        Ok(())
    }

    fn cells<'a>(&'a self, rows: usize, values: &[Values<'a>]) -> Result<Vec<Cells<'a>>, Wrong> {
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
            let clock = matches!(column.kind, Declared::Time)
                .then(|| Clock::new(column.before.text(), self.quote.text()));
            let (values, found) = ([0; BLOCK], [(0, 0); BLOCK]);
            cells.push(Cells { column, data, missing, clock, values, found });
        }
        Ok(cells)
    }
}

/// The values of a column.
struct Cells<'a> {
    column: &'a Column,
    data: &'a [u8],
    missing: &'a [u8],
    clock: Option<Clock>,
    /// Numbers and times of the rows that are written next; indices of labels.
    values: [i64; BLOCK],
    /// Where their labels are.
    found: [Place; BLOCK],
}

impl Cells<'_> {
    /// Look at the values of some rows; None if one has no label.
    fn look_at(&mut self, start: usize, rows: usize) -> Option<()> {
        let Self { column, data, missing, values, found, .. } = self;
        let rows = start..start + rows;
        match &column.kind {
            Declared::Text => {}
            Declared::Unsigned => read_unsigned(data, rows, column.width, values),
            Declared::Signed | Declared::Time => read(data, rows, column.width, values),
            Declared::Label(labels) => {
                read(data, rows.clone(), column.width, values);
                let values = values.get_mut(..rows.len())?;
                for (value, missing) in values.iter_mut().zip(missing.get(rows).unwrap_or_default())
                {
                    *value = if *missing == 0 { *value } else { -1 };
                }
                labels.find(values, found)?;
            }
        }
        Some(())
    }

    /// Write the value of one of the rows that were looked at.
    #[inline]
    fn write(&mut self, start: usize, place: usize, form: &Writer, line: &mut Line<'_>) {
        let Column { before, kind, width, null } = self.column;
        let value = self.values.get(place).copied().unwrap_or_default();
        if let Declared::Label(labels) = kind {
            if before.len() > 0 {
                line.put_fixed(before);
            }
            let (start, length) = self.found.get(place).copied().unwrap_or_default();
            line.put_part(labels.text(), start, length);
            return;
        }
        if self.missing.get(start + place).is_some_and(|missing| *missing != 0) {
            line.put_fixed(null);
            return;
        }
        match kind {
            Declared::Signed => {
                line.put_fixed(before);
                write_number(value, line);
            }
            Declared::Unsigned => {
                line.put_fixed(before);
                write_unsigned(value.cast_unsigned(), line);
            }
            Declared::Time => {
                if let Some(clock) = &mut self.clock {
                    clock.write(value, line);
                }
                line.put_fixed(&form.quote);
            }
            Declared::Text | Declared::Label(_) => {
                let begin = (start + place) * width;
                let value = self.data.get(begin..begin + width).unwrap_or_default();
                let length = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                line.put_fixed(before);
                line.put_part(self.data, begin, length);
                line.put_fixed(&form.quote);
            }
        }
    }
}

macro_rules! read {
    ($name:ident, $one:ty, $two:ty, $four:ty) => {
        /// Values of so many bytes each.
        fn $name(data: &[u8], rows: Range<usize>, width: usize, values: &mut [i64; BLOCK]) {
            let data = data.get(rows.start * width..rows.end * width).unwrap_or_default();
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

#[cfg(test)]
mod tests;
