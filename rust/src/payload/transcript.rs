//! The payload of one flow in order, piece by piece.

use super::stream::{Place, Stream};
use crate::sides::{Pair, Side};

/// Which frame, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Number of the file.
    pub source: u32,
    /// Number of the frame in it, from 1.
    pub frame: u64,
    /// Nanoseconds since 1970.
    pub time: i64,
}

/// A TCP segment with payload.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Who sent it.
    pub side: Side,
    /// Sequence number of its first byte.
    pub sequence: u32,
    /// Sequence number of the first byte of the direction, where it is known.
    pub start: Option<u32>,
    /// Bytes on the wire.
    pub length: u32,
    /// Those that were captured.
    pub data: &'a [u8],
    /// Its frame.
    pub stamp: Stamp,
}

/// A message that stands for itself.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Who sent it.
    pub side: Side,
    /// Payload bytes of the direction before it.
    pub position: u64,
    /// The captured part.
    pub data: &'a [u8],
    /// Its frame.
    pub stamp: Stamp,
}

/// The first payload of a flow, all of which was captured: its bytes are kept elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct First {
    /// Who sent it.
    pub side: Side,
    /// Sequence number of its first byte, which is the first one of the direction; None: it is a
    /// message.
    pub start: Option<u32>,
    /// Bytes.
    pub length: u32,
    /// Its frame.
    pub stamp: Stamp,
}

/// How much may still be kept.
#[derive(Debug)]
pub(super) struct Room<'a> {
    /// Of one direction of a flow, in all.
    pub(super) flow_bytes: u64,
    /// Of all flows, from now on.
    pub(super) left: &'a mut u64,
    /// Counts what is beyond.
    pub(super) dropped: &'a mut u64,
}

/// One piece; its bytes begin where those of the piece before it end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) position: i64,
    pub(super) end: usize,
    pub(super) stamp: Stamp,
    pub(super) side: Side,
}

/// The transcript of one flow. It is used again for others, so that memory is taken once.
#[derive(Debug, Default)]
pub struct Transcript {
    streams: Pair<Stream>,
    kept: Pair<u64>,
    dropped: Pair<u64>,
    pieces: Vec<Piece>,
    data: Vec<u8>,
}

impl Transcript {
    /// Be as new.
    pub(super) fn clear(&mut self) {
        (self.streams, self.kept, self.dropped) = Default::default();
        self.pieces.clear();
        self.data.clear();
    }

    /// Whether no payload was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.dropped == Pair::default()
    }

    pub(super) fn start(&self, side: Side) -> u32 {
        self.streams.of(side).start()
    }

    pub(super) fn dropped(&self, side: Side) -> u64 {
        *self.dropped.of(side)
    }

    /// Bytes that are kept, also those that wait.
    pub(super) const fn kept(&self) -> u64 {
        self.kept.a + self.kept.b
    }

    pub(super) fn pieces(&self) -> (&[Piece], &[u8]) {
        (&self.pieces, &self.data)
    }

    /// Begin with what was noted before, of which this much is kept.
    pub(super) fn begin(&mut self, first: &First, kept: &[u8]) {
        let First { side, start, length, stamp } = *first;
        if let Some(start) = start {
            let stream = self.streams.of_mut(side);
            stream.begin(start);
            stream.advance(u64::from(length));
        }
        *self.kept.of_mut(side) = kept.len() as u64;
        *self.dropped.of_mut(side) = u64::from(length) - kept.len() as u64;
        self.give(side, 0, kept, stamp);
    }

    /// Add a segment.
    pub(super) fn segment(&mut self, segment: &Segment<'_>, room: &mut Room<'_>) {
        let Segment { side, sequence, start, length, stamp, .. } = *segment;
        let captured = segment.data.get(..length as usize).unwrap_or(segment.data);
        let stream = self.streams.of_mut(side);
        stream.begin(start.unwrap_or(sequence));
        let (place, before) = stream.place(sequence, length);
        *self.dropped.of_mut(side) += before.min(captured.len() as u64);
        match place {
            Place::Old => {}
            Place::Next(known) => {
                let position = stream.next();
                stream.advance(u64::from(length) - known as u64);
                let kept = self.cut(side, captured.get(known..).unwrap_or_default(), room);
                self.give(side, position, kept, stamp);
                self.drain(side);
            }
            Place::Early(position) => {
                let kept = self.cut(side, captured, room);
                let mut crowded = self.streams.of_mut(side).wait(position, length, stamp, kept);
                while crowded && self.streams.of_mut(side).give_up_hole() {
                    self.drain(side);
                    crowded = self.streams.of(side).is_crowded();
                }
            }
        }
    }

    /// Add a message.
    pub(super) fn message(&mut self, message: &Message<'_>, room: &mut Room<'_>) {
        let Message { side, position, data, stamp } = *message;
        let kept = self.cut(side, data, room);
        self.give(side, position.cast_signed(), kept, stamp);
    }

    /// Nothing comes any more: what waits will wait in vain.
    pub(super) fn finish(&mut self) {
        for side in [Side::A, Side::B] {
            while self.streams.of_mut(side).give_up_hole() {
                self.drain(side);
            }
        }
    }

    /// As much of new bytes as there is room for; the rest is dropped.
    fn cut<'a>(&mut self, side: Side, data: &'a [u8], room: &mut Room<'_>) -> &'a [u8] {
        let kept = self.kept.of_mut(side);
        let most = room.flow_bytes.saturating_sub(*kept).min(*room.left);
        let (within, beyond) = data.split_at_checked(most as usize).unwrap_or((data, &[]));
        *kept += within.len() as u64;
        *room.left -= within.len() as u64;
        *room.dropped += beyond.len() as u64;
        *self.dropped.of_mut(side) += beyond.len() as u64;
        within
    }

    fn give(&mut self, side: Side, position: i64, data: &[u8], stamp: Stamp) {
        if !data.is_empty() {
            self.data.extend_from_slice(data);
            self.pieces.push(Piece { position, end: self.data.len(), stamp, side });
        }
    }

    fn drain(&mut self, side: Side) {
        let Self { streams, pieces, data, .. } = self;
        streams.of_mut(side).drain(|position, new, stamp| {
            data.extend_from_slice(new);
            pieces.push(Piece { position, end: data.len(), stamp, side });
        });
    }
}
