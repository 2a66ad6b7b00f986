//! Community ID, version 1, seed 0: <https://github.com/corelight/community-id-spec>.

use sha1::{Digest, Sha1};

const ICMP: u8 = 1;
const ICMP6: u8 = 58;
const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;

/// Bytes of an id: `1:` and 20 bytes in base 64.
pub const ID_BYTES: usize = 30;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What the ids of flows are made of; one value a flow in every slice.
#[derive(Clone, Copy, Debug)]
pub struct Community<'a> {
    /// IP protocol numbers.
    pub protocol: &'a [u8],
    /// 4 or 6.
    pub version: &'a [u8],
    /// Addresses, those of IPv4 in the first four bytes.
    pub source: &'a [[u8; 16]],
    /// The other addresses.
    pub destination: &'a [[u8; 16]],
    /// Ports; for ICMP its type.
    pub source_port: &'a [u16],
    /// The other ports; for ICMP its code.
    pub destination_port: &'a [u16],
}

/// The ids of many flows, one after the other, [`ID_BYTES`] each.
#[must_use]
pub fn community_ids(flows: Community<'_>) -> Vec<u8> {
    let mut ids = Vec::with_capacity(flows.protocol.len() * ID_BYTES);
    let sides = flows.source.iter().zip(flows.destination);
    let ports = flows.source_port.iter().zip(flows.destination_port);
    let kinds = flows.protocol.iter().zip(flows.version);
    for ((&protocol, &version), ((source, destination), ports)) in kinds.zip(sides.zip(ports)) {
        let length = if version == 4 { 4 } else { 16 };
        let source = source.get(..length).unwrap_or_default();
        let destination = destination.get(..length).unwrap_or_default();
        let digest = digest(protocol, (source, *ports.0), (destination, *ports.1));
        push_base64(&mut ids, &digest);
    }
    ids
}

/// The hash of one flow; a side is an address and a port.
fn digest(protocol: u8, source: (&[u8], u16), destination: (&[u8], u16)) -> [u8; 20] {
    let (mut from, mut to) = (source, destination);
    let mut one_way = false;
    let mut has_ports = matches!(protocol, TCP | UDP | SCTP);
    if matches!(protocol, ICMP | ICMP6) {
        has_ports = true;
        match counterpart(protocol, from.1) {
            Some(answer) => to.1 = answer,
            None => one_way = true,
        }
    }
    let swapped = if has_ports { from > to } else { from.0 > to.0 };
    if swapped && !one_way {
        (from, to) = (to, from);
    }
    let mut hash = Sha1::new();
    hash.update([0, 0]);
    hash.update(from.0);
    hash.update(to.0);
    hash.update([protocol, 0]);
    if has_ports {
        hash.update(from.1.to_be_bytes());
        hash.update(to.1.to_be_bytes());
    }
    hash.finalize().into()
}

/// The ICMP type that answers a type, or is answered by it.
const fn counterpart(protocol: u8, kind: u16) -> Option<u16> {
    Some(match (protocol, kind) {
        (ICMP, 8) => 0,
        (ICMP, 0) => 8,
        (ICMP, 9) => 10,
        (ICMP, 10) => 9,
        (ICMP, 13) => 14,
        (ICMP, 14) => 13,
        (ICMP, 15) => 16,
        (ICMP, 16) => 15,
        (ICMP, 17) => 18,
        (ICMP, 18) => 17,
        (ICMP6, 128) => 129,
        (ICMP6, 129) => 128,
        (ICMP6, 130) => 131,
        (ICMP6, 131) => 130,
        (ICMP6, 133) => 134,
        (ICMP6, 134) => 133,
        (ICMP6, 135) => 136,
        (ICMP6, 136) => 135,
        (ICMP6, 139) => 140,
        (ICMP6, 140) => 139,
        (ICMP6, 144) => 145,
        (ICMP6, 145) => 144,
        _ => return None,
    })
}

/// Version and hash as text: 28 characters for 20 bytes (RFC 4648, section 4).
fn push_base64(ids: &mut Vec<u8>, digest: &[u8; 20]) {
    let letter = |value: u32| ALPHABET.get((value & 63) as usize).copied().unwrap_or_default();
    ids.extend_from_slice(b"1:");
    for group in digest.chunks(3) {
        let mut bytes = [0; 4];
        for (to, from) in bytes.iter_mut().skip(1).zip(group) {
            *to = *from;
        }
        let bits = u32::from_be_bytes(bytes);
        let mut text = [18, 12, 6, 0].map(|shift| letter(bits >> shift));
        if let ([_, _], [.., last]) = (group, &mut text) {
            *last = b'='; // 20 bytes leave two in the last group
        }
        ids.extend_from_slice(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(protocol: u8, source: [u8; 4], destination: [u8; 4], ports: (u16, u16)) -> String {
        let wide = |[a, b, c, d]: [u8; 4]| {
            let mut address = [0; 16];
            address[..4].copy_from_slice(&[a, b, c, d]);
            [address]
        };
        let ids = community_ids(Community {
            protocol: &[protocol],
            version: &[4],
            source: &wide(source),
            destination: &wide(destination),
            source_port: &[ports.0],
            destination_port: &[ports.1],
        });
        String::from_utf8(ids).unwrap()
    }

    // From the specification's baseline; tests/flows holds all of them.
    #[test]
    fn ids_are_those_of_the_specification() {
        let (client, server) = ([128, 232, 110, 120], [66, 35, 250, 204]);
        let expected = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=";
        assert_eq!(id(TCP, client, server, (34855, 80)), expected);
        assert_eq!(id(TCP, server, client, (80, 34855)), expected);
        let echo = id(ICMP, [192, 168, 0, 89], [192, 168, 0, 1], (8, 0));
        assert_eq!(echo, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
    }

    #[test]
    fn an_id_has_always_the_same_length() {
        for protocol in 0..=255 {
            assert_eq!(id(protocol, [1, 2, 3, 4], [5, 6, 7, 8], (9, 10)).len(), ID_BYTES);
        }
    }
}
