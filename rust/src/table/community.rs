//! Community ID, version 1, seed 0: <https://github.com/corelight/community-id-spec>.

use sha1::block_api::compress;

const ICMP: u8 = 1;
const ICMP6: u8 = 58;
const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;

/// Bytes of an id: `1:` and 20 bytes in base 64.
pub const ID_BYTES: usize = 30;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Two letters for every 12 bits.
static LETTERS: [[u8; 2]; 1 << 12] = letters();

#[allow(clippy::indexing_slicing)] // worked out when it is compiled
const fn letters() -> [[u8; 2]; 1 << 12] {
    let mut letters = [[0; 2]; 1 << 12];
    let mut bits = 0;
    while bits < letters.len() {
        letters[bits] = [ALPHABET[bits >> 6], ALPHABET[bits & 63]];
        bits += 1;
    }
    letters
}

/// What a hash begins with (FIPS 180-4, 5.3.1), and how long the block is that it takes.
const BEGIN: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
const BLOCK: usize = 64;

/// Flows that are taken together, one step after the other: what one step writes has reached the
/// cache when the next one reads it in other pieces, and misses of the cache overlap.
const TOGETHER: usize = 32;

/// What the ids of flows are made of; one value a flow in every slice but those of addresses.
#[derive(Clone, Copy, Debug)]
pub struct Community<'a> {
    /// The different addresses, those of IPv4 in the first four bytes.
    pub packed: &'a [[u8; 16]],
    /// Of each address: 4 or 6.
    pub version: &'a [u8],
    /// IP protocol numbers.
    pub protocol: &'a [u8],
    /// Numbers of addresses.
    pub source: &'a [i32],
    /// Numbers of the other addresses.
    pub destination: &'a [i32],
    /// Ports; for ICMP its type.
    pub source_port: &'a [u16],
    /// The other ports; for ICMP its code.
    pub destination_port: &'a [u16],
}

impl Community<'_> {
    /// Have the addresses of flows from one on fetched from memory, all at once.
    fn fetch(&self, begin: usize) {
        let mut touched = 0;
        for side in [self.source, self.destination] {
            for number in side.iter().skip(begin).take(TOGETHER) {
                touched ^= self.address(*number).map_or(0, |(address, _)| address[0]);
            }
        }
        std::hint::black_box(touched);
    }

    /// What is hashed of flows from one on, padded; None if there is no such address.
    fn blocks(&self, begin: usize, blocks: &mut [[u8; BLOCK]]) -> Option<()> {
        let sides = self.source.get(begin..)?.iter().zip(self.destination.get(begin..)?);
        let ports = self.source_port.get(begin..)?.iter().zip(self.destination_port.get(begin..)?);
        let flows = self.protocol.get(begin..)?.iter().zip(sides.zip(ports));
        for (block, (&protocol, ((&source, &destination), ports))) in blocks.iter_mut().zip(flows) {
            let (source, destination) = (self.address(source)?, self.address(destination)?);
            *block = match (source, destination) {
                ((source, true), (destination, true)) => {
                    let sides = (first_word(source), first_word(destination));
                    let sides = ((sides.0, *ports.0), (sides.1, *ports.1));
                    four(protocol, ordered(protocol, sides))
                }
                ((source, false), (destination, false)) => {
                    let sides = (u128::from_be_bytes(*source), u128::from_be_bytes(*destination));
                    let sides = ((sides.0, *ports.0), (sides.1, *ports.1));
                    six(protocol, ordered(protocol, sides))
                }
                _ => {
                    let sides = (bytes(source), bytes(destination));
                    any(protocol, ordered(protocol, ((sides.0, *ports.0), (sides.1, *ports.1))))
                }
            };
        }
        Some(())
    }

    fn address(&self, number: i32) -> Option<(&[u8; 16], bool)> {
        let number = usize::try_from(number).ok()?;
        Some((self.packed.get(number)?, *self.version.get(number)? == 4))
    }
}

