//! Values for each group of rows. Columns are read piece by piece, so that the GIL can be let go.
//!
//! One value after the other, not all of a row at once: so what is written at random stays in the
//! cache, and so do the addresses of its pages.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // a buffer of Python is only ever given by value

use pyo3::exceptions::{PyIndexError, PyMemoryError, PyValueError};
use pyo3::prelude::*;

use super::buffer::Buffer;
use super::numbers::{Numbers, PIECE};
use crate::flow::Column;
use crate::table::{Amount, Fold, Folded};

/// The groups of rows; where their values stand; the number of a fold and what they add to it.
type Part<'py> = (Bound<'py, PyAny>, Option<Bound<'py, PyAny>>, Vec<(usize, Bound<'py, PyAny>)>);

/// Sums and extremes of groups; see `_native.pyi`.
#[pyfunction]
pub(super) fn folded(
    py: Python<'_>,
    folds: Vec<String>,
    size: usize,
    parts: Vec<Part<'_>>,
) -> PyResult<Vec<Buffer>> {
    let groups = parts.iter().map(|(group, _, _)| read_groups(group, size));
    let groups = groups.collect::<PyResult<Vec<_>>>()?;
    let mut result = Vec::with_capacity(folds.len());
    for (number, word) in folds.iter().enumerate() {
        let folded = Folded::new(fold(word)?, size);
        let mut folded = folded.ok_or_else(|| PyMemoryError::new_err("many groups"))?;
        for (groups, (_, rows, columns)) in groups.iter().zip(&parts) {
            let own = columns.iter().filter(|(fold, _)| *fold == number);
            let own = own.map(|(_, column)| Added::of(column)).collect::<PyResult<Vec<_>>>()?;
            let rows = rows.as_ref().map(Numbers::of).transpose()?;
            add(py, &mut folded, groups, rows.as_ref(), &own)?;
        }
        result.push(Buffer::new(Column::I64(folded.into_values())));
    }
    Ok(result)
}

/// The groups of rows, each of which must be one of so many.
fn read_groups(group: &Bound<'_, PyAny>, size: usize) -> PyResult<Vec<u32>> {
    let group = Numbers::of(group)?;
    let (mut groups, mut piece) = (Vec::with_capacity(group.len()), Vec::new());
    let limit = u32::try_from(size).unwrap_or(u32::MAX).into();
    for begin in (0..group.len()).step_by(PIECE) {
        group.read(begin, &mut piece)?;
        // No branch for each.
        let are_there = piece.iter().fold(true, |all, group| all & (0..limit).contains(group));
        if !are_there {
            return Err(PyIndexError::new_err("a row is of no group"));
        }
        groups.extend(piece.iter().map(|group| group.cast_unsigned() as u32));
    }
    Ok(groups)
}

fn fold(word: &str) -> PyResult<Fold> {
    match word {
        "sum" => Ok(Fold::Sum),
        "least" => Ok(Fold::Least),
        "most" => Ok(Fold::Most),
        _ => Err(PyValueError::new_err("no such word")),
    }
}

/// What a column adds.
enum Added<'a, 'py> {
    Each(Numbers<'a, 'py>),
    Same(i64),
}

impl<'a, 'py> Added<'a, 'py> {
    fn of(column: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(number) = column.extract() {
            return Ok(Self::Same(number));
        }
        Numbers::of(column).map(Self::Each)
    }
}

/// Take in columns of one value. They are put together first: a group is looked up once a row.
fn add<'py>(
    py: Python<'py>,
    folded: &mut Folded,
    groups: &[u32],
    rows: Option<&Numbers<'_, 'py>>,
    columns: &[Added<'_, 'py>],
) -> PyResult<()> {
    let wrong = || PyIndexError::new_err("columns differ in length");
    let is_long = |column: &Added<'_, '_>| match column {
        Added::Each(column) => column.len() == groups.len(),
        Added::Same(_) => true,
    };
    if rows.map_or_else(|| !columns.iter().all(is_long), |rows| rows.len() != groups.len()) {
        return Err(wrong());
    }
    if let [Added::Same(number)] = columns {
        return py.detach(|| folded.add(groups, Amount::Same(*number))).ok_or_else(wrong);
    }
    let (mut values, mut others) = (Vec::with_capacity(PIECE), Vec::with_capacity(PIECE));
    for (begin, groups) in (0..).step_by(PIECE).zip(groups.chunks(PIECE)) {
        let rows = rows.map(|rows| rows.piece(begin)).transpose()?;
        let read = |column: &Added<'_, 'py>, to: &mut Vec<i64>| match (column, &rows) {
            (Added::Each(column), None) => column.read(begin, to),
            (Added::Each(column), Some(rows)) => column.read_rows(rows, to),
            (Added::Same(number), _) => {
                to.clear();
                to.resize(groups.len(), *number);
                Ok(())
            }
        };
        let Some((first, rest)) = columns.split_first() else { return Ok(()) };
        read(first, &mut values)?;
        for column in rest {
            read(column, &mut others)?;
            folded.fold().join(&mut values, others.iter().copied());
        }
        py.detach(|| folded.add(groups, Amount::Each(&values))).ok_or_else(wrong)?;
    }
    Ok(())
}
