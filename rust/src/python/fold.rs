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
    let mut result = Vec::with_capacity(folds.len());
    for (number, word) in folds.iter().enumerate() {
        let folded = Folded::new(fold(word)?, size);
        let mut folded = folded.ok_or_else(|| PyMemoryError::new_err("many groups"))?;
        for (group, rows, columns) in &parts {
            let own = columns.iter().filter(|(fold, _)| *fold == number);
            let own: Vec<_> = own.map(|(_, values)| values).collect();
            if !own.is_empty() {
                add(py, &mut folded, group, rows.as_ref(), &own)?;
            }
        }
        result.push(Buffer::new(Column::I64(folded.into_values())));
    }
    Ok(result)
}

fn fold(word: &str) -> PyResult<Fold> {
    match word {
        "sum" => Ok(Fold::Sum),
        "least" => Ok(Fold::Least),
        "most" => Ok(Fold::Most),
        _ => Err(PyValueError::new_err("no such word")),
    }
}

fn add(
    py: Python<'_>,
    folded: &mut Folded,
    group: &Bound<'_, PyAny>,
    rows: Option<&Bound<'_, PyAny>>,
    columns: &[&Bound<'_, PyAny>],
) -> PyResult<()> {
    let group = Numbers::of(group)?;
    let rows = rows.map(Numbers::of).transpose()?;
    let (mut groups, mut values) = (Vec::with_capacity(PIECE), Vec::with_capacity(PIECE));
    for column in columns {
        let same: Option<i64> = column.extract().ok();
        let column = if same.is_none() { Some(Numbers::of(column)?) } else { None };
        let length = rows.as_ref().or(column.as_ref()).map_or(group.len(), Numbers::len);
        if length != group.len() {
            return Err(PyIndexError::new_err("columns differ in length"));
        }
        for begin in (0..group.len()).step_by(PIECE) {
            group.read(begin, &mut groups)?;
            match (&column, &rows) {
                (None, _) => {}
                (Some(column), None) => column.read(begin, &mut values)?,
                (Some(column), Some(rows)) => column.read_rows(&rows.piece(begin)?, &mut values)?,
            }
            let amount = same.map_or(Amount::Each(&values), Amount::Same);
            let added = py.detach(|| folded.add(&groups, amount));
            added.ok_or_else(|| PyIndexError::new_err("a row is of no group"))?;
        }
    }
    Ok(())
}
