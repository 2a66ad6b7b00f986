//! Where flows meet what is looked for in their payload: triggers, raised heads, transcripts.
//!
//! A row knows by one byte whether there is anything to do; for most it soon becomes 0.

use super::arrival::Arrival;
use super::columns::Rows;
use super::key::Key;
use super::ports::Ports;
use super::row::{Anchor, Row, Store};
use super::shard::Shard;
use super::{EVENT_ISN, MAX_HEAD_BYTES, Options, Side, tcp};
use crate::packet::transport::TCP;
use crate::payload::{
    Columns, Matches, Message, Pattern, PatternError, Patterns, Segment, Stamp, TranscriptOptions,
    Transcripts, Triggers,
};

// Bits of `Row::content`.
/// A trigger may match the head of a.
const WATCH_A: u8 = 1;
const WATCH_B: u8 = 2;
/// The head of a was as long as a trigger may look.
const REACHED_A: u8 = 4;
const REACHED_B: u8 = 8;
/// Its heads have a limit of their own.
const RAISED: u8 = 16;
/// It has a transcript that a trigger may ask for.
const CANDIDATE: u8 = 32;
/// It has a transcript.
const SELECTED: u8 = 64;

const WATCHED: u8 = WATCH_A | WATCH_B;
const REACHED: u8 = REACHED_A | REACHED_B;
const KEPT: u8 = CANDIDATE | SELECTED;

/// What few rows have, by number of the row.
#[derive(Clone, Copy, Debug, Default)]
struct Beside {
    /// With RAISED: how long the heads become.
    head_limit: u16,
    /// With CANDIDATE or SELECTED: number of the transcript plus one, 0 as long as there is none.
    transcript: u32,
}

/// What is looked for, and what is kept of it while flows are alive.
#[derive(Debug, Default)]
pub struct Content {
    patterns: Option<Patterns>,
    triggers: Option<Triggers>,
    ports: Ports,
    transcripts: Option<Transcripts>,
    beside: Vec<Beside>,
    /// Whether anything is to be done while packets come.
    is_live: bool,
}

/// What was found in the payload of rows.
#[derive(Debug, Default)]
pub struct Found {
    /// Of a and b, where there are patterns.
    pub matches: Option<(Matches, Matches)>,
    /// Transcripts.
    pub transcripts: Columns,
}

impl Content {
    /// Compile what is looked for.
    ///
    /// # Errors
    /// A pattern cannot be used.
    pub fn new(
        patterns: &[Pattern],
        transcripts: &TranscriptOptions,
        options: &Options,
    ) -> Result<Self, PatternError> {
        if let Some(long) = patterns.iter().find(|pattern| pattern.head_bytes > MAX_HEAD_BYTES) {
            let cause = format!("head_bytes beyond {MAX_HEAD_BYTES}");
            return Err(PatternError { number: long.number, cause });
        }
        let compiled = if patterns.is_empty() { None } else { Some(Patterns::new(patterns)?) };
        let triggers = match &compiled {
            Some(compiled) if options.head_bytes > 0 => Triggers::new(patterns, compiled)?,
            _ => None,
        };
        let ports = Ports::new(&transcripts.ports);
        let is_live = triggers.is_some() || !transcripts.ports.is_empty();
        Ok(Self {
            patterns: compiled,
            triggers,
            ports,
            transcripts: is_live.then(|| Transcripts::new(transcripts, options.head_bytes)),
            beside: Vec::new(),
            is_live,
        })
    }

    /// The same for the other half of a table.
    #[must_use]
    pub(super) fn beside(&self) -> Self {
        Self {
            patterns: self.patterns.as_ref().map(Patterns::beside),
            triggers: self.triggers.as_ref().map(Triggers::beside),
            ports: self.ports.clone(),
            transcripts: self.transcripts.as_ref().map(Transcripts::beside),
            beside: Vec::new(),
            is_live: self.is_live,
        }
    }

    /// Know what the other half has kept.
    #[inline]
    pub(super) fn share(&mut self, other: &Self) {
        if let Some(other) = &other.transcripts {
            self.set_kept_elsewhere(other.kept());
        }
    }

    /// Know how many bytes of transcripts the other half has kept.
    #[inline]
    pub(super) fn set_kept_elsewhere(&mut self, bytes: u64) {
        if let Some(transcripts) = &mut self.transcripts {
            transcripts.set_kept_elsewhere(bytes);
        }
    }

    /// Bytes that transcripts have kept, and that will count as kept if a trigger matches.
    pub(super) fn usage(&self) -> (u64, u64) {
        self.transcripts.as_ref().map_or((0, 0), |it| (it.kept(), it.waiting()))
    }

