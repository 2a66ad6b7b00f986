//! Content: byte patterns on heads, and transcripts of the flows that were selected.
//!
//! What is looked for is handed in; no service is known here. docs/engine.md has the rules.
#![forbid(unsafe_code)]

mod automaton;
mod begin;
mod beginning;
mod parse;
mod patterns;
mod plan;
mod prefix;
mod scan;
mod search;
mod sets;
mod size;
mod stream;
mod transcript;
mod transcripts;
mod triggers;

pub use patterns::{Matches, Patterns};
pub use sets::{Codes, Sets};
pub use transcript::{First, Message, Segment, Stamp, Transcript};
pub use transcripts::{Columns, Transcripts};
pub use triggers::{Demand, Triggers};

use std::fmt;

/// A byte pattern on the head of one direction of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What is handed back.
    pub number: u32,
    /// A regular expression over bytes.
    pub expression: Vec<u8>,
    /// Only for flows of this protocol.
    pub ip_protocol: Option<u8>,
    /// A match makes the heads of both directions this long; 0: as they are.
    pub head_bytes: usize,
    /// A match selects the flow for a transcript.
    pub transcript: bool,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// Which one.
    pub number: u32,
    /// Why, and where in the expression.
    pub cause: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "pattern {}: {}", self.number, self.cause)
    }
}

impl std::error::Error for PatternError {}

/// Which flows get a transcript by port, and how much is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranscriptOptions {
    /// (IP protocol number, port): flows with it on either side are selected.
    pub ports: Vec<(u8, u16)>,
    /// Payload kept of one direction of one flow.
    pub flow_bytes: u64,
    /// Payload kept in the whole reading.
    pub total_bytes: u64,
}

impl Default for TranscriptOptions {
    fn default() -> Self {
        Self { ports: Vec::new(), flow_bytes: 65_536, total_bytes: 268_435_456 }
    }
}

#[cfg(test)]
mod tests;
