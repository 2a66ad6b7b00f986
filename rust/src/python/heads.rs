//! The heads of a batch, which stay in the engine's memory.
#![forbid(unsafe_code)]

use std::borrow::Cow;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::buffer::Buffer;
use super::table::bytes_of;
use crate::flow::{Column, RowHeads};
use crate::texts::{Joined, Texts};

/// One byte string a row, see `_native.pyi`.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct Heads(pub(super) RowHeads);

#[pymethods]
impl Heads {
    fn __len__(&self) -> usize {
        self.0.rows()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, row: usize) -> PyResult<Bound<'py, PyBytes>> {
        let text = self.0.text(row).ok_or_else(|| PyIndexError::new_err("no such row"))?;
        Ok(PyBytes::new(py, text))
    }
}

/// Heads that Python gives back, or others: offsets and bytes, which it might change meanwhile.
pub(super) enum Given<'a> {
    Heads(&'a RowHeads),
    Joined(Cow<'a, [i64]>, Cow<'a, [u8]>),
}

/// What Python gives.
#[derive(FromPyObject)]
pub(super) enum Part<'py> {
    Heads(Bound<'py, Heads>),
    Joined(Bound<'py, PyAny>, Bound<'py, PyAny>),
}

impl Part<'_> {
    /// The heads, copied where they are not the engine's.
    pub(super) fn given(&self) -> PyResult<Given<'_>> {
        Ok(match self {
            Self::Heads(heads) => Given::Heads(&heads.get().0),
            Self::Joined(offsets, data) => Given::Joined(offsets_of(offsets)?, bytes_of(data)?),
        })
    }
}

fn offsets_of<'a>(offsets: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [i64]>> {
    if let Ok(buffer) = offsets.cast::<Buffer>()
        && let Column::I64(offsets) = buffer.get().column()
    {
        return Ok(Cow::Borrowed(offsets));
    }
    Ok(Cow::Owned(PyBuffer::<i64>::get(offsets)?.to_vec(offsets.py())?))
}

impl Texts for Given<'_> {
    fn rows(&self) -> usize {
        match self {
            Self::Heads(heads) => heads.rows(),
            Self::Joined(offsets, data) => Joined { offsets, data }.rows(),
        }
    }

    #[inline]
    fn text(&self, row: usize) -> Option<&[u8]> {
        match self {
            Self::Heads(heads) => heads.text(row),
            Self::Joined(offsets, data) => Joined { offsets, data }.part(row),
        }
    }
}
