//! The transcripts of all flows that were selected, or that still may be.

use super::TranscriptOptions;
use super::transcript::{First, Message, Room, Segment, Transcript};
use crate::sides::Side;

/// A bit of the number of a transcript of which only the first payload was noted.
const NOTED: u32 = 1 << 31;

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
    /// First payloads of candidates, by number without its bit.
    firsts: Vec<First>,
    vacant_firsts: Vec<u32>,
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

    /// How much is kept of the first payload of a candidate, at most.
    #[must_use]
    pub fn most_of(&self, first: &First) -> usize {
        u64::from(first.length).min(self.candidate_bytes) as usize
    }

    /// Begin that of a candidate, of whose first payload somebody has as much as is kept, until
    /// it is made [`whole`](Self::whole) or forgotten; its number.
    pub fn begin_with(&mut self, first: First) -> u32 {
        self.waiting += self.most_of(&first) as u64;
        let number = self.vacant_firsts.pop().unwrap_or(self.firsts.len() as u32);
        match self.firsts.get_mut(number as usize) {
            Some(vacant) => *vacant = first,
            None => self.firsts.push(first),
        }
        number | NOTED
    }

    /// See to it that a transcript has its bytes, so that more can be added; the number that it
    /// has from now on.
    ///
    /// # Arguments
    ///
    /// * `bytes` - gives the first payload bytes of a side, as many as are kept or more.
    pub fn whole<'a>(&mut self, number: u32, bytes: impl FnOnce(Side) -> &'a [u8]) -> u32 {
        let noted = number & !NOTED;
        let (true, Some(first)) = (number & NOTED != 0, self.firsts.get(noted as usize).copied())
        else {
            return number;
        };
        self.vacant_firsts.push(noted);
        let most = self.most_of(&first);
        let bytes = bytes(first.side);
        let kept = bytes.get(..most).unwrap_or(bytes);
        self.waiting -= (most - kept.len()) as u64;
        let number = self.begin();
        if let Some(transcript) = self.all.get_mut(number as usize) {
            transcript.begin(&first, kept);
        }
        number
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
        if number & NOTED != 0 {
            let noted = number & !NOTED;
            self.waiting -= self.firsts.get(noted as usize).map_or(0, |it| self.most_of(it) as u64);
            self.vacant_firsts.push(noted);
            return;
        }
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
