//! Throws damaged input at every parser for some time: `make fuzz`.
//!
//! Usage: `fuzz SAMPLES SECONDS [TARGET...]`. Seeds are the captures under SAMPLES and their
//! frames; each round damages one in a few places. A target panics where something does not hold
//! that must; the input is then left in `fuzz-TARGET` and the exit code is 1. The first round of a
//! target is always the same, so that a finding comes again.

#![expect(clippy::indexing_slicing, reason = "a list of choices is as long as it says")]

mod threads;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use _native::capture::{Capture, Frame, Limits};
use _native::engine::{Engine, FileFacts};
use _native::flow::{Content, Options, Timeouts};
use _native::packet::{
    self, Bytes, Outside, Packet, link, network, quote, transport, tunnel, usual,
};
use _native::payload::{Pattern, TranscriptOptions};

/// A frame with its link type.
type Seed = (u32, Vec<u8>);

/// Runs one input; it panics if something does not hold.
type Run = fn(&mut Random, &Seed);

const SECOND: i64 = 1_000_000_000;

/// Those that Python uses too.
const TIMEOUTS: Timeouts = Timeouts {
    tcp: 600 * SECOND,
    closed: 60 * SECOND,
    udp: 120 * SECOND,
    icmp: 60 * SECOND,
    other: 120 * SECOND,
    active: 0,
};

/// Name, which seeds, and how to run one.
const TARGETS: &[(&str, Seeds, Run)] = &[
    ("pcap", Seeds::Pcap, |_, seed| capture(&seed.1)),
    ("pcapng", Seeds::Pcapng, |_, seed| capture(&seed.1)),
    ("gzip", Seeds::Packed(gzip), |_, seed| capture(&seed.1)),
    ("bzip2", Seeds::Packed(bzip2), |_, seed| capture(&seed.1)),
    ("xz", Seeds::Packed(xz), |_, seed| capture(&seed.1)),
    ("zstd", Seeds::Packed(zstd), |_, seed| capture(&seed.1)),
    ("lz4", Seeds::Packed(lz4), |_, seed| capture(&seed.1)),
    ("link", Seeds::Frames, |random, seed| {
        let link_type = if random.below(4) == 0 { random.below(300) as u32 } else { seed.0 };
        if let Ok((_, rest)) = link::decode(link_type, &seed.1) {
            assert!(rest.len() <= seed.1.len());
        }
    }),
    ("network", Seeds::Inner, |_, seed| {
        let (mut packet, mut outside) = (Packet::default(), Outside::default());
        let bytes = Bytes::with_missing(&seed.1, 0);
        if network::decode(seed.0 as u16, bytes, &mut packet, &mut outside).is_ok() {
            assert!(packet.payload.len() <= seed.1.len());
            assert!(packet.ip_bytes as usize <= seed.1.len());
        }
    }),
    ("transport", Seeds::Inner, |random, seed| {
        let mut packet = Packet::default();
        let skipped = seed.1.get(random.below(48)..).unwrap_or_default();
        let protocol = [1, 6, 17, 33, 47, 58, 132, 136][random.below(8)];
        let _ = transport::decode(protocol, Bytes::with_missing(skipped, 9), &mut packet);
        assert!(packet.payload.len() <= skipped.len());
    }),
    ("tunnel", Seeds::Inner, |random, seed| {
        const PORTS: [u16; 7] = [1701, 2152, 3544, 4789, 6081, 6635, 8472];
        const PROTOCOLS: [u8; 5] = [4, 41, 47, 97, 17];
        let mut outside = Outside::default();
        let mut packet = Packet {
            protocol: PROTOCOLS[random.below(5)],
            payload: &seed.1,
            payload_length: seed.1.len() as u32,
            ports: Some((40000, PORTS[random.below(7)])),
            ..Packet::default()
        };
        tunnel::enter(&mut packet, &mut outside, 1);
        assert!(outside.tunnels.len() <= 2 * packet::MAX_LAYERS * packet::MAX_LAYERS);
    }),
    ("quote", Seeds::Inner, |random, seed| {
        let six = seed.0 == 0x86DD;
        let kind = if six { 1 + random.below(4) } else { [3, 4, 5, 11, 12][random.below(5)] };
        let addresses = if six { packet::Addresses::V6(1, 2) } else { packet::Addresses::V4(1, 2) };
        let rest = Some(random.next() as u32);
        let icmp = packet::Icmp { kind: kind as u8, code: 0, answer: false, query: false, rest };
        let error = Packet { addresses, icmp: Some(icmp), payload: &seed.1, ..Packet::default() };
        if let Some(quoted) = quote::decode(&error, &mut Outside::default()) {
            assert!(!quoted.is_tail());
        }
    }),
    ("packet", Seeds::Frames, |_, seed| {
        let (mut packet, mut outside) = (Packet::default(), Outside::default());
        let wire = seed.1.len() as u32;
        let long = packet::decode(seed.0, &seed.1, wire, &mut packet, &mut outside);
        if seed.0 == 1
            && let Some(short) = usual::decode(&seed.1, wire)
        {
            assert_eq!(long, Ok(()));
            assert_eq!(short, packet);
        }
    }),
    ("table", Seeds::Captures, |random, seed| {
        let options = Options {
            timeouts: TIMEOUTS,
            max_flows: [1, 3, 1000][random.below(3)],
            batch_rows: [1, 10_000][random.below(2)],
            head_bytes: [0, 40, 256, 65_535][random.below(4)],
            partial: random.below(2) == 0,
        };
        table(&seed.1, options, Content::default(), random);
    }),
    ("content", Seeds::Captures, |random, seed| {
        let options = Options {
            timeouts: TIMEOUTS,
            max_flows: [3, 1000][random.below(2)],
            batch_rows: [1, 10_000][random.below(2)],
            head_bytes: [1, 40, 256][random.below(3)],
            partial: false,
        };
        let expressions: [&[u8]; 4] = [br"^\x05\x00", br"^\x16\x03", br"(?i)http", b"^."];
        let expression = expressions[random.below(4)].to_vec();
        let head_bytes = [0, 64, 2048][random.below(3)];
        let pattern =
            Pattern { number: 7, expression, ip_protocol: None, head_bytes, transcript: true };
        let transcripts = TranscriptOptions {
            ports: vec![(6, 445), (17, 53), (6, 135)],
            flow_bytes: [1, 100, 65_536][random.below(3)],
            total_bytes: [10, 1_000_000][random.below(2)],
        };
        let content = Content::new(&[pattern], &transcripts, &options).expect("a pattern of ours");
        table(&seed.1, options, content, random);
    }),
    ("threads", Seeds::Captures, |random, seed| threads::run(&seed.1, random)),
];

