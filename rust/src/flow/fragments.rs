//! Fragments follow the head of their datagram into its flow.

use std::collections::{HashMap, VecDeque};

use super::arrival::{Arrivals, Place};
use super::key::Located;
use super::locator::Locator;
use super::tcp;
use crate::packet::{Datagram, Outside, Packet, Tunnel};

/// Fragmented datagrams remembered at a time.
const MAX_DATAGRAMS: usize = 4_096;
/// Fragments of one datagram that wait for its head.
const MAX_WAITING: usize = 64;
/// Fragments of all datagrams that wait.
const MAX_WAITING_IN_ALL: usize = 16_384;
/// Nanoseconds for which a datagram is remembered.
const MAX_AGE: i64 = 60 * 1_000_000_000;

/// A fragment that is not the head.
#[derive(Clone, Copy, Debug)]
struct Late {
    time: i64,
    place: Place,
    ip_bytes: u32,
    payload_length: u32,
    offset: u16,
}

/// The head of a fragmented datagram.
#[derive(Clone, Copy, Debug)]
struct Head {
    located: Located,
    /// Sequence number of offset 0.
    sequence: u32,
}

/// What is known of a fragmented datagram.
#[derive(Debug)]
enum Known {
    /// Its head.
    Head(Head),
    /// Who waits for it.
    Waiting(Vec<Late>),
}

type Name = (Datagram, Box<[Tunnel]>);

/// A datagram that is remembered.
#[derive(Debug)]
struct Entry {
    known: Known,
    /// Number of its place in the order.
    noted: u64,
    /// Time of its first fragment.
    since: i64,
}

/// The fragmented datagrams, in order of when they were noted.
///
/// What is remembered is bounded in number and in age, by the time of the capture: RFC 8200 gives
/// a datagram 60 seconds from its first fragment, RFC 791 hardly more, and identifications come
/// again.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    known: HashMap<Name, Entry>,
    order: VecDeque<(u64, Name)>,
    noted: u64,
    /// Fragments that wait for the heads of all datagrams.
    waiting: usize,
    /// Those that waited in vain and are not counted yet.
    given_up: Vec<Place>,
}

impl Datagrams {
    /// Note what is known of a datagram.
    fn note(&mut self, name: Name, known: Known, since: i64) {
        self.noted += 1;
        self.order.push_back((self.noted, name.clone()));
        self.known.insert(name, Entry { known, noted: self.noted, since });
        if self.known.len() <= MAX_DATAGRAMS && self.order.len() > 2 * MAX_DATAGRAMS {
            let known = &self.known;
            self.order.retain(|(noted, name)| known.get(name).is_some_and(|it| it.noted == *noted));
        }
    }

    /// Forget a datagram that is too old to have to do with one of this time.
    fn expire(&mut self, name: &Name, time: i64) {
        if self.known.get(name).is_some_and(|it| time.saturating_sub(it.since) > MAX_AGE) {
            self.remove(name);
        }
    }

    /// Forget the oldest until all bounds are kept.
    fn forget_old(&mut self, time: i64) {
        while let Some((noted, name)) = self.order.front() {
            if let Some(entry) = self.known.get(name).filter(|entry| entry.noted == *noted) {
                if self.known.len() <= MAX_DATAGRAMS
                    && self.waiting <= MAX_WAITING_IN_ALL
                    && time.saturating_sub(entry.since) <= MAX_AGE
                {
                    break;
                }
                let name = name.clone();
                self.remove(&name);
            }
            self.order.pop_front();
        }
    }

    /// Forget a datagram; who waits for its head waits in vain.
    fn remove(&mut self, name: &Name) {
        if let Some(Entry { known: Known::Waiting(waiting), .. }) = self.known.remove(name) {
            self.waiting -= waiting.len();
            self.given_up.extend(waiting.iter().map(|late| late.place));
        }
    }

