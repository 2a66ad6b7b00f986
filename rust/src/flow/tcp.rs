//! What TCP packets do to a row: handshake, close, sequence space, and the begin of a new row.

use super::arrival::Arrival;
use super::row::{Origin, Row};
use super::{EVENT_FIN, EVENT_ISN, EVENT_RST, EVENT_SEQ, EVENT_SYN, EVENT_SYN_ACK, Pair, Side};

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const RST: u8 = 4;
pub(super) const ACK: u8 = 16;

const HALF: u32 = 0x8000_0000;

/// Whether a SYN or SYN-ACK on a live key opens a new connection.
///
/// A SYN repeated with the same initial sequence number belongs to the flow, also after a RST
/// (Windows tries three times). One with a new number is a new connection, closed or not: the end
/// of the last one may simply not have been recorded. A SYN-ACK is told by the SYN that it
/// acknowledges, for SYN cookies and load balancers answer one SYN with several numbers.
pub(super) fn is_reuse(row: &Row, origin: &Origin, packet: &Arrival<'_>) -> bool {
    let side = packet.side;
    let (own, others) = (*row.events.of(side), *row.events.of(side.other()));
    if packet.flags & ACK != 0 {
        if others & EVENT_ISN != 0 {
            let asked = packet.acknowledgement.wrapping_sub(1);
            return row.is_closed() && asked != *origin.isn.of(side.other());
        }
        if own & EVENT_ISN != 0 {
            return row.is_closed() && *origin.isn.of(side) != packet.sequence;
        }
    } else if own & EVENT_ISN != 0 {
        return *origin.isn.of(side) != packet.sequence;
    }
    if row.is_closed() {
        return true;
    }
    own & EVENT_SEQ != 0 && *row.sequence.of(side) != packet.sequence.wrapping_add(1)
}

/// Whether [`is_reuse`] could say yes if more of the recording were known.
///
/// For rows that a fold will join: it knows what came before, but sees only where rows begin. So
/// every SYN and SYN-ACK begins a row, but for those that go on with a connection whatever came
/// before: a repetition, and the answer to a SYN of this row.
pub(super) fn may_be_reuse(row: &Row, origin: &Origin, packet: &Arrival<'_>) -> bool {
    let side = packet.side;
    let (own, others) = (*row.events.of(side), *row.events.of(side.other()));
    if packet.flags & ACK == 0 {
        return own & EVENT_SYN == 0 || *origin.isn.of(side) != packet.sequence;
    }
    let asked = packet.acknowledgement.wrapping_sub(1);
    if others & EVENT_ISN == 0 || *origin.isn.of(side.other()) != asked {
        return true;
    }
    if others & EVENT_SYN != 0 {
        return false;
    }
    let repeated = own & EVENT_SYN_ACK != 0 && own & EVENT_SYN == 0 && others & EVENT_SYN_ACK == 0;
    !repeated || (own | others) & (EVENT_FIN | EVENT_RST) != 0
}

/// Flags, handshake, close and sequence space of one packet.
#[inline]
pub(super) fn note(row: &mut Row, origin: &mut Origin, packet: &Arrival<'_>) {
    let (side, flags) = (packet.side, packet.flags);
    *row.flags.of_mut(side) |= flags;
    let mut start = packet.sequence;
    if flags & (SYN | FIN | RST) != 0 {
        note_change(row, origin, packet);
        start = start.wrapping_add(u32::from(flags & SYN != 0));
    }
    // A RST's payload is a message to people, not the stream.
    if packet.payload_length == 0 || flags & RST != 0 {
        return;
    }
    let events = row.events.of_mut(side);
    if *events & EVENT_SEQ == 0 {
        *events |= EVENT_SEQ;
        *row.sequence.of_mut(side) = start;
        *row.span.of_mut(side) = u64::from(packet.payload_length);
    } else {
        extend(&mut row.sequence, &mut row.span, side, start, packet.payload_length);
    }
}

/// A packet that opens or closes.
fn note_change(row: &mut Row, origin: &mut Origin, packet: &Arrival<'_>) {
    let (side, flags) = (packet.side, packet.flags);
    let mut events = *row.events.of(side);
    if flags & SYN != 0 {
        if flags & ACK != 0 {
            events |= EVENT_SYN_ACK;
            let others = row.events.of_mut(side.other());
            if *others & EVENT_ISN == 0 {
                *others |= EVENT_ISN;
                *origin.isn.of_mut(side.other()) = packet.acknowledgement.wrapping_sub(1);
            }
        } else {
            events |= EVENT_SYN;
        }
        if events & EVENT_ISN == 0 {
            events |= EVENT_ISN;
            *origin.isn.of_mut(side) = packet.sequence;
        }
    }
    if flags & FIN != 0 {
        events |= EVENT_FIN;
    }
    if flags & RST != 0 {
        events |= EVENT_RST;
        if origin.first_reset == 0 {
            origin.first_reset = if side == Side::A { 1 } else { 2 };
        }
    }
    *row.events.of_mut(side) = events;
}

/// Widen the sequence space by a segment; numbers wrap at 2^32, the span does not.
#[inline]
fn extend(sequence: &mut Pair<u32>, span: &mut Pair<u64>, side: Side, start: u32, length: u32) {
    let (sequence, span) = (sequence.of_mut(side), span.of_mut(side));
    let ahead = start.wrapping_add(length).wrapping_sub(*sequence).wrapping_sub(*span as u32);
    if ahead < HALF {
        *span += u64::from(ahead);
    }
    let before = sequence.wrapping_sub(start);
    if before != 0 && before < HALF && *span < u64::from(HALF) {
        *sequence = start;
        *span += u64::from(before);
    }
}