#[derive(Clone, Copy)]
enum Seeds {
    Pcap,
    Pcapng,
    /// Either, as they are.
    Captures,
    /// Either, unpacked and packed.
    Packed(fn(&[u8]) -> Vec<u8>),
    /// Frames with their link type.
    Frames,
    /// What is behind the link layer, with its `EtherType`.
    Inner,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let samples = PathBuf::from(arguments.next().unwrap_or_else(|| "samples".to_owned()));
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(10);
    let wanted: Vec<String> = arguments.collect();
    let files = files(&samples);
    assert!(!files.is_empty(), "no captures under {}", samples.display());
    std::panic::set_hook(Box::new(|_| {})); // told below, with the input
    let mut found = false;
    for (name, seeds, run) in TARGETS {
        if wanted.is_empty() || wanted.iter().any(|it| it == name) {
            let seeds = of_kind(*seeds, &files);
            found |= !fuzz(name, &seeds, *run, Duration::from_secs(seconds));
        }
    }
    std::process::exit(i32::from(found));
}

/// Runs one target for a time; whether everything held.
fn fuzz(name: &str, seeds: &[Seed], run: Run, time: Duration) -> bool {
    let (begun, mut random) = (Instant::now(), Random(0x9e37_79b9_7f4a_7c15));
    let (mut inputs, mut slowest) = (0_u64, Duration::ZERO);
    while begun.elapsed() < time {
        let mut seed = seeds[random.below(seeds.len())].clone();
        random.damage(&mut seed.1);
        let started = Instant::now();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&mut random, &seed))) {
            let place = format!("fuzz-{name}");
            let words = panic.downcast_ref::<String>().map_or("a panic", String::as_str);
            println!("{name}: {words}, after {inputs} inputs; link type {}", seed.0);
            match std::fs::write(&place, &seed.1) {
                Ok(()) => println!("{name}: the input is in {place}"),
                Err(error) => println!("{name}: {place} cannot be written: {error}"),
            }
            return false;
        }
        slowest = slowest.max(started.elapsed());
        inputs += 1;
    }
    println!("{name}: {inputs} inputs from {} seeds, the slowest took {slowest:?}", seeds.len());
    true
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.to_string_lossy().contains(".pcap")
            && let Ok(bytes) = std::fs::read(&path)
            && bytes.len() < 200_000
        {
            found.push(bytes);
        }
    }
    found
}

