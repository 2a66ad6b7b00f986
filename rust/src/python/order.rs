//! Columns put in the order of flows.
//!
//! What the engine gave is read where it is, and its values are put into memory that numpy has asked
//! for, in large pages: no other memory is needed.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // a buffer of Python is only ever given by value

use std::borrow::Cow;
use std::cell::Cell;

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::{PyBufferError, PyValueError};
use pyo3::prelude::*;

use super::buffer::Buffer;
use crate::flow::Column;
use crate::table;

/// A column that comes in parts.
type Parts<'py> = Vec<Bound<'py, PyAny>>;

/// Where rows go; see `_native.pyi`.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct RowOrder {
    places: Vec<u32>,
}

/// The type of a column's values.
trait Number: Element {
    /// The values of a column of this type.
    fn of(column: &Column) -> Option<&[Self]>;
}

macro_rules! numbers {
    ($($kind:ident $type:ident,)*) => {
        $(impl Number for $type {
            fn of(column: &Column) -> Option<&[Self]> {
                if let Column::$kind(values) = column { Some(values) } else { None }
            }
        })*
    };
}

numbers! { U8 u8, U16 u16, U32 u32, I16 i16, I32 i32, I64 i64, }

/// Call a method for the type that a word of numpy names.
macro_rules! typed {
    ($kind:expr, $self:ident.$method:ident($($argument:expr),*)) => {
        match $kind {
            "u1" => $self.$method::<u8>($($argument),*),
            "u2" => $self.$method::<u16>($($argument),*),
            "u4" => $self.$method::<u32>($($argument),*),
            "i2" => $self.$method::<i16>($($argument),*),
            "i4" => $self.$method::<i32>($($argument),*),
            "i8" => $self.$method::<i64>($($argument),*),
            _ => Err(PyValueError::new_err("no such type")),
        }
    };
}

#[pymethods]
impl RowOrder {
    #[new]
    fn new(py: Python<'_>, rows: PyBuffer<i64>) -> PyResult<Self> {
        let rows = rows.to_vec(py)?;
        let places = py.detach(|| table::places(&rows));
        let places = places.ok_or_else(|| PyValueError::new_err("no order of rows"))?;
        Ok(Self { places })
    }

    /// Put a column in order.
    fn place(
        &self,
        py: Python<'_>,
        kind: &str,
        parts: Parts<'_>,
        to: Bound<'_, PyAny>,
    ) -> PyResult<()> {
        typed!(kind, self.place_all(py, &parts, &to))
    }

    /// Put the columns of both sides in order.
    fn place_sides(
        &self,
        py: Python<'_>,
        kind: &str,
        parts: (Parts<'_>, Parts<'_>),
        stays: PyBuffer<u8>,
        to: (Bound<'_, PyAny>, Bound<'_, PyAny>),
    ) -> PyResult<()> {
        let stays = stays.to_vec(py)?;
        typed!(kind, self.place_all_sides(py, &parts, &stays, &to))
    }
}

impl RowOrder {
    fn place_all<T: Number>(
        &self,
        py: Python<'_>,
        parts: &[Bound<'_, PyAny>],
        to: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (parts, to) = (values::<T>(parts)?, PyBuffer::<T>::get(to)?);
        let to = cells(py, &to, self.places.len())?;
        let mut places = &self.places[..];
        let done = parts.iter().try_for_each(|part| {
            let own = places.split_off(..part.len())?;
            table::place(part, own, to)
        });
        done.ok_or_else(too_many)
    }

    fn place_all_sides<T: Number>(
        &self,
        py: Python<'_>,
        parts: &(Parts<'_>, Parts<'_>),
        stays: &[u8],
        to: &(Bound<'_, PyAny>, Bound<'_, PyAny>),
    ) -> PyResult<()> {
        let (one, other) = (values::<T>(&parts.0)?, values::<T>(&parts.1)?);
        let (client, server) = (PyBuffer::<T>::get(&to.0)?, PyBuffer::<T>::get(&to.1)?);
        let count = self.places.len();
        let to = [cells(py, &client, count)?, cells(py, &server, count)?];
        let mut places = &self.places[..];
        let done = one.iter().zip(&other).try_for_each(|(one, other)| {
            let own = places.split_off(..one.len().min(other.len()))?;
            table::place_sides([one, other], own, stays, to)
        });
        done.ok_or_else(too_many)
    }
}

/// The memory of an array that is written to.
fn cells<'a, T: Number>(
    py: Python<'a>,
    to: &'a PyBuffer<T>,
    count: usize,
) -> PyResult<&'a [Cell<T>]> {
    let cells = to.as_mut_slice(py).filter(|cells| cells.len() == count);
    cells.ok_or_else(|| PyBufferError::new_err("not as many values that may be written to"))
}

fn too_many() -> PyErr {
    PyValueError::new_err("more values than places")
}

/// The values of a column part by part: the engine's own memory as it is, all else as a copy.
fn values<'a, T: Number>(parts: &'a [Bound<'_, PyAny>]) -> PyResult<Vec<Cow<'a, [T]>>> {
    let each = parts.iter().map(|part| {
        if let Ok(buffer) = part.cast::<Buffer>()
            && let Some(values) = T::of(buffer.get().column())
        {
            return Ok(Cow::Borrowed(values));
        }
        Ok(Cow::Owned(PyBuffer::<T>::get(part)?.to_vec(part.py())?))
    });
    each.collect()
}
