//! Columns to rows of text: JSON objects, CSV lines, whatever [`Form`] says.
//!
//! Texts come in as labels that were made safe for the format before, once each: nothing is
//! escaped here. What is written a row is numbers, times and references to labels.

mod addresses;
mod cells;
mod labels;
mod line;
mod lines;
mod number;
mod time;

use std::fmt;
use std::sync::Arc;

use cells::Cells;
pub use labels::Labels;
use line::{Fixed, Line};
use lines::Lines;

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
    /// Whatever `room` and `out` hold is overwritten: what is used again needs no new memory.
    ///
    /// # Errors
    /// The columns are not as declared; what was written of them must not be used.
    pub fn write(
        &self,
        rows: usize,
        values: &[Values<'_>],
        room: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        let mut cells = self.cells(rows, values)?;
        out.clear();
        let mut lines = Lines::new(room, self.longest);
        for start in (0..rows).step_by(lines.most()) {
            let block = start..rows.min(start + lines.most());
            lines.begin(block.len());
            for (number, cell) in cells.iter_mut().enumerate() {
                cell.write(block.clone(), &mut lines).ok_or(Wrong::Label(number))?;
            }
            lines.move_to(&self.end, out);
        }
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
            cells.push(Cells::new(column, Values { data, missing }, &self.quote));
        }
        Ok(cells)
    }
}

#[cfg(test)]
mod tests;