    /// Bytes that transcripts may keep in all.
    pub(super) fn total_bytes(&self) -> u64 {
        self.transcripts.as_ref().map_or(u64::MAX, Transcripts::total)
    }

    /// Bytes of transcripts that were seen and not kept for want of room.
    #[must_use]
    pub fn transcript_dropped(&self) -> u64 {
        self.transcripts.as_ref().map_or(0, Transcripts::dropped)
    }

    /// What is to be done for a new row.
    #[inline]
    pub(super) fn wanted(&self, key: Key) -> u8 {
        if self.is_live { self.bits(key) } else { 0 }
    }

    fn bits(&self, key: Key) -> u8 {
        let (protocol, (a, b)) = (key.protocol(), key.ports());
        let mut bits = 0;
        let is_selected =
            key.has_ports() && (self.ports.has(protocol, a) || self.ports.has(protocol, b));
        if is_selected {
            bits |= SELECTED;
        }
        if let Some(triggers) = &self.triggers
            && triggers.are_for(protocol)
        {
            bits |= WATCHED;
            if !is_selected && triggers.may_select(protocol) {
                bits |= CANDIDATE;
            }
        }
        bits
    }

    /// A row is over; it becomes this one of the batch.
    #[inline]
    pub(super) fn end(&mut self, number: u32, row: &Row, place: usize) {
        if row.content & (KEPT | RAISED) != 0 {
            self.end_kept(number, row.content, place);
        }
    }

    /// The rows of a range are over; they become those of the batch from this one on.
    pub(super) fn end_all(&mut self, rows: &Store, range: std::ops::Range<u32>, place: usize) {
        if self.is_live {
            for (place, number) in (place..).zip(rows.used(range)) {
                let Some(row) = rows.row(number) else { continue };
                self.end(number, row, place);
            }
        }
    }

    fn end_kept(&mut self, number: u32, bits: u8, place: usize) {
        let Some(beside) = self.beside.get_mut(number as usize) else { return };
        let transcript = std::mem::take(beside).transcript;
        if let Some(transcripts) = &mut self.transcripts
            && let Some(transcript) = transcript.checked_sub(1)
        {
            if bits & SELECTED != 0 {
                transcripts.finish(transcript, place as u32);
            } else {
                transcripts.forget(transcript);
            }
        }
    }

    /// Match the heads of a batch, and hand over its transcripts.
    pub(super) fn look_at(&mut self, rows: &mut Rows) {
        if self.patterns.is_none() && !self.is_live {
            return;
        }
        let matches = self.patterns.as_mut().map(|patterns| {
            let (protocols, a, b) = rows.heads();
            (patterns.find_all(protocols, a.0, a.1), patterns.find_all(protocols, b.0, b.1))
        });
        let transcripts = self.transcripts.as_mut().map(Transcripts::take).unwrap_or_default();
        rows.found = Some(Box::new(Found { matches, transcripts }));
    }

    fn beside_of(&mut self, number: u32) -> &mut Beside {
        let place = number as usize;
        if self.beside.len() <= place {
            self.beside.resize(place + 1, Beside::default());
        }
        // It is there now.
        #[allow(clippy::indexing_slicing)]
        &mut self.beside[place]
    }

    fn head_limit(&self, number: u32, row: &Row, usual: usize) -> usize {
        if row.content & RAISED == 0 {
            return usual;
        }
        self.beside.get(number as usize).map_or(usual, |it| usize::from(it.head_limit))
    }

    /// The transcript of a row.
    fn transcript(&mut self, number: u32) -> u32 {
        let known = self.beside_of(number).transcript;
        if let Some(known) = known.checked_sub(1) {
            return known;
        }
        let begun = self.transcripts.as_mut().map_or(0, Transcripts::begin);
        self.beside_of(number).transcript = begun + 1;
        begun
    }

    /// Nothing will ask for the transcript of a candidate any more.
    fn forget(&mut self, number: u32, row: &mut Row) {
        row.content &= !CANDIDATE;
        // A limit of its heads stays.
        let Some(beside) = self.beside.get_mut(number as usize) else { return };
        let transcript = std::mem::take(&mut beside.transcript);
        if let (Some(transcripts), Some(known)) = (&mut self.transcripts, transcript.checked_sub(1))
        {
            transcripts.forget(known);
        }
    }

    /// A trigger asks for the transcript of a candidate.
    fn select(&mut self, number: u32, row: &mut Row) {
        row.content = row.content & !CANDIDATE | SELECTED;
        let known = self.beside_of(number).transcript.checked_sub(1);
        if let (Some(transcripts), Some(known)) = (&mut self.transcripts, known) {
            transcripts.select(known);
        }
    }

