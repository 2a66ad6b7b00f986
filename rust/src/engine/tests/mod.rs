//! Two threads give what one gives: every row, counter and fact, on every sample, however the bytes
//! come.

mod said;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::said::Said;
use super::chunk::Chunk;
use super::*;
use crate::capture::{Capture, OpenError, Stored};
use crate::flow::tests::options;
use crate::flow::{Content, Room};
use crate::payload::{Pattern, TranscriptOptions};

/// Bytes that come in pieces of changing length, up to a limit.
struct Pieces {
    bytes: io::Cursor<Vec<u8>>,
    limit: usize,
    state: u32,
}

impl Pieces {
    fn new(bytes: &[u8], limit: usize) -> Self {
        Self { bytes: io::Cursor::new(bytes.to_vec()), limit, state: 1 }
    }
}

impl Input for Pieces {}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.state = self.state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = (self.state >> 8) as usize % self.limit + 1;
        let length = length.min(room.len());
        self.bytes.read(&mut room[..length])
    }
}

/// Every sample of the project.
fn samples() -> Vec<(PathBuf, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(&path, found);
            } else if name.contains(".pcap") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples"), &mut found);
    found.sort();
    assert!(found.len() > 20, "the samples are there");
    found.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Options under which much happens: full batches, evictions, every kind of cut.
fn many_options() -> Vec<Options> {
    let small = Options { max_flows: 7, batch_rows: 3, ..options() };
    let mut short = Options { batch_rows: 1, partial: true, ..options() };
    short.timeouts.active = 1_000_000_000;
    vec![options(), small, short]
}

/// What is looked for: something that many rows have, and transcripts that soon have no room.
fn content(options: &Options) -> Content {
    let patterns = [(7, &b"."[..], 8, false), (9, b"[A-Z]{3}", 40, true)];
    let patterns = patterns.map(|(number, expression, head_bytes, transcript)| Pattern {
        number,
        expression: expression.to_vec(),
        ip_protocol: None,
        head_bytes,
        transcript,
    });
    let ports = vec![(17, 53), (6, 135), (6, 445)];
    let transcripts = TranscriptOptions { ports, flow_bytes: 300, total_bytes: 3000 };
    Content::new(&patterns, &transcripts, options).unwrap()
}

/// What a recording of these files says, whose bytes come in pieces.
fn said(files: &[&[u8]], options: Options, threads: Threads, limit: usize) -> Said {
    let inputs = files.iter().map(|bytes| Pieces::new(bytes, limit));
    said_of(inputs, options, threads)
}

fn said_of<R: Input + Send + 'static>(
    inputs: impl Iterator<Item = R>,
    options: Options,
    threads: Threads,
) -> Said {
    let mut recording = Recording::new(options, content(&options), threads);
    let mut said = Said::default();
    for input in inputs {
        recording.begin_file();
        match Capture::open(input) {
            Ok(capture) => recording.open(capture),
            Err(OpenError::NotACapture { .. }) => continue,
            Err(error) => panic!("{error}"),
        }
        loop {
            match recording.turn(Duration::from_millis(1)) {
                Turn::Batch(rows) => said.batch(*rows),
                Turn::More => {}
                Turn::End => break,
            }
        }
        said.file(recording.close().expect("it is open"));
    }
    recording.finish();
    while let Some(rows) = recording.last_batch() {
        said.batch(*rows);
    }
    said.engine(recording.engine().expect("it is over"));
    said
}

#[test]
fn two_threads_give_what_one_gives() {
    for (path, bytes) in samples() {
        let tiny = bytes.len() / 1000 + 64; // so that most records span pieces
        for (options, limit) in many_options().into_iter().zip([usize::MAX, tiny, 5000]) {
            let one = said(&[&bytes], options, Threads::One, limit);
            let two = said(&[&bytes], options, Threads::Two, limit);
            assert_eq!(one, two, "{} in pieces of {limit}", path.display());
        }
    }
}

#[test]
fn the_samples_as_one_recording_are_read_alike_by_two_threads() {
    let samples = samples();
    let files: Vec<_> = samples.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    for options in many_options().into_iter().skip(1) {
        let one = said(&files, options, Threads::One, usize::MAX);
        assert!(one.files.len() > 20 && one.rows.len() > 100 && one.dropped > 0);
        assert_eq!(one, said(&files, options, Threads::Two, usize::MAX));
    }
}