/// Put the ids of many flows behind others, one after the other, [`ID_BYTES`] each; None if there is
/// no such address.
#[must_use]
pub fn community_ids(flows: Community<'_>, ids: &mut Vec<u8>) -> Option<()> {
    let rows = flows.protocol.len();
    ids.reserve(rows * ID_BYTES);
    let mut blocks = [[0; BLOCK]; TOGETHER];
    let mut hashes = [BEGIN; TOGETHER];
    let mut texts = [[0; ID_BYTES]; TOGETHER];
    for begin in (0..rows).step_by(TOGETHER) {
        let blocks = blocks.split_at_mut(TOGETHER.min(rows - begin)).0;
        flows.fetch(begin);
        flows.blocks(begin, blocks)?;
        for (hash, block) in hashes.iter_mut().zip(&*blocks) {
            *hash = BEGIN;
            compress(hash, std::slice::from_ref(block));
        }
        let texts = texts.split_at_mut(blocks.len()).0;
        texts.iter_mut().zip(hashes).for_each(|(text, hash)| *text = base64(hash));
        ids.extend_from_slice(texts.as_flattened());
    }
    Some(())
}

/// The four bytes of an address of IPv4, as a number.
const fn first_word(address: &[u8; 16]) -> u32 {
    (u128::from_be_bytes(*address) >> 96) as u32
}

/// The bytes of an address.
fn bytes((address, is_four): (&[u8; 16], bool)) -> &[u8] {
    address.get(..if is_four { 4 } else { 16 }).unwrap_or_default()
}

/// An address and a port of each side.
type Sides<T> = ((T, u16), (T, u16));

/// Both sides in the order in which they are hashed; and whether their ports are, too.
#[inline]
fn ordered<T: PartialOrd + Copy>(protocol: u8, sides: Sides<T>) -> (Sides<T>, bool) {
    let (from, mut to) = sides;
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
    (if swapped && !one_way { (to, from) } else { (from, to) }, has_ports)
}

/// What is hashed of a flow of IPv4, padded.
fn four(protocol: u8, ((from, to), has_ports): (Sides<u32>, bool)) -> [u8; BLOCK] {
    // The seed, which is 0, both addresses, the protocol and a 0: 12 bytes; then the ports.
    let begin = u128::from(from.0) << 80 | u128::from(to.0) << 48 | u128::from(protocol) << 40;
    let ports = u128::from(from.1) << 16 | u128::from(to.1);
    if has_ports {
        block([begin | ports, 0x80 << 120, 0, 128])
    } else {
        block([begin | 0x80 << 24, 0, 0, 96])
    }
}

/// What is hashed of a flow of IPv6, padded.
fn six(protocol: u8, ((from, to), has_ports): (Sides<u128>, bool)) -> [u8; BLOCK] {
    let (begin, middle) = (from.0 >> 16, from.0 << 112 | to.0 >> 16);
    let end = to.0 << 112 | u128::from(protocol) << 104;
    let ports = u128::from(from.1) << 80 | u128::from(to.1) << 64;
    if has_ports {
        block([begin, middle, end | ports | 0x80 << 56, 320])
    } else {
        block([begin, middle, end | 0x80 << 88, 288])
    }
}

fn block(words: [u128; BLOCK / 16]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    for (place, word) in block.as_chunks_mut().0.iter_mut().zip(words) {
        *place = word.to_be_bytes();
    }
    block
}

