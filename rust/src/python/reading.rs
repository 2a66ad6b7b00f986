//! The one class that reads: opened file by file, asked for batch after batch.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::buffer::Buffer;
use super::content::{self, GivenPattern, Parcel, Parts};
use super::report;
use super::source::{self, Raised, Source};
use crate::capture::Capture;
use crate::engine::Engine;
use crate::flow::{MAX_HEAD_BYTES, Options, Rows, Timeouts};
use crate::payload::TranscriptOptions;

/// Longest time between two looks at signals.
const PATIENCE: Duration = Duration::from_millis(100);
/// Frames between two looks at the clock.
const FRAMES: usize = 2048;

/// Rows of flows as columns.
#[pyclass(frozen, get_all, module = "classifier._native")]
pub(super) struct Batch {
    /// How many.
    rows: usize,
    /// One buffer a column, in the order of `COLUMNS`.
    columns: Vec<Py<Buffer>>,
    /// Offsets (int64) and bytes of the heads of a.
    a_head: (Py<Buffer>, Py<Buffer>),
    /// The same of b.
    b_head: (Py<Buffer>, Py<Buffer>),
    /// Offsets (int64) and numbers (uint32) of the patterns that match the heads of a.
    a_matches: Parts,
    /// The same of b.
    b_matches: Parts,
    /// The columns of the transcripts.
    transcripts: Vec<Py<Buffer>>,
}

impl Batch {
    fn new(py: Python<'_>, mut rows: Rows) -> PyResult<Self> {
        let count = rows.len();
        let Parcel { a_matches, b_matches, transcripts } =
            Parcel::new(py, count, rows.found.take())?;
        let (columns, [a, b]) = rows.into_columns();
        let object = |column| Py::new(py, Buffer::new(column));
        Ok(Self {
            rows: count,
            columns: columns.into_iter().map(object).collect::<PyResult<_>>()?,
            a_head: (object(a.0)?, object(a.1)?),
            b_head: (object(b.0)?, object(b.1)?),
            a_matches,
            b_matches,
            transcripts,
        })
    }
}

/// How a turn of reading ended.
enum Turn {
    Batch(Box<Rows>),
    More,
    End,
}

/// One run over the files of one recording.
#[pyclass(module = "classifier._native")]
pub(super) struct Reading {
    engine: Engine,
    capture: Option<Capture<Source>>,
    raised: Raised,
    sources: u32,
    /// Stored bytes that progress has been told of.
    told: u64,
    finished: bool,
    /// Whether the last batch, which may be empty, was given.
    ended: bool,
}

#[pymethods]
impl Reading {
    #[new]
    #[pyo3(signature = (*, tcp, closed, udp, icmp, other, active, max_flows, batch_rows, head_bytes, partial, patterns=vec![], ports=vec![], flow_bytes=65_536, total_bytes=268_435_456))]
    #[allow(clippy::too_many_arguments)] // they are the fields of the contract's options
    fn new(
        py: Python<'_>,
        tcp: i64,
        closed: i64,
        udp: i64,
        icmp: i64,
        other: i64,
        active: i64,
        max_flows: u32,
        batch_rows: usize,
        head_bytes: usize,
        partial: bool,
        patterns: Vec<GivenPattern>,
        ports: Vec<(u8, u16)>,
        flow_bytes: u64,
        total_bytes: u64,
    ) -> PyResult<Self> {
        if head_bytes > MAX_HEAD_BYTES {
            return Err(PyValueError::new_err(format!("head_bytes beyond {MAX_HEAD_BYTES}")));
        }
        let timeouts = Timeouts { tcp, closed, udp, icmp, other, active };
        let batch_rows = batch_rows.max(1);
        let options = Options { timeouts, max_flows, batch_rows, head_bytes, partial };
        let transcripts = TranscriptOptions { ports, flow_bytes, total_bytes };
        let content = content::content(py, patterns, &transcripts, &options)?;
        Ok(Self {
            engine: Engine::looking_for(options, content),
            capture: None,
            raised: Raised::default(),
            sources: 0,
            told: 0,
            finished: false,
            ended: false,
        })
    }

    /// Go on with the next file.
    fn open(&mut self, source: &Bound<'_, PyAny>) -> PyResult<()> {
        if self.finished || self.capture.is_some() {
            return Err(PyRuntimeError::new_err("close the file before, and finish last"));
        }
        self.engine.begin_file(self.sources);
        self.sources += 1;
        self.told = 0;
        self.capture = Some(source::open(source, &self.raised)?);
        Ok(())
    }

    /// The next full batch; None at the end of the file, or after `finish` of the recording.
    #[pyo3(signature = (progress=None))]
    fn next_batch(
        &mut self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Batch>> {
        loop {
            let turn = py.detach(|| self.turn());
            if let Some(error) = source::take(&self.raised) {
                return Err(error);
            }
            if let (Some(progress), Some(capture)) = (progress, &self.capture) {
                let stored = capture.stored_bytes();
                if stored > self.told {
                    progress.call1((stored - self.told,))?;
                    self.told = stored;
                }
            }
            py.check_signals()?;
            match turn {
                Turn::Batch(rows) => return Ok(Some(Batch::new(py, *rows)?)),
                Turn::More => {}
                Turn::End => return Ok(None),
            }
        }
    }

    /// Be done with the file; what is known of it.
    fn close<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Some(capture) = self.capture.take() else {
            return Err(PyRuntimeError::new_err("no file is open"));
        };
        report::file(py, self.engine.file(), capture.into_info())
    }

    /// The recording is over: `next_batch` gives the rows of the flows that are still live.
    fn finish(&mut self, py: Python<'_>) {
        self.finished = true;
        py.detach(|| self.engine.finish());
    }

    /// (outcome, word, number, frames, source, frame), in order of the first frame.
    fn outcomes(&self) -> Vec<report::Outcome> {
        report::outcomes(self.engine.table().counters())
    }

    /// (layer, reason, frames) of frames in flows that could be decoded only in part.
    fn partial(&self) -> Vec<(String, &'static str, u64)> {
        report::partial(self.engine.table().counters())
    }

    /// Flows put out of the live table early.
    #[getter]
    fn evicted(&self) -> u64 {
        self.engine.table().counters().evicted
    }

    /// Bytes of transcripts that were seen and not kept for want of room.
    #[getter]
    fn transcript_dropped(&self) -> u64 {
        self.engine.table().content().transcript_dropped()
    }

    /// Descriptions of tunnels by index.
    #[getter]
    fn tunnels(&self) -> Vec<String> {
        self.engine.table().tunnels().to_vec()
    }
}

impl Reading {
    /// Read on until there is something to tell, or it is time to look at signals.
    fn turn(&mut self) -> Turn {
        let Self { engine, capture, .. } = self;
        if self.finished {
            // There is always a last batch, and with it the columns.
            let first = !std::mem::replace(&mut self.ended, true);
            let rows = engine.last_batch().or(first.then(Rows::default));
            return rows.map_or(Turn::End, |rows| Turn::Batch(rows.into()));
        }
        let Some(capture) = capture else { return Turn::End };
        let started = Instant::now();
        loop {
            let before = engine.file().frames;
            let more = capture.read_together(FRAMES, |frames| engine.frames(frames));
            if let Some(rows) = engine.full_batch() {
                return Turn::Batch(rows.into());
            }
            if !more {
                return Turn::End;
            }
            let interrupted = engine.file().frames - before < FRAMES as u64;
            if interrupted || started.elapsed() > PATIENCE {
                return Turn::More;
            }
        }
    }
}
