//! Link layers: from a frame to the bytes of its network layer and their `EtherType`.
//!
//! `EtherType` 0 stands for "IP, its first nibble says which". Every decoder returns a part of
//! the frame that reaches to its end, but for netfilter's log and 802.11 check sequences.

use super::bytes::{be16, be16_at};
use super::{Failure, Other, Stop, view, wireless};

/// `EtherType` of what follows, and its bytes.
pub type Inner<'a> = Result<(u16, &'a [u8]), Stop>;

/// `EtherType` that stands for IP of either version.
pub const BY_NIBBLE: u16 = 0;
/// `EtherType` of IPv4.
pub const IPV4: u16 = 0x0800;
/// `EtherType` of IPv6.
pub const IPV6: u16 = 0x86DD;
/// `EtherType` of MPLS.
pub const MPLS: u16 = 0x8847;
/// `EtherType` of MPLS with multicast labels.
pub const MPLS_MULTICAST: u16 = 0x8848;
/// `EtherType` of a `PPPoE` session (RFC 2516).
pub const PPPOE_SESSION: u16 = 0x8864;
/// Up to here the type field of Ethernet is a length (IEEE 802.3).
pub const LARGEST_802_3_LENGTH: u16 = 1500;

const PPI: u32 = 192;
const PKTAP: u32 = 258;
const ISO: &str = "OSI (IS-IS, ES-IS, CLNP)";

/// Take the link layer off a frame.
///
/// # Errors
/// The link type is not decoded, the frame is not IP, or it is too short.
#[inline]
pub fn decode(link_type: u32, data: &[u8]) -> Inner<'_> {
    if link_type == 1 { ethernet(data) } else { decode_other(link_type, data) }
}

fn decode_other(link_type: u32, data: &[u8]) -> Inner<'_> {
    match link_type {
        0 | 108 => null(data),
        1 => ethernet(data),
        9 | 50 | 166 => ppp(data),
        12 | 14 | 101 => Ok((BY_NIBBLE, data)),
        100 => llc(data),
        104 => cisco_hdlc(data),
        105 => wireless::dot11(data, false),
        107 => frame_relay(data),
        113 => linux_sll(data),
        127 => wireless::radiotap(data),
        129 => arcnet_linux(data),
        138 => ethertype_at::<18>(data, 16, "ieee1394"),
        51 => pppoe(data),
        PPI => ppi(data),
        204 => ppp(without_direction(data)?),
        205 => cisco_hdlc(without_direction(data)?),
        206 => frame_relay(without_direction(data)?),
        228 => Ok((IPV4, data)),
        229 => Ok((IPV6, data)),
        239 => nflog(data),
        242 => ethertype_at::<44>(data, 40, "ipoib"),
        PKTAP => pktap(data),
        276 => linux_sll2(data),
        other => Err(Stop::LinkNotSupported(other)),
    }
}

/// Whether frames of this link type are decoded.
#[must_use]
pub fn is_supported(link_type: u32) -> bool {
    !matches!(decode_other(link_type, &[]), Err(Stop::LinkNotSupported(_)))
}

fn other(name: &'static str) -> Stop {
    Stop::NotIp(Other::Named(name))
}

fn after(data: &[u8], count: usize) -> &[u8] {
    data.get(count..).unwrap_or_default()
}

/// Ethernet II and 802.3 with LLC or SNAP. VLAN tags are left to the network layer loop.
///
/// # Errors
/// The frame is cut, or something else than IP.
#[inline]
pub fn ethernet(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 14] = view(data, "ethernet")?;
    let ethertype = be16!(head, 12);
    let rest = after(data, 14);
    if ethertype > LARGEST_802_3_LENGTH {
        return Ok((ethertype, rest));
    }
    if rest.starts_with(b"\xff\xff") {
        return Err(other("IPX"));
    }
    llc(rest)
}

/// IEEE 802.2, and SNAP within it.
///
/// # Errors
/// The frame is cut, or something else than IP.
pub fn llc(data: &[u8]) -> Inner<'_> {
    match *view(data, "llc")? {
        [0xAA, 0xAA, _] => snap(after(data, 3)),
        [0x06, 0x06, _] => Ok((IPV4, after(data, 3))),
        [destination, _, _] => Err(Stop::NotIp(Other::Llc(destination & 0xFE))),
    }
}

