//! Frames to packets: the innermost conversation that a frame belongs to.
//!
//! Decoding is lax: what was decoded before an error is kept, and the error names layer and
//! reason without numbers of the single frame, so that errors can be counted. Nothing is copied;
//! the only memory is the stack of tunnels, which is reused from frame to frame.
#![forbid(unsafe_code)]

mod bytes;
mod capwap;
pub mod link;
pub mod network;
pub mod quote;
pub mod transport;
pub mod tunnel;
pub mod usual;
pub mod wireless;

pub use bytes::{Bytes, view};
pub use tunnel::{Kind, Tunnel};

/// Most VLAN tags, labels and headers in headers that are followed, so that bytes cannot loop.
pub const MAX_LAYERS: usize = 16;

/// Why a frame ends without a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stop {
    /// It carries something else than IP.
    NotIp(Other),
    /// A layer does not hold what it must.
    Undecodable(Failure),
    /// Its link type is one that is not decoded.
    LinkNotSupported(u32),
}

/// What a frame is that is not IP. Numbers get their names from the caller's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Other {
    /// An `EtherType`.
    EtherType(u16),
    /// The destination service access point of IEEE 802.2.
    Llc(u8),
    /// A PPP protocol number without a name here.
    Ppp(u16),
    /// An address family of BSD loopback or netfilter's log.
    Family(u32),
    /// Something that has no number.
    Named(&'static str),
}

/// The layer that could not be decoded, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// The protocol, e.g. `ipv4`.
    pub layer: &'static str,
    /// Why, without numbers of the single frame.
    pub reason: &'static str,
}

impl Failure {
    /// A failure of `layer`.
    #[must_use]
    pub const fn new(layer: &'static str, reason: &'static str) -> Self {
        Self { layer, reason }
    }

    /// The bytes end before the layer does.
    #[must_use]
    pub const fn cut_short(layer: &'static str) -> Self {
        Self::new(layer, "cut short")
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Undecodable(failure)
    }
}

/// Only a part of a frame could be decoded; it is in a flow all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Partial {
    /// Whether the failure is inside a tunnel, whose outer packet is then what counts.
    pub in_tunnel: bool,
    /// Layer and reason.
    pub failure: Failure,
}

/// Source and destination, as numbers: their order is that of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addresses {
    /// IPv4: source, destination.
    V4(u32, u32),
    /// IPv6: source, destination.
    V6(u128, u128),
}

/// Type and code of an ICMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Type of the asking message.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// Whether this packet is the answer to the asking message.
    pub answer: bool,
    /// Whether the asking message is one that has an answer.
    pub query: bool,
    /// Second word of the header, where it was captured: the id of a query, or how long the quote
    /// of an error is.
    pub rest: Option<u32>,
}

/// What tells the fragments of one datagram from those of others (RFC 791, RFC 8200).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Datagram {
    /// Of the header that was fragmented.
    pub addresses: Addresses,
    /// IPv4: the protocol; IPv6 tells datagrams apart without it.
    pub protocol: u8,
    /// The identification field.
    pub identification: u32,
    /// Innermost VLAN id, -1 without.
    pub vlan: i16,
    /// How many tunnels were around the fragmented header.
    pub depth: usize,
}

/// What is around the innermost packet. It is reused from frame to frame.
#[derive(Debug, Default)]
pub struct Outside {
    /// The tunnels, outermost first.
    pub tunnels: Vec<Tunnel>,
    /// The datagram of which the packet is a fragment, if it is one.
    pub datagram: Option<Datagram>,
}

/// The innermost conversation that a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Of the innermost IP header.
    pub addresses: Addresses,
    /// IP protocol number after extension headers.
    pub protocol: u8,
    /// IP header and payload, by the IP length, at most what was on the wire.
    pub ip_bytes: u32,
    /// Source and destination, where the protocol has ports.
    pub ports: Option<(u16, u16)>,
    /// The captured part of the transport payload.
    pub payload: &'a [u8],
    /// Transport payload in bytes, by the IP length.
    pub payload_length: u32,
    /// TCP flag byte.
    pub flags: u8,
    /// TCP sequence number.
    pub sequence: u32,
    /// TCP acknowledgement number.
    pub acknowledgement: u32,
    /// Where it is ICMP of the same IP version.
    pub icmp: Option<Icmp>,
    /// ICMP query id, GRE key or call id; 0 where none.
    pub key_id: u32,
    /// Innermost 802.1Q VLAN id, -1 without a tag.
    pub vlan: i16,
    /// Outermost VLAN id of two or more tags, else -1.
    pub outer_vlan: i16,
    /// Of a fragment, its place in the datagram in bytes; 0 is the head.
    pub fragment: Option<u16>,
    /// Bytes of the datagram in this packet, header of the transport included.
    pub fragment_length: u32,
    /// Set where only a part of the frame could be decoded.
    pub partial: Option<Partial>,
}

impl Default for Packet<'_> {
    fn default() -> Self {
        Self {
            addresses: Addresses::V4(0, 0),
            protocol: 0,
            ip_bytes: 0,
            ports: None,
            payload: &[],
            payload_length: 0,
            flags: 0,
            sequence: 0,
            acknowledgement: 0,
            icmp: None,
            key_id: 0,
            vlan: -1,
            outer_vlan: -1,
            fragment: None,
            fragment_length: 0,
            partial: None,
        }
    }
}

impl Packet<'_> {
    /// Forget the network layer and what is above, before an inner one is decoded.
    fn reset_network(&mut self) {
        *self = Self { vlan: self.vlan, outer_vlan: self.outer_vlan, ..Self::default() };
    }

    /// Whether it is a fragment that is not the head of its datagram: its flow is the head's.
    #[must_use]
    pub fn is_tail(&self) -> bool {
        matches!(self.fragment, Some(1..))
    }
}

/// Decode a frame to its innermost conversation.
///
/// `wire_length` is how long the frame was on the wire, at least as long as `data`. `packet` must
/// be as [`Packet::default`] makes it.
///
/// # Errors
/// The frame belongs to no flow.
#[inline]
pub fn decode<'a>(
    link_type: u32,
    data: &'a [u8],
    wire_length: u32,
    packet: &mut Packet<'a>,
    outside: &mut Outside,
) -> Result<(), Stop> {
    outside.tunnels.clear();
    let missing = wire_length.saturating_sub(data.len() as u32);
    let (ethertype, rest) = link::decode(link_type, data)?;
    network::decode(ethertype, Bytes::with_missing(rest, missing), packet, outside)?;
    tunnel::enter(packet, outside, 1);
    Ok(())
}

#[cfg(test)]
pub(crate) mod frames;
#[cfg(test)]
mod tests;
