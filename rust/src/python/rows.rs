//! Rows of text for reports. Values are copied piece by piece, so that the GIL can be let go.
#![forbid(unsafe_code)]

use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::buffer::{Buffer, Pool};
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
    /// Memory for values, for rows, and for text.
    copies: Pool,
    rooms: Pool,
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
                ("time", _) => Kind::Time,
                ("label", Given::Lines(lines)) if is_whole => Kind::Label(lines, width),
                ("label", Given::Ready(labels)) if is_whole => {
                    Kind::Shared(labels.0.clone(), width)
                }
                ("text", _) => Kind::Text(width),
                _ => {
                    return Err(PyValueError::new_err(format!(
                        "{kind} of {width} bytes: no kind of column"
                    )));
                }
            };
            declared.push((before, kind));
        }
        let writer = Writer::new(declared, Form { null, quote, end });
        Ok(Self { writer, copies: Pool::default(), rooms: Pool::default(), texts: Arc::default() })
    }

    /// The text of some rows.
    fn write(
        &self,
        py: Python<'_>,
        rows: usize,
        values: Vec<(PyBuffer<u8>, Option<PyBuffer<u8>>)>,
    ) -> PyResult<Buffer> {
        let mut copy = self.copies.take();
        copy.clear();
        let mut lengths = Vec::with_capacity(values.len());
        for (data, missing) in values {
            let length = add(py, &data, &mut copy)?;
            lengths.push((length, missing.map_or(Ok(0), |it| add(py, &it, &mut copy))?));
        }
        let text = py.detach(|| {
            let mut rest = copy.as_slice();
            let mut part = |length| {
                let (part, behind) = rest.split_at_checked(length).unwrap_or_default();
                rest = behind;
                part
            };
            let values: Vec<_> = lengths
                .iter()
                .map(|(data, missing)| Values { data: part(*data), missing: part(*missing) })
                .collect();
            let (mut room, mut text) = (self.rooms.take(), self.texts.take());
            let written = self.writer.write(rows, &values, &mut room, &mut text);
            self.rooms.give(room);
            written.map(|()| text)
        });
        self.copies.give(copy);
        let text = text.map_err(|wrong| PyValueError::new_err(wrong.to_string()))?;
        Ok(Buffer::of_pool(Column::U8(text), self.texts.clone()))
    }
}

/// Copy a buffer to the end of others.
fn add(py: Python<'_>, buffer: &PyBuffer<u8>, copy: &mut Vec<u8>) -> PyResult<usize> {
    let (begin, length) = (copy.len(), buffer.item_count());
    copy.resize(begin + length, 0);
    buffer.copy_to_slice(py, copy.get_mut(begin..).unwrap_or_default())?;
    Ok(length)
}
