//! Decoded packets to keys: what has to be done in the order of the frames before any row is looked
//! at. Fragments find their heads here, tunnels get their numbers, and every frame is counted.

use super::arrival::{Arrivals, Place};
use super::counters::Counters;
use super::fragments::Datagrams;
use super::key::{Keys, Located};
use super::stacks::Stacks;
use crate::packet::{Outside, Packet, quote};

/// Clocks are numbered anew from this one on; rows that are live then have smaller numbers.
const RENUMBERED: u32 = 1 << 31;

/// Frames that may come before somebody looks at the clock again.
const SOON: u32 = 1 << 20;

/// Makes arrivals of packets.
#[derive(Debug)]
pub struct Locator {
    pub(super) keys: Keys,
    pub(super) stacks: Stacks,
    pub(super) datagrams: Datagrams,
    pub(super) counters: Counters,
    /// Memory for the next arrivals.
    arrivals: Arrivals<'static>,
}

impl Locator {
    pub(super) fn new() -> Self {
        Self {
            keys: Keys::new(),
            stacks: Stacks::new(),
            datagrams: Datagrams::default(),
            counters: Counters::default(),
            arrivals: Arrivals::default(),
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

    /// Keep the memory of packets for the next ones.
    pub(super) fn let_go(&mut self, arrivals: Arrivals<'_>) {
        self.arrivals = Arrivals::in_memory_of(arrivals);
    }

    /// The number of the next frame, less one.
    pub(super) const fn clock(&self) -> u32 {
        self.arrivals.clock
    }

    /// The next frame has the number behind this one.
    pub const fn set_clock(&mut self, clock: u32) {
        self.arrivals.clock = clock;
    }

    /// Whether rows have to be [renumbered](super::shard::Shard::renumber) before the next frames.
    pub(super) const fn wind(&mut self) -> bool {
        let is_late = self.clock() > u32::MAX - SOON;
        if is_late {
            self.arrivals.clock = RENUMBERED;
        }
        is_late
    }

    /// Outcomes so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Outcomes so far, to count what has no key.
    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// Descriptions of tunnels by number.
    #[must_use]
    pub fn tunnels(&self) -> &[String] {
        self.stacks.names()
    }

    /// The recording is over: whoever waits for the head of a datagram waits in vain.
    pub(super) fn finish(&mut self) {
        for place in self.datagrams.take_waiting() {
            self.counters.no_head(place);
        }
    }
}
