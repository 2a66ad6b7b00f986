//! Frames on their way from the thread that reads to the one that has the flow table.

use std::io::Read;

use super::{ETHERNET, Engine, FRAMES, FileFacts};
use crate::capture::{Capture, Frame, Part};
use crate::flow::{Ahead, FlowTable, Place, Rows};
use crate::packet::usual;

/// Frames whose headers are fetched from memory together.
const TOGETHER: usize = 32;

/// The frames of one read buffer, and the buffer. Each is either located already, or a part of the
/// buffer that is still to be decoded.
#[derive(Debug)]
pub(super) struct Chunk {
    buffer: Vec<u8>,
    /// Where the first frame is.
    first: Place,
    frames: u64,
    located: Ahead,
    others: Vec<Other>,
    /// Whether the file ends here.
    is_last: bool,
}

/// A frame as it was recorded.
#[derive(Clone, Copy, Debug)]
struct Other {
    number: u64,
    time: i64,
    link_type: i32,
    wire_length: u32,
    data: Part,
}

impl Other {
    fn frame(self, buffer: &[u8]) -> Frame<'_> {
        let Self { time, link_type, wire_length, data, .. } = self;
        Frame { time, link_type, data: data.within(buffer), wire_length }
    }
}

impl Chunk {
    /// One without frames, for this table.
    pub(super) fn new(table: &FlowTable) -> Self {
        Self {
            buffer: Vec::new(),
            first: Place { source: 0, frame: 0 },
            frames: 0,
            located: Ahead::new(table),
            others: Vec::new(),
            is_last: false,
        }
    }

    /// Whether it has nothing to say.
    pub(super) fn is_empty(&self) -> bool {
        self.frames == 0 && !self.is_last
    }

    /// Fill it from a file, whose frames may be located on the way; false at the end.
    pub(super) fn fill<R: Read>(
        &mut self,
        capture: &mut Capture<R>,
        facts: &mut FileFacts,
        locate: bool,
    ) -> bool {
        let Self { buffer, located, others, .. } = self;
        located.clear();
        others.clear();
        let before = facts.frames;
        self.first = Place { source: facts.source, frame: before + 1 };
        let more = capture.read_buffer(buffer, |frames| {
            for frame in frames {
                let place = facts.note(frame);
                let Frame { time, link_type, data, wire_length } = *frame;
                let is_usual = locate && link_type == ETHERNET;
                if is_usual && let Some(packet) = usual::decode_four(data, wire_length) {
                    located.push_usual(&packet, time);
                } else if is_usual && let Some(packet) = usual::decode_six(data, wire_length) {
                    located.push_usual(&packet, time);
                } else {
                    let (number, data) = (place.frame, Part::of(data));
                    others.push(Other { number, time, link_type, wire_length, data });
                }
            }
        });
        self.frames = facts.frames - before;
        self.is_last = !more;
        more
    }

    /// Bring its frames to their outcomes, and hand over batches where one thread alone would.
    pub(super) fn bring(&self, engine: &mut Engine, mut batch: impl FnMut(Rows)) {
        let mut queue = self.located.queue(&self.buffer);
        let mut others = self.others.as_slice();
        let Place { source, frame: mut number } = self.first;
        let end = number + self.frames;
        while number < end {
            let place = Place { source, frame: number };
            let look = (number - 1) / FRAMES * FRAMES + FRAMES + 1;
            let other = others.first().map_or(end, |other| other.number);
            if other > number {
                let next = other.min(look);
                engine.table.bring_ahead(&mut queue, place, (next - number) as usize);
                number = next;
            } else {
                let limit = TOGETHER.min((look - number) as usize);
                let row = others.iter().take(limit).zip(number..);
                let count = row.take_while(|(other, number)| other.number == *number).count();
                let (now, rest) = others.split_at_checked(count).unwrap_or((others, &[]));
                self.bring_others(now, place, engine);
                others = rest;
                number += count as u64;
            }
            if number == look {
                engine.full_batch().map(&mut batch);
            }
        }
        if self.is_last {
            engine.full_batch().map(&mut batch);
        }
    }

    /// Bring frames in a row that nobody has looked into yet.
    fn bring_others(&self, others: &[Other], first: Place, engine: &mut Engine) {
        let none = Frame { time: 0, link_type: -1, data: &[], wire_length: 0 };
        let mut frames = [none; TOGETHER];
        // The headers are in the cache of the processor that read them: ask for all at once.
        let mut touched = 0;
        for (frame, other) in frames.iter_mut().zip(others) {
            *frame = other.frame(&self.buffer);
            touched ^= frame.data.first().copied().unwrap_or_default();
        }
        std::hint::black_box(touched);
        engine.bring(
            frames
                .iter()
                .take(others.len())
                .zip(first.frame..)
                .map(|(frame, number)| (frame, Place { source: first.source, frame: number })),
        );
    }
}
