//! The flow table: packets in, finished rows out.
//!
//! Packets are collected and looked up together, so that the memory of their rows is fetched
//! at the same time; they are counted in the order in which they came.

use super::arrival::{Arrival, Arrivals, Place};
use super::columns::Rows;
use super::content::Content;
use super::counters::Counters;
use super::errors::Errors;
use super::fragments::Datagrams;
use super::heads::Heads;
use super::index::Index;
use super::key::{Keys, Located, Six, six_of};
use super::oldest::Oldest;
use super::over::{has_paused, is_over, short};
use super::row::{Origin, Row, Store};
use super::stacks::Stacks;
use super::{MAX_HEAD_BYTES, Options, Pair, Side, tcp};
use crate::packet::transport::TCP;
use crate::packet::{Outside, Packet, quote};

/// Packets that are looked up together.
pub(super) const TOGETHER: usize = 32;

/// Live flows and finished rows.
#[derive(Debug)]
pub struct FlowTable {
    pub(super) options: Options,
    keys: Keys,
    stacks: Stacks,
    pub(super) index: Index,
    pub(super) rows: Store,
    pub(super) live: u32,
    /// Number of the next update.
    clock: u32,
    pub(super) oldest: Oldest,
    pub(super) heads: Heads,
    pub(super) content: Content,
    pub(super) errors: Errors,
    /// Memory for the next arrivals.
    arrivals: Arrivals<'static>,
    /// Nanoseconds: a flow that was heard of so short a time ago has not paused.
    short: i64,
    pub(super) finished: Rows,
    pub(super) drained: u32,
    pub(super) datagrams: Datagrams,
    pub(super) counters: Counters,
}

impl FlowTable {
    /// An empty table.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::looking_for(options, Content::default())
    }

    /// An empty table that looks for something in what the packets carry.
    #[must_use]
    pub fn looking_for(options: Options, content: Content) -> Self {
        Self {
            options: Options { max_flows: options.max_flows.max(1), ..options },
            keys: Keys::new(),
            stacks: Stacks::new(),
            index: Index::new(),
            rows: Store::new(options.max_flows),
            live: 0,
            clock: 0,
            oldest: Oldest::default(),
            heads: Heads::new(options.head_bytes.min(MAX_HEAD_BYTES)),
            errors: Errors::default(),
            content,
            arrivals: Arrivals::default(),
            short: short(&options.timeouts),
            finished: Rows::default(),
            drained: 0,
            datagrams: Datagrams::default(),
            counters: Counters::default(),
        }
    }

    /// Begin with packets whose payload stays where it is until they are [brought](Self::bring).
    #[must_use]
    pub fn arrivals<'a>(&mut self) -> Arrivals<'a> {
        Arrivals::in_memory_of(std::mem::take(&mut self.arrivals))
    }

    /// Count one decoded packet to its flow, and its frame to an outcome. An ICMP error leaves
    /// what is around the packet that it quotes in `outside`.
    #[inline]
    pub fn add<'a>(
        &mut self,
        packet: &Packet<'a>,
        outside: &mut Outside,
        time: i64,
        place: Place,
        arrivals: &mut Arrivals<'a>,
    ) {
        if let Some(partial) = packet.partial
            && !packet.is_tail()
        {
            self.counters.partial(partial);
        }
        if packet.fragment.is_some()
            && let Some(datagram) = outside.datagram
        {
            self.fragment(packet, datagram, outside, time, place, arrivals);
        } else {
            arrivals.add(packet, self.locate(packet, outside), time, place);
        }
        if let Some(icmp) = packet.icmp
            && let Some(quote) = quote::decode(packet, outside)
        {
            let tunnel = self.stacks.number(&outside.tunnels);
            let located = self.keys.locate(&quote, tunnel);
            let error = u16::from(icmp.kind) << 8 | u16::from(icmp.code);
            arrivals.mention(located, error, time, place);
        }
    }

    /// Like [`add`](Self::add) for a whole packet that is neither a fragment nor in a tunnel.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that the packet stays in registers
    pub fn add_usual<'a>(
        &mut self,
        packet: &Packet<'a>,
        time: i64,
        place: Place,
        arrivals: &mut Arrivals<'a>,
    ) {
        arrivals.add(packet, self.keys.locate(packet, 0), time, place);
    }

    /// The key of a packet inside its tunnels.
    #[inline]
    pub(super) fn locate(&mut self, packet: &Packet<'_>, outside: &Outside) -> Located {
        let tunnel = self.stacks.number(&outside.tunnels);
        self.keys.locate(packet, tunnel)
    }

    /// Bring packets to their rows, in the order in which they came.
    pub fn bring(&mut self, arrivals: Arrivals<'_>) {
        self.bring_all(&arrivals, &arrivals.sixes);
        self.let_go(arrivals);
    }

    /// Keep the memory of packets for the next ones.
    pub(super) fn let_go(&mut self, arrivals: Arrivals<'_>) {
        self.arrivals = Arrivals::in_memory_of(arrivals);
    }

    /// Bring packets to their rows, whose IPv6 addresses are these.
    pub(super) fn bring_all(&mut self, arrivals: &Arrivals<'_>, sixes: &[Six]) {
        if let Some(first) = arrivals.all.first() {
            self.counters.flow(arrivals.all.len() as u64 - arrivals.mentions, first.place);
        }
        for together in arrivals.all.chunks(TOGETHER) {
            // Two passes that only load what the third will need: the loads of one pass do not
            // depend on each other, so the processor waits for all of them at once.
            let mut guesses = [u32::MAX; TOGETHER];
            for (guess, arrival) in guesses.iter_mut().zip(together) {
                *guess = self.index.guess(arrival.tag);
            }
            let mut touched = 0;
            for guess in guesses {
                if let Some(row) = self.rows.row(guess) {
                    touched ^= row.last_seen ^ row.payload.a.cast_signed();
                }
            }
            std::hint::black_box(touched);
            for arrival in together {
                self.update(arrival, sixes);
            }
        }
    }

    /// Bring one packet to its row.
    #[inline]
    fn update(&mut self, packet: &Arrival<'_>, sixes: &[Six]) {
        if let Some(error) = packet.error() {
            self.mention(packet, sixes, error);
            return;
        }
        self.clock += 1;
        if self.clock == u32::MAX {
            self.clock = self.oldest.renumber(&mut self.rows);
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
        row.touched = self.clock;
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
        } else if self.options.partial || self.counters.evicted > 0 {
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
        if self.live >= self.options.max_flows {
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

    /// What makes its keys.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Outcomes so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Outcomes so far, to count what does not reach the table.
    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// What is looked for in payloads.
    #[must_use]
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// Descriptions of tunnels by number.
    #[must_use]
    pub fn tunnels(&self) -> &[String] {
        self.stacks.names()
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