/// A file of datagrams, each of a flow of its own, with payload of every length up to the longest.
fn datagrams(count: u16, longest: usize) -> Vec<u8> {
    use crate::packet::frames::{ethernet, ipv4, udp};
    let mut file = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for number in 0..count {
        let (port, length) = (1024 + number / 2 * 2, usize::from(number) % (longest + 1));
        let ports = if number % 2 == 0 { (port, 7) } else { (7, port + 1) };
        let payload = vec![number as u8; length];
        let frame = ethernet(0x0800, &ipv4(17, &udp(ports.0, ports.1, &payload)));
        let length = (frame.len() as u32).to_le_bytes();
        for part in [&[0; 8][..], &length, &length, &frame] {
            file.extend_from_slice(part);
        }
    }
    file
}

#[test]
fn many_rows_that_end_together_are_emitted_alike_by_two_threads() {
    let file = datagrams(20_000, 40);
    for (max_flows, batch_rows) in [(50_000, 100_000), (50_000, 6_001), (15_000, 5_000)] {
        let options = Options { max_flows, batch_rows, ..options() };
        let one = said(&[&file], options, Threads::One, usize::MAX);
        assert_eq!(one.rows.len(), 20_000);
        assert_eq!(one.evicted, 20_000_u64.saturating_sub(max_flows.into()));
        one.equals(&said(&[&file], options, Threads::Two, usize::MAX), "datagrams");
    }
}

#[test]
fn a_table_that_is_handed_over_on_the_way_goes_on_as_it_was() {
    let samples = samples();
    let files: Vec<_> = samples.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let files = files.repeat(4);
    let one = said(&files, options(), Threads::One, usize::MAX);
    assert!(one.frames > recording::MANY, "{} frames are too few", one.frames);
    assert_eq!(one, said(&files, options(), Threads::Enough, usize::MAX));
}

/// Who does what depends on the machine's mood; here all ways are gone, one after the other: where
/// frames are located, and whether halves are filled apart or together.
#[test]
fn it_does_not_matter_which_way_chunks_went() {
    for (path, bytes) in samples() {
        for (options, modulus) in many_options().into_iter().zip([1, 2, 3]) {
            let whole = said(&[&bytes], options, Threads::One, usize::MAX);
            let Ok(mut capture) = Capture::open(Pieces::new(&bytes, 3000)) else { continue };
            let engine = Engine::for_two(options, content(&options));
            let Engine { outside, table } = engine;
            let (locator, [mut one, mut other]) = table.apart().unwrap();
            let mut locating = Locating { outside, locator };
            // Some frames later, frames are numbered anew.
            locating.locator.set_clock(u32::MAX - (1 << 20) - 40);
            let (mut chunk, mut facts) = (Chunk::new(), FileFacts::new(0));
            let mut said = Said::default();
            for number in 1_u64.. {
                let more = if number % modulus == 0 {
                    chunk.fill_located(&mut capture, &mut facts, &mut locating)
                } else {
                    let more = chunk.fill(&mut capture, &mut facts);
                    chunk.locate(&mut locating);
                    more
                };
                let now = one.usage().with(other.usage());
                let room = now.room(chunk.usage(), one.bounds());
                if number % 2 == 0 && room != Room::Unknown {
                    for (half, shard) in [&mut one, &mut other].into_iter().enumerate() {
                        shard.set_room(room);
                        chunk.bring(half, shard);
                    }
                } else {
                    chunk.bring_both(&mut one, &mut other);
                }
                for shard in [&mut one, &mut other] {
                    shard.full_batch().into_iter().for_each(|rows| said.batch(rows));
                }
                if !more {
                    break;
                }
            }
            said.file((facts, capture.into_info()));
            let table = FlowTable::together(locating.locator, [one, other]);
            let mut engine = Engine { outside: locating.outside, table };
            engine.finish();
            while let Some(rows) = engine.last_batch() {
                said.batch(rows);
            }
            said.engine(&engine);
            assert_eq!(whole, said, "{} every {modulus}", path.display());
        }
    }
}

