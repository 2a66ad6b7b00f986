//! Columns of whole numbers, read piece by piece: so all of it need not be copied to let the GIL go.
#![forbid(unsafe_code)]

use pyo3::buffer::{Element, PyBuffer};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PySlice;

/// Values that are read at a time: they stay in the cache.
pub(super) const PIECE: usize = 1 << 13;

/// An array of numpy, in one dimension.
struct Array<'a, 'py> {
    given: &'a Bound<'py, PyAny>,
    length: usize,
}

impl<'py> Array<'_, 'py> {
    /// Values from one on, [`PIECE`] at most.
    fn piece(&self, begin: usize) -> PyResult<Bound<'py, PyAny>> {
        let end = self.length.min(begin + PIECE);
        let (begin, end) = (begin.cast_signed(), end.cast_signed());
        self.given.get_item(PySlice::new(self.given.py(), begin, end, 1))
    }
}

/// Whole numbers of any type that Python has.
pub(super) struct Numbers<'a, 'py> {
    array: Array<'a, 'py>,
    read: Read<'py>,
    groups: ReadGroups<'py>,
}

impl<'a, 'py> Numbers<'a, 'py> {
    /// The numbers of an array.
    pub(super) fn of(given: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let length = |length| Array { given, length };
        if let Some(found) = length_of::<i64>(given) {
            return Ok(Self { array: length(found), read: copy, groups: groups::<i64> });
        }
        let known = [wide::<i32>, wide::<u8>, wide::<u16>, wide::<i8>, wide::<i16>, wide::<u32>];
        let found = known.iter().find_map(|wide| wide(given));
        let (found, read, groups) =
            found.ok_or_else(|| PyValueError::new_err("no column of whole numbers"))?;
        Ok(Self { array: length(found), read, groups })
    }

    /// How many.
    pub(super) const fn len(&self) -> usize {
        self.array.length
    }

    /// Those from one on, [`PIECE`] at most, as an array.
    pub(super) fn piece(&self, begin: usize) -> PyResult<Bound<'py, PyAny>> {
        self.array.piece(begin)
    }

    /// Read them.
    pub(super) fn read(&self, begin: usize, to: &mut Vec<i64>) -> PyResult<()> {
        (self.read)(&self.piece(begin)?, to)
    }

    /// Read them as numbers of groups, and say whether all are below a limit and none negative.
    pub(super) fn read_groups(
        &self,
        begin: usize,
        limit: usize,
        to: &mut Vec<u32>,
    ) -> PyResult<bool> {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        (self.groups)(&self.piece(begin)?, limit.into(), to)
    }

    /// Read those of some rows, [`PIECE`] at most.
    pub(super) fn read_rows(&self, rows: &Bound<'py, PyAny>, to: &mut Vec<i64>) -> PyResult<()> {
        (self.read)(&self.array.given.call_method1(intern!(rows.py(), "take"), (rows,))?, to)
    }
}

type Read<'py> = fn(&Bound<'py, PyAny>, &mut Vec<i64>) -> PyResult<()>;
type ReadGroups<'py> = fn(&Bound<'py, PyAny>, i64, &mut Vec<u32>) -> PyResult<bool>;

/// How many numbers of this type there are, if they are, and how they are read.
fn wide<'py, T: Element + Default + Ord + Into<i64>>(
    given: &Bound<'py, PyAny>,
) -> Option<(usize, Read<'py>, ReadGroups<'py>)> {
    Some((length_of::<T>(given)?, widen::<T>, groups::<T>))
}

fn length_of<T: Element>(given: &Bound<'_, PyAny>) -> Option<usize> {
    let buffer = PyBuffer::<T>::get(given).ok().filter(|it| it.dimensions() == 1)?;
    Some(buffer.item_count())
}

fn copy<T: Element + Default>(part: &Bound<'_, PyAny>, to: &mut Vec<T>) -> PyResult<()> {
    let values = PyBuffer::<T>::get(part)?;
    to.resize(values.item_count(), T::default());
    values.copy_to_slice(part.py(), to)
}

fn widen<T: Element + Default + Into<i64>>(
    part: &Bound<'_, PyAny>,
    to: &mut Vec<i64>,
) -> PyResult<()> {
    let mut values = Vec::new();
    copy::<T>(part, &mut values)?;
    to.clear();
    to.extend(values.into_iter().map(Into::into));
    Ok(())
}

/// They are compared in the type that they have.
fn groups<T: Element + Default + Ord + Into<i64>>(
    part: &Bound<'_, PyAny>,
    limit: i64,
    to: &mut Vec<u32>,
) -> PyResult<bool> {
    let mut values = Vec::new();
    copy::<T>(part, &mut values)?;
    let Some(first) = values.first().copied() else { return Ok(true) };
    let (least, most) = values
        .iter()
        .fold((first, first), |(least, most), value| (least.min(*value), most.max(*value)));
    to.extend(values.into_iter().map(|value| value.into().cast_unsigned() as u32));
    Ok(least.into() >= 0 && most.into() < limit)
}

/// Numbers of one type that Python has.
pub(super) struct Pieces<'a, 'py, T> {
    array: Array<'a, 'py>,
    piece: Vec<T>,
}

impl<'a, 'py, T: Element + Default> Pieces<'a, 'py, T> {
    /// The numbers of an array.
    pub(super) fn of(given: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let length = PyBuffer::<T>::get(given)?.item_count();
        Ok(Self { array: Array { given, length }, piece: Vec::with_capacity(PIECE) })
    }

    /// How many.
    pub(super) const fn len(&self) -> usize {
        self.array.length
    }

    /// Those from one on, [`PIECE`] at most.
    pub(super) fn read(&mut self, begin: usize) -> PyResult<&[T]> {
        copy(&self.array.piece(begin)?, &mut self.piece)?;
        Ok(&self.piece)
    }
}