fn of_kind(kind: Seeds, files: &[Vec<u8>]) -> Vec<Seed> {
    let is = |bytes: &[u8], what: &str| {
        Capture::open(bytes).is_ok_and(|capture| {
            capture.info().format.starts_with(what) && capture.info().compression.is_empty()
        })
    };
    let plain = |what: &str| -> Vec<Seed> {
        let ng = what == "pcapng";
        let all = files.iter().filter(|it| is(it, what) && is(it, "pcapng") == ng);
        all.map(|it| (0, it.clone())).collect()
    };
    match kind {
        Seeds::Pcap => plain("pcap"),
        Seeds::Pcapng => plain("pcapng"),
        Seeds::Captures => [plain("pcap"), plain("pcapng")].concat(),
        Seeds::Packed(pack) => {
            let plain = [plain("pcap"), plain("pcapng")].concat();
            plain.iter().map(|(_, bytes)| (0, pack(bytes))).collect()
        }
        Seeds::Frames => frames(files),
        Seeds::Inner => frames(files)
            .iter()
            .filter_map(|(link_type, data)| {
                let (ethertype, rest) = link::decode(*link_type, data).ok()?;
                Some((u32::from(ethertype), rest.to_vec()))
            })
            .collect(),
    }
}

fn frames(files: &[Vec<u8>]) -> Vec<Seed> {
    let mut all = Vec::new();
    for file in files {
        let Ok(mut capture) = Capture::open(&file[..]) else { continue };
        while capture.read_frames(1000, |frame| {
            if let (Ok(link_type), true) = (u32::try_from(frame.link_type), all.len() < 20_000) {
                all.push((link_type, frame.data.to_vec()));
            }
        }) {}
    }
    all
}

/// Reads a file to its end.
fn capture(bytes: &[u8]) {
    // Small bounds, so that they are met.
    let limits = Limits { bomb_ratio: 200, bomb_bytes: 4 << 20, window: 8 << 20 };
    let Ok(mut capture) = Capture::open_with(bytes, limits) else { return };
    let mut most = 0_u64;
    while capture.read_frames(100, |frame| {
        assert!(frame.time >= 0 && frame.wire_length as usize >= frame.data.len());
        most += 1;
    }) {}
    let info = capture.into_info();
    assert!(info.stored_bytes <= bytes.len() as u64);
    let told: u64 = info.interfaces.iter().map(|interface| interface.frames).sum();
    assert!(told <= most);
    assert!(!info.bomb || info.cut);
}

/// Brings the frames of a file to flows, each of them damaged a little.
fn table(bytes: &[u8], options: Options, content: Content, random: &mut Random) {
    let Ok(mut capture) = Capture::open(bytes) else { return };
    let mut engine = Engine::looking_for(options, content);
    let mut facts = FileFacts::new(0);
    let (mut rows, mut frames) = (0, 0);
    while capture.read_frames(500, |frame| {
        let mut data = frame.data.to_vec();
        if random.below(3) == 0 {
            random.damage(&mut data);
        }
        let wire_length = frame.wire_length.max(data.len() as u32);
        engine.frames(&[Frame { data: &data, wire_length, ..frame }], &mut facts);
        frames += 1;
        rows += engine.full_batch().map_or(0, |batch| batch.len() as u64);
    }) {}
    engine.finish();
    while let Some(batch) = engine.last_batch() {
        rows += batch.len() as u64;
    }
    let counters = engine.table().locator().counters();
    let single = [counters.in_flow, counters.headless, counters.not_described];
    let counted = single.iter().flatten().chain(counters.stopped.values());
    assert_eq!(counted.map(|count| count.frames).sum::<u64>(), frames, "the counters add up");
    assert!(rows <= 2 * frames, "a frame begins one flow and speaks of one");
}

/// A generator (xorshift64*), and what it does to bytes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// Damages bytes in a few places, as transfer errors and attackers do.
    fn damage(&mut self, bytes: &mut Vec<u8>) {
        const EDGES: [u32; 12] =
            [0, 1, 4, 8, 20, 0xff, 0xffff, 0x4_0000, 0x4_0001, 0x100_0000, 0x7fff_ffff, u32::MAX];
        for _ in 0..=self.below(5) {
            // The beginning is where the lengths are.
            let end = if self.below(2) == 0 { bytes.len().min(100) } else { bytes.len() };
            let at = self.below(end);
            match self.below(7) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..(at + 1 + self.below(8)).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, self.next().to_le_bytes())),
                3 => {
                    let copy: Vec<u8> =
                        bytes.iter().skip(at).take(self.below(64)).copied().collect();
                    let to = self.below(bytes.len());
                    drop(bytes.splice(to..to, copy));
                }
                4 => {
                    let value = EDGES[self.below(EDGES.len())];
                    let value = if self.below(2) == 0 { value } else { value.swap_bytes() };
                    for (place, byte) in bytes.iter_mut().skip(at).zip(value.to_le_bytes()) {
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

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).and_then(|()| writer.finish()).unwrap_or_default()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).and_then(|()| writer.finish()).unwrap_or_default()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(0);
    let Ok(mut writer) = lzma_rust2::XzWriter::new(Vec::new(), options) else { return Vec::new() };
    writer.write_all(bytes).and_then(|()| writer.finish()).unwrap_or_default()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    if writer.write_all(bytes).is_err() {
        return Vec::new();
    }
    writer.finish().unwrap_or_default()
}
