//! Tunnels: when a decoded packet carries another one, the innermost is what counts.
//!
//! Only identifiers that are the same in both directions (VNI, GRE key) become part of a tunnel's
//! name, because the name is part of the flow's key; TEIDs, PPTP call ids and L2TP session ids
//! differ by direction. If the inner packet cannot be decoded, the outer one stays: nothing that
//! was known is lost.
#![allow(clippy::unnecessary_wraps)] // one signature for all tunnels; some cannot fail

use std::fmt;

use super::bytes::{be16, be16_at, be32, be32_at};
use super::link::{self, BY_NIBBLE, IPV4, IPV6, MPLS};
use super::transport::{GRE, UDP};
use super::{
    Addresses, Bytes, MAX_LAYERS, Outside, Packet, Partial, Stop, capwap, network, wireless,
};

/// What carries a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the names are the protocols'
pub enum Kind {
    Mpls,
    Pppoe,
    Pbb,
    Ah,
    Ipip,
    Sixin4,
    Ip6ip6,
    Etherip,
    Pptp,
    Gre,
    Erspan,
    Vxlan,
    Geneve,
    GtpU,
    L2tp,
    Teredo,
    MplsUdp,
    Capwap,
}

/// One tunnel around a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tunnel {
    /// Its protocol.
    pub kind: Kind,
    /// An identifier that is the same in both directions, if it has one.
    pub id: Option<u32>,
}

impl Tunnel {
    /// A tunnel without an identifier.
    #[must_use]
    pub const fn new(kind: Kind) -> Self {
        Self { kind, id: None }
    }

    /// A tunnel with one.
    #[must_use]
    pub const fn with_id(kind: Kind, id: u32) -> Self {
        Self { kind, id: Some(id) }
    }
}

impl fmt::Display for Tunnel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.kind {
            Kind::Mpls => "mpls",
            Kind::Pppoe => "pppoe",
            Kind::Pbb => "pbb",
            Kind::Ah => "ah",
            Kind::Ipip => "ipip",
            Kind::Sixin4 => "6in4",
            Kind::Ip6ip6 => "ip6ip6",
            Kind::Etherip => "etherip",
            Kind::Pptp => "pptp",
            Kind::Gre => "gre",
            Kind::Erspan => "erspan",
            Kind::Vxlan => "vxlan",
            Kind::Geneve => "geneve",
            Kind::GtpU => "gtp-u",
            Kind::L2tp => "l2tp",
            Kind::Teredo => "teredo",
            Kind::MplsUdp => "mpls-udp",
            Kind::Capwap => "capwap",
        })?;
        self.id.map_or(Ok(()), |id| write!(out, ":{id}"))
    }
}

/// Transparent Ethernet bridging.
pub(super) const ETHERNET: u16 = 0x6558;
const PPP: u16 = 0x880B;
const ERSPAN_2: u16 = 0x88BE;
const ERSPAN_3: u16 = 0x22EB;
const WCCP: u16 = 0x883E;

/// The tunnel's name, the `EtherType` of what it carries, and its bytes. None: no tunnel at all.
pub(super) type Opened<'a> = Result<Option<(Tunnel, u16, &'a [u8])>, Stop>;

/// Opens a payload.
type Opener = for<'a> fn(&'a [u8], &Packet<'a>) -> Opened<'a>;

/// Decode what `packet` carries if it is a tunnel; leave it as it is if it is not.
#[inline]
pub fn enter(packet: &mut Packet<'_>, outside: &mut Outside, depth: usize) {
    if let Some((opener, by_port)) = opener(packet) {
        open(opener, by_port, packet, outside, depth);
    }
}

/// How to open a packet, and whether only a port says that it is a tunnel.
#[inline]
fn opener(packet: &Packet<'_>) -> Option<(Opener, bool)> {
    if packet.protocol == UDP {
        let (source, destination) = packet.ports?;
        if packet.is_tail() {
            return None;
        }
        return Some((by_port(destination).or_else(|| by_port(source))?, true));
    }
    let opener: Opener = match packet.protocol {
        4 => ip_in_ip,
        41 => ipv6_in_ip,
        GRE => gre,
        97 => ether_in_ip,
        _ => return None,
    };
    (!packet.is_tail()).then_some((opener, false))
}

/// Registered ports of tunnels (IANA); 8472 is Linux' first VXLAN port.
#[inline]
fn by_port(port: u16) -> Option<Opener> {
    Some(match port {
        1701 => l2tp,
        2152 => gtp_user,
        3544 => teredo,
        4789 | 8472 => vxlan,
        capwap::PORT => capwap::open,
        6081 => geneve,
        6635 => mpls_in_udp,
        _ => return None,
    })
}

