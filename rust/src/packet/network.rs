//! From the network layer to the ports: tags, labels, IP and its extension headers.

use super::bytes::{be16, be32};
use super::link::{self, IPV4, IPV6, LARGEST_802_3_LENGTH, MPLS, MPLS_MULTICAST, PPPOE_SESSION};
use super::{
    Addresses, Bytes, Datagram, Failure, Kind, MAX_LAYERS, Other, Outside, Packet, Partial, Stop,
    Tunnel, transport, view,
};

/// 802.1ah: a service id, then a whole Ethernet frame.
const PROVIDER_BACKBONE: u16 = 0x88E7;

/// `EtherType` of a security tag (IEEE 802.1AE).
const MACSEC: u16 = 0x88E5;
const MACSEC_OTHER_VERSION: u8 = 0x80;
const MACSEC_WITH_CHANNEL: u8 = 0x20;
const MACSEC_CHANGED: u8 = 0x0C; // encrypted, or changed otherwise

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;

/// Decode from the network layer up to the ports, without looking into tunnels.
///
/// # Errors
/// It is not IP, or a layer does not hold what it must.
#[inline]
pub fn decode<'a>(
    ethertype: u16,
    bytes: Bytes<'a>,
    packet: &mut Packet<'a>,
    outside: &mut Outside,
) -> Result<(), Stop> {
    if ethertype == IPV4 && bytes.data.first().is_some_and(|byte| byte >> 4 == 4) {
        return ipv4(bytes, packet, outside, 1); // by far the most frames
    }
    layers(ethertype, bytes, packet, outside)
}

fn layers<'a>(
    mut ethertype: u16,
    mut bytes: Bytes<'a>,
    packet: &mut Packet<'a>,
    outside: &mut Outside,
) -> Result<(), Stop> {
    for depth in 1..=MAX_LAYERS {
        match ethertype {
            IPV4 | IPV6 => {
                // Some taps write one EtherType for both: a whole other header is believed.
                let nibble = match bytes.data.first() {
                    Some(first) if bytes.data.len() >= 20 => first >> 4,
                    _ => 0,
                };
                return if nibble == 6 || (ethertype == IPV6 && nibble != 4) {
                    ipv6(bytes, packet, outside, depth)
                } else {
                    ipv4(bytes, packet, outside, depth)
                };
            }
            0x8100 | 0x88A8 | 0x9100 | 0x9200 => {
                let tag: &[u8; 4] = view(bytes.data, "vlan")?;
                if packet.vlan >= 0 && packet.outer_vlan < 0 {
                    packet.outer_vlan = packet.vlan;
                }
                packet.vlan = (be16!(tag, 0) & 0x0FFF).cast_signed();
                (ethertype, bytes) = (be16!(tag, 2), bytes.skip(4));
                if ethertype <= LARGEST_802_3_LENGTH {
                    (ethertype, bytes) = behind(bytes, link::llc(bytes.data)?);
                }
            }
            MPLS | MPLS_MULTICAST => (ethertype, bytes) = mpls(bytes, outside)?,
            PPPOE_SESSION => {
                let head: &[u8; 6] = view(bytes.data, "pppoe")?;
                bytes = bytes.skip(6);
                (ethertype, bytes) = behind(bytes, link::ppp(bytes.data)?);
                outside.tunnels.push(Tunnel::with_id(Kind::Pppoe, u32::from(be16!(head, 2))));
            }
            PROVIDER_BACKBONE => {
                let head: &[u8; 4] = view(bytes.data, "802.1ah")?;
                outside.tunnels.push(Tunnel::with_id(Kind::Pbb, be32!(head, 0) & 0x00FF_FFFF));
                (packet.vlan, packet.outer_vlan) = (-1, -1);
                bytes = bytes.skip(4);
                (ethertype, bytes) = behind(bytes, link::ethernet(bytes.data)?);
            }
            MACSEC => {
                let head: &[u8; 6] = view(bytes.data, "macsec")?;
                if head[0] & (MACSEC_OTHER_VERSION | MACSEC_CHANGED) != 0 {
                    return Err(Stop::NotIp(Other::EtherType(MACSEC)));
                }
                bytes = bytes.skip(if head[0] & MACSEC_WITH_CHANNEL == 0 { 6 } else { 14 });
                ethertype = be16!(view::<2>(bytes.data, "macsec")?, 0);
                bytes = bytes.skip(2);
                if ethertype <= LARGEST_802_3_LENGTH {
                    (ethertype, bytes) = behind(bytes, link::llc(bytes.data)?);
                }
            }
            link::BY_NIBBLE => {
                let &[first] = view(bytes.data, "ip")?;
                ethertype = match first >> 4 {
                    4 => IPV4,
                    6 => IPV6,
                    version => {
                        let reason = VERSIONS.get(usize::from(version)).copied();
                        return Err(Failure::new("ip", reason.unwrap_or_default()).into());
                    }
                };
            }
            other => return Err(Stop::NotIp(Other::EtherType(other))),
        }
    }
    Err(Failure::new("network", "too many layers").into())
}

