//! The capture stage from outside: what is in a file comes out, whatever its variant, and what is
//! wrong with it is told with its place. Every file is written here, byte by byte.

#![expect(clippy::indexing_slicing, reason = "a test may fail so")]

use std::io::{self, Read};

use _native::capture::{Capture, FileInfo, MAX_CAPTURED, OpenError};

type Frame = (i64, i32, Vec<u8>, u32);
type Frames = Vec<Frame>;

fn drain<R: Read>(capture: &mut Capture<R>, limit: usize) -> Frames {
    let mut frames = Vec::new();
    while capture.read_frames(limit, |frame| {
        frames.push((frame.time, frame.link_type, frame.data.to_vec(), frame.wire_length));
    }) {}
    assert!(!capture.read_frames(limit, |_| panic!("a frame after the end")));
    frames
}

fn read(bytes: &[u8]) -> (Frames, FileInfo) {
    let mut capture = Capture::open(bytes).expect("a capture");
    let frames = drain(&mut capture, 1000);
    (frames, capture.into_info())
}

/// Offset (if it has a place), cause and count of each warning.
fn warnings(info: &FileInfo) -> Vec<(Option<usize>, &str, u64)> {
    let warnings = info.warnings.iter();
    warnings.map(|w| (usize::try_from(w.offset).ok(), &*w.cause, w.count)).collect()
}

#[derive(Clone, Copy)]
struct Order {
    big: bool,
}

const LITTLE: Order = Order { big: false };
const BIG: Order = Order { big: true };

