//! Rows of text for reports. Arrays come in as bytes and are copied, so that the GIL can be let go.
#![forbid(unsafe_code)]

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::buffer::Buffer;
use crate::flow::Column;
use crate::rows::{Form, Kind, Values, Writer};

/// Bytes that a cell takes with its key, about.
const EXPECTED: usize = 24;

/// Writes the rows of one table, see `_native.pyi`.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct RowWriter(Writer);

#[pymethods]
impl RowWriter {
    #[new]
    fn new(
        columns: Vec<(Vec<u8>, String, Vec<u8>, usize)>,
        null: Vec<u8>,
        quote: Vec<u8>,
        end: Vec<u8>,
    ) -> PyResult<Self> {
        let declared = columns.into_iter().map(|(before, kind, labels, width)| {
            let is_whole = matches!(width, 1 | 2 | 4 | 8);
            let kind = match kind.as_str() {
                "signed" if is_whole => Kind::Signed(width),
                "unsigned" if is_whole => Kind::Unsigned(width),
                "time" => Kind::Time,
                "label" if is_whole => Kind::Label(labels, width),
                "text" => Kind::Text(width),
                _ => {
                    return Err(PyValueError::new_err(format!(
                        "{kind} of {width} bytes: no kind of column"
                    )));
                }
            };
            Ok((before, kind))
        });
        let columns = declared.collect::<PyResult<Vec<_>>>()?;
        Ok(Self(Writer::new(columns, Form { null, quote, end })))
    }

    /// The text of some rows.
    fn write(
        &self,
        py: Python<'_>,
        rows: usize,
        values: Vec<(PyBuffer<u8>, Option<PyBuffer<u8>>)>,
    ) -> PyResult<Buffer> {
        let mut columns = Vec::with_capacity(values.len());
        for (data, missing) in values {
            let missing = missing.map(|buffer| buffer.to_vec(py)).transpose()?;
            columns.push((data.to_vec(py)?, missing.unwrap_or_default()));
        }
        let text = py.detach(|| {
            let values: Vec<_> =
                columns.iter().map(|(data, missing)| Values { data, missing }).collect();
            let mut text = Vec::with_capacity(rows * columns.len() * EXPECTED);
            self.0.write(rows, &values, &mut text).map(|()| text)
        });
        let text = text.map_err(|wrong| PyValueError::new_err(wrong.to_string()))?;
        Ok(Buffer::new(Column::U8(text)))
    }
}
