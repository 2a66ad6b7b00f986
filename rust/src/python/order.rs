//! Columns put in the order of flows.
//!
//! What the engine gave is read where it is. Values are put in their places in memory that is used
//! for every column, and copied from there: memory that is new costs more than the copy, and numpy
//! asks for it in large pages.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // a buffer of Python is only ever given by value

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
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
    scratch: Mutex<Scratch>,
}

/// Two columns of each type.
#[derive(Debug, Default)]
struct Scratch {
    u8: [Vec<u8>; 2],
    u16: [Vec<u16>; 2],
    u32: [Vec<u32>; 2],
    i16: [Vec<i16>; 2],
    i32: [Vec<i32>; 2],
    i64: [Vec<i64>; 2],
}

/// The type of a column's values.
trait Number: Element + Default + Send + Sync {
    /// The values of a column of this type.
    fn of(column: &Column) -> Option<&[Self]>;

    /// Memory for two columns, with anything in it.
    fn scratch(scratch: &mut Scratch) -> &mut [Vec<Self>; 2];
}

macro_rules! numbers {
    ($($kind:ident $type:ident,)*) => {
        $(impl Number for $type {
            fn of(column: &Column) -> Option<&[Self]> {
                if let Column::$kind(values) = column { Some(values) } else { None }
            }

            fn scratch(scratch: &mut Scratch) -> &mut [Vec<Self>; 2] {
                &mut scratch.$type
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
        Ok(Self { places, scratch: Mutex::default() })
    }

    /// The order of numbers of which no two are equal, and the row of each place.
    #[staticmethod]
    fn of(py: Python<'_>, parts: Parts<'_>) -> PyResult<Option<(Self, Buffer)>> {
        let parts = values::<i64>(&parts)?;
        let parts: Vec<&[i64]> = parts.iter().map(AsRef::as_ref).collect();
        let found = py.detach(|| {
            let places = table::ranks(&parts)?;
            let rows = table::rows(&places);
            Some((places, rows))
        });
        let own = |places| Self { places, scratch: Mutex::default() };
        Ok(found.map(|(places, rows)| (own(places), Buffer::new(Column::I64(rows)))))
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
        let parts = values::<T>(parts)?;
        let [mut column, unused] = self.take::<T>();
        let done = py.detach(|| {
            column.resize(self.places.len(), T::default());
            let mut places = &self.places[..];
            parts.iter().try_for_each(|part| {
                let own = places.split_off(..part.len())?;
                table::place(part, own, &mut column)
            })
        });
        done.ok_or_else(too_many)?;
        PyBuffer::get(to)?.copy_from_slice(py, &column)?;
        self.give([column, unused]);
        Ok(())
    }

    fn place_all_sides<T: Number>(
        &self,
        py: Python<'_>,
        parts: &(Parts<'_>, Parts<'_>),
        stays: &[u8],
        to: &(Bound<'_, PyAny>, Bound<'_, PyAny>),
    ) -> PyResult<()> {
        let (one, other) = (values::<T>(&parts.0)?, values::<T>(&parts.1)?);
        let [mut client, mut server] = self.take::<T>();
        let done = py.detach(|| {
            client.resize(self.places.len(), T::default());
            server.resize(self.places.len(), T::default());
            let mut places = &self.places[..];
            one.iter().zip(&other).try_for_each(|(one, other)| {
                let own = places.split_off(..one.len().min(other.len()))?;
                table::place_sides([one, other], own, stays, [&mut client, &mut server])
            })
        });
        done.ok_or_else(too_many)?;
        PyBuffer::get(&to.0)?.copy_from_slice(py, &client)?;
        PyBuffer::get(&to.1)?.copy_from_slice(py, &server)?;
        self.give([client, server]);
        Ok(())
    }

    fn take<T: Number>(&self) -> [Vec<T>; 2] {
        std::mem::take(T::scratch(&mut self.scratch.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    fn give<T: Number>(&self, memory: [Vec<T>; 2]) {
        *T::scratch(&mut self.scratch.lock().unwrap_or_else(PoisonError::into_inner)) = memory;
    }
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
