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
#[derive(Debug)]
pub struct Transcripts {
    flow_bytes: u64,
    /// What a direction of a flow keeps as long as it is not selected.
    candidate_bytes: u64,
    /// Bytes that may still be kept.
    left: u64,
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
            left: options.total_bytes,
            dropped: 0,
            all: Vec::new(),
            vacant: Vec::new(),
            finished: Columns::default(),
        }
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
            self.left = self.left.saturating_sub(transcript.kept());
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
            let Self { flow_bytes, left, dropped, .. } = self;
            add(transcript, &mut Room { flow_bytes: *flow_bytes, left, dropped });
        } else {
            // Nobody asked for it yet, so it takes nothing from the others and drops nothing.
            let (left, dropped) = (&mut u64::MAX.clone(), &mut 0);
            add(transcript, &mut Room { flow_bytes: self.candidate_bytes, left, dropped });
        }
    }

    /// Forget one.
    pub fn forget(&mut self, number: u32) {
        if let Some(transcript) = self.all.get_mut(number as usize) {
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
