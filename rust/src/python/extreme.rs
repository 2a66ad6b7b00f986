//! The smallest or largest value of each group. Arrays come in as bytes and are copied.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // a buffer of Python is only ever given by value

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use super::buffer::Buffer;
use crate::flow::Column;
use crate::table::{self, Extreme};

/// The smallest or largest value of each group; see `_native.pyi`.
#[pyfunction]
pub(super) fn extremes(
    py: Python<'_>,
    group: PyBuffer<i64>,
    values: PyBuffer<i64>,
    size: usize,
    largest: bool,
) -> PyResult<Buffer> {
    let (group, values) = (group.to_vec(py)?, values.to_vec(py)?);
    let which = if largest { Extreme::Most } else { Extreme::Least };
    let found = py.detach(|| table::extremes(which, &group, &values, size));
    let found = found.ok_or_else(|| PyIndexError::new_err("a row is of no group"))?;
    Ok(Buffer::new(Column::I64(found)))
}
