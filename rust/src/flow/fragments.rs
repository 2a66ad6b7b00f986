//! Fragments follow the head of their datagram into its flow.

use std::collections::{HashMap, VecDeque};

use super::arrival::{Arrival, Place};
use super::key::Located;
use super::table::FlowTable;
use super::tcp;
use crate::packet::{Datagram, Outside, Packet, Tunnel};

/// Fragmented datagrams remembered at a time.
const MAX_DATAGRAMS: usize = 4_096;
/// Fragments of one datagram that wait for its head.
const MAX_WAITING: usize = 64;

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

/// The fragmented datagrams, in order of when they were noted.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    known: HashMap<Name, (Known, u64)>,
    order: VecDeque<(u64, Name)>,
    noted: u64,
}

impl Datagrams {
    /// Note what is known of a datagram; who had to be forgotten for it.
    fn note(&mut self, name: Name, known: Known) -> Vec<Late> {
        self.noted += 1;
        self.known.insert(name.clone(), (known, self.noted));
        self.order.push_back((self.noted, name));
        if self.known.len() <= MAX_DATAGRAMS && self.order.len() > 2 * MAX_DATAGRAMS {
            let known = &self.known;
            self.order.retain(|(noted, name)| known.get(name).is_some_and(|it| it.1 == *noted));
        }
        while self.known.len() > MAX_DATAGRAMS {
            let Some((noted, name)) = self.order.pop_front() else { break };
            if self.known.get(&name).is_some_and(|it| it.1 == noted)
                && let Some((Known::Waiting(waiting), _)) = self.known.remove(&name)
            {
                return waiting;
            }
        }
        Vec::new()
    }

    /// Forget everything; who still waits, in order.
    pub(super) fn take_waiting(&mut self) -> Vec<Place> {
        self.order.clear();
        let mut all: Vec<_> = self.known.drain().map(|(_, known)| known).collect();
        all.sort_unstable_by_key(|(_, noted)| *noted);
        let waiting = all.into_iter().filter_map(|(known, _)| match known {
            Known::Waiting(waiting) => Some(waiting),
            Known::Head(_) => None,
        });
        waiting.flatten().map(|late| late.place).collect()
    }
}

impl FlowTable {
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
        arrivals: &mut Vec<Arrival<'a>>,
    ) {
        let around = outside.tunnels.get(..datagram.depth).unwrap_or(&outside.tunnels);
        let name: Name = (datagram, around.into());
        let offset = packet.fragment.unwrap_or_default();
        if offset == 0 {
            let arrival = self.arrival(packet, outside, time, place);
            self.head_fragment(packet, name, arrival, arrivals);
            return;
        }
        let late = Late {
            time,
            place,
            ip_bytes: packet.ip_bytes,
            payload_length: packet.payload_length,
            offset,
        };
        match self.datagrams.known.get_mut(&name) {
            Some((Known::Head(head), _)) => arrivals.push(head.follower(late)),
            // The head may come later: recorders reorder, and some stacks send the tail first.
            Some((Known::Waiting(waiting), _)) if waiting.len() < MAX_WAITING => {
                waiting.push(late);
            }
            Some((Known::Waiting(_), _)) => self.counters.no_head(place),
            None => {
                let forgotten = self.datagrams.note(name, Known::Waiting(vec![late]));
                self.give_up(&forgotten);
            }
        }
    }

    fn head_fragment<'a>(
        &mut self,
        packet: &Packet<'a>,
        name: Name,
        arrival: Arrival<'a>,
        arrivals: &mut Vec<Arrival<'a>>,
    ) {
        // From the payload back to offset 0.
        let ahead = packet.payload_length.wrapping_sub(packet.fragment_length);
        let sequence = packet
            .sequence
            .wrapping_add(u32::from(packet.flags & tcp::SYN != 0))
            .wrapping_add(ahead);
        let Arrival { key, six, tag, side, .. } = arrival;
        let head = Head { located: Located { key, six, tag, side }, sequence };
        let known = self.datagrams.known.remove(&name);
        let forgotten = self.datagrams.note(name, Known::Head(head));
        self.give_up(&forgotten);
        arrivals.push(arrival);
        if let Some((Known::Waiting(waiting), _)) = known {
            arrivals.extend(
                waiting
                    .into_iter()
                    .map(|late| Arrival { query: arrival.query, ..head.follower(late) }),
            );
        }
    }

    fn give_up(&mut self, late: &[Late]) {
        for late in late {
            self.counters.no_head(late.place);
        }
    }
}

impl Head {
    /// A later fragment as a packet of the flow of its head.
    fn follower(&self, late: Late) -> Arrival<'static> {
        let Located { key, six, tag, side } = self.located;
        Arrival {
            key,
            six,
            tag,
            side,
            time: late.time,
            place: late.place,
            ip_bytes: late.ip_bytes,
            payload_length: late.payload_length,
            sequence: self.sequence.wrapping_add(u32::from(late.offset)),
            acknowledgement: 0,
            flags: 0,
            query: 0,
            payload: &[],
        }
    }
}
