//! Rows of text for reports. Values are copied piece by piece, so that the GIL can be let go.
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value)] // what Python gives is only ever given by value

use std::ops::Range;
use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::addresses::packed_of;
use super::buffer::{Buffer, Pool};
use super::table::bytes_of;
use crate::flow::Column;
use crate::rows::{Form, Kind, Labels, Values, Writer};

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

/// A column as Python gives it: what stands before its values, their kind, labels, bytes of one;
/// the values, and what is missing.
type GivenColumn<'py> = (Vec<u8>, String, Given<'py>, usize, PyBuffer<u8>, Option<PyBuffer<u8>>);

/// The values of a column, which Python owns.
struct Source {
    data: PyBuffer<u8>,
    missing: Option<PyBuffer<u8>>,
    /// Bytes of one.
    width: usize,
}

/// Writes the rows of one table, see `_native.pyi`.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct RowWriter {
    writer: Writer,
    sources: Vec<Source>,
    /// Memory for values, for rows, and for text.
    copies: Pool,
    rooms: Pool,
    texts: Arc<Pool>,
}

#[pymethods]
impl RowWriter {
    #[new]
    fn new(
        columns: Vec<GivenColumn<'_>>,
        null: Vec<u8>,
        quote: Vec<u8>,
        end: Vec<u8>,
    ) -> PyResult<Self> {
        let mut declared = Vec::with_capacity(columns.len());
        let mut sources = Vec::with_capacity(columns.len());
        for (before, kind, labels, width, data, missing) in columns {
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
            sources.push(Source { data, missing, width });
        }
        let writer = Writer::new(declared, Form { null, quote, end });
        let (copies, rooms, texts) = (Pool::default(), Pool::default(), Arc::default());
        Ok(Self { writer, sources, copies, rooms, texts })
    }

    /// The text of some rows.
    fn write(&self, py: Python<'_>, start: usize, stop: usize) -> PyResult<Buffer> {
        let rows = start..stop;
        let mut copy = self.copies.take();
        let mut parts = Vec::with_capacity(self.sources.len());
        let mut end = 0;
        for (number, source) in self.sources.iter().enumerate() {
            let begin = end;
            let added = source.add(py, &rows, begin, &mut copy);
            let wrong = || PyValueError::new_err(format!("column {number} lacks some of the rows"));
            let (middle, ends) = added.ok_or_else(wrong)?;
            end = ends;
            parts.push((begin..middle, middle..end));
        }
        let text = py.detach(|| {
            let part = |part: &Range<usize>| copy.get(part.clone()).unwrap_or_default();
            let values = parts.iter().map(|(data, missing)| (part(data), part(missing)));
            let values: Vec<_> = values.map(|(data, missing)| Values { data, missing }).collect();
            let (mut room, mut text) = (self.rooms.take(), self.texts.take());
            let written = self.writer.write(rows.len(), &values, &mut room, &mut text);
            self.rooms.give(room);
            written.map(|()| text)
        });
        self.copies.give(copy);
        let text = text.map_err(|wrong| PyValueError::new_err(wrong.to_string()))?;
        Ok(Buffer::of_pool(Column::U8(text), self.texts.clone()))
    }
}

impl Source {
    /// Copy the values of some rows, and what is missing of them, to a place of a copy that is used
    /// again, which grows where it must.
    ///
    /// # Returns
    /// Where the values end, and where all ends; None if there are no such rows.
    fn add(
        &self,
        py: Python<'_>,
        rows: &Range<usize>,
        begin: usize,
        copy: &mut Vec<u8>,
    ) -> Option<(usize, usize)> {
        let middle = add(py, &self.data, self.width, rows, begin, copy)?;
        let Some(missing) = &self.missing else { return Some((middle, middle)) };
        Some((middle, add(py, missing, 1, rows, middle, copy)?))
    }
}

fn add(
    py: Python<'_>,
    data: &PyBuffer<u8>,
    width: usize,
    rows: &Range<usize>,
    begin: usize,
    copy: &mut Vec<u8>,
) -> Option<usize> {
    let bytes = rows.start.checked_mul(width)?..rows.end.checked_mul(width)?;
    let values = data.as_slice(py)?.get(bytes)?;
    let end = begin + values.len();
    if copy.len() < end {
        copy.resize(end, 0);
    }
    let to = copy.get_mut(begin..end)?;
    to.iter_mut().zip(values).for_each(|(to, value)| *to = value.get());
    Some(end)
}
