//! The addresses of flows. The engine's own memory is read where it is.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // what Python gives is only ever given by value

use std::borrow::Cow;

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;

use super::buffer::Buffer;
use super::table::bytes_of;
use crate::flow::Column;
use crate::table::{self, AddressPart};

/// The different addresses of rows, and the number of each row's; see `_native.pyi`.
#[pyfunction]
pub(super) fn address_numbers(
    py: Python<'_>,
    parts: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>,
) -> PyResult<(Buffer, Buffer, Buffer)> {
    let mut held = Vec::with_capacity(parts.len());
    for (packed, version) in &parts {
        held.push((packed_of(packed)?, bytes_of(version)?));
    }
    let parts: Vec<AddressPart<'_>> =
        held.iter().map(|(packed, version)| (packed.as_ref(), version.as_ref())).collect();
    let found = py.detach(|| table::address_numbers(&parts));
    Ok((
        Buffer::new(Column::U8(found.packed)),
        Buffer::new(Column::U8(found.version)),
        Buffer::new(Column::I32(found.number)),
    ))
}

/// The order of addresses by their texts; see `_native.pyi`.
#[pyfunction]
pub(super) fn address_order(
    py: Python<'_>,
    packed: Bound<'_, PyAny>,
    version: Bound<'_, PyAny>,
) -> PyResult<Buffer> {
    let (packed, version) = (packed_of(&packed)?, bytes_of(&version)?);
    Ok(Buffer::new(Column::I64(py.detach(|| table::address_order(&packed, &version)))))
}

pub(super) fn packed_of<'a>(part: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [[u8; 16]]>> {
    if let Ok(buffer) = part.cast::<Buffer>() {
        match buffer.get().column() {
            Column::Address(packed) => return Ok(Cow::Borrowed(packed)),
            Column::U8(bytes) => return Ok(Cow::Borrowed(bytes.as_chunks().0)),
            _ => {}
        }
    }
    let bytes = PyBuffer::<u8>::get(part)?.to_vec(part.py())?;
    Ok(Cow::Owned(bytes.as_chunks().0.to_vec()))
}
