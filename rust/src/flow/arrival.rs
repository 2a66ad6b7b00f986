//! Packets on their way to their rows.

use super::key::{Key, Located, Six};
use super::{EVENT_SYN, EVENT_SYN_ACK, Side};
use crate::packet::Packet;

/// Which frame of which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the file.
    pub source: u32,
    /// Number of the frame in it, from 1.
    pub frame: u64,
}

/// What [`Arrival::query`] is where no packet of the flow comes, but word of it.
const MENTION: u8 = 0xFF;

/// A packet on its way to its row, or an ICMP error that speaks of the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    /// That of IPv6 says where its addresses are in [`Arrivals`].
    pub(super) key: Key,
    /// What the index finds the key by.
    pub(super) tag: u32,
    /// Who sent it.
    pub(super) side: Side,
    pub(super) time: i64,
    pub(super) place: Place,
    /// Number of its frame in the recording; it is numbered anew where the numbers are used up.
    pub(super) clock: u32,
    pub(super) ip_bytes: u32,
    pub(super) payload_length: u32,
    pub(super) sequence: u32,
    pub(super) acknowledgement: u32,
    pub(super) flags: u8,
    /// `EVENT_` bits of an ICMP query or its answer, or [`MENTION`].
    pub(super) query: u8,
    /// The captured part of its payload.
    pub(super) payload: &'a [u8],
}

impl Arrival<'_> {
    /// The ICMP error, if it is one that speaks of the row.
    #[inline]
    pub(super) fn error(&self) -> Option<u16> {
        (self.query == MENTION).then_some(self.sequence as u16)
    }
}

/// Packets that are on their way to their rows together.
#[derive(Debug, Default)]
pub struct Arrivals<'a> {
    pub(super) all: Vec<Arrival<'a>>,
    /// Addresses of those that are IPv6.
    pub(super) sixes: Vec<Six>,
    /// How many of them are no packets.
    pub(super) mentions: u64,
    /// What [`Arrival::clock`] is of those that come next.
    pub(super) clock: u32,
}

impl<'a> Arrivals<'a> {
    /// None yet, in memory that others have used: an empty vector has nothing to convert, so it is
    /// the same vector for another lifetime.
    pub(super) fn in_memory_of(others: Arrivals<'_>) -> Self {
        let Arrivals { mut all, mut sixes, clock, .. } = others;
        all.clear();
        sixes.clear();
        let all = all.into_iter().map_while(|_| None).collect();
        Self { all, sixes, mentions: 0, clock }
    }

    /// What comes next is of another frame.
    #[inline]
    pub fn next_frame(&mut self) {
        self.clock += 1;
    }

    /// Add a packet.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that nothing is copied twice
    pub(super) fn add(&mut self, packet: &Packet<'a>, located: Located, time: i64, place: Place) {
        let query = match packet.icmp {
            Some(icmp) if icmp.query && icmp.answer => EVENT_SYN_ACK,
            Some(icmp) if icmp.query => EVENT_SYN,
            _ => 0,
        };
        let Located { tag, side, .. } = located;
        let key = located.key_with(&mut self.sixes);
        self.all.push(Arrival {
            key,
            tag,
            side,
            time,
            place,
            clock: self.clock,
            ip_bytes: packet.ip_bytes,
            payload_length: packet.payload_length,
            sequence: packet.sequence,
            acknowledgement: packet.acknowledgement,
            flags: packet.flags,
            query,
            payload: packet.payload,
        });
    }

    /// Add a packet without payload of its own, to be changed: it has a place, and no more.
    pub(super) fn add_bare(
        &mut self,
        located: Located,
        time: i64,
        place: Place,
    ) -> Option<&mut Arrival<'a>> {
        let Located { tag, side, .. } = located;
        let key = located.key_with(&mut self.sixes);
        self.all.push(Arrival {
            key,
            tag,
            side,
            time,
            place,
            clock: self.clock,
            ip_bytes: 0,
            payload_length: 0,
            sequence: 0,
            acknowledgement: 0,
            flags: 0,
            query: 0,
            payload: &[],
        });
        self.all.last_mut()
    }

    /// Add word of a flow: an ICMP error, type * 256 + code.
    pub(super) fn mention(&mut self, located: Located, error: u16, time: i64, place: Place) {
        if let Some(mention) = self.add_bare(located, time, place) {
            (mention.query, mention.sequence) = (MENTION, u32::from(error));
            self.mentions += 1;
        }
    }
}
