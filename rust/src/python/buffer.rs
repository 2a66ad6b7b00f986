//! A column as an object with Python's buffer protocol: numpy reads it without copying.
//!
//! The only unsafe code of the crate is here: one call, which fills in the description of memory
//! that the object owns and never changes.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::flow::Column;

/// Bytes of one column, in the machine's byte order, read-only.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct Buffer {
    column: Column,
    /// Bytes that Python sees, at most.
    length: usize,
    /// Where the memory of a column of bytes goes when Python is done with it.
    pool: Option<Arc<Pool>>,
}

/// Memory to be used again: new memory costs as much as what is written into it.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    /// Some memory, with anything in it; at first there is none.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Give memory back.
    pub(super) fn give(&self, memory: Vec<u8>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let (Column::U8(bytes), Some(pool)) = (&mut self.column, &self.pool) {
            pool.give(std::mem::take(bytes));
        }
    }
}

impl Buffer {
    pub(super) const fn new(column: Column) -> Self {
        Self { column, length: usize::MAX, pool: None }
    }

    /// The first bytes of memory that is given back to a pool.
    pub(super) const fn of_pool(bytes: Vec<u8>, length: usize, pool: Arc<Pool>) -> Self {
        Self { column: Column::U8(bytes), length, pool: Some(pool) }
    }

    /// The values of a column of bytes.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        let Column::U8(values) = &self.column else { return None };
        values.get(..values.len().min(self.length))
    }

    /// What it holds, and what is behind the bytes that Python sees of memory from a pool.
    pub(super) const fn column(&self) -> &Column {
        &self.column
    }

    /// Where the values are, and how many bytes they take.
    fn memory(&self) -> (*const c_void, usize) {
        fn of<T>(values: &[T]) -> (*const c_void, usize) {
            (values.as_ptr().cast(), size_of_val(values))
        }
        let (memory, size) = match &self.column {
            Column::Address(values) => of(values),
            Column::U8(values) => of(values),
            Column::U16(values) => of(values),
            Column::U32(values) => of(values),
            Column::I16(values) => of(values),
            Column::I32(values) => of(values),
            Column::I64(values) => of(values),
        };
        (memory, size.min(self.length))
    }
}

#[pymethods]
impl Buffer {
    fn __len__(&self) -> usize {
        self.memory().1
    }

    /// # Safety
    /// Called by Python only, with a `view` to fill in.
    unsafe fn __getbuffer__(
        slf: &Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        let (memory, size) = slf.get().memory();
        let size = isize::try_from(size).map_err(|_| PyBufferError::new_err("too large"))?;
        // SAFETY: `view` is Python's. `memory` holds `size` initialised bytes; it lives as long as
        // the object, of which the view keeps a reference, and is never changed: the class is
        // frozen, the vector is private, and the view is read-only (the fifth argument).
        let status = unsafe {
            ffi::PyBuffer_FillInfo(view, slf.as_ptr(), memory.cast_mut(), size, 1, flags)
        };
        if status == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