/// What is hashed of any flow, padded.
fn any(protocol: u8, ((from, to), has_ports): (Sides<&[u8]>, bool)) -> [u8; BLOCK] {
    // 2 + 16 + 16 + 2 + 4 bytes at most: with the padding they are one block.
    let mut block = [0; BLOCK];
    let mut length = 2; // the seed, which is 0
    let mut put = |bytes: &[u8]| {
        if let Some(place) = block.get_mut(length..length + bytes.len()) {
            place.copy_from_slice(bytes);
            length += bytes.len();
        }
    };
    put(from.0);
    put(to.0);
    put(&[protocol, 0]);
    if has_ports {
        put(&from.1.to_be_bytes());
        put(&to.1.to_be_bytes());
    }
    put(&[0x80]);
    if let Some(place) = block.last_chunk_mut() {
        *place = (((length - 1) * 8) as u64).to_be_bytes(); // in bits
    }
    block
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
fn base64(hash: [u32; 5]) -> [u8; ID_BYTES] {
    let mut text = [0; ID_BYTES];
    let (version, letters) = text.split_at_mut(2);
    version.copy_from_slice(b"1:");
    // Three bytes make four letters: 160 bits are seven groups of 24, the last one short of 8.
    let [first, second, third, fourth, last] = hash.map(u64::from);
    let (high, low) = (first << 32 | second, third << 32 | fourth);
    let groups = [
        high >> 40,
        high >> 16,
        high << 8 | low >> 56,
        low >> 32,
        low >> 8,
        low << 16 | last >> 16,
        last << 8,
    ];
    let two = |bits: u64| LETTERS.get((bits & 0xFFF) as usize).copied().unwrap_or_default();
    for (letters, group) in letters.as_chunks_mut().0.iter_mut().zip(groups) {
        let ([a, b], [c, d]) = (two(group >> 12), two(group));
        *letters = [a, b, c, d];
    }
    if let Some(letter) = letters.last_mut() {
        *letter = b'=';
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(protocol: u8, source: [u8; 4], destination: [u8; 4], ports: (u16, u16)) -> String {
        let flow = Community {
            packed: &[source, destination].map(wide),
            version: &[4, 4],
            protocol: &[protocol],
            source: &[0],
            destination: &[1],
            source_port: &[ports.0],
            destination_port: &[ports.1],
        };
        let mut ids = Vec::new();
        community_ids(flow, &mut ids).unwrap();
        String::from_utf8(ids).unwrap()
    }

    fn wide(address: [u8; 4]) -> [u8; 16] {
        let mut wide = [0; 16];
        wide[..4].copy_from_slice(&address);
        wide
    }

    #[test]
    fn there_is_no_address_beyond_the_last() {
        for number in [-1, 1, i32::MAX, i32::MIN] {
            for [source, destination] in [[0, number], [number, 0]] {
                let flow = Community {
                    packed: &[[0; 16]],
                    version: &[6],
                    protocol: &[TCP],
                    source: &[source],
                    destination: &[destination],
                    source_port: &[1],
                    destination_port: &[2],
                };
                assert_eq!(community_ids(flow, &mut Vec::new()), None);
            }
        }
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
    fn both_versions_are_hashed_as_any_bytes_are() {
        let (one, other) = (u128::MAX / 7, u128::MAX / 5);
        for protocol in [TCP, UDP, ICMP, ICMP6, 47] {
            for has_ports in [true, false] {
                let sides = ((one, 0x1234), (other, 0xFEDC));
                let bytes = (one.to_be_bytes(), other.to_be_bytes());
                let expected = ((&bytes.0[..], 0x1234), (&bytes.1[..], 0xFEDC));
                let expected = any(protocol, (expected, has_ports));
                assert_eq!(six(protocol, (sides, has_ports)), expected);
                let sides = ((0x0102_0304, 5), (0x0607_0809, 0xA));
                let expected = ((&[1_u8, 2, 3, 4][..], 5), (&[6_u8, 7, 8, 9][..], 0xA));
                let expected = any(protocol, (expected, has_ports));
                assert_eq!(four(protocol, (sides, has_ports)), expected);
            }
        }
    }

    #[test]
    fn an_id_has_always_the_same_length() {
        for protocol in 0..=255 {
            assert_eq!(id(protocol, [1, 2, 3, 4], [5, 6, 7, 8], (9, 10)).len(), ID_BYTES);
        }
    }
}