impl Order {
    fn u16(self, value: u16) -> Vec<u8> {
        if self.big { value.to_be_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
    }

    fn u32(self, value: u32) -> Vec<u8> {
        if self.big { value.to_be_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
    }

    fn u64(self, value: u64) -> Vec<u8> {
        if self.big { value.to_be_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
    }

    fn words(self, values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|&value| self.u32(value)).collect()
    }

    fn pcap(self, magic: u32, version: (u16, u16), link_type: u32) -> Vec<u8> {
        let version = [self.u16(version.0), self.u16(version.1)].concat();
        [self.u32(magic), version, self.words(&[0, 0, 65_535, link_type])].concat()
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let body = padded(body);
        let length = u32::try_from(body.len() + 12).unwrap();
        [self.words(&[kind, length]), body, self.u32(length)].concat()
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap();
        [self.u16(code), self.u16(length), padded(value)].concat()
    }

    fn section(self, options: &[u8]) -> Vec<u8> {
        let head = [self.u32(0x1a2b_3c4d), self.u16(1), self.u16(0), vec![0xff; 8]].concat();
        self.block(0x0a0d_0d0a, &[&head, options].concat())
    }

    fn interface(self, link_type: u16, snap_length: u32, options: &[u8]) -> Vec<u8> {
        let head = [self.u16(link_type), self.u16(0), self.u32(snap_length)].concat();
        self.block(1, &[&head, options].concat())
    }

    fn packet(self, interface: u32, ticks: u64, data: &[u8], wire: u32, options: &[u8]) -> Vec<u8> {
        let (high, low) = ((ticks >> 32) as u32, ticks as u32);
        let kept = u32::try_from(data.len()).unwrap();
        let head = self.words(&[interface, high, low, kept, wire]);
        self.block(6, &[&head, &*padded(data), options].concat())
    }
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// A plain little-endian pcap file with one frame a length.
fn plain(lengths: &[usize]) -> (Vec<u8>, Frames) {
    let mut bytes = LITTLE.pcap(0xa1b2_c3d4, (2, 4), 1);
    let mut frames = Vec::new();
    for (number, &length) in (0_u32..).zip(lengths) {
        let data: Vec<u8> = (0..length).map(|at| (at * 31 + number as usize) as u8).collect();
        let kept = u32::try_from(length).unwrap();
        bytes.extend(LITTLE.words(&[1_700_000_000 + number, number, kept, kept]));
        bytes.extend(&data);
        let time = (1_700_000_000 + i64::from(number)) * 1_000_000_000 + i64::from(number) * 1000;
        frames.push((time, 1, data, kept));
    }
    (bytes, frames)
}

#[test]
fn every_variant_of_pcap_is_read() {
    for (magic, name, tick, extra) in [
        (0xa1b2_c3d4, "pcap", 1000, 0),
        (0xa1b2_3c4d, "pcap ns", 1, 0),
        (0xa1b2_cd34, "pcap modified", 1000, 8),
    ] {
        for order in [LITTLE, BIG] {
            let mut bytes = order.pcap(magic, (2, 4), 0xf400_0001); // with an FCS length
            for seconds in [7, 5, u32::MAX] {
                bytes.extend(order.words(&[seconds, 9, 3, 60]));
                bytes.extend(vec![0xee; extra]);
                bytes.extend(b"abc");
            }
            let (frames, info) = read(&bytes);
            let time = |seconds: u32| i64::from(seconds) * 1_000_000_000 + 9 * tick;
            let expected = [7, 5, u32::MAX].map(|s| (time(s), 1, b"abc".to_vec(), 60));
            assert_eq!(frames, expected, "{name}, big endian: {}", order.big);
            assert_eq!((&*info.format, &*info.compression, info.cut), (name, "", false));
            assert_eq!(info.stored_bytes, bytes.len() as u64);
            let interface = &info.interfaces[0];
            assert_eq!((interface.link_type, interface.snap_length), (1, 65_535));
            assert_eq!((interface.frames, interface.dropped), (3, -1));
            assert_eq!(warnings(&info), []);
        }
    }
}

#[test]
fn before_version_2_4_the_lengths_may_be_swapped() {
    for (version, kept, warned) in [((2, 3), 2, 0), ((2, 4), 60, 1), ((3, 0), 60, 1)] {
        let mut bytes = LITTLE.pcap(0xa1b2_c3d4, version, 1);
        bytes.extend(LITTLE.words(&[1, 0, 60, 2]));
        bytes.extend([7; 60]);
        let mut capture = Capture::open(&bytes[..]).unwrap();
        let mut first = None;
        capture.read_frames(1, |frame| first = Some((frame.data.len(), frame.wire_length)));
        assert_eq!(first, Some((kept, 60)), "{version:?}");
        assert_eq!(capture.into_info().warnings.len(), warned);
    }
}

#[test]
fn a_record_longer_than_a_frame_can_be_ends_the_reading() {
    let (mut bytes, frames) = plain(&[60, MAX_CAPTURED as usize, 60]);
    let end = bytes.len();
    bytes.extend(LITTLE.words(&[1, 0, MAX_CAPTURED + 1, MAX_CAPTURED + 1]));
    bytes.extend(vec![0; 400_000]);
    let (read, info) = read(&bytes);
    assert_eq!(read, frames);
    let cause = "a record claims 262145 bytes, more than the 262144 that a frame may have; \
                 reading stopped here";
    assert_eq!(warnings(&info), [(Some(end), cause, 1)]);
    assert!(info.cut);
}

#[test]
fn a_frame_longer_than_it_was_on_the_wire_is_kept_and_told() {
    let mut bytes = LITTLE.pcap(0xa1b2_c3d4, (2, 4), 1);
    for wire in [4, 3, 2] {
        bytes.extend(LITTLE.words(&[1, 0, 4, wire]));
        bytes.extend(b"abcd");
    }
    let (frames, info) = read(&bytes);
    assert!(frames.iter().all(|frame| (frame.2.len(), frame.3) == (4, 4)));
    let cause = "a record keeps more bytes than it says were on the wire; the kept bytes were used";
    assert_eq!(warnings(&info), [(Some(44), cause, 2)]);
    assert!(!info.cut);
}

/// Gives so many bytes at a time, and a signal in between.
struct Trickle<'a> {
    bytes: &'a [u8],
    step: usize,
    interrupt: bool,
}

impl Read for Trickle<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.interrupt = !self.interrupt;
        if self.interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let step = self.step.min(room.len());
        self.bytes.read(&mut room[..step])
    }
}

#[test]
fn how_the_bytes_arrive_changes_nothing() {
    let lengths: Vec<usize> = (0..700).map(|number| number * 7919 % 9000).collect();
    let (bytes, frames) = plain(&lengths);
    for (step, limit) in [(1_000_000, 1), (100_003, 64), (4096, 1000), (977, usize::MAX)] {
        let trickle = Trickle { bytes: &bytes, step, interrupt: false };
        let mut capture = Capture::open(trickle).unwrap();
        assert!(drain(&mut capture, limit) == frames, "{step} bytes, {limit} frames");
        assert_eq!(capture.stored_bytes(), bytes.len() as u64);
    }
}

