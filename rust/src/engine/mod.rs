//! Stages 1 to 3 in one place: frames of one file after the other, decoded, counted, in flows.
#![forbid(unsafe_code)]

mod chunk;
mod crew;
mod facts;
mod fetch;
mod recording;
mod shared;
mod work;

#[cfg(test)]
mod tests;

pub use facts::FileFacts;
pub use recording::{Recording, Threads, Turn};

use crate::capture::{Capture, Frame, Input, SHORT_BLOCK};
use crate::flow::{Arrivals, Content, FlowTable, Locator, Options, Place, Rows};
use crate::packet::{self, Failure, Outside, Packet, usual};

const ETHERNET: i32 = 1;

/// Frames of a file between two looks for a full batch.
const FRAMES: u64 = 2048;

/// Brings every frame to its outcome. It does no reading and knows no Python.
#[derive(Debug)]
pub struct Engine {
    outside: Outside,
    table: FlowTable,
}

/// What turns frames into packets of flows, without the flows.
#[derive(Debug)]
#[repr(align(128))] // as a shard is
struct Locating {
    outside: Outside,
    locator: Locator,
}

/// A file that is being read.
struct Reading<R: Input> {
    capture: Capture<R>,
    facts: FileFacts,
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
        Self { outside: Outside::default(), table: FlowTable::looking_for(options, content, false) }
    }

    /// One whose flow table two threads can work on.
    fn for_two(options: Options, content: Content) -> Self {
        Self { outside: Outside::default(), table: FlowTable::looking_for(options, content, true) }
    }

    /// Bring frames of a file to their outcomes. The more at a time, the better, up to some dozens:
    /// their rows are fetched from memory together.
    pub fn frames(&mut self, frames: &[Frame<'_>], file: &mut FileFacts) {
        let locator = self.table.locator_mut();
        let mut arrivals = locator.arrivals();
        for frame in frames {
            let place = file.note(frame);
            arrivals.next_frame();
            let Frame { time, link_type, data, wire_length } = *frame;
            if link_type != ETHERNET {
                unusual(frame, place, &mut self.outside, locator, &mut arrivals);
            } else if let Some(packet) = usual::decode_four(data, wire_length) {
                locator.add_usual(&packet, time, place, &mut arrivals);
            } else if let Some(packet) = usual::decode_six(data, wire_length) {
                locator.add_usual(&packet, time, place, &mut arrivals);
            } else {
                unusual(frame, place, &mut self.outside, locator, &mut arrivals);
            }
        }
        self.table.bring(arrivals);
    }

    /// The flow table: outcomes, tunnels.
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
        self.table.full_batch()
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    #[must_use]
    pub fn last_batch(&mut self) -> Option<Rows> {
        self.table.last_batch()
    }
}

/// Bring a frame to its outcome the long way.
#[inline(never)]
fn unusual<'a>(
    frame: &Frame<'a>,
    place: Place,
    outside: &mut Outside,
    locator: &mut Locator,
    arrivals: &mut Arrivals<'a>,
) {
    let Ok(link_type) = u32::try_from(frame.link_type) else {
        if frame.link_type == SHORT_BLOCK {
            let failure = Failure::new("pcapng", "packet block shorter than it claims");
            locator.counters_mut().stop(failure.into(), place);
            return;
        }
        locator.counters_mut().no_interface(place);
        return;
    };
    let mut packet = Packet::default();
    match packet::decode(link_type, frame.data, frame.wire_length, &mut packet, outside) {
        Ok(()) => locator.add(&packet, outside, frame.time, place, arrivals),
        Err(stop) => locator.counters_mut().stop(stop, place),
    }
}
