//! Live flows and finished rows: all of a recording, or one half of them.
//!
//! Packets are collected and looked up together, so that the memory of their rows is fetched
//! at the same time; they are counted in the order in which they came.

use super::arrival::Arrival;
use super::columns::Rows;
use super::content::Content;
use super::errors::Errors;
use super::heads::Heads;
use super::index::Index;
use super::key::{Six, six_of};
use super::oldest::Oldest;
use super::over::{has_paused, is_over, short};
use super::row::{Origin, Row, Store};
use super::{MAX_HEAD_BYTES, Options, Pair, Room, Side, Usage, tcp};
use crate::packet::transport::TCP;

/// Packets that are looked up together.
pub(super) const TOGETHER: usize = 32;

/// Flows that have nothing to do with those of another shard but for what bounds them together.
#[derive(Debug)]
#[repr(align(128))] // no cache line, nor the one fetched with it, is also another thread's
pub struct Shard {
    pub(super) options: Options,
    /// From so many live flows on, one is evicted for a new one.
    pub(super) room: u32,
    pub(super) index: Index,
    pub(super) rows: Store,
    pub(super) live: u32,
    pub(super) oldest: Oldest,
    pub(super) heads: Heads,
    pub(super) content: Content,
    pub(super) errors: Errors,
    /// Nanoseconds: a flow that was heard of so short a time ago has not paused.
    short: i64,
    pub(super) finished: Rows,
    pub(super) drained: u32,
    /// Flows put out early because there were too many.
    pub(super) evicted: u64,
    /// Whether a flow of the recording may have been put out early, here or elsewhere.
    pub(super) has_gaps: bool,
}

impl Shard {
    /// An empty one that looks for something in what the packets carry.
    pub(super) fn new(options: Options, content: Content) -> Self {
        Self {
            options,
            room: options.max_flows,
            index: Index::new(),
            rows: Store::new(options.max_flows),
            live: 0,
            oldest: Oldest::default(),
            heads: Heads::new(options.head_bytes.min(MAX_HEAD_BYTES)),
            errors: Errors::default(),
            content,
            short: short(&options.timeouts),
            finished: Rows::default(),
            drained: 0,
            evicted: 0,
            has_gaps: options.partial,
        }
    }

    /// Bring packets to their rows, whose IPv6 addresses are these; all are of flows that belong
    /// here.
    pub(super) fn bring_all(&mut self, arrivals: &[Arrival<'_>], sixes: &[Six]) {
        for together in arrivals.chunks(TOGETHER) {
            self.fetch(together.iter().map(|arrival| arrival.tag));
            for arrival in together {
                self.update(arrival, sixes);
            }
        }
    }

    /// The same for packets that are kept in another way: what the table finds each by, and what
    /// it is as an arrival, which is made where it is needed.
    #[inline]
    pub(super) fn bring_as<'a, T>(
        &mut self,
        packets: &[T],
        sixes: &[Six],
        tag: impl Fn(&T) -> u32,
        arrival: impl Fn(&T) -> Arrival<'a>,
    ) {
        for together in packets.chunks(TOGETHER) {
            self.fetch(together.iter().map(&tag));
            for packet in together {
                self.update(&arrival(packet), sixes);
            }
        }
    }

    /// Have the memory of the rows of packets fetched, which are most likely these.
    ///
    /// Two passes that only load what is needed later: the loads of one pass do not depend on each
    /// other, so the processor waits for all of them at once.
    #[inline]
    fn fetch(&self, tags: impl Iterator<Item = u32>) {
        let mut guesses = [u32::MAX; TOGETHER];
        for (guess, tag) in guesses.iter_mut().zip(tags) {
            *guess = self.index.guess(tag);
        }
        let mut touched = 0;
        for guess in guesses {
            touched ^= self.rows.touch(guess);
        }
        std::hint::black_box(touched);
    }

