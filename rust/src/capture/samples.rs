//! Captures for tests, written byte by byte, and a small seeded generator.

#![expect(clippy::indexing_slicing, reason = "a test may fail so")]

use std::io::Read;

use super::{Capture, FileInfo, MAX_CAPTURED};

/// A generator of test data (xorshift64*): the same seed gives the same bytes.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| (self.next() >> 56) as u8).collect()
    }
}

/// A variant of the pcap format.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pcap {
    big: bool,
    nanoseconds: bool,
    modified: bool,
}

impl Pcap {
    pub(super) const BIG: Self = Self { big: true, nanoseconds: false, modified: false };
    pub(super) const NANOSECONDS: Self = Self { big: false, nanoseconds: true, modified: false };
    pub(super) const MODIFIED: Self = Self { big: false, nanoseconds: false, modified: true };

    fn word(self, value: u32) -> [u8; 4] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    pub(super) fn file_header(self) -> Vec<u8> {
        let magic = match (self.nanoseconds, self.modified) {
            (false, false) => 0xa1b2_c3d4,
            (true, _) => 0xa1b2_3c4d,
            (false, true) => 0xa1b2_cd34,
        };
        let version = if self.big { 0x0002_0004 } else { 0x0004_0002 };
        [magic, version, 0, 0, 65_535, 1].into_iter().flat_map(|word| self.word(word)).collect()
    }

    pub(super) fn record(self, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        let mut bytes: Vec<u8> =
            [seconds, fraction, length, length].into_iter().flat_map(|w| self.word(w)).collect();
        if self.modified {
            bytes.extend([0; 8]);
        }
        bytes.extend(data);
        bytes
    }
}

/// Time, link type, bytes, length on the wire.
pub(super) type Owned = (i64, i32, Vec<u8>, u32);

/// Reads to the end and checks what must hold for every frame of every file.
pub(super) fn drain<R: Read>(capture: &mut Capture<R>) -> Vec<Owned> {
    let mut frames = Vec::new();
    while capture.read_frames(100, |frame| {
        assert!(frame.time >= 0 && frame.data.len() <= MAX_CAPTURED as usize);
        assert!(frame.wire_length as usize >= frame.data.len());
        frames.push((frame.time, frame.link_type, frame.data.to_vec(), frame.wire_length));
    }) {}
    frames
}

pub(super) fn read(bytes: &[u8]) -> (Vec<Owned>, FileInfo) {
    let mut capture = Capture::open(bytes).unwrap();
    let frames = drain(&mut capture);
    (frames, capture.into_info())
}

/// A plain pcap file with one frame a length; the bytes can be compressed by half.
pub(super) fn plain(lengths: &[usize]) -> (Vec<u8>, Vec<Owned>) {
    let mut random = Random::new(1);
    let mut bytes = Pcap::default().file_header();
    let mut frames = Vec::new();
    for (seconds, &length) in (1_700_000_000_u32..).zip(lengths) {
        let data: Vec<u8> = random.bytes(length).iter().map(|byte| byte & 0x0f).collect();
        bytes.extend(Pcap::default().record(seconds, 5, &data));
        let wire = u32::try_from(length).unwrap();
        frames.push((i64::from(seconds) * 1_000_000_000 + 5000, 1, data, wire));
    }
    (bytes, frames)
}

/// A pcapng file of one section with each kind of block and some options.
pub(super) fn pcapng(big: bool) -> Vec<u8> {
    let u16 = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    let u32 = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
    let words = |values: &[u32]| -> Vec<u8> { values.iter().flat_map(|&v| u32(v)).collect() };
    let block = |kind: u32, body: &[Vec<u8>]| {
        let body = body.concat();
        let length = u32::try_from(body.len() + 12).unwrap();
        [words(&[kind, length]), body, words(&[length])].concat()
    };
    let option = |code: u16, value: &[u8]| {
        let length = u16::try_from(value.len()).unwrap();
        let mut bytes = [&u16(code)[..], &u16(length), value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let end = words(&[0]);
    let section = words(&[0x1a2b_3c4d, if big { 0x0001_0000 } else { 1 }, u32::MAX, u32::MAX]);
    let interface = |link: u16| [&u16(link)[..], &[0; 6]].concat();
    [
        block(0x0a0d_0d0a, &[section, option(1, b"comment"), option(4, b"tool"), end.clone()]),
        block(1, &[interface(1), option(2, b"eth0"), option(9, &[9]), end.clone()]),
        block(1, &[interface(101), option(9, &[0x8a]), option(14, &[0; 8]), end.clone()]),
        block(6, &[words(&[0, 9, 8, 6, 60]), b"packet\0\0".to_vec(), option(1, b"hello"), end]),
        block(0xbad, &[vec![0xaa; 24]]),
        block(3, &[words(&[6]), b"simple\0\0".to_vec()]),
        block(2, &[u16(1).to_vec(), u16(3).to_vec(), words(&[0, 7, 3, 3]), b"old\0".to_vec()]),
        block(6, &[words(&[1, 1, 2, 5, 5]), b"other\0\0\0".to_vec()]),
        block(5, &[words(&[1, 0, 0]), option(5, &[0, 0, 0, 0, 0, 0, 0, 1])]),
    ]
    .concat()
}

/// How many rounds of random tests: few by default, more if the environment says so.
pub(super) fn rounds(default: u64) -> u64 {
    std::env::var("CAPTURE_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Damages bytes in a few places, as transfer errors and attackers do.
    pub(super) fn mutate(&mut self, bytes: &mut Vec<u8>) {
        const EDGES: [u32; 16] = [
            0,
            1,
            3,
            4,
            7,
            8,
            12,
            16,
            20,
            28,
            0xffff,
            0x0004_0000,
            0x0004_0001,
            0x0100_0000,
            0x7fff_ffff,
            u32::MAX,
        ];
        for _ in 0..=self.below(5) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..(at + 1 + self.below(8)).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, self.bytes(4))),
                3 => {
                    let value = EDGES[self.below(EDGES.len())];
                    let value = if self.below(2) == 0 { value } else { value.swap_bytes() };
                    for (place, byte) in bytes.iter_mut().skip(at / 4 * 4).zip(value.to_le_bytes())
                    {
                        *place = byte;
                    }
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
        }
    }
}
