//! Transport headers: ports, TCP numbers, ICMP queries, GRE keys.

use super::bytes::{be16, be16_at, be32, be32_at};
use super::{Addresses, Bytes, Failure, Icmp, Packet, Partial, view};

/// ICMP for IPv4.
pub const ICMP: u8 = 1;
/// Transmission Control Protocol.
pub const TCP: u8 = 6;
/// User Datagram Protocol.
pub const UDP: u8 = 17;
/// Datagram Congestion Control Protocol.
pub const DCCP: u8 = 33;
/// Generic Routing Encapsulation.
pub const GRE: u8 = 47;
/// ICMP for IPv6.
pub const ICMP6: u8 = 58;
/// Stream Control Transmission Protocol.
pub const SCTP: u8 = 132;
/// UDP with partial checksums.
pub const UDP_LITE: u8 = 136;

/// (answer, asking type) of the queries that carry an identifier (RFC 792, 950).
const ICMP_ANSWERS: [(u8, u8); 4] = [(0, 8), (14, 13), (16, 15), (18, 17)];
/// The same of `ICMPv6` (RFC 4443). Node information (RFC 4620) is not among them: its query and
/// its answer share neither an identifier (a Qtype stands in its place) nor a code.
const ICMP6_ANSWERS: [(u8, u8); 1] = [(129, 128)];

/// Whether a protocol has ports.
#[must_use]
pub fn has_ports(protocol: u8) -> bool {
    matches!(protocol, TCP | UDP | DCCP | SCTP | UDP_LITE)
}

/// Fill in the transport part of `packet`.
///
/// # Errors
/// The header is cut or contradicts itself; what was read before it stays, the ports first.
#[inline]
pub fn decode<'a>(protocol: u8, bytes: Bytes<'a>, packet: &mut Packet<'a>) -> Result<(), Failure> {
    match (protocol, packet.addresses) {
        (TCP, _) => tcp(bytes, packet),
        (UDP, _) => udp(bytes, packet),
        (DCCP, _) => {
            ports(bytes, packet, "dccp")?;
            let head: &[u8; 12] = view(bytes.data, "dccp")?;
            let header_length = (usize::from(head[4]) * 4).max(12);
            payload(bytes.skip(header_length), packet);
            Ok(())
        }
        (SCTP, _) => {
            ports(bytes, packet, "sctp")?;
            view::<12>(bytes.data, "sctp")?;
            payload(bytes.skip(12), packet);
            Ok(())
        }
        (UDP_LITE, _) => {
            ports(bytes, packet, "udp-lite")?;
            view::<8>(bytes.data, "udp-lite")?;
            payload(bytes.skip(8), packet);
            Ok(())
        }
        (ICMP, Addresses::V4(..)) => icmp(bytes, packet, &ICMP_ANSWERS),
        (ICMP6, Addresses::V6(..)) => icmp(bytes, packet, &ICMP6_ANSWERS),
        (GRE, _) => gre(bytes.data, packet),
        _ => Ok(()),
    }
}

fn payload<'a>(bytes: Bytes<'a>, packet: &mut Packet<'a>) {
    (packet.payload, packet.payload_length) = (bytes.data, bytes.wire);
}

/// The ports stand first in every header, so they are known even if the rest is cut.
fn ports(bytes: Bytes<'_>, packet: &mut Packet<'_>, layer: &'static str) -> Result<(), Failure> {
    let head: &[u8; 4] = view(bytes.data, layer)?;
    packet.ports = Some((be16!(head, 0), be16!(head, 2)));
    (packet.payload, packet.payload_length) = (&[], 0);
    Ok(())
}

#[inline]
fn tcp<'a>(bytes: Bytes<'a>, packet: &mut Packet<'a>) -> Result<(), Failure> {
    ports(bytes, packet, "tcp")?;
    let head: &[u8; 20] = view(bytes.data, "tcp")?;
    let header_length = u32::from(head[12] >> 4) * 4;
    if header_length < 20 {
        return Err(Failure::new("tcp", "header length below 20"));
    }
    packet.flags = head[13];
    (packet.sequence, packet.acknowledgement) = (be32!(head, 4), be32!(head, 8));
    if header_length > bytes.wire {
        return Err(Failure::new("tcp", "header longer than the segment"));
    }
    payload(bytes.skip(header_length as usize), packet);
    Ok(())
}

#[inline]
fn udp<'a>(bytes: Bytes<'a>, packet: &mut Packet<'a>) -> Result<(), Failure> {
    ports(bytes, packet, "udp")?;
    let head: &[u8; 8] = view(bytes.data, "udp")?;
    let mut bytes = bytes;
    let length = u32::from(be16!(head, 4));
    // 0 is a jumbogram (RFC 2675); a first fragment holds less than the datagram.
    if length != 0 && packet.fragment.is_none() {
        if length < 8 {
            return Err(Failure::new("udp", "length below 8"));
        }
        if length > bytes.wire {
            let failure = Failure::new("udp", "length beyond the IP payload");
            packet.partial = Some(Partial { in_tunnel: false, failure });
        }
        bytes = bytes.limit(length);
    }
    payload(bytes.skip(8), packet);
    Ok(())
}

fn icmp<'a>(
    bytes: Bytes<'a>,
    packet: &mut Packet<'a>,
    answers: &[(u8, u8)],
) -> Result<(), Failure> {
    let &[kind, code] = view(bytes.data, "icmp")?;
    let asked = answers.iter().find(|(answer, _)| *answer == kind).map(|(_, asking)| *asking);
    let asking = asked.unwrap_or(kind);
    if answers.iter().any(|(_, known)| *known == asking) {
        packet.key_id = be16_at(bytes.data, 4).map_or(0, u32::from);
    }
    let query = matches!(asking, 8 | 13 | 15 | 17 | 128);
    let rest = be32_at(bytes.data, 4);
    packet.icmp = Some(Icmp { kind: asking, code, answer: asked.is_some(), query, rest });
    payload(bytes.skip(8), packet);
    Ok(())
}

fn gre(data: &[u8], packet: &mut Packet<'_>) -> Result<(), Failure> {
    let head: &[u8; 4] = view(data, "gre")?;
    let flags = be16!(head, 0);
    let key = if flags & 7 == 1 {
        be16_at(data, 6).map(u32::from) // RFC 2637: the low half of the key field
    } else if flags & 0x2000 != 0 {
        be32_at(data, if flags & 0xC000 == 0 { 4 } else { 8 })
    } else {
        None
    };
    packet.key_id = key.unwrap_or_default();
    Ok(())
}
