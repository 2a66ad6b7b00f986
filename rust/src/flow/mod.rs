//! Packets to flows: the table of live conversations and the rows that it emits.
//!
//! A row names its two endpoints `a` and `b`; `a` is the one with the smaller (address, port), so
//! two readers of one conversation agree without having seen its start.
#![forbid(unsafe_code)]

mod ahead;
mod arena;
mod arrival;
mod columns;
mod content;
mod counters;
mod errors;
mod fragments;
mod heads;
mod index;
mod key;
mod leave;
mod locator;
mod oldest;
mod over;
mod ports;
mod row;
mod row_heads;
mod shard;
mod stacks;
mod table;
mod tcp;
mod usage;
mod watch;

pub use ahead::Ahead;
pub use arrival::{Arrivals, Place};
pub use columns::{COLUMNS, Column, Rows};
pub use content::{Content, Found};
pub use counters::{Count, Counters};
pub use locator::Locator;
pub use row_heads::RowHeads;
pub use shard::Shard;
pub use table::{FlowTable, Halves};
pub use usage::{Room, Usage};

pub use crate::sides::{Pair, Side};

/// The side sent SYN without ACK, or an ICMP query.
pub const EVENT_SYN: u8 = 1;
/// It sent SYN with ACK, or the answer to an ICMP query.
pub const EVENT_SYN_ACK: u8 = 2;
/// It sent FIN.
pub const EVENT_FIN: u8 = 4;
/// It sent RST.
pub const EVENT_RST: u8 = 8;
/// Its initial sequence number is known.
pub const EVENT_ISN: u8 = 16;
/// It sent TCP payload, so its sequence span is known.
pub const EVENT_SEQ: u8 = 32;

/// Longest head that can be asked for.
pub const MAX_HEAD_BYTES: usize = 0xFFFF;

/// Nanoseconds without a packet after which a conversation is over.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// TCP that nobody closed.
    pub tcp: i64,
    /// TCP after a RST, or after a FIN from both sides.
    pub closed: i64,
    /// UDP.
    pub udp: i64,
    /// ICMP and `ICMPv6`.
    pub icmp: i64,
    /// Every other IP protocol.
    pub other: i64,
    /// A flow older than this is cut even while packets come; 0: never.
    pub active: i64,
}

/// What changes the rows that are emitted.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When a conversation is over.
    pub timeouts: Timeouts,
    /// Bound of the live table; beyond it the longest idle is evicted and counted.
    pub max_flows: u32,
    /// Rows in a full batch.
    pub batch_rows: usize,
    /// How much payload of each direction is kept, at most [`MAX_HEAD_BYTES`].
    pub head_bytes: usize,
    /// The input is a part of a recording: rows are left for a fold to join.
    pub partial: bool,
}

#[cfg(test)]
mod content_tests;
#[cfg(test)]
pub(crate) mod tests;
