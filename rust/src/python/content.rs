//! What is looked for in payloads comes in, and what was found goes out.
#![forbid(unsafe_code)]

use pyo3::buffer::{Element, PyBuffer};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::buffer::Buffer;
use super::heads::Part;
use crate::flow::{Column, Content, Found, Options};
use crate::payload::{Codes, Columns, Matches, Pattern, Patterns, TranscriptOptions};
use crate::texts::{Joined, Texts};

create_exception!(
    classifier._native,
    PatternError,
    PyValueError,
    "A pattern cannot be used. The message begins with its number."
);

/// Number, expression, IP protocol, bytes of heads, transcript.
pub(super) type GivenPattern = (u32, Vec<u8>, Option<u8>, usize, bool);
/// Offsets and values.
pub(super) type Parts = (Py<Buffer>, Py<Buffer>);

fn pattern((number, expression, ip_protocol, head_bytes, transcript): GivenPattern) -> Pattern {
    Pattern { number, expression, ip_protocol, head_bytes, transcript }
}

#[allow(clippy::needless_pass_by_value)] // for map_err
fn error(error: crate::payload::PatternError) -> PyErr {
    PatternError::new_err(error.to_string())
}

/// Compile what is looked for.
pub(super) fn content(
    py: Python<'_>,
    patterns: Vec<GivenPattern>,
    transcripts: &TranscriptOptions,
    options: &Options,
) -> PyResult<Content> {
    let patterns: Vec<_> = patterns.into_iter().map(pattern).collect();
    py.detach(|| Content::new(&patterns, transcripts, options)).map_err(error)
}

/// Matches and transcripts of a batch.
pub(super) struct Parcel {
    pub(super) a_matches: Parts,
    pub(super) b_matches: Parts,
    pub(super) transcripts: Vec<Py<Buffer>>,
}

impl Parcel {
    pub(super) fn new(py: Python<'_>, rows: usize, found: Option<Box<Found>>) -> PyResult<Self> {
        let found = found.unwrap_or_default();
        let (a_matches, b_matches) = if let Some((a, b)) = found.matches {
            (matches(py, a)?, matches(py, b)?)
        } else {
            let (offsets, numbers) =
                matches(py, Matches { offsets: vec![0; rows + 1], numbers: Vec::new() })?;
            ((offsets.clone_ref(py), numbers.clone_ref(py)), (offsets, numbers))
        };
        Ok(Self { a_matches, b_matches, transcripts: transcripts(py, found.transcripts)? })
    }
}

fn matches(py: Python<'_>, found: Matches) -> PyResult<Parts> {
    let offsets = Py::new(py, Buffer::new(Column::I64(found.offsets)))?;
    Ok((offsets, Py::new(py, Buffer::new(Column::U32(found.numbers)))?))
}

/// In the order of the contract.
fn transcripts(py: Python<'_>, mut columns: Columns) -> PyResult<Vec<Py<Buffer>>> {
    // The last offsets are the ends.
    columns.first_piece.push(columns.side.len().cast_signed() as i64);
    columns.offsets.push(columns.data.len().cast_signed() as i64);
    let all = [
        Column::U32(columns.row),
        Column::U32(columns.a_start),
        Column::U32(columns.b_start),
        Column::I64(columns.a_dropped),
        Column::I64(columns.b_dropped),
        Column::I64(columns.first_piece),
        Column::U8(columns.side),
        Column::U32(columns.source),
        Column::I64(columns.frame),
        Column::I64(columns.time),
        Column::I64(columns.position),
        Column::I64(columns.offsets),
        Column::U8(columns.data),
    ];
    all.into_iter().map(|column| Py::new(py, Buffer::new(column))).collect()
}

/// Tells which patterns match heads that no reading gave.
#[pyclass(module = "classifier._native")]
pub(super) struct Matcher(Patterns);

#[pymethods]
impl Matcher {
    #[new]
    fn new(py: Python<'_>, patterns: Vec<GivenPattern>) -> PyResult<Self> {
        let patterns: Vec<_> = patterns.into_iter().map(pattern).collect();
        py.detach(|| Patterns::new(&patterns)).map(Self).map_err(error)
    }

    /// The matches of rows.
    #[pyo3(name = "match")]
    #[allow(clippy::needless_pass_by_value)] // a buffer is what Python hands over
    fn find(
        &mut self,
        py: Python<'_>,
        offsets: PyBuffer<i64>,
        data: PyBuffer<u8>,
        ip_protocols: PyBuffer<u8>,
    ) -> PyResult<Parts> {
        let offsets = copied(py, &offsets)?;
        let (data, protocols) = (copied(py, &data)?, copied(py, &ip_protocols)?);
        if offsets.len() != protocols.len() + 1 {
            return Err(PyValueError::new_err("there must be one more offset than rows"));
        }
        let heads = Joined { offsets: &offsets, data: &data };
        matches(py, py.detach(|| self.0.find_all(&protocols, &heads)))
    }

    /// Heads part by part; of each row the number of its set of matches, and the sets.
    #[allow(clippy::needless_pass_by_value)] // a buffer is what Python hands over
    fn sets(
        &mut self,
        py: Python<'_>,
        parts: Vec<Part<'_>>,
        ip_protocols: PyBuffer<u8>,
        most: usize,
    ) -> PyResult<(Buffer, Vec<Vec<u32>>)> {
        let protocols = copied(py, &ip_protocols)?;
        let held = parts.iter().map(Part::given).collect::<PyResult<Vec<_>>>()?;
        if held.iter().map(Texts::rows).sum::<usize>() != protocols.len() {
            return Err(PyValueError::new_err("there must be one head for each protocol"));
        }
        let heads = held
            .iter()
            .flat_map(|part| (0..part.rows()).map(move |row| part.text(row).unwrap_or_default()));
        let found = py.detach(|| self.0.sets(&protocols, heads, most));
        let code = match found.code {
            Codes::Narrow(code) => Column::U8(code),
            Codes::Wide(code) => Column::U32(code),
        };
        Ok((Buffer::new(code), found.sets))
    }

    /// The same patterns for another thread.
    fn beside(&self) -> Self {
        Self(self.0.beside())
    }
}

/// The values of a buffer, which Python might change meanwhile.
fn copied<T: Element>(py: Python<'_>, buffer: &PyBuffer<T>) -> PyResult<Vec<T>> {
    buffer.to_vec(py)
}