const VERSIONS: [&str; 16] = [
    "version 0",
    "version 1",
    "version 2",
    "version 3",
    "version 4",
    "version 5",
    "version 6",
    "version 7",
    "version 8",
    "version 9",
    "version 10",
    "version 11",
    "version 12",
    "version 13",
    "version 14",
    "version 15",
];

fn behind<'a>(bytes: Bytes<'a>, (ethertype, rest): (u16, &'a [u8])) -> (u16, Bytes<'a>) {
    (ethertype, bytes.left(rest))
}

/// Labels up to the bottom of the stack; what follows is told by its first nibble.
fn mpls<'a>(mut bytes: Bytes<'a>, outside: &mut Outside) -> Result<(u16, Bytes<'a>), Stop> {
    let mut labels = 0;
    loop {
        if labels == MAX_LAYERS {
            return Err(Failure::new("mpls", "no bottom of the stack").into());
        }
        labels += 1;
        let label: &[u8; 4] = view(bytes.data, "mpls")?;
        bytes = bytes.skip(4);
        if label[2] & 1 == 1 {
            break;
        }
    }
    outside.tunnels.push(Tunnel::new(Kind::Mpls));
    let &[first] = view(bytes.data, "mpls")?;
    match first >> 4 {
        4 | 6 => return Ok((link::BY_NIBBLE, bytes)),
        0 if bytes.data.len() > 18 => bytes = bytes.skip(4), // RFC 4385 control word, Ethernet
        1 => return Err(Stop::NotIp(Other::Named("MPLS OAM"))),
        _ => {}
    }
    Ok(behind(bytes, link::ethernet(bytes.data)?))
}

#[inline]
fn ipv4<'a>(
    bytes: Bytes<'a>,
    packet: &mut Packet<'a>,
    outside: &mut Outside,
    depth: usize,
) -> Result<(), Stop> {
    let head: &[u8; 20] = view(bytes.data, "ipv4")?;
    if head[0] >> 4 != 4 {
        return Err(Failure::new("ipv4", "version is not 4").into());
    }
    let header_length = u32::from(head[0] & 15) * 4;
    if header_length < 20 {
        return Err(Failure::new("ipv4", "header length below 20").into()); // RFC 791: five words
    }
    // 0: segmentation offload, the recorder saw it before the cut.
    let total = match u32::from(be16!(head, 2)) {
        0 => bytes.wire,
        total => total,
    };
    if total < header_length {
        return Err(Failure::new("ipv4", "total length below the header length").into());
    }
    if bytes.data.len() < header_length as usize {
        return Err(Failure::cut_short("ipv4").into());
    }
    let (source, destination) = (be32!(head, 12), be32!(head, 16));
    packet.addresses = Addresses::V4(source, destination);
    packet.ip_bytes = total.min(bytes.wire);
    let protocol = head[9];
    packet.protocol = protocol;
    let flags_offset = be16!(head, 6);
    if flags_offset & 0x3FFF != 0 {
        // RFC 791: reassembly is by addresses, protocol and identification.
        packet.fragment = Some(flags_offset << 3);
        outside.datagram = Some(Datagram {
            addresses: packet.addresses,
            protocol,
            identification: u32::from(be16!(head, 4)),
            vlan: packet.vlan,
            depth: outside.tunnels.len(),
        });
    }
    let payload = bytes.limit(packet.ip_bytes).skip(header_length as usize);
    payload_of(protocol, payload, packet, outside, depth)
}

