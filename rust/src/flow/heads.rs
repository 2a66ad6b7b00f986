//! Heads: the first payload bytes of each direction of a flow, for evidence by content.

use std::collections::HashMap;
use std::sync::Arc;

use super::arena::Arena;
use super::arrival::Arrival;
use super::row::{Anchor, Origin, Row};
use super::row_heads::RowHeads;
use super::{EVENT_ISN, Pair, Side, tcp};

/// Payload pieces out of order that a head waits with.
const HELD_PIECES: usize = 8;

/// Bytes that the pieces of half of all flows may take; beyond it new ones are refused.
const MAX_HELD: usize = 16 << 20;
/// What a piece takes besides its bytes.
const PIECE_COST: usize = 64;

/// (place in the head, bytes), in order of place.
type Pieces = Vec<(u32, Box<[u8]>)>;

/// The heads of all rows.
#[derive(Debug)]
pub(super) struct Heads {
    limit: usize,
    arena: Arena,
    /// The arena when nothing is added any more.
    settled: Option<Arc<Arena>>,
    held: HashMap<u32, Pair<Pieces>>,
    /// What the pieces take, of each half of all flows.
    held_bytes: [usize; 2],
}

impl Heads {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, arena: Arena::new(), settled: None, held: HashMap::new(), held_bytes: [0; 2] }
    }

    /// How long heads become.
    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Make heads this long from now on; how long they became.
    pub(super) const fn set_limit(&mut self, limit: usize) -> usize {
        std::mem::replace(&mut self.limit, limit)
    }

    /// The head of one side.
    #[inline]
    pub(super) fn get(&self, row: &Row, side: Side) -> &[u8] {
        self.arena.get(*row.head.of(side), *row.head_length.of(side))
    }

    /// Forget the heads of a row.
    pub(super) fn clear(&mut self, number: u32, row: &mut Row, origin: &Origin) {
        for side in [Side::A, Side::B] {
            self.drop_head(row, side);
        }
        if origin.holds
            && let Some(pair) = self.held.remove(&number)
        {
            self.give_back(row, cost(&pair.a) + cost(&pair.b));
        }
    }

    fn held(&mut self, row: &Row) -> &mut usize {
        let [one, other] = &mut self.held_bytes;
        if row.key.half() == 0 { one } else { other }
    }

    fn give_back(&mut self, row: &Row, bytes: usize) {
        *self.held(row) -= bytes;
    }

    fn drop_head(&mut self, row: &mut Row, side: Side) {
        self.arena.clear(*row.head.of(side), row.head_length.of_mut(side));
    }

    /// Let the heads be where they are, for as long as somebody needs them: no row changes any
    /// more. Memory for those of so many rows.
    pub(super) fn settle(&mut self, rows: usize) -> Pair<RowHeads> {
        let arena = self
            .settled
            .get_or_insert_with(|| std::mem::replace(&mut self.arena, Arena::new()).into());
        let heads = || RowHeads::in_place(Arc::clone(arena), rows);
        Pair { a: heads(), b: heads() }
    }

    /// Add the heads of a row to those of rows that have left.
    #[inline]
    pub(super) fn put(&self, row: &Row, to: &mut Pair<RowHeads>) {
        to.a.push(&self.arena, row.head.a, row.head_length.a);
        to.b.push(&self.arena, row.head.b, row.head_length.b);
    }

    /// Whether a payload may change a head; `lowest` is the sequence number before the packet.
    #[inline]
    pub(super) fn wants(&self, row: &Row, side: Side, lowest: u32) -> bool {
        usize::from(*row.head_length.of(side)) < self.limit || *row.sequence.of(side) != lowest
    }

    fn append(&mut self, row: &mut Row, side: Side, more: &[u8]) {
        let room = self.limit.saturating_sub(usize::from(*row.head_length.of(side)));
        let more = more.get(..room).unwrap_or(more);
        self.arena.append(row.head.of_mut(side), row.head_length.of_mut(side), more);
    }

    /// Keep the first payload of a direction; a datagram is a message, not a part of a stream.
    #[inline]
    pub(super) fn keep_message(&mut self, row: &mut Row, side: Side, data: &[u8]) {
        if *row.head_length.of(side) == 0 {
            self.append(row, side, data);
        }
    }

    /// Keep more of the first payload of a direction.
    pub(super) fn keep_more(&mut self, row: &mut Row, side: Side, more: &[u8]) {
        self.append(row, side, more);
    }

    /// Keep the first payload bytes of a direction, in order across TCP segments.
    #[inline]
    pub(super) fn keep_segment(
        &mut self,
        number: u32,
        row: &mut Row,
        origin: &mut Origin,
        packet: &Arrival<'_>,
    ) {
        let data = packet.payload;
        let side = packet.side;
        if packet.flags & tcp::RST != 0 {
            return;
        }
        if *row.anchor.of(side) != Anchor::Initial {
            self.anchor(number, row, origin, side);
        }
        let start = packet.sequence.wrapping_add(u32::from(packet.flags & tcp::SYN != 0));
        let offset = start.wrapping_sub(*row.head_start.of(side));
        let length = u32::from(*row.head_length.of(side));
        if offset as usize >= self.limit {
            return;
        }
        if offset > length {
            self.hold(number, row, origin, side, offset, data);
            return;
        }
        self.append(row, side, data.get((length - offset) as usize..).unwrap_or_default());
        if origin.holds {
            self.use_held(number, row, side);
        }
    }

    /// A piece waits for what is before it.
    #[cold]
    fn hold(
        &mut self,
        number: u32,
        row: &Row,
        origin: &mut Origin,
        side: Side,
        offset: u32,
        data: &[u8],
    ) {
        let kept = data.get(..self.limit - offset as usize).unwrap_or(data);
        let taken = *self.held(row) + kept.len() + PIECE_COST;
        if taken > MAX_HELD {
            return;
        }
        origin.holds = true;
        let pieces = self.held.entry(number).or_default().of_mut(side);
        if pieces.len() < HELD_PIECES
            && let Err(at) = pieces.binary_search_by_key(&offset, |(place, _)| *place)
        {
            pieces.insert(at, (offset, kept.into()));
            *self.held(row) = taken;
        }
    }

    /// Append the pieces that the head has reached.
    #[cold]
    fn use_held(&mut self, number: u32, row: &mut Row, side: Side) {
        let Some(pair) = self.held.get_mut(&number) else { return };
        let mut pieces = std::mem::take(pair.of_mut(side));
        // Pieces are in order, so the first that is not reached ends it; what is kept of the
        // length beyond the limit does not matter, for no piece begins there.
        let mut reached = 0;
        for (place, piece) in &pieces {
            let length = usize::from(*row.head_length.of(side));
            let Some(known) = length.checked_sub(*place as usize) else { break };
            self.append(row, side, piece.get(known..).unwrap_or_default());
            reached += 1;
        }
        self.give_back(row, cost(pieces.get(..reached).unwrap_or_default()));
        pieces.drain(..reached);
        if let Some(pair) = self.held.get_mut(&number) {
            *pair.of_mut(side) = pieces;
        }
    }

    /// A head begins behind the SYN; where no SYN was seen, at the lowest sequence number seen.
    fn anchor(&mut self, number: u32, row: &mut Row, origin: &mut Origin, side: Side) {
        let anchor = *row.anchor.of(side);
        let old = *row.head_start.of(side);
        let begin = origin.isn.of(side).wrapping_add(1);
        let is_known = *row.events.of(side) & EVENT_ISN != 0;
        if is_known && (anchor == Anchor::None || old == begin) {
            *row.head_start.of_mut(side) = begin;
            *row.anchor.of_mut(side) = Anchor::Initial;
            return;
        }
        let lowest = *row.sequence.of(side);
        *row.head_start.of_mut(side) = lowest;
        *row.anchor.of_mut(side) = Anchor::Lowest;
        if anchor == Anchor::Lowest && old != lowest {
            self.shift(number, row, origin, side, old.wrapping_sub(lowest));
        }
    }

    /// What was the head waits now for the bytes before it.
    #[cold]
    fn shift(&mut self, number: u32, row: &mut Row, origin: &mut Origin, side: Side, by: u32) {
        origin.holds = true;
        let pieces = self.held.entry(number).or_default().of_mut(side);
        let before = cost(pieces);
        let head = self.arena.get(*row.head.of(side), *row.head_length.of(side));
        if !head.is_empty() {
            pieces.insert(0, (0, head.into()));
        }
        let limit = self.limit;
        pieces.retain_mut(|(place, piece)| {
            let moved = u64::from(*place) + u64::from(by);
            if piece.is_empty() || moved >= limit as u64 {
                return false;
            }
            *place = moved as u32;
            if let Some(kept) = piece.get(..limit - moved as usize) {
                *piece = kept.into();
            }
            true
        });
        let after = cost(pieces);
        let all = self.held(row);
        *all = *all - before + after;
        self.drop_head(row, side);
    }
}

/// What pieces take.
fn cost(pieces: &[(u32, Box<[u8]>)]) -> usize {
    pieces.iter().map(|(_, piece)| piece.len() + PIECE_COST).sum()
}