    /// Bring one packet to its row.
    #[inline]
    pub(super) fn update(&mut self, packet: &Arrival<'_>, sixes: &[Six]) {
        if let Some(error) = packet.error() {
            self.mention(packet, sixes, error);
            return;
        }
        let rows = &self.rows;
        let number = if let Some(number) =
            self.index.find(packet.tag, |number| rows.is(number, packet, sixes))
        {
            // For most packets this is all, and the row's origin stays out of the cache.
            let is_short = self
                .rows
                .row(number)
                .is_some_and(|row| packet.time.saturating_sub(row.last_seen) <= self.short);
            if !is_short || packet.flags & tcp::SYN != 0 {
                self.begin_anew(number, packet);
            }
            number
        } else {
            self.begin(packet, sixes)
        };
        let Some((row, origin)) = self.rows.both(number) else { return };
        row.touched = packet.clock;
        if packet.time > row.last_seen {
            row.last_seen = packet.time;
        } else if packet.time < row.last_seen {
            origin.first_seen = origin.first_seen.min(packet.time);
        }
        let side = packet.side;
        let packets = row.packets.of_mut(side);
        if *packets == u32::MAX {
            *origin.carried.of_mut(side) += 1;
            *packets = 0;
        }
        *packets += 1;
        *row.bytes.of_mut(side) += u64::from(packet.ip_bytes);
        if packet.payload_length != 0 {
            *row.payload.of_mut(side) += u64::from(packet.payload_length);
        }
        let lowest = *row.sequence.of(side);
        let is_tcp = row.key.protocol() == TCP;
        if is_tcp {
            tcp::note(row, origin, packet);
        } else {
            *row.events.of_mut(side) |= packet.query;
        }
        if packet.payload_length != 0 && row.content != 0 {
            self.look_into(number, packet, lowest);
        } else if !packet.payload.is_empty() && self.heads.wants(row, side, lowest) {
            if is_tcp {
                self.heads.keep_segment(number, row, origin, packet);
            } else {
                self.heads.keep_message(row, side, packet.payload);
            }
        }
    }

    /// Count an ICMP error to the row that it speaks of. It is no packet of that row.
    ///
    /// Where a part of that flow may be known elsewhere, a row without packets is left to the
    /// fold, which finds it.
    #[cold]
    #[inline(never)]
    fn mention(&mut self, mention: &Arrival<'_>, sixes: &[Six], error: u16) {
        let rows = &self.rows;
        let found = self.index.find(mention.tag, |number| rows.is(number, mention, sixes));
        if let Some(number) = found
            && let Some((row, origin)) = self.rows.both(number)
            && !has_paused(&self.options, row, origin, mention.time)
        {
            self.errors.note(number, origin, error);
        } else if self.has_gaps {
            let row = Row::new(mention.key, mention.time);
            let six = six_of(mention.key, sixes);
            let number = self.rows.add(row, origin_of(mention), six);
            if let Some((_, origin)) = self.rows.both(number) {
                origin.first_sender = 0;
                self.errors.note(number, origin, error);
            }
            self.emit(number);
            self.rows.remove(number);
        }
    }

    /// A new row for a new key; the longest idle one goes if there is no room.
    fn begin(&mut self, packet: &Arrival<'_>, sixes: &[Six]) -> u32 {
        if self.live >= self.room {
            self.evict();
        }
        let mut row = Row::new(packet.key, packet.time);
        row.content = self.content.wanted(packet.key);
        let number = self.rows.add(row, origin_of(packet), six_of(packet.key, sixes));
        self.index.insert(packet.tag, number);
        self.live += 1;
        number
    }

    /// If the flow of a row is over, this packet begins another one there.
    #[inline(never)]
    fn begin_anew(&mut self, number: u32, packet: &Arrival<'_>) {
        let Some((row, origin)) = self.rows.look(number) else { return };
        if !is_over(&self.options, row, origin, packet) {
            return;
        }
        self.emit(number);
        let Some((old, old_origin)) = self.rows.both(number) else { return };
        (*old, *old_origin) = (Row::new(old.key, packet.time), origin_of(packet));
        old.content = self.content.wanted(old.key);
    }

    /// What it has of all that is bounded.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let (kept, waiting) = self.content.usage();
        Usage { flows: u64::from(self.live), kept, waiting }
    }

    /// The most that it and its other half may have together.
    #[must_use]
    pub fn bounds(&self) -> Usage {
        let (flows, kept) = (u64::from(self.options.max_flows), self.content.total_bytes());
        Usage { flows, kept, waiting: 0 }
    }

    /// Know what room there is for what comes next, whatever comes to the other half.
    pub fn set_room(&mut self, room: Room) {
        self.content.set_kept_elsewhere(if room == Room::Ample { 0 } else { u64::MAX });
    }

    /// Whether a packet is of a live flow.
    pub(super) fn knows(&self, packet: &Arrival<'_>, sixes: &[Six]) -> bool {
        let rows = &self.rows;
        self.index.find(packet.tag, |number| rows.is(number, packet, sixes)).is_some()
    }

    /// Number the last updates of rows anew, from 0 in their order.
    pub(super) fn renumber(&mut self) {
        self.oldest.renumber(&mut self.rows);
    }
}

fn origin_of(packet: &Arrival<'_>) -> Origin {
    Origin {
        first_seen: packet.time,
        first_frame: packet.place.frame,
        isn: Pair::default(),
        source: packet.place.source,
        tag: packet.tag,
        carried: Pair::default(),
        first_sender: u8::from(packet.side == Side::B),
        first_reset: 0,
        holds: false,
        has_errors: false,
    }
}
