//! Work over whole columns. Arrays come in as bytes, and are copied, so that the GIL can be let go.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // a buffer of Python is only ever given by value

use std::borrow::Cow;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::buffer::Buffer;
use super::heads::Part;
use crate::flow::Column;
use crate::table::{self, AddressTexts, BYTES, Community, Key, Keys};

/// Columns that make a Community ID, as bytes; see `_native.pyi`.
#[pyfunction]
pub(super) fn community_ids(
    py: Python<'_>,
    packed: PyBuffer<u8>,
    version: PyBuffer<u8>,
    protocol: PyBuffer<u8>,
    sides: (PyBuffer<i32>, PyBuffer<i32>),
    ports: (PyBuffer<u16>, PyBuffer<u16>),
) -> PyResult<Buffer> {
    let rows = protocol.item_count();
    let lengths = [sides.0.item_count(), sides.1.item_count()];
    if lengths != [rows; 2] || [ports.0.item_count(), ports.1.item_count()] != [rows; 2] {
        return Err(PyValueError::new_err("columns differ in length"));
    }
    let (packed, version, protocol) =
        (packed.to_vec(py)?, version.to_vec(py)?, protocol.to_vec(py)?);
    let (source, destination) = (sides.0.to_vec(py)?, sides.1.to_vec(py)?);
    let (source_port, destination_port) = (ports.0.to_vec(py)?, ports.1.to_vec(py)?);
    let ids = py.detach(|| {
        table::community_ids(Community {
            packed: packed.as_chunks().0,
            version: &version,
            protocol: &protocol,
            source: &source,
            destination: &destination,
            source_port: &source_port,
            destination_port: &destination_port,
        })
    });
    let ids = ids.ok_or_else(|| PyValueError::new_err("no such address"))?;
    Ok(Buffer::new(Column::U8(ids)))
}

/// Group of each row, and first row of each group; see `_native.pyi`.
#[pyfunction]
pub(super) fn group(
    py: Python<'_>,
    keys: Vec<(PyBuffer<u8>, usize)>,
) -> PyResult<(Buffer, Buffer)> {
    let packed = packed(py, keys)?;
    let groups = py.detach(|| packed.number());
    Ok((Buffer::new(Column::I64(groups.code)), Buffer::new(Column::I64(groups.first))))
}

/// Rows that are equal to one before, and the first that is; see `_native.pyi`.
#[pyfunction]
pub(super) fn repeats(
    py: Python<'_>,
    keys: Vec<(PyBuffer<u8>, usize)>,
) -> PyResult<(Buffer, Buffer)> {
    let packed = packed(py, keys)?;
    let found = py.detach(|| packed.repeats());
    Ok((Buffer::new(Column::I64(found.rows)), Buffer::new(Column::I64(found.first))))
}

fn packed(py: Python<'_>, keys: Vec<(PyBuffer<u8>, usize)>) -> PyResult<Keys> {
    let rows = keys.iter().map(|(bytes, width)| bytes.item_count() / width.max(&1)).min();
    let mut packed = Keys::new(rows.unwrap_or(0));
    let longest = keys.iter().map(|(bytes, _)| bytes.item_count()).max();
    let mut copy = BYTES.take(longest.unwrap_or(0));
    for (bytes, width) in keys {
        copy.resize(bytes.item_count(), 0);
        bytes.copy_to_slice(py, &mut copy)?;
        py.detach(|| packed.add(Key { bytes: &copy, width }));
    }
    BYTES.give(copy);
    Ok(packed)
}

/// Addresses as text; see `_native.pyi`.
#[pyfunction]
pub(super) fn address_texts(
    py: Python<'_>,
    packed: PyBuffer<u8>,
    version: PyBuffer<u8>,
) -> PyResult<Bound<'_, PyList>> {
    let texts = addresses(py, &packed, &version, &[])?;
    let count = version.item_count();
    let each = (0..count).filter_map(|number| std::str::from_utf8(texts.get(number)?).ok());
    PyList::new(py, each.collect::<Vec<_>>())
}

/// Addresses as lines of text; see `_native.pyi`.
#[pyfunction]
pub(super) fn address_lines<'py>(
    py: Python<'py>,
    packed: PyBuffer<u8>,
    version: PyBuffer<u8>,
    quote: &[u8],
) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, addresses(py, &packed, &version, quote)?.lines()))
}

fn addresses(
    py: Python<'_>,
    packed: &PyBuffer<u8>,
    version: &PyBuffer<u8>,
    quote: &[u8],
) -> PyResult<AddressTexts> {
    let (packed, version) = (packed.to_vec(py)?, version.to_vec(py)?);
    Ok(py.detach(|| AddressTexts::new(packed.as_chunks().0, &version, quote)))
}

/// Whether a buffer holds no other bytes than these; see `_native.pyi`.
#[pyfunction]
pub(super) fn is_made_of(py: Python<'_>, data: PyBuffer<u8>, allowed: [u8; 256]) -> PyResult<bool> {
    let data = data.to_vec(py)?;
    Ok(py.detach(|| {
        let is_allowed =
            |byte: &u8| allowed.get(usize::from(*byte)).is_some_and(|allowed| *allowed != 0);
        data.chunks(4096).all(|part| part.iter().fold(true, |all, byte| all & is_allowed(byte)))
    }))
}

/// Byte strings of some rows, put one after the other; see `_native.pyi`.
#[pyfunction]
pub(super) fn gather(
    py: Python<'_>,
    parts: Vec<Part<'_>>,
    rows: PyBuffer<i64>,
) -> PyResult<(Buffer, Buffer)> {
    let held = parts.iter().map(Part::given).collect::<PyResult<Vec<_>>>()?;
    let rows = rows.to_vec(py)?;
    let found = py.detach(|| table::gather(&held, &rows));
    let (offsets, data) = found.ok_or_else(|| PyValueError::new_err("no such row"))?;
    Ok((Buffer::new(Column::I64(offsets)), Buffer::new(Column::U8(data))))
}

/// The engine's own memory and `bytes` are read where they are; all else is copied.
pub(super) fn bytes_of<'a>(data: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(buffer) = data.cast::<Buffer>()
        && let Some(bytes) = buffer.get().bytes()
    {
        return Ok(Cow::Borrowed(bytes));
    }
    if let Ok(bytes) = data.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    Ok(Cow::Owned(PyBuffer::<u8>::get(data)?.to_vec(data.py())?))
}
