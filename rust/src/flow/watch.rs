//! What is done with the payload of the packets of rows in which something is looked for.

use super::arrival::Arrival;
use super::content::{
    CANDIDATE, Content, KEPT, MATCHED, REACHED, REACHED_A, REACHED_B, WATCH_A, WATCH_B, WATCHED,
    is_settled,
};
use super::heads::Heads;
use super::row::{Origin, Row};
use super::shard::Shard;
use super::{EVENT_ISN, Side, tcp};
use crate::packet::transport::TCP;

/// What a packet may change.
struct Watched<'a> {
    number: u32,
    row: &'a mut Row,
    origin: &'a mut Origin,
    heads: &'a mut Heads,
    content: &'a mut Content,
}

impl Shard {
    /// Do what is to be done with the payload of a packet, which the row has counted already;
    /// `lowest` is the sequence number before it.
    #[inline(never)]
    pub(super) fn look_into(&mut self, number: u32, packet: &Arrival<'_>, lowest: u32) {
        let Self { rows, heads, content, .. } = self;
        let Some((row, origin)) = rows.both(number) else { return };
        let usual = heads.limit();
        heads.set_limit(content.head_limit(number, row, usual));
        let mut watched = Watched { number, row, origin, heads, content };
        watched.look_into(packet, lowest, usual);
        watched.heads.set_limit(usual);
    }
}

impl Watched<'_> {
    fn look_into(&mut self, packet: &Arrival<'_>, lowest: u32, usual: usize) {
        let side = packet.side;
        let before = *self.row.head_length.of(side);
        if !packet.payload.is_empty() && self.heads.wants(self.row, side, lowest) {
            if self.row.key.protocol() == TCP {
                self.keep_segment(packet);
            } else {
                self.heads.keep_message(self.row, side, packet.payload);
            }
            self.try_triggers(packet, usize::from(before), usual);
        }
        // A RST's payload is a message to people, not the stream.
        let is_of_stream = self.row.key.protocol() != TCP || packet.flags & tcp::RST == 0;
        if self.row.content & KEPT != 0 && is_of_stream {
            let is_known = *self.row.events.of(side) & EVENT_ISN != 0;
            let start = is_known.then(|| self.origin.isn.of(side).wrapping_add(1));
            let known = (start, before == 0);
            self.content.keep(self.number, self.row, self.heads, known, packet);
        }
    }

    fn keep_segment(&mut self, packet: &Arrival<'_>) {
        self.heads.keep_segment(self.number, self.row, self.origin, packet);
    }

    /// Try the triggers on a head if the packet made it longer.
    fn try_triggers(&mut self, packet: &Arrival<'_>, before: usize, usual: usize) {
        let side = packet.side;
        let (watch, reached) = match side {
            Side::A => (WATCH_A, REACHED_A),
            Side::B => (WATCH_B, REACHED_B),
        };
        let Self { number, row, heads, content, .. } = self;
        let length = usize::from(*row.head_length.of(side));
        if row.content & watch == 0 || length <= before || before >= usual {
            return;
        }
        let head = heads.get(row, side);
        let head = head.get(..usual).unwrap_or(head);
        let Some(demand) = content.demand(row.key.protocol(), head) else { return };
        if length >= usual {
            row.content |= reached;
        }
        let is_tcp = row.key.protocol() == TCP;
        if row.content & REACHED == REACHED {
            row.content &= !WATCHED;
        } else if is_settled(row, side) && (!is_tcp || !demand.is_open || length >= usual) {
            // The head will not become another one, and no trigger can match it any more.
            row.content &= !watch;
        }
        if demand.transcript || demand.head_bytes > 0 {
            row.content |= MATCHED;
        }
        if demand.transcript && row.content & CANDIDATE != 0 {
            content.select(*number, row, heads);
        }
        if row.content & (WATCHED | CANDIDATE) == CANDIDATE {
            content.forget(*number, row);
        }
        if row.content & !REACHED == 0 {
            row.content = 0; // it is done with, like most
        }
        if demand.head_bytes > heads.limit() {
            self.raise(packet, demand.head_bytes);
        }
    }

    /// Make the heads of a row longer, and let the rest of the packet into its own.
    fn raise(&mut self, packet: &Arrival<'_>, head_bytes: usize) {
        self.heads.set_limit(head_bytes);
        self.content.raise(self.number, self.row, head_bytes);
        if self.row.key.protocol() == TCP {
            self.keep_segment(packet);
        } else {
            let known = usize::from(*self.row.head_length.of(packet.side));
            let more = packet.payload.get(known..).unwrap_or_default();
            self.heads.keep_more(self.row, packet.side, more);
        }
    }
}