#[test]
fn the_limit_is_kept() {
    let (bytes, _) = plain(&[10; 25]);
    let mut capture = Capture::open(&bytes[..]).unwrap();
    let mut counts = Vec::new();
    loop {
        let mut count = 0;
        let more = capture.read_frames(10, |_| count += 1);
        counts.push(count);
        if !more {
            break;
        }
    }
    assert_eq!(counts, [10, 10, 5]);
}

#[test]
fn every_resolution_and_offset_of_pcapng_is_exact() {
    for order in [LITTLE, BIG] {
        for (resolution, offset, ticks, time) in [
            (None, None, 1_500_000, 1_500_000_000),
            (Some(9), None, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
            (Some(3), Some(100_i64), 5, 100_005_000_000),
            (Some(12), None, 1_999, 1),
            (Some(0x8a), Some(-1), 1536, 500_000_000),
            (Some(6), Some(-10), 5, 0),
            (Some(0), None, u64::MAX, i64::MAX),
        ] {
            let mut options = Vec::new();
            options.extend(resolution.map_or(Vec::new(), |r| order.option(9, &[r])));
            options.extend(
                offset.map_or(Vec::new(), |o| order.option(14, &order.u64(o.cast_unsigned()))),
            );
            let bytes = [
                order.section(&[]),
                order.interface(113, 0, &options),
                order.packet(0, ticks, b"abc", 60, &[]),
            ];
            let (frames, info) = read(&bytes.concat());
            assert_eq!(frames, [(time, 113, b"abc".to_vec(), 60)]);
            assert_eq!((&*info.format, warnings(&info)), ("pcapng", vec![]));
        }
    }
}

#[test]
fn a_section_has_its_own_byte_order_and_interfaces() {
    let bytes = [
        LITTLE.section(&[]),
        LITTLE.interface(1, 0, &[]),
        LITTLE.interface(101, 0, &[]),
        LITTLE.packet(1, 1, b"one", 3, &[]),
        BIG.section(&[]),
        BIG.interface(113, 0, &[]),
        BIG.packet(0, 2, b"two", 3, &[]),
        BIG.packet(1, 3, b"stray", 5, &[]),
    ];
    let stray = bytes[..7].concat().len();
    let (frames, info) = read(&bytes.concat());
    let short: Vec<_> =
        frames.iter().map(|(time, link, data, _)| (*time, *link, &**data)).collect();
    // A stray has no clock: it takes the time of the packet before it.
    assert_eq!(short, [(1000, 101, &b"one"[..]), (2000, 113, b"two"), (2000, -1, b"stray")]);
    let counts: Vec<_> = info.interfaces.iter().map(|interface| interface.frames).collect();
    assert_eq!(counts, [0, 1, 1]);
    let cause = "a packet names an interface that the file does not describe";
    assert_eq!(warnings(&info), [(Some(stray), cause, 1)]);
}

#[test]
fn simple_and_old_packet_blocks_are_read_and_unknown_ones_passed_over() {
    let old = [LITTLE.u16(0), LITTLE.u16(9), LITTLE.words(&[0, 5, 3, 70]), b"old\0".to_vec()];
    let bytes = [
        LITTLE.section(&[]),
        LITTLE.interface(1, 6, &[]),
        LITTLE.block(2, &old.concat()),
        LITTLE.block(0x0bad, &vec![0xaa; 3_000_000]),
        LITTLE.block(3, &[LITTLE.u32(90), b"simple, cut".to_vec()].concat()),
        LITTLE.block(4, b"names"),
    ];
    let (frames, info) = read(&bytes.concat());
    assert_eq!(frames, [(5000, 1, b"old".to_vec(), 70), (5000, 1, b"simple".to_vec(), 90)]);
    assert_eq!(warnings(&info), []);
}

#[test]
fn options_are_kept_within_bounds() {
    let o = LITTLE;
    let shb =
        [o.option(2, b"machine"), o.option(3, b"system"), o.option(4, b"tool"), o.option(1, b"s")];
    let idb = [o.option(2, b"eth0"), o.option(3, &[b'd'; 300])].concat();
    let mut bytes = [o.section(&shb.concat()), o.interface(1, 96, &idb)].concat();
    for _ in 0..25 {
        bytes.extend(o.packet(0, 0, b"abcde", 5, &o.option(1, &[b'c'; 3000])));
    }
    let drops = [o.option(5, &o.u64(3)), o.option(7, &o.u64(4)), o.option(4, &o.u64(99))];
    bytes.extend(o.block(5, &[o.words(&[0, 0, 0]), drops.concat()].concat()));
    let (_, info) = read(&bytes);
    assert_eq!([&info.hardware, &info.os, &info.application], ["machine", "system", "tool"]);
    assert_eq!((info.comment_count, info.comments.len()), (26, 20));
    assert_eq!(info.comments[0], (0, "s".to_owned()));
    assert_eq!(info.comments[19], (19, "c".repeat(2000)));
    let interface = &info.interfaces[0];
    assert_eq!((&*interface.name, interface.description.len()), ("eth0", 256));
    assert_eq!((interface.snap_length, interface.dropped), (96, 7));
}

#[test]
fn oddities_of_pcapng_are_told_and_do_not_stop() {
    let mut trailer = LITTLE.packet(0, 1, b"abcd", 4, &[]);
    let last = trailer.len() - 4;
    trailer[last] ^= 1;
    let parts = [
        LITTLE.section(&[]),
        LITTLE.interface(1, 0, &[]),
        trailer,
        LITTLE.block(6, &LITTLE.words(&[0, 0, 0, 5, 5, 0])), // claims 5 bytes, holds 4
        LITTLE.block(1, &[1, 0, 0, 0]),
        LITTLE.packet(0, 2, b"abcd", 3, &[]),
    ];
    let at = |part: usize| parts[..part].concat().len();
    let (frames, info) = read(&parts.concat());
    assert_eq!(frames.iter().map(|frame| frame.3).collect::<Vec<_>>(), [4, 0, 4]);
    let expected = [
        (Some(at(2)), "a block's two lengths differ; the first was believed", 1),
        (Some(at(4)), "a block is too short for what it must hold; it was passed over", 1),
        (Some(at(3)), "a packet block is too short for what it must hold; it was counted only", 1),
        (Some(at(5)), "a packet keeps more bytes than it says were on the wire", 1),
    ];
    assert_eq!(warnings(&info), expected);
    assert!(!info.cut);
}

#[test]
fn damage_of_pcapng_ends_the_reading_with_its_place() {
    let head = [LITTLE.section(&[]), LITTLE.interface(1, 0, &[])].concat();
    let packet = LITTLE.packet(0, 1, b"abcd", 4, &[]);
    let long = vec![0; MAX_CAPTURED as usize + 4];
    for (damage, cause) in [
        (LITTLE.words(&[6, 34, 0]), "a block of type 0x6 claims an impossible length of 34"),
        (LITTLE.words(&[0xbad, 8, 0]), "a block of type 0xbad claims an impossible length of 8"),
        (LITTLE.words(&[6, 17 << 20, 0]), "a block of type 0x6 claims 17825792 bytes"),
        (LITTLE.words(&[0x0a0d_0d0a, 28, 1]), "a section header has no byte order magic"),
        (LITTLE.words(&[0x0a0d_0d0a, 28]), "a section header has no byte order magic"),
        (LITTLE.words(&[0xbad, 400]), "the file ends inside a block"),
        (packet[..packet.len() - 1].to_vec(), "the file ends inside a block"),
        (
            LITTLE.packet(0, 1, &long, 4, &[]),
            "a packet claims 262148 bytes, more than the 262144 that a frame may have",
        ),
    ] {
        let (frames, info) = read(&[&*head, &packet, &damage].concat());
        let place = head.len() + packet.len();
        let cause = format!("{cause}; reading stopped here");
        assert_eq!((frames.len(), info.cut), (1, true), "{cause}");
        assert_eq!(warnings(&info), [(Some(place), &*cause, 1)]);
    }
    let many = LITTLE.interface(1, 0, &[]).repeat(65_537);
    let (_, info) = read(&[LITTLE.section(&[]), many].concat());
    assert_eq!(
        info.warnings[0].cause,
        "more than 65536 interfaces are described; reading stopped here"
    );
    let (_, info) = read(&LITTLE.section(&[]));
    assert_eq!(
        warnings(&info),
        [(None, "no interface is described, so there is nothing that can be decoded", 1)]
    );
}

#[test]
fn what_is_no_capture_is_handed_back_by_its_first_bytes() {
    let long = b"snoop\0\0\0 and so on, for more than 32 bytes";
    for (bytes, magic) in
        [(&b""[..], &b""[..]), (b"\xd4\xc3\xb2", b"\xd4\xc3\xb2"), (long, &long[..32])]
    {
        match Capture::open(bytes) {
            Err(OpenError::NotACapture { magic: found, broken }) => {
                assert_eq!((&*found, &*broken), (magic, ""));
            }
            _ => panic!("it was opened"),
        }
    }
}
