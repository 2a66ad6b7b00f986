//! Rows of text for reports. Values are copied piece by piece, so that the GIL can be let go.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // what Python gives is only ever given by value

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::addresses::packed_of;
use super::buffer::{Buffer, Pool};
use super::table::bytes_of;
use crate::rows::{Form, Kind, Labels, Room, Values, Writer};

/// Labels of several columns, see `_native.pyi`.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct RowLabels(Arc<Labels>);

#[pymethods]
impl RowLabels {
    #[new]
    fn new(lines: &[u8], null: &[u8]) -> Self {
        Self(Arc::new(Labels::new(lines, null)))
    }

    /// Labels that are addresses.
    #[staticmethod]
    fn of_addresses(
        py: Python<'_>,
        packed: Bound<'_, PyAny>,
        version: Bound<'_, PyAny>,
        null: &[u8],
    ) -> PyResult<Self> {
        let (packed, version) = (packed_of(&packed)?, bytes_of(&version)?);
        Ok(Self(Arc::new(py.detach(|| Labels::addresses(&packed, &version, null)))))
    }
}

/// Labels as a column has them.
#[derive(FromPyObject)]
enum Given<'py> {
    Ready(PyRef<'py, RowLabels>),
    Lines(Vec<u8>),
}

/// Writes the rows of one table, see `_native.pyi`.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct RowWriter {
    writer: Writer,
    /// Those of threads that write nothing at this moment.
    desks: Mutex<Vec<Desk>>,
}

/// Where a thread writes: what one thread wrote to is far from the processor of another.
struct Desk {
    owner: ThreadId,
    room: Room,
    /// Memory for values, and for text.
    copy: Vec<u8>,
    texts: Arc<Pool>,
}

#[pymethods]
impl RowWriter {
    #[new]
    fn new(
        columns: Vec<(Vec<u8>, String, Given<'_>, usize)>,
        null: Vec<u8>,
        quote: Vec<u8>,
        end: Vec<u8>,
    ) -> PyResult<Self> {
        let mut declared = Vec::with_capacity(columns.len());
        for (before, kind, labels, width) in columns {
            let is_whole = matches!(width, 1 | 2 | 4 | 8);
            let kind = match (kind.as_str(), labels) {
                ("signed", _) if is_whole => Kind::Signed(width),
                ("unsigned", _) if is_whole => Kind::Unsigned(width),
                ("time", _) if width == 8 => Kind::Time,
                ("label", Given::Lines(lines)) if is_whole => Kind::Label(lines, width),
                ("label", Given::Ready(labels)) if is_whole => {
                    Kind::Shared(labels.0.clone(), width)
                }
                ("text", _) if width > 0 => Kind::Text(width),
                _ => {
                    return Err(PyValueError::new_err(format!(
                        "{kind} of {width} bytes: no kind of column"
                    )));
                }
            };
            declared.push((before, kind));
        }
        let writer = Writer::new(declared, Form { null, quote, end });
        let writer = writer.map_err(|wrong| PyValueError::new_err(wrong.to_string()))?;
        Ok(Self { writer, desks: Mutex::default() })
    }

    /// The text of some rows.
    fn write(
        &self,
        py: Python<'_>,
        rows: usize,
        values: Vec<(PyBuffer<u8>, Option<PyBuffer<u8>>)>,
    ) -> PyResult<Buffer> {
        let Desk { owner, mut room, mut copy, texts } = self.desk();
        let (mut parts, mut end) = (Vec::with_capacity(values.len()), 0);
        for (data, missing) in values {
            let begin = end;
            let middle = add(py, &data, begin, &mut copy)?;
            end = missing.map_or(Ok(middle), |it| add(py, &it, middle, &mut copy))?;
            parts.push((begin..middle, middle..end));
        }
        let text = py.detach(|| {
            let part = |part: &Range<usize>| copy.get(part.clone()).unwrap_or_default();
            let values = parts.iter().map(|(data, missing)| (part(data), part(missing)));
            let values: Vec<_> = values.map(|(data, missing)| Values { data, missing }).collect();
            let mut text = texts.take();
            let written = self.writer.write(rows, &values, &mut room, &mut text);
            written.map(|length| (text, length))
        });
        self.desks().push(Desk { owner, room, copy, texts: texts.clone() });
        let (text, length) = text.map_err(|wrong| PyValueError::new_err(wrong.to_string()))?;
        Ok(Buffer::of_pool(text, length, texts))
    }
}

impl RowWriter {
    fn desks(&self) -> MutexGuard<'_, Vec<Desk>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place of this thread.
    fn desk(&self) -> Desk {
        let owner = thread::current().id();
        let mut desks = self.desks();
        let place = desks.iter().position(|desk| desk.owner == owner);
        if let Some(place) = place {
            return desks.swap_remove(place);
        }
        let (room, texts) = (self.writer.room(), Arc::default());
        Desk { owner, room, copy: Vec::new(), texts }
    }
}

/// Copy a buffer to a place of a copy that is used again, which grows where it must.
fn add(py: Python<'_>, buffer: &PyBuffer<u8>, begin: usize, copy: &mut Vec<u8>) -> PyResult<usize> {
    let end = begin + buffer.item_count();
    if copy.len() < end {
        copy.resize(end, 0);
    }
    buffer.copy_to_slice(py, copy.get_mut(begin..end).unwrap_or_default())?;
    Ok(end)
}
