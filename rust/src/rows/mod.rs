//! Columns to rows of text: JSON objects, CSV lines, whatever [`Form`] says.
//!
//! Texts come in as labels that were made safe for the format before, once each: nothing is
//! escaped here. What is written a row is numbers, times and references to labels.

mod addresses;
mod cells;
mod labels;
mod lines;
mod number;
mod text;
mod time;

use std::fmt;
use std::sync::Arc;

use cells::Cells;
pub use labels::Labels;
use lines::{BLOCK, Lines};
use text::{DIGITS, Heading, Record};
use time::Clock;

/// Bytes that rows take together, about, where they can be long.
const ROOM: usize = 1 << 18;

const _: () = assert!(time::LENGTH < text::STEP, "a time and a quote are a step");

/// What stands around the values.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// Stands for what is missing: at most 8 bytes.
    pub null: Vec<u8>,
    /// Stands before and after a time and a text of fixed width: at most one byte.
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
    /// What stands for null or around a text is too long.
    Form,
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
            Self::Form => write!(f, "null has more than 8 bytes, or a quote more than one"),
            Self::Columns => write!(f, "other columns than declared"),
            Self::Length(column) => write!(f, "column {column} differs in length"),
            Self::Label(column) => write!(f, "column {column} has an index beyond its labels"),
        }
    }
}

/// Where rows come to be.
#[derive(Debug, Clone)]
pub struct Room {
    lines: Vec<u8>,
    clock: Clock,
}

/// Writes rows of one table.
#[derive(Debug, Clone)]
pub struct Writer {
    columns: Vec<Column>,
    quote: Vec<u8>,
    end: Vec<u8>,
    /// Bytes of the longest row.
    longest: usize,
}

#[derive(Debug, Clone)]
struct Column {
    /// What stands before every value, if it is too long for what follows.
    front: Vec<u8>,
    /// What else stands before a value.
    before: Heading,
    /// The same with the quote that a time and a text have, if they are not null.
    quoted: Heading,
    /// What stands behind a text: the quote.
    behind: Heading,
    /// Null, and its length.
    null: ([u8; DIGITS], usize),
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
        let (kind, width, before) = match kind {
            Kind::Signed(width) => (Declared::Signed, width, before),
            Kind::Unsigned(width) => (Declared::Unsigned, width, before),
            Kind::Time => (Declared::Time, 8, before),
            Kind::Text(width) => (Declared::Text, width.max(1), before),
            Kind::Shared(labels, width) => (Declared::Label(labels), width, before),
            Kind::Label(lines, width) => match Labels::headed(&lines, &form.null, &before) {
                Some(labels) => (Declared::Label(labels.into()), width, Vec::new()),
                None => (Declared::Label(Labels::new(&lines, &form.null).into()), width, before),
            },
        };
        let (front, before) = if before.len() + form.quote.len() <= Record::LONGEST {
            (Vec::new(), before)
        } else {
            (before, Vec::new())
        };
        let quoted = Heading::new(&[before.as_slice(), &form.quote].concat());
        let (before, behind) = (Heading::new(&before), Heading::new(&form.quote));
        let mut null = [0; DIGITS];
        null.iter_mut().zip(&form.null).for_each(|(to, byte)| *to = *byte);
        Self { front, before, quoted, behind, null: (null, form.null.len()), kind, width }
    }

    /// Bytes of the longest cell.
    fn longest(&self) -> usize {
        let value = match &self.kind {
            Declared::Label(labels) => labels.longest(),
            Declared::Text => self.width + 1, // with the quote behind it
            _ => 0,
        };
        self.front.len() + self.quoted.length + value.max(Record::LONGEST)
    }
}

impl Writer {
    /// A writer of these columns: what stands before each value, and what the values are.
    ///
    /// # Errors
    /// The form has too long texts.
    pub fn new(columns: Vec<(Vec<u8>, Kind)>, form: Form) -> Result<Self, Wrong> {
        if form.null.len() > DIGITS || form.quote.len() > 1 {
            return Err(Wrong::Form);
        }
        let columns = columns.into_iter().map(|(before, kind)| Column::new(before, kind, &form));
        let columns: Vec<_> = columns.collect();
        let cells: usize = columns.iter().map(Column::longest).sum();
        let longest = cells.saturating_add(form.end.len());
        Ok(Self { columns, quote: form.quote, end: form.end, longest })
    }

    /// Room for its rows.
    #[must_use]
    pub fn room(&self) -> Room {
        Room { lines: Vec::new(), clock: Clock::new(&self.quote) }
    }

    /// Write rows of columns in the declared order.
    ///
    /// # Arguments
    /// `room` is this writer's. `out` is written from its beginning, and grows where it must.
    /// What is used again needs no new memory.
    ///
    /// # Returns
    /// Bytes that were written.
    ///
    /// # Errors
    /// The columns are not as declared; what was written of them must not be used.
    pub fn write(
        &self,
        rows: usize,
        values: &[Values<'_>],
        room: &mut Room,
        out: &mut Vec<u8>,
    ) -> Result<usize, Wrong> {
        let cells = self.cells(rows, values)?;
        let most = (ROOM / self.longest.max(1)).clamp(1, BLOCK);
        let mut length = 0;
        for start in (0..rows).step_by(most) {
            let block = start..rows.min(start + most);
            let mut lines = Lines::new(&mut room.lines, block.len(), self.longest);
            for (number, cell) in cells.iter().enumerate() {
                let clock = &mut room.clock;
                cell.write(block.clone(), clock, &mut lines).ok_or(Wrong::Label(number))?;
            }
            lines.put(&self.end);
            for text in lines.texts() {
                let end = length + text.len();
                if out.len() < end {
                    out.resize(end.max(out.len() * 3 / 2), 0);
                }
                out.get_mut(length..end).unwrap_or_default().copy_from_slice(text);
                length = end;
            }
        }
        Ok(length)
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
            cells.push(Cells::new(column, Values { data, missing }));
        }
        Ok(cells)
    }
}

#[cfg(test)]
mod tests;
