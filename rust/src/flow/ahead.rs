//! Packets that were located for one half of the table, to be brought to their rows later, perhaps
//! by another thread.

use super::Side;
use super::arrival::{Arrival, Arrivals, Place};
use super::key::{Key, Located, Six};
use super::locator::Locator;
use super::shard::{Shard, TOGETHER};
use super::table::Halves;
use crate::capture::Part;
use crate::packet::Packet;

/// Frames in a row, located, half by half.
#[derive(Debug, Default)]
pub struct Ahead {
    halves: [Half; 2],
    /// Place of the first frame, and the number of the one before it.
    first: Option<Place>,
    clock: u32,
    /// How many there are that took the long way, and how many of those are packets.
    strangers: u32,
    strange_packets: u64,
    /// Number of the frame of the first one of them, and its place.
    first_stranger: Option<(u16, Place)>,
    /// How many packets there are in all.
    packets: u64,
    /// Whether rows have to be renumbered before them.
    renumber: bool,
}

/// What belongs to one half.
#[derive(Debug, Default)]
struct Half {
    usual: Vec<Known>,
    others: Vec<Stranger>,
    /// Addresses of those that are IPv6.
    sixes: Vec<Six>,
}

/// What the table has to know of a packet; its frame is known by its number among all.
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
    /// Number of its frame, from 0.
    number: u16,
    side: Side,
    flags: u8,
}

const _: () = assert!(size_of::<Known>() == 64, "a cache line");

/// A packet that took the long way, or word of a flow.
#[derive(Clone, Copy, Debug)]
struct Stranger {
    known: Known,
    place: Place,
    query: u8,
    /// Its place among those of both halves.
    order: u32,
}

/// Packets of one half, in order.
#[derive(Clone, Debug)]
struct Walk<'a> {
    usual: &'a [Known],
    others: &'a [Stranger],
    ahead: &'a Ahead,
    /// What the payloads lie in.
    buffer: &'a [u8],
}

impl Ahead {
    /// Frames there may be at most.
    pub const MOST: usize = u16::MAX as usize;

    /// Forget all packets; what comes next are frames from this one on.
    pub fn begin(&mut self, first: Place, locator: &mut Locator) {
        for half in &mut self.halves {
            half.usual.clear();
            half.others.clear();
            half.sixes.clear();
        }
        self.renumber = locator.wind();
        (self.first, self.clock) = (Some(first), locator.clock());
        (self.strangers, self.strange_packets, self.packets) = (0, 0, 0);
        self.first_stranger = None;
    }

    /// Locate a whole packet that is in no tunnel, and whose payload lies in the buffer.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that the packet stays in registers
    pub fn push_usual(&mut self, locator: &Locator, packet: &Packet<'_>, time: i64, number: u16) {
        let located = locator.keys.locate(packet, 0);
        let Located { tag, side, .. } = located;
        let half = self.half(located.key);
        let key = located.key_with(&mut half.sixes);
        half.usual.push(Known {
            key,
            time,
            tag,
            ip_bytes: packet.ip_bytes,
            payload_length: packet.payload_length,
            sequence: packet.sequence,
            acknowledgement: packet.acknowledgement,
            payload: Part::of(packet.payload),
            number,
            side,
            flags: packet.flags,
        });
    }

    /// Begin with what comes of one frame the long way.
    pub fn arrivals<'a>(&self, locator: &mut Locator, number: u16) -> Arrivals<'a> {
        locator.set_clock(self.clock + 1 + u32::from(number));
        locator.arrivals()
    }

    /// Take what came of the frame.
    pub fn push(&mut self, locator: &mut Locator, arrivals: Arrivals<'_>, number: u16) {
        self.strange_packets += arrivals.all.len() as u64 - arrivals.mentions;
        if let (None, Some(first)) = (self.first_stranger, arrivals.all.first()) {
            self.first_stranger = Some((number, first.place));
        }
        for arrival in &arrivals.all {
            let six = super::key::six_of(arrival.key, &arrivals.sixes);
            self.strangers += 1;
            let order = self.strangers;
            let half = self.half(arrival.key);
            let mut key = arrival.key;
            if key.is_six() {
                key = key.with_place(half.sixes.len() as u32);
                half.sixes.push(six);
            }
            let known = Known {
                key,
                time: arrival.time,
                tag: arrival.tag,
                ip_bytes: arrival.ip_bytes,
                payload_length: arrival.payload_length,
                sequence: arrival.sequence,
                acknowledgement: arrival.acknowledgement,
                payload: Part::of(arrival.payload),
                number,
                side: arrival.side,
                flags: arrival.flags,
            };
            let (place, query) = (arrival.place, arrival.query);
            half.others.push(Stranger { known, place, query, order });
        }
        locator.let_go(arrivals);
    }

    /// All frames were looked into; so many there are.
    pub fn end(&mut self, locator: &mut Locator, frames: u64) {
        locator.set_clock(self.clock + frames as u32);
        let usual: usize = self.halves.iter().map(|half| half.usual.len()).sum();
        self.packets = usual as u64 + self.strange_packets;
        if let Some(place) = self.first_packet() {
            locator.counters_mut().flow(self.packets, place);
        }
    }

