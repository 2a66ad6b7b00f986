//! Stages 1 to 3 in one place: frames of one file after the other, decoded, counted, in flows.
#![forbid(unsafe_code)]

use crate::capture::{Frame, SHORT_BLOCK};
use crate::flow::{Arrivals, Content, FlowTable, Options, Place, Rows};
use crate::packet::{self, Failure, Outside, Packet, usual};

const ETHERNET: u32 = 1;

/// What the frames of one file tell about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Frames read.
    pub frames: u64,
    /// Time of the earliest, 0 without frames.
    pub first_seen: i64,
    /// Time of the latest.
    pub last_seen: i64,
    /// Frames of which fewer bytes were kept than were on the wire.
    pub truncated_frames: u64,
    /// How often a frame's time is before that of the frame before it.
    pub backward_steps: u64,
    previous: i64,
    /// Frames without a time.
    timeless: u64,
}

impl FileFacts {
    #[inline]
    fn note(&mut self, frame: &Frame<'_>) {
        self.frames += 1;
        if self.frames == 1 + self.timeless {
            (self.first_seen, self.last_seen) = (frame.time, frame.time);
        } else if frame.time >= self.previous {
            self.last_seen = self.last_seen.max(frame.time);
        } else {
            self.backward_steps += 1;
            self.first_seen = self.first_seen.min(frame.time);
        }
        self.previous = frame.time;
        self.truncated_frames += u64::from(frame.wire_length as usize > frame.data.len());
    }
}

/// Brings every frame to its outcome. It does no reading and knows no Python, so a worker is one.
#[derive(Debug)]
pub struct Engine {
    outside: Outside,
    table: FlowTable,
    file: FileFacts,
    source: u32,
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
        Self {
            outside: Outside::default(),
            table: FlowTable::looking_for(options, content),
            file: FileFacts::default(),
            source: 0,
        }
    }

    /// The frames that follow are of the file with this number.
    pub fn begin_file(&mut self, source: u32) {
        (self.source, self.file) = (source, FileFacts::default());
    }

    /// What is known of the file of the last frames.
    #[must_use]
    pub const fn file(&self) -> &FileFacts {
        &self.file
    }

    /// Bring frames to their outcomes. The more at a time, the better, up to some dozens: their
    /// rows are fetched from memory together.
    pub fn frames(&mut self, frames: &[Frame<'_>]) {
        let mut arrivals = self.table.arrivals();
        for frame in frames {
            if frame.link_type == SHORT_BLOCK {
                self.short_block();
                continue;
            }
            self.file.note(frame);
            let place = Place { source: self.source, frame: self.file.frames };
            let Ok(link_type) = u32::try_from(frame.link_type) else {
                self.table.counters_mut().no_interface(place);
                continue;
            };
            if link_type == ETHERNET
                && let Some(packet) = usual::decode(frame.data, frame.wire_length)
            {
                self.table.add_usual(&packet, frame.time, place, &mut arrivals);
            } else {
                self.unusual(link_type, frame, place, &mut arrivals);
            }
        }
        self.table.bring(arrivals);
    }

    /// A frame of which nothing is known.
    #[cold]
    fn short_block(&mut self) {
        self.file.frames += 1;
        self.file.timeless += 1;
        let place = Place { source: self.source, frame: self.file.frames };
        let failure = Failure::new("pcapng", "packet block shorter than it claims");
        self.table.counters_mut().stop(failure.into(), place);
    }

    /// Bring a frame to its outcome the long way.
    #[inline(never)]
    fn unusual<'a>(
        &mut self,
        link_type: u32,
        frame: &Frame<'a>,
        place: Place,
        arrivals: &mut Arrivals<'a>,
    ) {
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
        let rows_left = self.table.is_full() || self.table.drain();
        rows_left.then(|| self.table.take())
    }
}