/// The five bytes of SNAP behind an LLC header.
fn snap(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 5] = view(data, "snap")?;
    let protocol = be16!(head, 3);
    match *head {
        [0, 0, 0 | 0xF8, _, _] => Ok((protocol, after(data, 5))),
        [0, 0, 0x0C, _, _] => Err(other(match protocol {
            0x2000 => "CDP",
            0x2003 => "VTP",
            0x2004 => "DTP",
            0x010B => "STP",
            0x0111 => "UDLD",
            _ => "Cisco SNAP",
        })),
        _ => Err(other("SNAP of another vendor")),
    }
}

fn linux_sll(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 16] = view(data, "linux sll")?;
    sll_protocol(be16!(head, 14), after(data, 16))
}

fn linux_sll2(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 20] = view(data, "linux sll2")?;
    sll_protocol(be16!(head, 0), after(data, 20))
}

fn sll_protocol(protocol: u16, data: &[u8]) -> Inner<'_> {
    match protocol {
        4 => llc(data), // LINUX_SLL_P_802_2
        1 => Err(other("IPX")),
        0..=LARGEST_802_3_LENGTH => Err(other("Linux internal frame")),
        _ => Ok((protocol, data)),
    }
}

/// `EtherType` of `AF_INET` and `AF_INET6` by operating system.
fn family_type(family: u32) -> Option<u16> {
    match family {
        2 => Some(IPV4),
        10 | 24 | 28 | 30 => Some(IPV6),
        _ => None,
    }
}

fn null(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 4] = view(data, "null")?;
    let (little, big) = (u32::from_le_bytes(*head), u32::from_be_bytes(*head));
    let rest = after(data, 4);
    if let Some(ethertype) = family_type(little).or_else(|| family_type(big)) {
        return Ok((ethertype, rest));
    }
    match big as u16 {
        ethertype @ (IPV4 | IPV6) => Ok((ethertype, rest)), // some writers put an EtherType there
        _ => Err(Stop::NotIp(Other::Family(little.min(big)))),
    }
}

/// PPP with or without address and control bytes, and with a compressed protocol field.
///
/// # Errors
/// The frame is cut, or something else than IP.
pub fn ppp(data: &[u8]) -> Inner<'_> {
    if data.starts_with(b"\x0f\x00") || data.starts_with(b"\x8f\x00") {
        return cisco_hdlc(data); // a serial line of Cisco's after all
    }
    let data = data.strip_prefix(b"\xff\x03").unwrap_or(data);
    let head: &[u8; 2] = view(data, "ppp")?;
    // RFC 1661 section 6.5: an odd first byte is the whole protocol field.
    let (protocol, rest) = if head[0] & 1 == 1 {
        (u16::from(head[0]), after(data, 1))
    } else {
        (be16!(head, 0), after(data, 2))
    };
    Err(other(match protocol {
        0x0021 => return Ok((IPV4, rest)),
        0x0057 => return Ok((IPV6, rest)),
        0x0281 => return Ok((MPLS, rest)),
        0x0283 => return Ok((MPLS_MULTICAST, rest)),
        0xC021 => "PPP LCP",
        0xC023 => "PPP PAP",
        0xC025 => "PPP LQR",
        0xC223 => "PPP CHAP",
        0xC227 => "PPP EAP",
        0x8021 => "PPP IPCP",
        0x8057 => "PPP IPv6CP",
        0x8281 => "PPP MPLSCP",
        0x80FD => "PPP CCP",
        0x00FD => "PPP compressed",
        0x002D => "PPP VJ compressed TCP",
        0x0023 => "PPP OSI",
        0x0031 => "PPP bridging",
        0x8207 => "PPP CDPCP",
        unnamed => return Err(Stop::NotIp(Other::Ppp(unnamed))),
    }))
}

fn cisco_hdlc(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 4] = view(data, "cisco hdlc")?;
    match be16!(head, 2) {
        0x8035 => Err(other("Cisco SLARP")),
        0x2000 => Err(other("CDP")),
        0xFEFE => Err(other(ISO)),
        protocol => Ok((protocol, after(data, 4))),
    }
}

/// A bare `PPPoE` header (RFC 2516): code 0 is a session, the others set one up.
fn pppoe(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 6] = view(data, "pppoe")?;
    if head[1] == 0 { Ok((PPPOE_SESSION, data)) } else { Err(other("PPPoE discovery")) }
}

