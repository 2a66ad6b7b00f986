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
            let rows = rows.as_ref().map(Numbers::of).transpose()?;
            for (_, column) in columns.iter().filter(|(fold, _)| *fold == number) {
                add(py, &mut folded, groups, rows.as_ref(), column)?;
            }
        }
        result.push(Buffer::new(Column::I64(folded.into_values())));
    }
    Ok(result)
}

/// The groups of rows, each of which must be one of so many.
fn read_groups(group: &Bound<'_, PyAny>, size: usize) -> PyResult<Vec<u32>> {
    let group = Numbers::of(group)?;
    let (mut groups, mut piece) = (Vec::with_capacity(group.len()), Vec::new());
    for begin in (0..group.len()).step_by(PIECE) {
        group.read(begin, &mut piece)?;
        for group in &piece {
            let own = u32::try_from(*group).ok().filter(|own| (*own as usize) < size);
            groups.push(own.ok_or_else(|| PyIndexError::new_err("a row is of no group"))?);
        }
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

fn add(
    py: Python<'_>,
    folded: &mut Folded,
    groups: &[u32],
    rows: Option<&Numbers<'_, '_>>,
    column: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let wrong = || PyIndexError::new_err("columns differ in length");
    if rows.is_some_and(|rows| rows.len() != groups.len()) {
        return Err(wrong());
    }
    if let Ok(number) = column.extract() {
        return py.detach(|| folded.add(groups, Amount::Same(number))).ok_or_else(wrong);
    }
    let column = Numbers::of(column)?;
    if rows.is_none() && column.len() != groups.len() {
        return Err(wrong());
    }
    let mut values = Vec::with_capacity(PIECE);
    for (begin, groups) in (0..).step_by(PIECE).zip(groups.chunks(PIECE)) {
        match rows {
            None => column.read(begin, &mut values)?,
            Some(rows) => column.read_rows(&rows.piece(begin)?, &mut values)?,
        }
        py.detach(|| folded.add(groups, Amount::Each(&values))).ok_or_else(wrong)?;
    }
    Ok(())
}