/// Whether datagrams from or to this port may be tunnels.
#[inline]
#[must_use]
pub fn is_port(port: u16) -> bool {
    matches!(port, 1701 | 2152 | 3544 | 4789 | capwap::PORT | 6081 | 6635 | 8472)
}

#[cold]
#[inline(never)]
fn open(
    opener: Opener,
    by_port: bool,
    packet: &mut Packet<'_>,
    outside: &mut Outside,
    depth: usize,
) {
    if depth >= MAX_LAYERS {
        return;
    }
    let (kept, kept_tunnels, kept_datagram) = (*packet, outside.tunnels.len(), outside.datagram);
    if let Err(stop) = inner(opener, packet, outside, depth) {
        *packet = kept;
        outside.tunnels.truncate(kept_tunnels);
        outside.datagram = kept_datagram;
        if let Stop::Undecodable(failure) = stop
            && !by_port
        {
            packet.partial = Some(Partial { in_tunnel: true, failure });
        }
    }
}

fn inner(
    opener: Opener,
    packet: &mut Packet<'_>,
    outside: &mut Outside,
    depth: usize,
) -> Result<(), Stop> {
    let missing = packet.payload_length.saturating_sub(packet.payload.len() as u32);
    let Some((tunnel, mut ethertype, mut data)) = opener(packet.payload, packet)? else {
        return Ok(());
    };
    outside.tunnels.push(tunnel);
    let (outer, outer_datagram) = (*packet, outside.datagram);
    packet.reset_network();
    if ethertype == ETHERNET {
        (packet.vlan, packet.outer_vlan) = (-1, -1);
        (ethertype, data) = link::ethernet(data)?;
    }
    network::decode(ethertype, Bytes::with_missing(data, missing), packet, outside)?;
    enter(packet, outside, depth + 1);
    if packet.fragment.is_none() {
        // The outer datagram's tail will follow this flow.
        packet.fragment = outer.fragment;
        packet.fragment_length = outer.fragment_length;
        outside.datagram = outer_datagram;
    }
    packet.partial = packet.partial.or(outer.partial);
    Ok(())
}

fn after(data: &[u8], count: usize) -> &[u8] {
    data.get(count..).unwrap_or_default()
}

fn nibble(data: &[u8]) -> u8 {
    data.first().map_or(0, |byte| byte >> 4)
}

fn ip_in_ip<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    Ok((nibble(data) == 4).then_some((Tunnel::new(Kind::Ipip), IPV4, data)))
}

fn ipv6_in_ip<'a>(data: &'a [u8], packet: &Packet<'a>) -> Opened<'a> {
    let kind = match packet.addresses {
        Addresses::V4(..) => Kind::Sixin4,
        Addresses::V6(..) => Kind::Ip6ip6,
    };
    Ok((nibble(data) == 6).then_some((Tunnel::new(kind), IPV6, data)))
}

fn ether_in_ip<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let frame = data.strip_prefix(b"\x30\x00");
    Ok(frame.map(|frame| (Tunnel::new(Kind::Etherip), ETHERNET, frame)))
}

/// RFC 2784 and 2890; version 1 is PPTP's (RFC 2637).
fn gre<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let Some(head) = data.first_chunk::<4>() else { return Ok(None) };
    let (flags, protocol) = (be16!(head, 0), be16!(head, 2));
    let word = |flag: u16| if flags & flag == 0 { 0 } else { 4 };
    if flags & 7 == 1 {
        let place = 8 + word(0x1000) + word(0x0080);
        if protocol != PPP || data.len() <= place {
            return Ok(None); // an acknowledgement alone
        }
        let (ethertype, inner) = link::ppp(after(data, place))?;
        return Ok(Some((Tunnel::new(Kind::Pptp), ethertype, inner)));
    }
    if flags & 0x4007 != 0 {
        return Ok(None); // another version, or RFC 1701 routing
    }
    let key_at = 4 + word(0x8000);
    let key = if flags & 0x2000 == 0 { None } else { be32_at(data, key_at) };
    let place = key_at + word(0x2000) + word(0x1000);
    if data.len() < place {
        return Ok(None);
    }
    let rest = after(data, place);
    let tunnel = Tunnel { kind: Kind::Gre, id: key };
    let erspan = Tunnel { kind: Kind::Erspan, id: key };
    Ok(Some(match protocol {
        // Type I has no sequence number and no header.
        ERSPAN_2 => (erspan, ETHERNET, after(rest, 2 * word(0x1000))),
        ERSPAN_3 => {
            let Some(head) = rest.first_chunk::<12>() else { return Ok(None) };
            (erspan, ETHERNET, after(rest, if head[11] & 1 == 1 { 20 } else { 12 }))
        }
        PPP => {
            let (ethertype, inner) = link::ppp(rest)?;
            (tunnel, ethertype, inner)
        }
        // Access points of Aruba's hand on 802.11 frames; packet-gre.h of Wireshark has the numbers.
        0x8200..=0x8370 if protocol.is_multiple_of(0x10) => {
            let (ethertype, inner) = wireless::dot11(rest, false)?;
            (tunnel, ethertype, inner)
        }
        // Version 2 has a header of its own.
        WCCP => (tunnel, IPV4, after(rest, if nibble(rest) == 4 { 0 } else { 4 })),
        _ => (tunnel, protocol, rest),
    }))
}

