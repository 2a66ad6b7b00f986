//! What the frames of one file tell about it.

use crate::capture::{Frame, SHORT_BLOCK};
use crate::flow::Place;

/// What the frames of one file tell about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Number of the file.
    pub source: u32,
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
    /// A file that was not looked into yet.
    #[must_use]
    pub fn new(source: u32) -> Self {
        Self { source, ..Self::default() }
    }

    /// Note the next frame; which one it is.
    #[inline]
    pub fn note(&mut self, frame: &Frame<'_>) -> Place {
        self.frames += 1;
        if frame.link_type == SHORT_BLOCK {
            self.timeless += 1;
            return Place { source: self.source, frame: self.frames };
        }
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
        Place { source: self.source, frame: self.frames }
    }
}
