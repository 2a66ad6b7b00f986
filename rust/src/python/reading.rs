//! The one class that reads: opened file by file, asked for batch after batch.
#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread::available_parallelism;
use std::time::Duration;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::buffer::Buffer;
use super::content::{self, GivenPattern, Parcel, Parts};
use super::heads::Heads;
use super::report;
use super::source::{self, Raised, Source};
use crate::engine::{Engine, Recording, Threads, Turn};
use crate::flow::{FlowTable, MAX_HEAD_BYTES, Options, Rows, Timeouts};
use crate::payload::TranscriptOptions;

create_exception!(
    classifier._native,
    CancelledError,
    PyException,
    "A reading was cancelled while, or before, it was asked for a batch."
);

/// Longest time between two looks at signals.
const PATIENCE: Duration = Duration::from_millis(100);

/// Rows of flows as columns.
#[pyclass(frozen, get_all, module = "classifier._native")]
pub(super) struct Batch {
    /// How many.
    rows: usize,
    /// One buffer a column, in the order of `COLUMNS`.
    columns: Vec<Py<Buffer>>,
    /// The heads of a.
    a_head: Py<Heads>,
    /// The same of b.
    b_head: Py<Heads>,
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
        let (columns, heads) = rows.into_columns();
        let object = |column| Py::new(py, Buffer::new(column));
        Ok(Self {
            rows: count,
            columns: columns.into_iter().map(object).collect::<PyResult<_>>()?,
            a_head: Py::new(py, Heads(heads.a))?,
            b_head: Py::new(py, Heads(heads.b))?,
            a_matches,
            b_matches,
            transcripts,
        })
    }
}

/// One run over the files of one recording.
#[pyclass(frozen, module = "classifier._native")]
pub(super) struct Reading {
    state: Mutex<State>,
    /// Not of the state, for it is set while another thread reads.
    cancelled: AtomicBool,
}

struct State {
    /// None once reading has failed: it cannot go on then, and no thread must be left.
    recording: Option<Recording<Source>>,
    raised: Raised,
    /// Stored bytes that progress has been told of.
    told: u64,
    finished: bool,
    /// Whether the last batch, which may be empty, was given; and whether the end was told.
    ended: bool,
    over: bool,
}

#[pymethods]
impl Reading {
    #[new]
    #[pyo3(signature = (*, tcp, closed, udp, icmp, other, active, max_flows, batch_rows, head_bytes, partial, patterns=vec![], ports=vec![], flow_bytes=65_536, total_bytes=268_435_456, threads=0))]
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
        threads: usize,
    ) -> PyResult<Self> {
        if head_bytes > MAX_HEAD_BYTES {
            return Err(PyValueError::new_err(format!("head_bytes beyond {MAX_HEAD_BYTES}")));
        }
        let timeouts = Timeouts { tcp, closed, udp, icmp, other, active };
        let batch_rows = batch_rows.max(1);
        let options = Options { timeouts, max_flows, batch_rows, head_bytes, partial };
        let transcripts = TranscriptOptions { ports, flow_bytes, total_bytes };
        let content = content::content(py, patterns, &transcripts, &options)?;
        let threads = match threads {
            0 if available_parallelism().is_ok_and(|threads| threads.get() > 1) => Threads::Enough,
            0 | 1 => Threads::One,
            _ => Threads::Two,
        };
        let state = State {
            recording: Some(Recording::new(options, content, threads)),
            raised: Raised::default(),
            told: 0,
            finished: false,
            ended: false,
            over: false,
        };
        Ok(Self { state: Mutex::new(state), cancelled: AtomicBool::new(false) })
    }

    /// Go on with the next file.
    fn open(&self, source: &Bound<'_, PyAny>) -> PyResult<()> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        let is_open = state.recording.as_ref().is_some_and(|it| it.stored_bytes().is_some());
        if state.finished || is_open {
            return Err(PyRuntimeError::new_err("close the file before, and finish last"));
        }
        state.recording()?.begin_file();
        state.told = 0;
        let capture = source::open(source, &state.raised)?;
        state.recording()?.open(capture);
        Ok(())
    }

    /// The next full batch; None at the end of the file, or after `finish` of the recording.
    #[pyo3(signature = (progress=None))]
    fn next_batch(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Batch>> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        let batch = self.batch(py, state, progress);
        if batch.is_err() {
            state.give_up();
        }
        batch
    }

    /// Make `next_batch` raise, whichever thread is in it; if none is, all is let go at once.
    fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        if let Ok(mut state) = self.state.try_lock() {
            state.give_up();
        }
    }

    /// Be done with the file; what is known of it.
    fn close<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let mut state = self.state()?;
        let Some((facts, info)) = state.recording()?.close() else {
            return Err(PyRuntimeError::new_err("no file is open"));
        };
        report::file(py, &facts, info)
    }

    /// The recording is over: `next_batch` gives the rows of the flows that are still live.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let mut guard = self.state()?;
        let state = &mut *guard;
        if !std::mem::replace(&mut state.finished, true) {
            let recording = state.recording()?;
            py.detach(|| recording.finish());
        }
        Ok(())
    }

    /// (outcome, word, number, frames, source, frame), in order of the first frame.
    fn outcomes(&self) -> PyResult<Vec<report::Outcome>> {
        Ok(report::outcomes(self.state()?.table()?.locator().counters()))
    }

    /// (layer, reason, frames) of frames in flows that could be decoded only in part.
    fn partial(&self) -> PyResult<Vec<(String, &'static str, u64)>> {
        Ok(report::partial(self.state()?.table()?.locator().counters()))
    }

    /// Flows put out of the live table early.
    #[getter]
    fn evicted(&self) -> PyResult<u64> {
        Ok(self.state()?.table()?.evicted())
    }

    /// Bytes of transcripts that were seen and not kept for want of room.
    #[getter]
    fn transcript_dropped(&self) -> PyResult<u64> {
        Ok(self.state()?.table()?.transcript_dropped())
    }

    /// Descriptions of tunnels by index.
    #[getter]
    fn tunnels(&self) -> PyResult<Vec<String>> {
        Ok(self.state()?.table()?.locator().tunnels().to_vec())
    }
}

