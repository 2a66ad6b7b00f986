//! What was counted, as plain Python values. Words for numbers are Python's to find.
#![forbid(unsafe_code)]

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::capture::FileInfo;
use crate::engine::FileFacts;
use crate::flow::{Count, Counters};
use crate::packet::{Other, Stop};

/// Outcome, word, number (-1: the word says all), frames, source and frame of the first.
pub(super) type Outcome = (&'static str, String, i64, u64, u32, u64);

/// Every outcome, in order of the first frame.
pub(super) fn outcomes(counters: &Counters) -> Vec<Outcome> {
    let single = [
        (counters.in_flow, "in flow", ""),
        (counters.headless, "fragment without head", ""),
        (counters.not_described, "link type not supported", "interface not described"),
    ];
    let single = single.into_iter().filter_map(|(count, outcome, word)| {
        count.map(|count| row(outcome, word.to_owned(), -1, count))
    });
    let stopped = counters.stopped.iter().map(|(stop, count)| stopped(*stop, *count));
    let mut all: Vec<_> = single.chain(stopped).collect();
    all.sort_by_key(|(.., source, frame)| (*source, *frame));
    all
}

fn row(outcome: &'static str, word: String, number: i64, count: Count) -> Outcome {
    (outcome, word, number, count.frames, count.first.source, count.first.frame)
}

fn stopped(stop: Stop, count: Count) -> Outcome {
    match stop {
        Stop::NotIp(other) => {
            let (word, number) = match other {
                Other::EtherType(number) => ("EtherType".to_owned(), i64::from(number)),
                Other::Llc(number) => ("LLC".to_owned(), i64::from(number)),
                Other::Ppp(number) => (format!("PPP 0x{number:04x}"), -1),
                Other::Family(number) => (format!("address family {number}"), -1),
                Other::Named(name) => (name.to_owned(), -1),
            };
            row("not IP", word, number, count)
        }
        Stop::Undecodable(failure) => {
            row("undecodable", format!("{}: {}", failure.layer, failure.reason), -1, count)
        }
        Stop::LinkNotSupported(number) => {
            row("link type not supported", "link type".to_owned(), i64::from(number), count)
        }
    }
}

/// Layer, reason and frames.
pub(super) fn partial(counters: &Counters) -> Vec<(String, &'static str, u64)> {
    let mut all: Vec<_> = counters
        .partial
        .iter()
        .map(|(partial, frames)| {
            let inside = if partial.in_tunnel { "inside tunnel: " } else { "" };
            (format!("{inside}{}", partial.failure.layer), partial.failure.reason, *frames)
        })
        .collect();
    all.sort_unstable();
    all
}

/// What is known of a file.
pub(super) fn file<'py>(
    py: Python<'py>,
    facts: &FileFacts,
    info: FileInfo,
) -> PyResult<Bound<'py, PyDict>> {
    let interfaces: Vec<_> = info
        .interfaces
        .into_iter()
        .map(|it| (it.link_type, it.name, it.description, it.snap_length, it.frames, it.dropped))
        .collect();
    let warnings: Vec<_> =
        info.warnings.into_iter().map(|it| (it.offset, it.cause, it.fix, it.count)).collect();
    let file = PyDict::new(py);
    file.set_item("format", info.format)?;
    file.set_item("compression", info.compression)?;
    file.set_item("bytes", info.stored_bytes)?;
    file.set_item("frames", facts.frames)?;
    file.set_item("first_seen", facts.first_seen)?;
    file.set_item("last_seen", facts.last_seen)?;
    file.set_item("truncated_frames", facts.truncated_frames)?;
    file.set_item("backward_steps", facts.backward_steps)?;
    file.set_item("interfaces", interfaces)?;
    file.set_item("comments", info.comments)?;
    file.set_item("comment_count", info.comment_count)?;
    file.set_item("hardware", info.hardware)?;
    file.set_item("os", info.os)?;
    file.set_item("application", info.application)?;
    file.set_item("cut", info.cut)?;
    file.set_item("bomb", info.bomb)?;
    file.set_item("warnings", warnings)?;
    Ok(file)
}
