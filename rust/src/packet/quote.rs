//! Quotes: the packet that an ICMP error speaks of.
//!
//! An error carries the beginning of the packet that caused it: the IP header and 8 bytes at least
//! (RFC 792), as much as fits (RFC 4443). It is decoded like any packet, down to the innermost, but
//! nothing is believed that is not there: bytes may end anywhere, and lengths speak of the packet
//! as it was sent.

use super::link::{IPV4, IPV6};
use super::transport::GRE;
use super::{Addresses, Bytes, Icmp, Outside, Packet, network, tunnel};

/// RFC 4884: an error that says how long its quote is, for something follows it, has this many
/// bytes of it, padded with zeros. A smaller number is not such a length.
const SHORTEST: u32 = 128;

/// The packet that an ICMP error complains about; it has the VLAN ids of the error.
///
/// `outside` must be what is around the error; it becomes what is around the quoted packet.
/// None where `packet` is no ICMP error, or does not quote enough to tell the flow. A later
/// fragment does not tell it, and there are no errors about errors (RFC 1122, RFC 4443).
#[must_use]
pub fn decode<'a>(packet: &Packet<'a>, outside: &mut Outside) -> Option<Packet<'a>> {
    let icmp = packet.icmp?;
    let (ethertype, version, length) = match (packet.addresses, icmp.kind) {
        (Addresses::V4(..), 3 | 4 | 5 | 11 | 12) => (IPV4, 4, length4(icmp)),
        (Addresses::V6(..), 1..=4) => (IPV6, 6, length6(icmp)),
        _ => return None,
    };
    let quoted = packet.payload;
    let quoted = length.and_then(|length| quoted.get(..length as usize)).unwrap_or(quoted);
    if quoted.first()? >> 4 != version {
        return None;
    }
    let mut quote =
        Packet { vlan: packet.vlan, outer_vlan: packet.outer_vlan, ..Packet::default() };
    network::decode(ethertype, Bytes::with_missing(quoted, 0), &mut quote, outside).ok()?;
    tunnel::enter(&mut quote, outside, 1);
    tells_its_flow(&quote).then_some(quote)
}

/// How long the quote is, where the error says so (RFC 4884).
fn length4(icmp: Icmp) -> Option<u32> {
    let length = (icmp.rest? >> 16 & 0xFF) * 4;
    (matches!(icmp.kind, 3 | 11 | 12) && length >= SHORTEST).then_some(length)
}

fn length6(icmp: Icmp) -> Option<u32> {
    let length = (icmp.rest? >> 24) * 8;
    (matches!(icmp.kind, 1 | 3) && length >= SHORTEST).then_some(length)
}

fn tells_its_flow(quote: &Packet<'_>) -> bool {
    if quote.is_tail() || (quote.partial.is_some() && quote.ports.is_none()) {
        return false;
    }
    match quote.icmp {
        Some(icmp) => icmp.query && icmp.rest.is_some(),
        None => quote.protocol != GRE || quote.key_id != 0, // the key may be behind the end
    }
}
