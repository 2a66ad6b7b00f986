//! Where bytes come from: a regular file, which Rust reads, or anything else, which Python reads.
#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::capture::{Capture, Input, OpenError, Stored};

create_exception!(
    classifier._native,
    NotACaptureError,
    PyValueError,
    "An input is no capture. Arguments: its first bytes (decompressed, at most 32), and why \
     decompression ended within them, else an empty string."
);

/// What Python raised while it read, to be raised again where it can be.
pub(super) type Raised = Arc<Mutex<Option<PyErr>>>;

/// The bytes of one input as stored.
pub(super) enum Source {
    File(Stored),
    Python { read: Py<PyAny>, raised: Raised },
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(room),
            Self::Python { read, raised } => Python::attach(|py| {
                read_by(py, read, room).map_err(|error| {
                    let system = error
                        .is_instance_of::<PyOSError>(py)
                        .then(|| error.value(py).getattr("errno").ok()?.extract().ok())
                        .flatten();
                    if let Some(number) = system {
                        return io::Error::from_raw_os_error(number);
                    }
                    *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    io::Error::other("interrupted")
                })
            }),
        }
    }
}

impl Input for Source {
    fn file(&self) -> Option<&Arc<File>> {
        match self {
            Self::File(file) => file.file(),
            Self::Python { .. } => None,
        }
    }

    fn go_on_at(&mut self, offset: u64) {
        if let Self::File(file) = self {
            file.go_on_at(offset);
        }
    }
}

/// Ask a Python callable for bytes. A signal is handled by Python while it reads.
fn read_by(py: Python<'_>, read: &Py<PyAny>, room: &mut [u8]) -> PyResult<usize> {
    let data = read.bind(py).call1((room.len(),))?;
    let bytes = data.cast::<PyBytes>()?.as_bytes();
    let Some(room) = room.get_mut(..bytes.len()) else {
        return Err(PyValueError::new_err("read(n) returned more than n bytes"));
    };
    room.copy_from_slice(bytes);
    Ok(bytes.len())
}

/// Open an input: the path of a file as bytes, or a callable `read(n) -> bytes`.
pub(super) fn open(source: &Bound<'_, PyAny>, raised: &Raised) -> PyResult<Capture<Source>> {
    let py = source.py();
    let source = if let Ok(path) = source.cast::<PyBytes>() {
        let path = path_of(path.as_bytes())?;
        let file = py.detach(|| File::open(path)).map_err(|error| os_error(&error))?;
        Source::File(Stored::new(file))
    } else {
        Source::Python { read: source.clone().unbind(), raised: Arc::clone(raised) }
    };
    let opened = py.detach(|| Capture::open(source));
    if let Some(error) = take(raised) {
        return Err(error);
    }
    opened.map_err(|error| match error {
        OpenError::Io(error) => os_error(&error),
        OpenError::NotACapture { magic, broken } => {
            NotACaptureError::new_err((PyBytes::new(py, &magic).unbind(), broken))
        }
    })
}

/// What Python raised while it read, if it did.
pub(super) fn take(raised: &Raised) -> Option<PyErr> {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // other systems know paths that are no text
fn path_of(bytes: &[u8]) -> PyResult<std::path::PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PyResult<std::path::PathBuf> {
    Ok(std::str::from_utf8(bytes)?.into())
}

/// `OSError(errno, text)`, of which Python makes the right subclass.
fn os_error(error: &io::Error) -> PyErr {
    let text = error.to_string();
    let words = text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words);
    match error.raw_os_error() {
        Some(number) => PyOSError::new_err((number, words.to_owned())),
        None => PyOSError::new_err(words.to_owned()),
    }
}
