//! Texts of members and of bytes, many at a time.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // what Python gives is only ever given by value

use std::collections::HashMap;
use std::fmt::Write;

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::{PyIndexError, PyMemoryError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::buffer::Buffer;
use super::numbers::{Numbers, PIECE, Pieces};
use crate::flow::Column;
use crate::table::{List, Lists, Mixed, push_sketch};

/// The members of each group as text; see `_native.pyi`.
#[pyfunction]
pub(super) fn joined<'py>(
    py: Python<'py>,
    columns: (Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>),
    size: usize,
    limit: usize,
    text: Bound<'py, PyAny>,
) -> PyResult<(Buffer, Bound<'py, PyList>)> {
    let columns = [columns.0, columns.1, columns.2];
    let columns = columns.iter().map(Numbers::of).collect::<PyResult<Vec<_>>>()?;
    let rows = columns.iter().map(Numbers::len).min().unwrap_or_default();
    if columns.iter().any(|column| column.len() != rows) {
        return Err(PyIndexError::new_err("columns differ in length"));
    }
    let lists = Lists::new(size, limit);
    let mut lists = lists.ok_or_else(|| PyMemoryError::new_err("many groups"))?;
    let mut pieces = [const { Vec::new() }; 3];
    for begin in (0..rows).step_by(PIECE) {
        for (column, piece) in columns.iter().zip(&mut pieces) {
            column.read(begin, piece)?;
        }
        let [groups, members, weights] = &pieces;
        let added = py.detach(|| lists.add(groups, members, weights));
        added.ok_or_else(|| PyIndexError::new_err("no such group, or not in order"))?;
    }
    told(lists, &text)
}

/// The different members of each group as text; see `_native.pyi`.
#[pyfunction]
pub(super) fn listed<'py>(
    py: Python<'py>,
    rows: Bound<'py, PyAny>,
    bits: u32,
    size: usize,
    limit: usize,
    last: i64,
    text: Bound<'py, PyAny>,
) -> PyResult<(Buffer, Bound<'py, PyList>)> {
    let lists = Lists::new(size, limit);
    let mut lists = lists.ok_or_else(|| PyMemoryError::new_err("many groups"))?;
    if let Ok(mut rows) = Pieces::<u32>::of(&rows) {
        add_rows(py, &mut lists, &mut rows, u32::into, bits, last)?;
    } else {
        add_rows(py, &mut lists, &mut Pieces::<i64>::of(&rows)?, i64::cast_unsigned, bits, last)?;
    }
    told(lists, &text)
}

fn add_rows<T: Element + Default + Sync>(
    py: Python<'_>,
    lists: &mut Lists,
    rows: &mut Pieces<'_, '_, T>,
    word: fn(T) -> u64,
    bits: u32,
    last: i64,
) -> PyResult<()> {
    let wrong = || PyIndexError::new_err("no such group, or not in order");
    for begin in (0..rows.len()).step_by(PIECE) {
        let piece = rows.read(begin)?;
        let words = || piece.iter().map(|row| word(*row));
        py.detach(|| lists.add_rows(words(), bits, last)).ok_or_else(wrong)?;
    }
    lists.end_rows(bits, last).ok_or_else(wrong)
}

/// The number of each group's text, and the texts.
fn told<'py>(lists: Lists, text: &Bound<'py, PyAny>) -> PyResult<(Buffer, Bound<'py, PyList>)> {
    let (codes, lists) = lists.done();
    let mut known = HashMap::default();
    let labels = lists.iter().map(|list| label(list, text, &mut known));
    let labels = labels.collect::<PyResult<Vec<_>>>()?;
    Ok((Buffer::new(Column::I32(codes)), PyList::new(text.py(), labels)?))
}

/// A list as text; that of each member is asked for once.
fn label(
    list: &List,
    text: &Bound<'_, PyAny>,
    known: &mut HashMap<i64, String, Mixed>,
) -> PyResult<String> {
    let mut label = String::new();
    for (place, member) in list.shown.iter().enumerate() {
        if place > 0 {
            label.push_str(", ");
        }
        if let Some(told) = known.get(member) {
            label.push_str(told);
            continue;
        }
        let told = text.call1((*member,))?;
        let told = told.cast::<PyString>()?.to_string_lossy().into_owned();
        label.push_str(&told);
        known.insert(*member, told);
    }
    if list.rest > 0 {
        let _ = write!(label, " +{}", list.rest); // writing to a string does not fail
    }
    Ok(label)
}

/// Bytes as a person reads them; see `_native.pyi`.
#[pyfunction]
pub(super) fn sketches<'py>(
    py: Python<'py>,
    bytes: PyBuffer<u8>,
    width: usize,
    lengths: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyList>> {
    let bytes = bytes.to_vec(py)?;
    let lengths = Numbers::of(&lengths)?;
    let (mut texts, mut piece) = (Vec::with_capacity(lengths.len()), Vec::new());
    let mut rows = bytes.chunks(width.max(1));
    for begin in (0..lengths.len()).step_by(PIECE) {
        lengths.read(begin, &mut piece)?;
        // Of the rows none is taken that the piece has no length for.
        for (length, row) in piece.iter().zip(rows.by_ref()) {
            let length = usize::try_from(*length).unwrap_or_default().min(row.len());
            let mut text = String::with_capacity(3 * length + 2);
            push_sketch(row.get(..length).unwrap_or_default(), &mut text);
            texts.push(text);
        }
    }
    PyList::new(py, texts)
}