    /// Forget everything; who still waits, in order.
    pub(super) fn take_waiting(&mut self) -> Vec<Place> {
        self.order.clear();
        self.waiting = 0;
        let mut all: Vec<_> = self.known.drain().map(|(_, entry)| entry).collect();
        all.sort_unstable_by_key(|entry| entry.noted);
        let waiting = all.into_iter().filter_map(|entry| match entry.known {
            Known::Waiting(waiting) => Some(waiting),
            Known::Head(_) => None,
        });
        waiting.flatten().map(|late| late.place).collect()
    }
}

impl Locator {
    /// Count a fragment: the head makes or finds its flow, the others follow the head.
    #[cold]
    #[inline(never)]
    pub(super) fn fragment<'a>(
        &mut self,
        packet: &Packet<'a>,
        datagram: Datagram,
        outside: &Outside,
        time: i64,
        place: Place,
        arrivals: &mut Arrivals<'a>,
    ) {
        let around = outside.tunnels.get(..datagram.depth).unwrap_or(&outside.tunnels);
        let name: Name = (datagram, around.into());
        let offset = packet.fragment.unwrap_or_default();
        if offset == 0 {
            let located = self.locate(packet, outside);
            self.head_fragment(packet, name, (located, time, place), arrivals);
            return;
        }
        let late = Late {
            time,
            place,
            ip_bytes: packet.ip_bytes,
            payload_length: packet.payload_length,
            offset,
        };
        self.datagrams.expire(&name, time);
        match self.datagrams.known.get_mut(&name).map(|entry| &mut entry.known) {
            Some(Known::Head(head)) => head.follow(late, 0, arrivals),
            // The head may come later: recorders reorder, and some stacks send the tail first.
            Some(Known::Waiting(waiting)) if waiting.len() < MAX_WAITING => {
                waiting.push(late);
                self.datagrams.waiting += 1;
            }
            Some(Known::Waiting(_)) => self.counters.no_head(place),
            None => {
                self.datagrams.note(name, Known::Waiting(vec![late]), time);
                self.datagrams.waiting += 1;
            }
        }
        self.datagrams.forget_old(time);
        self.give_up();
    }

    fn head_fragment<'a>(
        &mut self,
        packet: &Packet<'a>,
        name: Name,
        (located, time, place): (Located, i64, Place),
        arrivals: &mut Arrivals<'a>,
    ) {
        // From the payload back to offset 0.
        let ahead = packet.payload_length.wrapping_sub(packet.fragment_length);
        let sequence = packet
            .sequence
            .wrapping_add(u32::from(packet.flags & tcp::SYN != 0))
            .wrapping_add(ahead);
        let head = Head { located, sequence };
        self.datagrams.expire(&name, time);
        let (waiting, since) = match self.datagrams.known.remove(&name) {
            Some(Entry { known: Known::Waiting(waiting), since, .. }) => (waiting, since),
            _ => (Vec::new(), time),
        };
        self.datagrams.waiting -= waiting.len();
        self.datagrams.note(name, Known::Head(head), since);
        self.datagrams.forget_old(time);
        self.give_up();
        arrivals.add(packet, located, time, place);
        let query = arrivals.all.last().map_or(0, |arrival| arrival.query);
        for late in waiting {
            head.follow(late, query, arrivals);
        }
    }

    fn give_up(&mut self) {
        for place in self.datagrams.given_up.drain(..) {
            self.counters.no_head(place);
        }
    }
}

impl Head {
    /// Add a later fragment as a packet of the flow of its head.
    fn follow(&self, late: Late, query: u8, arrivals: &mut Arrivals<'_>) {
        if let Some(follower) = arrivals.add_bare(self.located, late.time, late.place) {
            follower.ip_bytes = late.ip_bytes;
            follower.payload_length = late.payload_length;
            follower.sequence = self.sequence.wrapping_add(u32::from(late.offset));
            follower.query = query;
        }
    }
}