fn ipv6<'a>(
    bytes: Bytes<'a>,
    packet: &mut Packet<'a>,
    outside: &mut Outside,
    depth: usize,
) -> Result<(), Stop> {
    let head: &[u8; 40] = view(bytes.data, "ipv6")?;
    if head[0] >> 4 != 6 {
        return Err(Failure::new("ipv6", "version is not 6").into());
    }
    packet.addresses = Addresses::V6(be128::<8>(head), be128::<24>(head));
    let rest = bytes.skip(40);
    // 0 is a jumbogram (RFC 2675) or segmentation offload: the frame says how long it is.
    let mut rest = match u32::from(be16!(head, 4)) {
        0 => rest,
        length => rest.limit(length),
    };
    packet.ip_bytes = rest.wire.saturating_add(40);
    let mut protocol = head[6];
    for _ in 0..MAX_LAYERS {
        let size = match protocol {
            HOP_BY_HOP | ROUTING | DESTINATION => {
                let options: &[u8; 2] = view(rest.data, "ipv6 extension header")?;
                (usize::from(options[1]) + 1) * 8
            }
            FRAGMENT => {
                let fragment: &[u8; 8] = view(rest.data, "ipv6 fragment header")?;
                let offset_more = be16!(fragment, 2);
                // An atomic fragment (RFC 6946) is a whole packet.
                if offset_more & 0xFFF9 != 0 {
                    packet.fragment = Some(offset_more & 0xFFF8);
                    outside.datagram = Some(Datagram {
                        addresses: packet.addresses,
                        protocol: 0,
                        identification: be32!(fragment, 4),
                        vlan: packet.vlan,
                        depth: outside.tunnels.len(),
                    });
                }
                8
            }
            _ => {
                packet.protocol = protocol;
                return payload_of(protocol, rest, packet, outside, depth);
            }
        };
        let &[next] = view(rest.data, "ipv6 extension header")?;
        protocol = next;
        if rest.data.len() < size {
            return Err(Failure::cut_short("ipv6 extension header").into());
        }
        rest = rest.skip(size);
        if packet.is_tail() {
            packet.protocol = protocol;
            return payload_of(protocol, rest, packet, outside, depth);
        }
    }
    Err(Failure::new("ipv6", "too many extension headers").into())
}

fn be128<const AT: usize>(head: &[u8; 40]) -> u128 {
    let address = head.get(AT..).and_then(<[u8]>::first_chunk);
    u128::from_be_bytes(address.copied().unwrap_or_default())
}

/// What follows the IP header: a transport, a tunnel, or just the protocol number.
#[inline]
fn payload_of<'a>(
    protocol: u8,
    bytes: Bytes<'a>,
    packet: &mut Packet<'a>,
    outside: &mut Outside,
    depth: usize,
) -> Result<(), Stop> {
    (packet.payload, packet.payload_length) = (bytes.data, bytes.wire);
    packet.fragment_length = bytes.wire;
    if packet.is_tail() {
        return Ok(()); // not the head of the datagram: the flow is the head's
    }
    if protocol == AUTHENTICATION
        && let Some((protocol, inner)) = authenticated(bytes, depth)
    {
        if !outside.tunnels.iter().any(|tunnel| tunnel.kind == Kind::Ah) {
            outside.tunnels.push(Tunnel::new(Kind::Ah));
        }
        packet.protocol = protocol;
        return payload_of(protocol, inner, packet, outside, depth + 1);
    }
    if let Err(failure) = transport::decode(protocol, bytes, packet) {
        packet.partial = Some(Partial { in_tunnel: false, failure });
        if packet.ports.is_none() && transport::has_ports(protocol) {
            return Err(failure.into());
        }
    }
    Ok(())
}

/// What is behind an authentication header (RFC 4302), which hides nothing.
fn authenticated(bytes: Bytes<'_>, depth: usize) -> Option<(u8, Bytes<'_>)> {
    let head: &[u8; 12] = bytes.data.first_chunk()?;
    let size = (usize::from(head[1]) + 2) * 4;
    if size > bytes.data.len() || head[0] == AUTHENTICATION || depth >= MAX_LAYERS {
        return None;
    }
    Some((head[0], bytes.skip(size)))
}
