//! The transcripts of all flows that were selected, or that still may be.

use super::TranscriptOptions;
use super::transcript::{Message, Room, Segment, Transcript};
use crate::sides::Side;

/// Transcripts of finished rows, as columns; docs/engine.md and `content.py` say what they mean.
#[derive(Debug, Default)]
#[allow(missing_docs)] // the names are the contract's
pub struct Columns {
    pub row: Vec<u32>,
    pub a_start: Vec<u32>,
    pub b_start: Vec<u32>,
    pub a_dropped: Vec<i64>,
    pub b_dropped: Vec<i64>,
    /// Without the last one, which is the number of pieces.
    pub first_piece: Vec<i64>,
    pub side: Vec<u8>,
    pub source: Vec<u32>,
    pub frame: Vec<i64>,
    pub time: Vec<i64>,
    pub position: Vec<i64>,
    /// Without the last one, which is the number of bytes.
    pub offsets: Vec<i64>,
    pub data: Vec<u8>,
}

/// Transcripts by number; numbers are used again.
#[derive(Debug, Default)]
pub struct Transcripts {
    flow_bytes: u64,
    /// What a direction of a flow keeps as long as it is not selected.
    candidate_bytes: u64,
    total_bytes: u64,
    /// Bytes that selected flows have kept so far; what is let go is not given back.
    kept: u64,
    /// The same of the other half of the flows, at least as far as `total_bytes` depends on it.
    kept_elsewhere: u64,
    /// Bytes that candidates have now.
    waiting: u64,
    dropped: u64,
    all: Vec<Transcript>,
    vacant: Vec<u32>,
    finished: Columns,
}

impl Transcripts {
    /// None yet. Candidates keep as much as heads do.
    #[must_use]
    pub fn new(options: &TranscriptOptions, head_bytes: usize) -> Self {
        Self {
            flow_bytes: options.flow_bytes,
            candidate_bytes: options.flow_bytes.min(head_bytes as u64),
            total_bytes: options.total_bytes,
            ..Self::default()
        }
    }

    /// None yet, for the other half of the flows.
    #[must_use]
    pub fn beside(&self) -> Self {
        let Self { flow_bytes, candidate_bytes, total_bytes, .. } = *self;
        Self { flow_bytes, candidate_bytes, total_bytes, ..Self::default() }
    }

    /// Bytes that selected flows have kept so far.
    #[must_use]
    pub const fn kept(&self) -> u64 {
        self.kept
    }

    /// Bytes that candidates have now, and that they may be asked for at once.
    #[must_use]
    pub const fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Bytes that may be kept in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total_bytes
    }

    /// Bytes that the other half of the flows has kept.
    pub const fn set_kept_elsewhere(&mut self, kept: u64) {
        self.kept_elsewhere = kept;
    }

    /// Bytes that were seen and not kept for want of room.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Begin one; its number.
    pub fn begin(&mut self) -> u32 {
        self.vacant.pop().unwrap_or_else(|| {
            self.all.push(Transcript::default());
            self.all.len() as u32 - 1
        })
    }

    /// The flow of a candidate was selected.
    pub fn select(&mut self, number: u32) {
        if let Some(transcript) = self.all.get(number as usize) {
            self.kept += transcript.kept();
            self.waiting -= transcript.kept();
        }
    }

    /// Add a TCP segment to a transcript.
    pub fn segment(&mut self, number: u32, is_selected: bool, segment: &Segment<'_>) {
        self.add(number, is_selected, |transcript, room| transcript.segment(segment, room));
    }

    /// Add a message.
    pub fn message(&mut self, number: u32, is_selected: bool, message: &Message<'_>) {
        self.add(number, is_selected, |transcript, room| transcript.message(message, room));
    }

    #[inline]
    fn add(
        &mut self,
        number: u32,
        is_selected: bool,
        add: impl FnOnce(&mut Transcript, &mut Room<'_>),
    ) {
        let Some(transcript) = self.all.get_mut(number as usize) else { return };
        if is_selected {
            let room = self.total_bytes.saturating_sub(self.kept);
            let room = room.saturating_sub(self.kept_elsewhere);
            let (mut left, flow_bytes, dropped) = (room, self.flow_bytes, &mut self.dropped);
            add(transcript, &mut Room { flow_bytes, left: &mut left, dropped });
            self.kept += room - left;
        } else {
            // Nobody asked for it yet, so it takes nothing from the others and drops nothing.
            let (mut left, flow_bytes, dropped) = (u64::MAX, self.candidate_bytes, &mut 0);
            add(transcript, &mut Room { flow_bytes, left: &mut left, dropped });
            self.waiting += u64::MAX - left;
        }
    }

    /// Forget that of a candidate.
    pub fn forget(&mut self, number: u32) {
        if let Some(transcript) = self.all.get_mut(number as usize) {
            self.waiting -= transcript.kept();
            transcript.clear();
            self.vacant.push(number);
        }
    }

    /// The flow of one is over; it becomes this row of the batch.
    pub fn finish(&mut self, number: u32, row: u32) {
        let Some(transcript) = self.all.get_mut(number as usize) else { return };
        transcript.finish();
        if !transcript.is_empty() {
            self.finished.add(row, transcript);
        }
        // A long one gives its memory back.
        *transcript = Transcript::default();
        self.vacant.push(number);
    }

    /// The transcripts of finished rows.
    #[must_use]
    pub fn take(&mut self) -> Columns {
        std::mem::take(&mut self.finished)
    }
}

impl Columns {
    fn add(&mut self, row: u32, transcript: &Transcript) {
        self.row.push(row);
        self.a_start.push(transcript.start(Side::A));
        self.b_start.push(transcript.start(Side::B));
        self.a_dropped.push(transcript.dropped(Side::A).cast_signed());
        self.b_dropped.push(transcript.dropped(Side::B).cast_signed());
        self.first_piece.push(self.side.len().cast_signed() as i64);
        let (pieces, data) = transcript.pieces();
        let mut begin = 0;
        for piece in pieces {
            self.side.push(u8::from(piece.side == Side::B));
            self.source.push(piece.stamp.source);
            self.frame.push(piece.stamp.frame.cast_signed());
            self.time.push(piece.stamp.time);
            self.position.push(piece.position);
            self.offsets.push((self.data.len() + begin).cast_signed() as i64);
            begin = piece.end;
        }
        self.data.extend_from_slice(data);
    }
}
