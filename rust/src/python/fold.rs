//! One value for each group of rows. Arrays come in as bytes and are copied.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // a buffer of Python is only ever given by value

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;

use super::buffer::Buffer;
use crate::flow::Column;
use crate::table::{self, BYTES, Fold};

/// The sum of each group, its smallest or its largest value; see `_native.pyi`.
#[pyfunction]
pub(super) fn folded(
    py: Python<'_>,
    fold: &str,
    group: (PyBuffer<u8>, usize),
    values: (PyBuffer<u8>, usize),
    size: usize,
) -> PyResult<Buffer> {
    let fold = match fold {
        "sum" => Fold::Sum,
        "least" => Fold::Least,
        "most" => Fold::Most,
        _ => return Err(PyValueError::new_err("no such word")),
    };
    let (groups, numbers) = (copy(py, &group.0)?, copy(py, &values.0)?);
    let found = py.detach(|| {
        let group = table::Column { bytes: &groups, width: group.1 };
        table::folded(fold, group, table::Column { bytes: &numbers, width: values.1 }, size)
    });
    BYTES.give(groups);
    BYTES.give(numbers);
    let found = found.ok_or_else(|| PyIndexError::new_err("a row is of no group"))?;
    Ok(Buffer::new(Column::I64(found)))
}

/// A copy in memory that is used again.
fn copy(py: Python<'_>, buffer: &PyBuffer<u8>) -> PyResult<Vec<u8>> {
    let mut copy = BYTES.take(buffer.item_count());
    copy.resize(buffer.item_count(), 0);
    buffer.copy_to_slice(py, &mut copy)?;
    Ok(copy)
}
