//! Where flows meet what is looked for in their payload: triggers, raised heads, transcripts.
//!
//! A row knows by one byte whether there is anything to do; for most it soon becomes 0.

use super::arrival::Arrival;
use super::columns::Rows;
use super::heads::Heads;
use super::key::Key;
use super::ports::Ports;
use super::row::{Anchor, Origin, Row};
use super::{MAX_HEAD_BYTES, Options, Side, tcp};
use crate::packet::transport::TCP;
use crate::payload::{
    Columns, Demand, First, Matches, Message, Pattern, PatternError, Patterns, Segment, Stamp,
    TranscriptOptions, Transcripts, Triggers,
};

// Bits of `Row::content`.
/// A trigger may match the head of a.
pub(super) const WATCH_A: u8 = 1;
pub(super) const WATCH_B: u8 = 2;
/// The head of a was as long as a trigger may look.
pub(super) const REACHED_A: u8 = 4;
pub(super) const REACHED_B: u8 = 8;
/// Its heads have a limit of their own.
pub(super) const RAISED: u8 = 16;
/// It has a transcript that a trigger may ask for.
pub(super) const CANDIDATE: u8 = 32;
/// It has a transcript.
pub(super) const SELECTED: u8 = 64;
/// A trigger has matched a head of it.
pub(super) const MATCHED: u8 = 128;

pub(super) const WATCHED: u8 = WATCH_A | WATCH_B;
pub(super) const REACHED: u8 = REACHED_A | REACHED_B;
pub(super) const KEPT: u8 = CANDIDATE | SELECTED;