    fn keep(&mut self, number: u32, row: &Row, start: Option<u32>, packet: &Arrival<'_>) {
        let transcript = self.transcript(number);
        let Some(transcripts) = &mut self.transcripts else { return };
        let is_selected = row.content & SELECTED != 0;
        let (side, data, place) = (packet.side, packet.payload, packet.place);
        let stamp = Stamp { source: place.source, frame: place.frame, time: packet.time };
        if row.key.protocol() == TCP {
            let sequence = packet.sequence.wrapping_add(u32::from(packet.flags & tcp::SYN != 0));
            let length = packet.payload_length;
            let segment = Segment { side, sequence, start, length, data, stamp };
            transcripts.segment(transcript, is_selected, &segment);
        } else {
            let position = row.payload.of(side).saturating_sub(u64::from(packet.payload_length));
            transcripts.message(transcript, is_selected, &Message { side, position, data, stamp });
        }
    }
}

impl Shard {
    /// Do what is to be done with the payload of a packet, which the row has counted already;
    /// `lowest` is the sequence number before it.
    #[inline(never)]
    pub(super) fn look_into(&mut self, number: u32, packet: &Arrival<'_>, lowest: u32) {
        let side = packet.side;
        let Some((row, _)) = self.rows.look(number) else { return };
        let usual = self.heads.limit();
        self.heads.set_limit(self.content.head_limit(number, row, usual));
        let before = usize::from(*row.head_length.of(side));
        self.keep_head(number, packet, lowest);
        self.try_triggers(number, packet, before, usual);
        self.heads.set_limit(usual);
        let Some((row, origin)) = self.rows.both(number) else { return };
        // A RST's payload is a message to people, not the stream.
        let is_of_stream = row.key.protocol() != TCP || packet.flags & tcp::RST == 0;
        if row.content & KEPT != 0 && is_of_stream {
            let is_known = *row.events.of(side) & EVENT_ISN != 0;
            let start = is_known.then(|| origin.isn.of(side).wrapping_add(1));
            self.content.keep(number, row, start, packet);
        }
    }

    fn keep_head(&mut self, number: u32, packet: &Arrival<'_>, lowest: u32) {
        let Some((row, origin)) = self.rows.both(number) else { return };
        if !packet.payload.is_empty() && self.heads.wants(row, packet.side, lowest) {
            if row.key.protocol() == TCP {
                self.heads.keep_segment(number, row, origin, packet);
            } else {
                self.heads.keep_message(row, packet.side, packet.payload);
            }
        }
    }

    /// Try the triggers on a head if the packet made it longer.
    fn try_triggers(&mut self, number: u32, packet: &Arrival<'_>, before: usize, usual: usize) {
        let side = packet.side;
        let (watch, reached) = match side {
            Side::A => (WATCH_A, REACHED_A),
            Side::B => (WATCH_B, REACHED_B),
        };
        let Some((row, _)) = self.rows.both(number) else { return };
        let length = usize::from(*row.head_length.of(side));
        if row.content & watch == 0 || length <= before || before >= usual {
            return;
        }
        let head = self.heads.get(row, side);
        let Some(triggers) = &mut self.content.triggers else { return };
        let protocol = row.key.protocol();
        let demand = triggers.demand(protocol, head.get(..usual).unwrap_or(head));
        if length >= usual {
            row.content |= reached;
        }
        let is_tcp = protocol == TCP;
        let is_settled = !is_tcp || *row.anchor.of(side) == Anchor::Initial;
        if row.content & REACHED == REACHED {
            row.content &= !WATCHED;
        } else if is_settled && (!is_tcp || !demand.is_open || length >= usual) {
            // The head will not become another one, and no trigger can match it any more.
            row.content &= !watch;
        }
        if demand.transcript && row.content & CANDIDATE != 0 {
            self.content.select(number, row);
        }
        if row.content & (WATCHED | CANDIDATE) == CANDIDATE {
            self.content.forget(number, row);
        }
        if demand.head_bytes > self.heads.limit() {
            self.raise(number, packet, demand.head_bytes);
        }
    }

    /// Make the heads of a row longer, and let the rest of the packet into its own.
    fn raise(&mut self, number: u32, packet: &Arrival<'_>, head_bytes: usize) {
        self.heads.set_limit(head_bytes);
        self.content.beside_of(number).head_limit = head_bytes as u16;
        let Some((row, origin)) = self.rows.both(number) else { return };
        row.content |= RAISED;
        if row.key.protocol() == TCP {
            self.heads.keep_segment(number, row, origin, packet);
        } else {
            let known = usize::from(*row.head_length.of(packet.side));
            let more = packet.payload.get(known..).unwrap_or_default();
            self.heads.keep_more(row, packet.side, more);
        }
    }
}
