//! One flow while it is alive: what most packets touch in two cache lines, the rest elsewhere.

use super::arrival::Arrival;
use super::key::{Key, Six, six_of};
use super::{EVENT_FIN, EVENT_RST, Pair};

/// Rows that are shown together: as many as the first cache holds.
const SHOWN_TOGETHER: usize = 128;

/// Rows for which address space is taken in advance.
const RESERVED: usize = 1 << 20;

/// What packets change. The first 64 bytes are touched by every packet, the rest by payload.
#[derive(Clone, Debug)]
#[repr(C, align(128))]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) last_seen: i64,
    pub(super) bytes: Pair<u64>,
    /// When full, it begins anew at 1: 0 says that a side has not spoken.
    pub(super) packets: Pair<u32>,
    /// Number of the frame that touched it last.
    pub(super) touched: u32,
    pub(super) flags: Pair<u8>,
    pub(super) events: Pair<u8>,

    pub(super) payload: Pair<u64>,
    pub(super) span: Pair<u64>,
    pub(super) sequence: Pair<u32>,
    /// Sequence number of the first byte of a head.
    pub(super) head_start: Pair<u32>,
    /// Place of a head in the arena.
    pub(super) head: Pair<u32>,
    pub(super) head_length: Pair<u16>,
    pub(super) anchor: Pair<Anchor>,
    /// What is looked for in its payload, bits of `content`; 0 for most.
    pub(super) content: u8,
}

/// What the begin of a head stands on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Anchor {
    /// There was no payload yet.
    #[default]
    None,
    /// The lowest sequence number seen; a lower one moves it.
    Lowest,
    /// The initial sequence number, for good.
    Initial,
}

/// What is known when a row begins, and what few packets change.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) first_seen: i64,
    pub(super) first_frame: u64,
    pub(super) isn: Pair<u32>,
    pub(super) source: u32,
    /// What the index finds the row by.
    pub(super) tag: u32,
    /// How often a row's packet counter was full, see [`Row::packets`].
    pub(super) carried: Pair<u16>,
    /// 0: a sent the first packet, 1: b.
    pub(super) first_sender: u8,
    /// 0: nobody sent RST, 1: a was the first, 2: b.
    pub(super) first_reset: u8,
    /// Whether payload that came out of order waits for what is before it.
    pub(super) holds: bool,
    /// Whether ICMP errors spoke of it.
    pub(super) has_errors: bool,
}

impl Row {
    pub(super) fn new(key: Key, time: i64) -> Self {
        Self {
            key,
            last_seen: time,
            bytes: Pair::default(),
            packets: Pair::default(),
            touched: 0,
            flags: Pair::default(),
            events: Pair::default(),
            payload: Pair::default(),
            span: Pair::default(),
            sequence: Pair::default(),
            head_start: Pair::default(),
            head: Pair::default(),
            head_length: Pair::default(),
            anchor: Pair::default(),
            content: 0,
        }
    }

    /// RST by anyone, or FIN by every side that has spoken.
    pub(super) const fn is_closed(&self) -> bool {
        let (a, b) = (self.events.a, self.events.b);
        if (a | b) & EVENT_RST != 0 {
            return true;
        }
        (a | b) & EVENT_FIN != 0
            && (a & EVENT_FIN != 0 || self.packets.a == 0)
            && (b & EVENT_FIN != 0 || self.packets.b == 0)
    }
}

/// Rows by number.
#[derive(Debug)]
pub(super) struct Store {
    rows: Vec<Row>,
    origins: Vec<Origin>,
    vacant: Vec<u32>,
    six: Vec<Six>,
    vacant_six: Vec<u32>,
}

impl Store {
    /// No rows yet. Address space is taken for as many as there may be, within reason, so that
    /// growing copies nothing; memory it becomes where rows are written.
    pub(super) fn new(max_rows: u32) -> Self {
        // One more: a row without packets is put here for as long as it takes to emit it.
        let room = (max_rows as usize).min(RESERVED) + 1;
        Self {
            rows: Vec::with_capacity(room),
            origins: Vec::with_capacity(room),
            vacant: Vec::new(),
            six: Vec::new(),
            vacant_six: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(number as usize)
    }

    /// Have the memory of a row fetched.
    #[inline]
    pub(super) fn touch(&self, number: u32) -> i64 {
        self.row(number).map_or(0, |row| row.last_seen ^ row.payload.a.cast_signed())
    }

    #[inline]
    pub(super) fn row_mut(&mut self, number: u32) -> Option<&mut Row> {
        self.rows.get_mut(number as usize)
    }

    pub(super) fn look(&self, number: u32) -> Option<(&Row, &Origin)> {
        Some((self.rows.get(number as usize)?, self.origins.get(number as usize)?))
    }

    #[inline]
    pub(super) fn both(&mut self, number: u32) -> Option<(&mut Row, &mut Origin)> {
        Some((self.rows.get_mut(number as usize)?, self.origins.get_mut(number as usize)?))
    }

    /// Whether a packet has the key of a row.
    #[inline]
    pub(super) fn is(&self, number: u32, packet: &Arrival<'_>, sixes: &[Six]) -> bool {
        self.row(number).is_some_and(|row| {
            row.key.resembles(packet.key)
                && (!packet.key.is_six() || self.six(row.key) == six_of(packet.key, sixes))
        })
    }

    /// The addresses of an IPv6 key.
    #[inline]
    pub(super) fn six(&self, key: Key) -> Six {
        six_of(key, &self.six)
    }

    /// Add a row; its number.
    pub(super) fn add(&mut self, mut row: Row, origin: Origin, six: Six) -> u32 {
        if row.key.is_six() {
            let place = self.vacant_six.pop().unwrap_or(self.six.len() as u32);
            match self.six.get_mut(place as usize) {
                Some(kept) => *kept = six,
                None => self.six.push(six),
            }
            row.key = row.key.with_place(place);
        }
        if let Some(number) = self.vacant.pop() {
            if let Some((old, old_origin)) = self.both(number) {
                (*old, *old_origin) = (row, origin);
            }
            return number;
        }
        let number = self.rows.len() as u32;
        self.rows.push(row);
        self.origins.push(origin);
        number
    }

    /// Take a row out; its number will be used again.
    pub(super) fn remove(&mut self, number: u32) {
        let Some(row) = self.row_mut(number) else { return };
        let key = std::mem::replace(&mut row.key, Key::VACANT);
        if key.is_six() {
            self.vacant_six.push(key.place());
        }
        self.vacant.push(number);
    }

    /// The rows in use, by number.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (u32, &Row)> {
        (0..).zip(&self.rows).filter(|(_, row)| !row.key.is_vacant())
    }

    /// Show the rows in use from this number on, at most `limit`, some at a time; the number to go
    /// on with.
    pub(super) fn walk<'a>(
        &'a self,
        number: u32,
        limit: usize,
        mut show: impl FnMut(&[(u32, &'a Row, &'a Origin)]),
    ) -> u32 {
        let mut some = Vec::with_capacity(SHOWN_TOGETHER.min(limit));
        let (mut next, mut left) = (number, limit);
        for (row, origin) in self.rows.iter().zip(&self.origins).skip(number as usize) {
            if left == 0 {
                break;
            }
            if !row.key.is_vacant() {
                some.push((next, row, origin));
                left -= 1;
            }
            next += 1;
            if some.len() == SHOWN_TOGETHER {
                show(&some);
                some.clear();
            }
        }
        show(&some);
        next
    }
}