/// Rows for which [`Beside`] becomes longer at a time.
const MANY: usize = 1024;

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
    /// What a row begins with, by IP protocol, that is not selected by a port.
    usual: Vec<u8>,
    transcripts: Option<Transcripts>,
    beside: Vec<Beside>,
    /// Finished rows whose heads the triggers do not tell all of.
    untold: Vec<u32>,
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
        let usual = (0..=u8::MAX).map(|protocol| usual_bits(triggers.as_ref(), protocol));
        let usual = usual.collect();
        Ok(Self {
            patterns: compiled,
            triggers,
            ports,
            usual,
            transcripts: is_live.then(|| Transcripts::new(transcripts, options.head_bytes)),
            beside: Vec::new(),
            untold: Vec::new(),
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
            usual: self.usual.clone(),
            transcripts: self.transcripts.as_ref().map(Transcripts::beside),
            beside: Vec::new(),
            untold: Vec::new(),
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
        let usual = self.usual.get(usize::from(protocol)).copied().unwrap_or_default();
        if key.has_ports() && (self.ports.has(protocol, a) || self.ports.has(protocol, b)) {
            return usual & !CANDIDATE | SELECTED;
        }
        usual
    }

    /// A row is over; it becomes this one of the batch.
    #[inline]
    pub(super) fn end(&mut self, number: u32, row: &Row, place: usize) {
        if row.content & (KEPT | RAISED) != 0 {
            self.end_kept(number, row.content, place);
        }
        if self.is_live {
            self.note_untold(row, place);
        }
    }

    #[inline]
    fn note_untold(&mut self, row: &Row, place: usize) {
        if is_untold(row, Side::A) || is_untold(row, Side::B) {
            self.untold.push(place as u32);
        }
    }

    /// The recording is over, and these rows become those of the batch from this one on: nothing
    /// will be asked of candidates any more, so they need not be let go one by one.
    pub(super) fn end_all(&mut self, rows: &[(u32, &Row, &Origin)], place: usize) {
        if self.is_live {
            for (place, (number, row, _)) in (place..).zip(rows) {
                if row.content & SELECTED != 0 {
                    self.end_kept(*number, row.content, place);
                }
                self.note_untold(row, place);
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
        let untold = std::mem::take(&mut self.untold);
        let told = self.triggers.as_ref().is_some_and(Triggers::are_all_patterns);
        let matches = self.patterns.as_mut().map(|patterns| {
            let (protocols, heads) = rows.heads();
            let mut find = |heads| {
                if told {
                    patterns.find_some(&untold, protocols, heads)
                } else {
                    patterns.find_all(protocols, heads)
                }
            };
            (find(&heads.a), find(&heads.b))
        });
        let transcripts = self.transcripts.as_mut().map(Transcripts::take).unwrap_or_default();
        rows.found = Some(Box::new(Found { matches, transcripts }));
    }

    fn beside_of(&mut self, number: u32) -> &mut Beside {
        let place = number as usize;
        if self.beside.len() <= place {
            self.beside.resize(place + MANY, Beside::default());
        }
        // It is there now.
        #[allow(clippy::indexing_slicing)]
        &mut self.beside[place]
    }

    pub(super) fn head_limit(&self, number: u32, row: &Row, usual: usize) -> usize {
        if row.content & RAISED == 0 {
            return usual;
        }
        self.beside.get(number as usize).map_or(usual, |it| usize::from(it.head_limit))
    }

    /// The heads of a row have this limit from now on.
    pub(super) fn raise(&mut self, number: u32, row: &mut Row, head_bytes: usize) {
        row.content |= RAISED;
        self.beside_of(number).head_limit = head_bytes as u16;
    }

    /// What a trigger says of a head, if there are any.
    pub(super) fn demand(&mut self, protocol: u8, head: &[u8]) -> Option<Demand> {
        Some(self.triggers.as_mut()?.demand(protocol, head))
    }

    /// Nothing will ask for the transcript of a candidate any more.
    pub(super) fn forget(&mut self, number: u32, row: &mut Row) {
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
    pub(super) fn select(&mut self, number: u32, row: &mut Row, heads: &Heads) {
        row.content = row.content & !CANDIDATE | SELECTED;
        let known = self.beside_of(number).transcript.checked_sub(1);
        if let (Some(transcripts), Some(known)) = (&mut self.transcripts, known) {
            let whole = transcripts.whole(known, |side| heads.get(row, side));
            transcripts.select(whole);
            self.beside_of(number).transcript = whole + 1;
        }
    }

    /// Keep the payload of a packet.
    ///
    /// # Arguments
    ///
    /// * `start` - sequence number of the first byte of the direction, where it is known.
    /// * `before` - bytes of the head of this side before the packet.
    pub(super) fn keep(
        &mut self,
        number: u32,
        row: &Row,
        heads: &Heads,
        (start, before): (Option<u32>, u16),
        packet: &Arrival<'_>,
    ) {
        let known = self.beside_of(number).transcript.checked_sub(1);
        let Some(transcripts) = &mut self.transcripts else { return };
        let is_selected = row.content & SELECTED != 0;
        let (side, data, place) = (packet.side, packet.payload, packet.place);
        let stamp = Stamp { source: place.source, frame: place.frame, time: packet.time };
        let length = packet.payload_length;
        let is_tcp = row.key.protocol() == TCP;
        let sequence = packet.sequence.wrapping_add(u32::from(packet.flags & tcp::SYN != 0));
        let position = row.payload.of(side).saturating_sub(u64::from(length));
        let begin = u32::from(before);
        let is_in_place = if is_tcp {
            let begin = row.head_start.of(side).wrapping_add(begin);
            is_settled(row, side) && start == Some(*row.head_start.of(side)) && sequence == begin
        } else {
            position == u64::from(begin)
        };
        let transcript = match known {
            // Most flows are candidates only until the other side has answered: as long as the
            // heads have what is kept of them, nothing is copied.
            _ if !is_selected
                && is_in_place
                && data.len() == length as usize
                && known.is_none_or(Transcripts::is_noted)
                && transcripts.has_first(begin, length, *row.head_length.of(side)) =>
            {
                let start = start.filter(|_| is_tcp);
                let first = First { side, start, position: begin, length, stamp };
                let noted = transcripts.note(known, first);
                self.beside_of(number).transcript = noted + 1;
                return;
            }
            None => transcripts.begin(),
            Some(known) => transcripts.whole(known, |side| heads.get(row, side)),
        };
        if is_tcp {
            let segment = Segment { side, sequence, start, length, data, stamp };
            transcripts.segment(transcript, is_selected, &segment);
        } else {
            transcripts.message(transcript, is_selected, &Message { side, position, data, stamp });
        }
        self.beside_of(number).transcript = transcript + 1;
    }
}

/// What a row of a protocol begins with that is not selected by a port.
fn usual_bits(triggers: Option<&Triggers>, protocol: u8) -> u8 {
    match triggers {
        Some(triggers) if triggers.may_select(protocol) => WATCHED | CANDIDATE,
        Some(triggers) if triggers.are_for(protocol) => WATCHED,
        _ => 0,
    }
}

/// Whether the head of a side will not become another one, but perhaps a longer one.
pub(super) fn is_settled(row: &Row, side: Side) -> bool {
    row.key.protocol() != TCP || *row.anchor.of(side) == Anchor::Initial
}

/// Whether the head of a side may match what no trigger has told.
fn is_untold(row: &Row, side: Side) -> bool {
    let watch = if side == Side::A { WATCH_A } else { WATCH_B };
    let is_told = row.content & (watch | MATCHED) == 0 && is_settled(row, side);
    *row.head_length.of(side) > 0 && !is_told
}
