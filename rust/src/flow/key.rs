//! What makes two packets one flow, packed into three words, and its seeded hash.

use std::hash::{BuildHasher, Hasher, RandomState};

use super::Side;
use crate::packet::{Addresses, Packet};

/// Both IPv6 addresses of a key, each in two halves, a's first.
pub(super) type Six = [u64; 4];

const IS_SIX: u8 = 1;
const HAS_PORTS: u8 = 2;
const IS_ICMP: u8 = 4;
const IS_OF_OTHER_HALF: u8 = 8;

/// A packed key. Words: addresses (of IPv6: hash and place); ports or key id, tunnels; the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    addresses: u64,
    selector: u64,
    rest: u64,
}

/// The key of a packet, and what goes with it to the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
    pub(super) key: Key,
    /// IPv6 addresses; not used for IPv4.
    pub(super) six: Six,
    /// What the table finds the key by.
    pub(super) tag: u32,
    /// Who sent the packet.
    pub(super) side: Side,
}

impl Located {
    /// The key; of IPv6 with the place of its addresses, which are put there.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(super) fn key_with(&self, sixes: &mut Vec<Six>) -> Key {
        if !self.key.is_six() {
            return self.key;
        }
        sixes.push(self.six);
        self.key.with_place(sixes.len() as u32 - 1)
    }
}

/// The addresses of an IPv6 key, from where its place is.
#[inline]
pub(super) fn six_of(key: Key, sixes: &[Six]) -> Six {
    sixes.get(key.place() as usize).copied().unwrap_or_default()
}

impl Key {
    /// A key that no packet has: of the version bits, IPv4 has no place for a vacant row.
    pub(super) const VACANT: Self = Self { addresses: 0, selector: 0, rest: u64::MAX };

    pub(super) const fn is_vacant(self) -> bool {
        self.rest == u64::MAX
    }

    const fn kind(self) -> u8 {
        self.rest as u8
    }

    /// Which half of all flows it belongs to, 0 or 1. Both directions, errors about the flow and
    /// every later flow of the key belong there too; it does not depend on the seeds.
    #[inline]
    pub(super) const fn half(self) -> usize {
        (self.kind() & IS_OF_OTHER_HALF != 0) as usize
    }

    pub(super) const fn is_six(self) -> bool {
        self.kind() & IS_SIX != 0
    }

    /// Whether both keys are equal but for the addresses of IPv6, which only their place tells.
    #[inline]
    pub(super) const fn resembles(self, other: Self) -> bool {
        let differing = self.addresses ^ other.addresses;
        let differing = if self.is_six() { differing >> 32 } else { differing };
        differing | (self.selector ^ other.selector) | (self.rest ^ other.rest) == 0
    }

    /// Where the addresses of an IPv6 key are kept.
    pub(super) const fn place(self) -> u32 {
        self.addresses as u32
    }

    pub(super) const fn with_place(self, place: u32) -> Self {
        let addresses = self.addresses & 0xFFFF_FFFF_0000_0000 | place as u64;
        Self { addresses, ..self }
    }

    pub(super) const fn addresses4(self) -> (u32, u32) {
        ((self.addresses >> 32) as u32, self.addresses as u32)
    }

    pub(super) const fn has_ports(self) -> bool {
        self.kind() & HAS_PORTS != 0
    }

    pub(super) const fn ports(self) -> (u16, u16) {
        if self.has_ports() {
            ((self.selector >> 48) as u16, (self.selector >> 32) as u16)
        } else {
            (0, 0)
        }
    }

    pub(super) const fn key_id(self) -> u32 {
        if self.has_ports() { 0 } else { (self.selector >> 32) as u32 }
    }

    pub(super) const fn tunnel(self) -> u32 {
        self.selector as u32
    }

    pub(super) const fn protocol(self) -> u8 {
        (self.rest >> 24) as u8
    }

    /// Type and code, -1 where not ICMP.
    pub(super) const fn icmp(self) -> (i16, i16) {
        if self.kind() & IS_ICMP == 0 {
            return (-1, -1);
        }
        ((self.rest >> 16 & 0xFF) as i16, (self.rest >> 8 & 0xFF) as i16)
    }

    /// Innermost and outermost VLAN id, -1 without.
    pub(super) const fn vlans(self) -> (i32, i32) {
        ((self.rest >> 48) as i32 - 1, (self.rest >> 32 & 0xFFFF) as i32 - 1)
    }
}

/// 2^64 by the golden ratio: numbers in a row, multiplied by it, lie far apart (Knuth, volume 3, 6.4).
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Makes keys. The seeds are random, so that nobody can choose keys that collide.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    seeds: [u64; 4],
}

