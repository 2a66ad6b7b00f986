//! Packets that were located ahead of the table, by the thread that decoded them.
//!
//! Only what does not depend on other packets can be done ahead: the key and its hash of a whole
//! packet outside tunnels. Fragments, tunnels and counters are left to the table, which sees
//! packets in the order of their frames.

use super::arrival::{Arrival, Place};
use super::key::{Key, Keys, Located, Six};
use super::table::FlowTable;
use super::{Side, table};
use crate::capture::Part;
use crate::packet::Packet;

/// Packets in order, as small as they can be: they go from the cache of one processor to that of
/// another.
#[derive(Debug)]
pub struct Ahead {
    keys: Keys,
    packets: Vec<Known>,
    /// Addresses of those that are IPv6.
    sixes: Vec<Six>,
}

/// What the table has to know of one; its place is known by its number.
#[derive(Clone, Copy, Debug)]
struct Known {
    key: Key,
    time: i64,
    tag: u32,
    ip_bytes: u32,
    payload_length: u32,
    sequence: u32,
    acknowledgement: u32,
    payload: Part,
    side: Side,
    flags: u8,
}

const _: () = assert!(size_of::<Known>() == 64, "a cache line");

/// Packets that are next.
#[derive(Debug)]
pub struct Queue<'a> {
    packets: &'a [Known],
    sixes: &'a [Six],
    /// What the payloads lie in.
    buffer: &'a [u8],
}

impl Ahead {
    /// None yet; they will be for this table only.
    #[must_use]
    pub fn new(table: &FlowTable) -> Self {
        Self { keys: table.keys().clone(), packets: Vec::new(), sixes: Vec::new() }
    }

    /// Locate a whole packet that is in no tunnel, and whose payload lies in the buffer.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that the packet stays in registers
    pub fn push_usual(&mut self, packet: &Packet<'_>, time: i64) {
        let located = self.keys.locate(packet, 0);
        let Located { tag, side, .. } = located;
        let key = located.key_with(&mut self.sixes);
        self.packets.push(Known {
            key,
            time,
            tag,
            ip_bytes: packet.ip_bytes,
            payload_length: packet.payload_length,
            sequence: packet.sequence,
            acknowledgement: packet.acknowledgement,
            payload: Part::of(packet.payload),
            side,
            flags: packet.flags,
        });
    }

    /// Forget them all.
    pub fn clear(&mut self) {
        self.packets.clear();
        self.sixes.clear();
    }

    /// All of them, with the buffer that their payload lies in.
    #[must_use]
    pub fn queue<'a>(&'a self, buffer: &'a [u8]) -> Queue<'a> {
        Queue { packets: &self.packets, sixes: &self.sixes, buffer }
    }
}

impl<'a> Queue<'a> {
    /// A known packet, which is the next one, for the table.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that nothing is copied twice
    fn arrival(&self, known: &Known, place: Place) -> Arrival<'a> {
        Arrival {
            key: known.key,
            tag: known.tag,
            side: known.side,
            time: known.time,
            place,
            ip_bytes: known.ip_bytes,
            payload_length: known.payload_length,
            sequence: known.sequence,
            acknowledgement: known.acknowledgement,
            flags: known.flags,
            query: 0,
            payload: known.payload.within(self.buffer),
        }
    }
}

impl FlowTable {
    /// Bring the next packets to their rows; they are of frames in a row.
    pub fn bring_ahead(&mut self, queue: &mut Queue<'_>, first: Place, count: usize) {
        let (now, rest) = queue.packets.split_at_checked(count).unwrap_or((queue.packets, &[]));
        queue.packets = rest;
        let mut place = first;
        for together in now.chunks(table::TOGETHER) {
            let mut arrivals = self.arrivals();
            for known in together {
                arrivals.all.push(queue.arrival(known, place));
                place.frame += 1;
            }
            self.bring_all(&arrivals, queue.sixes);
            self.let_go(arrivals);
        }
    }
}