/// The same frames as pcapng, with a block in between that no buffer holds.
fn pcapng(pcap: &[u8]) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let length = (body.len().next_multiple_of(4) + 12) as u32;
        let mut block = [kind.to_le_bytes(), length.to_le_bytes()].concat();
        block.extend_from_slice(body);
        block.resize(length as usize - 4, 0);
        block.extend_from_slice(&length.to_le_bytes());
        block
    };
    let section = [&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xFF; 8]].concat();
    let mut file = [block(0x0A0D_0D0A, &section), block(1, &[1, 0, 0, 0, 0, 0, 4, 0])].concat();
    let (mut rest, mut number) = (&pcap[24..], 0);
    while let Some((head, behind)) = rest.split_first_chunk::<16>() {
        let (length, _) = head[8..].split_first_chunk::<4>().unwrap();
        let (frame, next) = behind.split_at(u32::from_le_bytes(*length) as usize);
        let body = [&[0; 12][..], &head[8..16], frame].concat();
        file.extend(block(6, &body));
        if number == 1000 {
            file.extend(block(0xBAD, &vec![7; 700_000]));
        }
        (rest, number) = (next, number + 1);
    }
    file
}

/// A file that is gone when this is.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let name = format!("classifier-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_file_of_which_both_threads_fetch_blocks_is_read_alike() {
    let pcap = datagrams(4000, 500);
    let mut damaged = pcap.clone();
    let place = 24 + 500_000;
    damaged[place..place + 400].fill(0xEE);
    let ng = pcapng(&pcap);
    let blocks = 3 * crate::capture::BLOCK as usize;
    let cases = [
        ("whole", pcap.as_slice()),
        ("blocks", &pcap[..blocks]),
        ("cut", &pcap[..blocks + 7]),
        ("damaged", &damaged),
        ("ng", &ng),
        ("ng-cut", &ng[..1_500_001]),
    ];
    let few = Options { max_flows: 700, batch_rows: 500, ..options() };
    for (name, bytes) in cases {
        for options in [Options { max_flows: 50_000, ..options() }, few] {
            let file = Temporary::new(name, bytes);
            let files = || (0..2).map(|_| Stored::new(File::open(&file.0).unwrap()));
            let one = said_of(files(), options, Threads::One);
            assert!(one.frames > 3000);
            one.equals(&said_of(files(), options, Threads::Two), name);
        }
    }
}

#[test]
fn a_file_that_is_closed_before_its_end_leaves_nothing_to_the_next_one() {
    let (first, second) = (datagrams(8000, 500), datagrams(4000, 500));
    let files = [Temporary::new("first", &first), Temporary::new("second", &second)];
    let options = Options { max_flows: 50_000, ..options() };
    let mut recording = Recording::new(options, Content::default(), Threads::Two);
    for (file, turns) in files.iter().zip([2, usize::MAX]) {
        recording.begin_file();
        recording.open(Capture::open(Stored::new(File::open(&file.0).unwrap())).unwrap());
        for _ in 0..turns {
            if matches!(recording.turn(Duration::ZERO), Turn::End) {
                break;
            }
        }
        let (facts, _) = recording.close().unwrap();
        assert_eq!(facts.frames == 4000, turns == usize::MAX, "{} frames", facts.frames);
    }
}

#[test]
fn a_recording_that_is_given_up_leaves_no_thread_waiting() {
    let (_, bytes) = samples().into_iter().max_by_key(|(_, bytes)| bytes.len()).unwrap();
    let every = Options { batch_rows: 1, ..options() };
    let begun = |limit| {
        let mut recording = Recording::new(every, Content::default(), Threads::Two);
        recording.begin_file();
        recording.open(Capture::open(Pieces::new(&bytes, limit)).unwrap());
        recording
    };
    for turns in 0..3 {
        let mut recording = begun(500);
        for _ in 0..turns {
            recording.turn(Duration::ZERO);
        }
    } // dropping it joins the thread; a thread that waits for ever would hang the test
    let mut recording = begun(usize::MAX);
    while !matches!(recording.turn(Duration::MAX), Turn::End) {}
    recording.finish();
    assert!(recording.last_batch().is_some(), "there are more");
}