impl Keys {
    pub(super) fn new() -> Self {
        let seed = |number: u64| {
            let mut hasher = RandomState::new().build_hasher();
            hasher.write_u64(number);
            hasher.finish()
        };
        Self { seeds: [seed(0), seed(1), seed(2), seed(3)] }
    }

    /// The key of a packet that is inside the tunnels with this number.
    #[inline(always)]
    #[allow(clippy::inline_always)] // what is known of a packet where it is decoded is half of it
    pub(super) fn locate(&self, packet: &Packet<'_>, tunnel: u32) -> Located {
        let (source_port, destination_port) = packet.ports.unwrap_or_default();
        let (swapped, addresses, ports, six) = match packet.addresses {
            Addresses::V4(source, destination) => {
                // No branch: which end is the smaller one is not to be foreseen.
                let source = u64::from(source) << 16 | u64::from(source_port);
                let destination = u64::from(destination) << 16 | u64::from(destination_port);
                let (a, b) = (source.min(destination), source.max(destination));
                let ports = (a as u32) << 16 | b as u32 & 0xFFFF;
                (source > destination, a >> 16 << 32 | b >> 16, ports, None)
            }
            Addresses::V6(source, destination) => {
                let (source, destination) =
                    ((source, source_port), (destination, destination_port));
                let swapped = source > destination;
                let (a, b) = if swapped { (destination, source) } else { (source, destination) };
                let half = |address: u128| (address >> 64) as u64;
                let ports = u32::from(a.1) << 16 | u32::from(b.1);
                (swapped, 0, ports, Some([half(a.0), a.0 as u64, half(b.0), b.0 as u64]))
            }
        };
        let mut kind = if six.is_some() { IS_SIX } else { 0 };
        let selector = if packet.ports.is_some() {
            kind |= HAS_PORTS;
            ports
        } else {
            packet.key_id
        };
        let halved = six.map_or(addresses, |[a, b, c, d]| {
            a ^ b.rotate_left(16) ^ c.rotate_left(32) ^ d.rotate_left(48)
        });
        if (halved ^ u64::from(selector)).wrapping_mul(SPREAD) >> 63 != 0 {
            kind |= IS_OF_OTHER_HALF;
        }
        let mut rest = u64::from((packet.vlan + 1).cast_unsigned());
        rest = rest << 16 | u64::from((packet.outer_vlan + 1).cast_unsigned());
        rest = rest << 8 | u64::from(packet.protocol);
        if let Some(icmp) = packet.icmp {
            kind |= IS_ICMP;
            rest = rest << 16 | u64::from(icmp.kind) << 8 | u64::from(icmp.code);
        } else {
            rest <<= 16;
        }
        let mut key = Key {
            addresses,
            selector: u64::from(selector) << 32 | u64::from(tunnel),
            rest: rest << 8 | u64::from(kind),
        };
        let hash = self.hash(key, six);
        if six.is_some() {
            key.addresses = hash << 32;
        }
        let side = if swapped { Side::B } else { Side::A };
        Located { key, six: six.unwrap_or_default(), tag: (hash >> 32) as u32, side }
    }

    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn hash(&self, key: Key, six: Option<Six>) -> u64 {
        let [s0, s1, s2, s3] = self.seeds;
        match six {
            None => fold(fold(key.addresses ^ s0, key.selector ^ s1) ^ key.rest, s2),
            Some([a, b, c, d]) => {
                let addresses = fold(fold(a ^ s0, b ^ s1) ^ c, d ^ s2);
                fold(fold(addresses ^ key.selector, s3) ^ key.rest, s2)
            }
        }
    }
}

/// Both halves of a product, folded: every bit of both factors reaches every bit of the result.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same numbers stand in a test of the portable engine.
    #[test]
    fn halves_of_flows_are_those_of_the_portable_engine() {
        let keys = Keys::new();
        let halves = |packet: &dyn Fn(u16) -> Packet<'static>| {
            (1000..1032).fold(0_u32, |bits, number| {
                bits << 1 | keys.locate(&packet(number), 7).key.half() as u32
            })
        };
        let four = Addresses::V4(0x0A00_0001, 0x0A00_0002);
        let (one, two) = (0xFD00 << 112 | 1, 0x2001_0DB8 << 96 | 0x00FF_0002);
        let six = Addresses::V6(one, two);
        let of = |addresses, ports| Packet { addresses, ports, protocol: 6, ..Packet::default() };
        assert_eq!(halves(&|port| of(four, Some((port, 80)))), 0xAAA9_5556);
        assert_eq!(halves(&|port| of(six, Some((port, 80)))), 0x5A52_D2D6);
        let answers = |port| of(Addresses::V6(two, one), Some((80, port)));
        assert_eq!(halves(&answers), 0x5A52_D2D6, "both directions");
        assert_eq!(halves(&|id| Packet { key_id: id.into(), ..of(four, None) }), 0xA5A5_8787);
    }
}