/// RFC 7348, with the group policy and generic protocol extensions (their internet drafts).
fn vxlan<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let Some(head) = data.first_chunk::<8>() else { return Ok(None) };
    if head[0] & 0x08 == 0 || head[7] != 0 {
        return Ok(None);
    }
    // Without the P bit it is always Ethernet.
    let ethertype = match if head[0] & 0x04 == 0 { 3 } else { head[3] } {
        1 => IPV4,
        2 => IPV6,
        3 => ETHERNET,
        _ => return Ok(None),
    };
    Ok(Some((Tunnel::with_id(Kind::Vxlan, be32!(head, 4) >> 8), ethertype, after(data, 8))))
}

/// RFC 8926.
fn geneve<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let Some(head) = data.first_chunk::<8>() else { return Ok(None) };
    if head[0] >> 6 != 0 || head[7] != 0 {
        return Ok(None);
    }
    let start = 8 + usize::from(head[0] & 0x3F) * 4;
    let tunnel = Tunnel::with_id(Kind::Geneve, be32!(head, 4) >> 8);
    Ok(Some((tunnel, be16!(head, 2), after(data, start))))
}

/// 3GPP TS 29.281: version 1, protocol type GTP, message type G-PDU.
fn gtp_user<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let Some(head) = data.first_chunk::<8>() else { return Ok(None) };
    if head[0] & 0xF0 != 0x30 || head[1] != 0xFF {
        return Ok(None);
    }
    let mut rest = after(data, 8);
    if head[0] & 7 != 0 {
        let Some(options) = rest.first_chunk::<4>() else { return Ok(None) };
        let mut following = if head[0] & 4 == 0 { 0 } else { options[3] };
        rest = after(rest, 4);
        while following != 0 {
            // Its first byte is its length in words, its last the kind of the next one.
            let Some(header) = rest
                .first()
                .filter(|words| **words != 0 && rest.len() >= 4)
                .and_then(|words| rest.get(..usize::from(*words) * 4))
            else {
                return Ok(None);
            };
            following = header.last().copied().unwrap_or_default();
            rest = after(rest, header.len());
        }
    }
    Ok((!rest.is_empty()).then_some((Tunnel::new(Kind::GtpU), BY_NIBBLE, rest)))
}

/// RFC 2661 data messages; control messages stay a flow of their own.
fn l2tp<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let Some(head) = data.first_chunk::<6>() else { return Ok(None) };
    let flags = be16!(head, 0);
    if flags & 0x8000 != 0 || flags & 15 != 2 {
        return Ok(None); // control, or not version 2
    }
    let mut place = 6;
    place += if flags & 0x4000 == 0 { 0 } else { 2 };
    place += if flags & 0x0800 == 0 { 0 } else { 4 };
    if flags & 0x0200 != 0 {
        let Some(padding) = be16_at(data, place) else { return Ok(None) };
        place += 2 + usize::from(padding);
    }
    let frame = after(data, place);
    if frame.is_empty() {
        return Ok(None);
    }
    let (ethertype, inner) = link::ppp(frame)?;
    Ok(Some((Tunnel::new(Kind::L2tp), ethertype, inner)))
}

/// RFC 4380: authentication and origin indications may precede the IPv6 packet.
fn teredo<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let mut data = data;
    if let Some(&[0, 1, client, value, ..]) = data.first_chunk::<13>() {
        data = after(data, 13 + usize::from(client) + usize::from(value));
    }
    if data.starts_with(b"\0\0") {
        data = after(data, 8);
    }
    let whole = data.len() >= 40 && nibble(data) == 6;
    Ok(whole.then_some((Tunnel::new(Kind::Teredo), IPV6, data)))
}

fn mpls_in_udp<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    Ok((data.len() > 4).then_some((Tunnel::new(Kind::MplsUdp), MPLS, data)))
}