impl Reading {
    fn batch(
        &self,
        py: Python<'_>,
        state: &mut State,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Batch>> {
        loop {
            self.check()?;
            let turn = py.detach(|| state.turn())?;
            if let Some(error) = source::take(&state.raised) {
                return Err(error);
            }
            if let (Some(progress), Some(recording)) = (progress, &state.recording)
                && let Some(stored) = recording.stored_bytes()
                && stored > state.told
            {
                progress.call1((stored - state.told,))?;
                state.told = stored;
            }
            py.check_signals()?;
            match turn {
                Turn::Batch(rows) => return Ok(Some(Batch::new(py, *rows)?)),
                Turn::More => {}
                Turn::End => return Ok(None),
            }
        }
    }

    fn check(&self) -> PyResult<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(CancelledError::new_err("the reading was cancelled"));
        }
        Ok(())
    }

    /// All but `cancel` is for one thread at a time. To wait for another one while holding the GIL
    /// would be to wait for ever.
    fn state(&self) -> PyResult<MutexGuard<'_, State>> {
        self.check()?;
        self.state
            .try_lock()
            .map_err(|_| PyRuntimeError::new_err("another thread reads, or one has panicked"))
    }
}

impl State {
    fn give_up(&mut self) {
        self.recording = None;
    }

    fn recording(&mut self) -> PyResult<&mut Recording<Source>> {
        self.recording.as_mut().ok_or_else(|| PyRuntimeError::new_err("the reading has failed"))
    }

    /// Read on until there is something to tell, or it is time to look at signals.
    fn turn(&mut self) -> PyResult<Turn> {
        if self.finished {
            // There is always a last batch, and with it the columns.
            let rows = self.recording()?.last_batch();
            let rows = rows.or_else(|| (!self.ended).then(Box::default));
            self.ended = true;
            self.over = rows.is_none();
            return Ok(rows.map_or(Turn::End, Turn::Batch));
        }
        Ok(self.recording()?.turn(PATIENCE))
    }

    fn table(&self) -> PyResult<&FlowTable> {
        let engine = self.recording.as_ref().filter(|_| self.over).and_then(Recording::engine);
        let error = || PyRuntimeError::new_err("not known before the last batch");
        engine.map(Engine::table).ok_or_else(error)
    }
}