/// Q.922 address, then RFC 2427 network layer protocol id, or an `EtherType` (Cisco).
fn frame_relay(data: &[u8]) -> Inner<'_> {
    let length = data.iter().take(4).position(|byte| byte & 1 == 1).map_or(0, |at| at + 1);
    if data.len() < length.max(1) + 2 {
        return Err(Failure::cut_short("frame relay").into());
    }
    if length == 0 {
        return Err(other("frame relay with a longer address"));
    }
    let data = after(data, length);
    let Some(information) = data.strip_prefix(b"\x03") else {
        return match be16_at(data, 0) {
            Some(ethertype) if ethertype > LARGEST_802_3_LENGTH => Ok((ethertype, after(data, 2))),
            _ => Err(other("frame relay management")),
        };
    };
    let padding = information.iter().take_while(|byte| **byte == 0).count();
    let (nlpid, rest) =
        after(information, padding).split_first().ok_or(Failure::cut_short("frame relay"))?;
    match nlpid {
        0xCC => Ok((IPV4, rest)),
        0x8E => Ok((IPV6, rest)),
        0x80 => snap(rest),
        _ => Err(other("frame relay, other NLPID")),
    }
}

fn ethertype_at<'a, const N: usize>(data: &'a [u8], at: usize, layer: &'static str) -> Inner<'a> {
    let head: &[u8; N] = view(data, layer)?;
    Ok((be16_at(head, at).unwrap_or_default(), after(data, N)))
}

fn arcnet_linux(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 8] = view(data, "arcnet")?;
    match head[4] {
        0xC4 => Ok((IPV6, after(data, 8))),
        0xD4 => Ok((IPV4, after(data, 8))), // RFC 1201: split flag and sequence number follow
        0xF0 | 0xF1 => Ok((IPV4, after(data, 5))),
        0xD5 => Err(Stop::NotIp(Other::EtherType(0x0806))),
        _ => Err(other("ARCNET")),
    }
}

/// Netfilter's log: a header with the address family, then values; payload is type 9.
///
/// What a bridge logged says its `EtherType` in the value before, the packet header (type 1).
fn nflog(data: &[u8]) -> Inner<'_> {
    const BRIDGE: u32 = 7;
    let family = u32::from(view::<4>(data, "nflog")?[0]);
    let mut ethertype = family_type(family);
    let mut values = after(data, 4);
    while let Some(&[low, high, kind, flags]) = values.first_chunk() {
        let length = usize::from(u16::from_le_bytes([low, high]));
        if length < 4 {
            break; // its own header
        }
        let kind = u16::from_le_bytes([kind, flags]) & 0x7FFF;
        if kind == 1 && family == BRIDGE && length >= 6 {
            ethertype = be16_at(values, 4);
        } else if kind == 9 {
            let ethertype = ethertype.ok_or(Stop::NotIp(Other::Family(family)))?;
            return Ok((ethertype, values.get(4..length).unwrap_or(after(values, 4))));
        }
        values = after(values, length.next_multiple_of(4));
    }
    Err(other("nflog without a packet"))
}

fn without_direction(data: &[u8]) -> Result<&[u8], Stop> {
    view::<1>(data, "direction")?;
    Ok(after(data, 1))
}

/// Per-packet information: skip it and decode the link type that it names.
fn ppi(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 8] = view(data, "ppi")?;
    let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
    let link_type = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    wrapped(data, length, 8, link_type, "ppi", "PPI in PPI")
}

/// Apple's header, which names the link type of the frame behind it.
fn pktap(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 12] = view(data, "pktap")?;
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let link_type = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
    wrapped(data, length, 12, link_type, "pktap", "PKTAP in PKTAP")
}

/// A frame behind a header that names its link type; one in another could go on for ever.
fn wrapped<'a>(
    data: &'a [u8],
    length: usize,
    least: usize,
    link_type: u32,
    layer: &'static str,
    nested: &'static str,
) -> Inner<'a> {
    let frame = data.get(length..).ok_or(Failure::cut_short(layer))?;
    if length < least || link_type == PPI || link_type == PKTAP {
        return Err(other(nested));
    }
    decode(link_type, frame)
}
