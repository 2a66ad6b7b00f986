//! One direction of a TCP connection: what is new in a segment, and what has to wait.

use super::transcript::Stamp;

/// So many pieces wait for a hole to be filled, or
const MOST_WAITING: usize = 64;
/// so many bytes; then the hole is given up.
const MOST_WAITING_BYTES: usize = 65_536;

/// Bytes that came before what is in front of them.
#[derive(Debug)]
struct Early {
    position: i64,
    /// Bytes on the wire.
    length: u32,
    stamp: Stamp,
    data: Box<[u8]>,
}

/// The place in a stream that was read up to, and what waits behind it.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Sequence number of position 0; None: no payload came yet.
    start: Option<u32>,
    next: i64,
    /// In order of position, then of arrival.
    early: Vec<Early>,
    early_bytes: usize,
}

/// What becomes of a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing of it is new.
    Old,
    /// It goes on where the stream was; so many bytes of it are known.
    Next(usize),
    /// It waits for what is in front of it.
    Early(i64),
}

impl Stream {
    /// Sequence number of position 0, 0 before there is one.
    pub(super) fn start(&self) -> u32 {
        self.start.unwrap_or_default()
    }

    pub(super) const fn next(&self) -> i64 {
        self.next
    }

    /// Begin, where it has not begun: at this sequence number.
    pub(super) fn begin(&mut self, start: u32) {
        self.start.get_or_insert(start);
    }

    /// Where a segment belongs; and how many bytes of it are before position 0.
    pub(super) fn place(&self, sequence: u32, length: u32) -> (Place, u64) {
        let expected = self.start().wrapping_add(self.next.cast_unsigned() as u32);
        let ahead = i64::from(sequence.wrapping_sub(expected).cast_signed());
        let position = self.next + ahead;
        let before = position.min(0).unsigned_abs();
        if ahead > 0 {
            return (Place::Early(position), before);
        }
        if position + i64::from(length) <= self.next {
            return (Place::Old, before);
        }
        (Place::Next(ahead.unsigned_abs() as usize), before)
    }

    /// Go on: so many bytes on the wire.
    pub(super) fn advance(&mut self, length: u64) {
        self.next = self.next.saturating_add_unsigned(length);
    }

    /// These bytes wait. Whether too many do now.
    pub(super) fn wait(&mut self, position: i64, length: u32, stamp: Stamp, data: &[u8]) -> bool {
        let at = self.early.partition_point(|other| other.position <= position);
        self.early.insert(at, Early { position, length, stamp, data: data.into() });
        self.early_bytes += data.len();
        self.is_crowded()
    }

    /// Whether too many wait.
    pub(super) fn is_crowded(&self) -> bool {
        self.early.len() >= MOST_WAITING || self.early_bytes >= MOST_WAITING_BYTES
    }

    /// Go to what waits first; whether anything does.
    pub(super) fn give_up_hole(&mut self) -> bool {
        let first = self.early.first().map(|early| early.position);
        self.next = first.unwrap_or(self.next).max(self.next);
        first.is_some()
    }

    /// Hand over what the stream has reached: position, bytes that are new there, and their frame.
    pub(super) fn drain(&mut self, mut give: impl FnMut(i64, &[u8], Stamp)) {
        let mut reached = 0;
        for early in &self.early {
            let Ok(known) = usize::try_from(self.next - early.position) else { break };
            reached += 1;
            self.early_bytes -= early.data.len();
            if let Some(new) = early.data.get(known..)
                && !new.is_empty()
            {
                give(self.next, new, early.stamp);
            }
            self.next = self.next.max(early.position + i64::from(early.length));
        }
        self.early.drain(..reached);
    }
}
