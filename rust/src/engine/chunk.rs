//! Frames on their way from the thread that reads, over the one that locates them, to those that
//! have a half of the flow table.

use std::fs::File;
use std::io::Read;

use super::{ETHERNET, FileFacts, Locating};
use crate::capture::{Capture, Frame, Part, fetch};
use crate::flow::{Ahead, Halves, Place, Shard, Usage};
use crate::packet::usual;

/// Frames whose headers are fetched from memory together.
const TOGETHER: usize = 32;

/// The frames of one read buffer, and the buffer.
#[derive(Debug)]
pub(super) struct Chunk {
    buffer: Vec<u8>,
    /// Where the first frame is.
    first: Place,
    pub(super) frames: u64,
    /// Frames that nobody has looked into yet.
    raw: Vec<Raw>,
    pub(super) located: Ahead,
}

/// A frame as it was recorded.
#[derive(Clone, Copy, Debug)]
struct Raw {
    time: i64,
    link_type: i32,
    wire_length: u32,
    data: Part,
}

impl Raw {
    fn frame(self, buffer: &[u8]) -> Frame<'_> {
        let Self { time, link_type, wire_length, data } = self;
        Frame { time, link_type, data: data.within(buffer), wire_length }
    }
}

impl Chunk {
    /// One without frames.
    pub(super) fn new() -> Self {
        Self {
            buffer: Vec::new(),
            first: Place { source: 0, frame: 0 },
            frames: 0,
            raw: Vec::new(),
            located: Ahead::default(),
        }
    }

    /// The most that its packets may add to what is bounded.
    pub(super) const fn usage(&self) -> Usage {
        Usage { flows: self.located.packets(), kept: self.buffer.len() as u64, waiting: 0 }
    }

    /// Fill it from a file, to be located later; false at the end.
    pub(super) fn fill<R: Read>(
        &mut self,
        capture: &mut Capture<R>,
        facts: &mut FileFacts,
    ) -> bool {
        let Self { buffer, raw, .. } = self;
        raw.clear();
        let before = facts.frames;
        self.first = Place { source: facts.source, frame: before + 1 };
        let more = capture.read_buffer(buffer, Ahead::MOST, |frames| {
            raw.extend(frames.iter().map(|frame| {
                facts.note(frame);
                let Frame { time, link_type, data, wire_length } = *frame;
                Raw { time, link_type, wire_length, data: Part::of(data) }
            }));
        });
        self.frames = facts.frames - before;
        more
    }

    /// Fill it from a file, and locate the frames while their headers are at hand; false at the
    /// end.
    pub(super) fn fill_located<R: Read>(
        &mut self,
        capture: &mut Capture<R>,
        facts: &mut FileFacts,
        locating: &mut Locating,
    ) -> bool {
        self.frames_from(facts, locating, |buffer, sink| {
            capture.read_buffer(buffer, Ahead::MOST, sink)
        })
    }

    #[inline]
    fn frames_from(
        &mut self,
        facts: &mut FileFacts,
        locating: &mut Locating,
        read: impl FnOnce(&mut Vec<u8>, &mut dyn FnMut(&[Frame<'_>])) -> bool,
    ) -> bool {
        let before = facts.frames;
        self.first = Place { source: facts.source, frame: before + 1 };
        self.located.begin(self.first, &mut locating.locator);
        let (located, mut number) = (&mut self.located, 0);
        let more = read(&mut self.buffer, &mut |frames| {
            for frame in frames {
                let place = facts.note(frame);
                locating.locate(located, frame, place, number);
                number += 1;
            }
        });
        self.frames = facts.frames - before;
        self.located.end(&mut locating.locator, self.frames);
        more
    }

    /// Fetch a whole block of a file; whether there is one.
    pub(super) fn fetch(&mut self, file: &File, offset: u64) -> bool {
        fetch(file, &mut self.buffer, offset)
    }

    /// Locate the frames of the block that was [fetched](Self::fetch); false at the end.
    pub(super) fn walk<R: Read>(
        &mut self,
        capture: &mut Capture<R>,
        facts: &mut FileFacts,
        locating: &mut Locating,
    ) -> bool {
        self.frames_from(facts, locating, |buffer, sink| {
            capture.read_fetched(buffer, Ahead::MOST, sink)
        })
    }

    /// Locate the frames that it was [filled](Self::fill) with.
    pub(super) fn locate(&mut self, locating: &mut Locating) {
        let Self { buffer, first, raw, located, .. } = self;
        located.begin(*first, &mut locating.locator);
        let mut number = 0;
        for together in raw.chunks(TOGETHER) {
            // The headers are in the cache of the processor that read them: ask for all at once.
            let mut touched = 0;
            for raw in together {
                touched ^= raw.data.within(buffer).first().copied().unwrap_or_default();
            }
            std::hint::black_box(touched);
            for raw in together {
                let place = Place { frame: first.frame + u64::from(number), ..*first };
                locating.locate(located, &raw.frame(buffer), place, number);
                number += 1;
            }
        }
        located.end(&mut locating.locator, self.frames);
    }

    /// Bring what belongs to the first or the other half of the table to its rows.
    pub(super) fn bring(&self, half: usize, shard: &mut Shard) {
        self.located.bring(half, &self.buffer, shard);
    }

    /// Bring all to their rows, in the order of the frames.
    pub(super) fn bring_both(&self, one: &mut Shard, other: &mut Shard) {
        self.located.bring_both(&self.buffer, &mut Halves::new(one, other));
    }
}

impl Locating {
    /// Locate one frame of a chunk.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the hot path, in two places
    fn locate(&mut self, located: &mut Ahead, frame: &Frame<'_>, place: Place, number: u16) {
        let Frame { time, link_type, data, wire_length } = *frame;
        if link_type != ETHERNET {
            self.locate_unusual(located, frame, place, number);
        } else if let Some(packet) = usual::decode_four(data, wire_length) {
            located.push_usual(&self.locator, &packet, time, number);
        } else if let Some(packet) = usual::decode_six(data, wire_length) {
            located.push_usual(&self.locator, &packet, time, number);
        } else {
            self.locate_unusual(located, frame, place, number);
        }
    }

    #[inline(never)]
    fn locate_unusual(
        &mut self,
        located: &mut Ahead,
        frame: &Frame<'_>,
        place: Place,
        number: u16,
    ) {
        let mut arrivals = located.arrivals(&mut self.locator, number);
        super::unusual(frame, place, &mut self.outside, &mut self.locator, &mut arrivals);
        located.push(&mut self.locator, arrivals, number);
    }
}