    /// Where the first packet is.
    fn first_packet(&self) -> Option<Place> {
        let first = self.first?;
        let usual = self.halves.iter().filter_map(|half| half.usual.first()).map(|known| {
            let frame = first.frame + u64::from(known.number);
            (known.number, Place { frame, ..first })
        });
        let all = usual.chain(self.first_stranger);
        all.min_by_key(|(number, _)| *number).map(|(_, place)| place)
    }

    fn half(&mut self, key: Key) -> &mut Half {
        let [one, other] = &mut self.halves;
        if key.half() == 0 { one } else { other }
    }

    fn walk<'a>(&'a self, half: &'a Half, buffer: &'a [u8]) -> Walk<'a> {
        Walk { usual: &half.usual, others: &half.others, ahead: self, buffer }
    }

    /// Whether they must be brought in order, half by half.
    #[must_use]
    pub const fn needs_both(&self) -> bool {
        self.renumber
    }

    /// How many packets there are.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Bring those of the first half (0) or the other one (1) to their rows.
    pub fn bring(&self, half: usize, buffer: &[u8], shard: &mut Shard) {
        let Some(half) = self.halves.get(half) else { return };
        let mut walk = self.walk(half, buffer);
        if half.others.len() * TOGETHER > half.usual.len() {
            walk.each(|arrivals| shard.bring_all(arrivals, &half.sixes));
            return;
        }
        // Few strangers: what is between two of them is brought as it lies there.
        while !walk.usual.is_empty() || !walk.others.is_empty() {
            let run = walk.run();
            shard.bring_as(run, &half.sixes, |known| known.tag, |known| walk.usual(known));
            if let Some(stranger) = walk.stranger() {
                shard.bring_all(&[stranger], &half.sixes);
            }
        }
    }

    /// Bring all to their rows in the order of their frames.
    pub fn bring_both(&self, buffer: &[u8], halves: &mut Halves<'_>) {
        if self.renumber {
            halves.renumber();
        }
        let [one, other] = &self.halves;
        let sixes: [&[Six]; 2] = [&one.sixes, &other.sixes];
        let (one, other) = (self.walk(one, buffer), self.walk(other, buffer));
        Merged { one, other }.each(|arrivals| halves.bring_all(arrivals, sixes));
    }
}

impl Walk<'_> {
    /// Number of the next one's frame, and its place among the strangers of the frame.
    fn next_number(&self) -> Option<(u16, u32)> {
        let usual = self.usual.first().map(|known| (known.number, 0));
        let other = self.others.first().map(|stranger| (stranger.known.number, stranger.order));
        match (usual, other) {
            (Some(usual), Some(other)) => Some(usual.min(other)),
            (usual, other) => usual.or(other),
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Arrival<'a>;

    #[inline]
    fn next(&mut self) -> Option<Arrival<'a>> {
        if let Some(stranger) = self.others.first()
            && self.usual.first().is_none_or(|usual| stranger.known.number < usual.number)
        {
            return self.stranger();
        }
        let (known, rest) = self.usual.split_first()?;
        self.usual = rest;
        Some(self.usual(known))
    }
}

impl<'a> Walk<'a> {
    /// The packets before the next stranger.
    fn run(&mut self) -> &'a [Known] {
        let end = self.others.first().map_or(self.usual.len(), |stranger| {
            self.usual.partition_point(|known| known.number < stranger.known.number)
        });
        self.usual.split_off(..end).unwrap_or_default()
    }

    /// The next stranger.
    fn stranger(&mut self) -> Option<Arrival<'a>> {
        let stranger = self.others.split_off_first()?;
        let arrival = self.arrival(&stranger.known, stranger.place);
        Some(Arrival { query: stranger.query, ..arrival })
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // so that nothing is copied twice
    fn usual(&self, known: &Known) -> Arrival<'a> {
        let first = self.ahead.first.unwrap_or(Place { source: 0, frame: 0 });
        let place = Place { frame: first.frame + u64::from(known.number), ..first };
        self.arrival(known, place)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // so that nothing is copied twice
    fn arrival(&self, known: &Known, place: Place) -> Arrival<'a> {
        Arrival {
            key: known.key,
            tag: known.tag,
            side: known.side,
            time: known.time,
            place,
            clock: self.ahead.clock + 1 + u32::from(known.number),
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

/// Packets of both halves, in order.
struct Merged<'a> {
    one: Walk<'a>,
    other: Walk<'a>,
}

impl<'a> Iterator for Merged<'a> {
    type Item = Arrival<'a>;

    fn next(&mut self) -> Option<Arrival<'a>> {
        match (self.one.next_number(), self.other.next_number()) {
            (Some(one), Some(other)) if other < one => self.other.next(),
            (None, _) => self.other.next(),
            _ => self.one.next(),
        }
    }
}

/// Some packets at a time.
trait Each<'a>: Iterator<Item = Arrival<'a>> + Sized {
    #[inline]
    fn each(mut self, mut bring: impl FnMut(&[Arrival<'a>])) {
        let mut some = Vec::with_capacity(TOGETHER);
        loop {
            some.extend(self.by_ref().take(TOGETHER));
            if some.is_empty() {
                return;
            }
            bring(&some);
            some.clear();
        }
    }
}

impl<'a, T: Iterator<Item = Arrival<'a>>> Each<'a> for T {}
