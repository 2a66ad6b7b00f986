//! Columns of whole numbers of any type, read piece by piece: so all of it need not be copied to let
//! the GIL go.
#![forbid(unsafe_code)]

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PySlice;

/// Values that are read at a time: they stay in the cache.
pub(super) const PIECE: usize = 1 << 13;

/// Whole numbers that Python has.
pub(super) struct Numbers<'a, 'py> {
    given: &'a Bound<'py, PyAny>,
    length: usize,
    read: fn(&Bound<'py, PyAny>, &mut Vec<i64>) -> PyResult<()>,
}

impl<'a, 'py> Numbers<'a, 'py> {
    /// The numbers of a buffer in one dimension that can be sliced, as an array of numpy can.
    pub(super) fn of(given: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let known = [of::<i64>, of::<i32>, of::<u8>, of::<u16>, of::<i8>, of::<i16>, of::<u32>];
        let found = known.iter().find_map(|of| of(given));
        found.ok_or_else(|| PyValueError::new_err("no column of whole numbers"))
    }

    /// How many.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Those from one on, [`PIECE`] at most.
    pub(super) fn piece(&self, begin: usize) -> PyResult<Bound<'py, PyAny>> {
        piece(self.given, begin, self.length)
    }

    /// Read them.
    pub(super) fn read(&self, begin: usize, to: &mut Vec<i64>) -> PyResult<()> {
        to.clear();
        (self.read)(&self.piece(begin)?, to)
    }

    /// Read those of some rows, [`PIECE`] at most.
    pub(super) fn read_rows(&self, rows: &Bound<'py, PyAny>, to: &mut Vec<i64>) -> PyResult<()> {
        to.clear();
        (self.read)(&self.given.call_method1(intern!(rows.py(), "take"), (rows,))?, to)
    }
}

/// The numbers of a buffer, if they are of this type.
fn of<'a, 'py, T: Element + Default + Into<i64>>(
    given: &'a Bound<'py, PyAny>,
) -> Option<Numbers<'a, 'py>> {
    let length = PyBuffer::<T>::get(given).ok().filter(|it| it.dimensions() == 1)?.item_count();
    Some(Numbers { given, length, read: read::<T> })
}

fn read<T: Element + Default + Into<i64>>(
    part: &Bound<'_, PyAny>,
    to: &mut Vec<i64>,
) -> PyResult<()> {
    let values = PyBuffer::<T>::get(part)?;
    let mut copy = [T::default(); PIECE];
    let copy = copy.get_mut(..values.item_count()).unwrap_or_default();
    values.copy_to_slice(part.py(), copy)?;
    to.extend(copy.iter().map(|value| (*value).into()));
    Ok(())
}

/// Numbers of one type that Python has.
pub(super) struct Pieces<'a, 'py, T> {
    given: &'a Bound<'py, PyAny>,
    length: usize,
    piece: Vec<T>,
}

impl<'a, 'py, T: Element + Default> Pieces<'a, 'py, T> {
    /// The numbers of an array of numpy in one dimension.
    pub(super) fn of(given: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let length = PyBuffer::<T>::get(given)?.item_count();
        Ok(Self { given, length, piece: Vec::with_capacity(PIECE) })
    }

    /// How many.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Those from one on, [`PIECE`] at most.
    pub(super) fn read(&mut self, begin: usize) -> PyResult<&[T]> {
        let part = PyBuffer::<T>::get(&piece(self.given, begin, self.length)?)?;
        self.piece.resize(part.item_count(), T::default());
        part.copy_to_slice(self.given.py(), &mut self.piece)?;
        Ok(&self.piece)
    }
}

/// Values from one on, [`PIECE`] at most.
fn piece<'py>(
    given: &Bound<'py, PyAny>,
    begin: usize,
    length: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let end = length.min(begin + PIECE);
    given.get_item(PySlice::new(given.py(), begin.cast_signed(), end.cast_signed(), 1))
}
