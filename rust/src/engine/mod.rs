//! Stages 1 to 3 in one place: frames of one file after the other, decoded, counted, in flows.
#![forbid(unsafe_code)]

mod chunk;
mod facts;
mod recording;
mod worker;

#[cfg(test)]
mod tests;

pub use facts::FileFacts;
pub use recording::{Recording, Threads, Turn};

use crate::capture::{Frame, SHORT_BLOCK};
use crate::flow::{Arrivals, Content, FlowTable, Options, Place, Rows};
use crate::packet::{self, Failure, Outside, Packet, usual};

const ETHERNET: i32 = 1;

/// Frames of a file between two looks for a full batch.
const FRAMES: u64 = 2048;

/// Brings every frame to its outcome. It does no reading and knows no Python, so a worker is one.
#[derive(Debug)]
pub struct Engine {
    outside: Outside,
    table: FlowTable,
}

impl Engine {
    /// An engine that has seen nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::looking_for(options, Content::default())
    }

    /// An engine that looks for something in payloads.
    #[must_use]
    pub fn looking_for(options: Options, content: Content) -> Self {
        let table = FlowTable::looking_for(options, content);
        Self { outside: Outside::default(), table }
    }

    /// Bring frames of a file to their outcomes. The more at a time, the better, up to some dozens:
    /// their rows are fetched from memory together.
    pub fn frames(&mut self, frames: &[Frame<'_>], file: &mut FileFacts) {
        self.bring(frames.iter().map(|frame| (frame, file.note(frame))));
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the hot path, in two places
    fn bring<'a: 'b, 'b>(&mut self, frames: impl Iterator<Item = (&'b Frame<'a>, Place)>) {
        let mut arrivals = self.table.arrivals();
        for (frame, place) in frames {
            let Frame { time, link_type, data, wire_length } = *frame;
            if link_type != ETHERNET {
                self.unusual(frame, place, &mut arrivals);
            } else if let Some(packet) = usual::decode_four(data, wire_length) {
                self.table.add_usual(&packet, time, place, &mut arrivals);
            } else if let Some(packet) = usual::decode_six(data, wire_length) {
                self.table.add_usual(&packet, time, place, &mut arrivals);
            } else {
                self.unusual(frame, place, &mut arrivals);
            }
        }
        self.table.bring(arrivals);
    }

    /// Bring a frame to its outcome the long way.
    #[inline(never)]
    fn unusual<'a>(&mut self, frame: &Frame<'a>, place: Place, arrivals: &mut Arrivals<'a>) {
        let Ok(link_type) = u32::try_from(frame.link_type) else {
            if frame.link_type == SHORT_BLOCK {
                let failure = Failure::new("pcapng", "packet block shorter than it claims");
                self.table.counters_mut().stop(failure.into(), place);
                return;
            }
            self.table.counters_mut().no_interface(place);
            return;
        };
        let (mut packet, outside) = (Packet::default(), &mut self.outside);
        match packet::decode(link_type, frame.data, frame.wire_length, &mut packet, outside) {
            Ok(()) => self.table.add(&packet, outside, frame.time, place, arrivals),
            Err(stop) => self.table.counters_mut().stop(stop, place),
        }
    }

    /// The flow table: batches, outcomes, tunnels.
    #[must_use]
    pub const fn table(&self) -> &FlowTable {
        &self.table
    }

    /// The recording is over.
    pub fn finish(&mut self) {
        self.table.finish();
    }

    /// A full batch, if there is one.
    #[must_use]
    pub fn full_batch(&mut self) -> Option<Rows> {
        self.table.is_full().then(|| self.table.take())
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    #[must_use]
    pub fn last_batch(&mut self) -> Option<Rows> {
        self.last_batch_by(false)
    }

    /// Like [`last_batch`](Self::last_batch), perhaps with a second thread's help.
    pub(super) fn last_batch_by(&mut self, two: bool) -> Option<Rows> {
        let rows_left = self.table.is_full() || self.table.drain(two);
        rows_left.then(|| self.table.take())
    }
}
