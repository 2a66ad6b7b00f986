//! Two threads give what one gives: every batch, counter and fact, on every sample, however the
//! bytes come.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chunk::Chunk;
use super::*;
use crate::capture::{Capture, OpenError};
use crate::flow::Content;
use crate::flow::tests::options;
use crate::payload::{Pattern, TranscriptOptions};

/// Bytes that come in pieces of changing length, up to a limit.
struct Pieces<'a> {
    bytes: &'a [u8],
    limit: usize,
    state: u32,
}

impl<'a> Pieces<'a> {
    fn new(bytes: &'a [u8], limit: usize) -> Self {
        Self { bytes, limit, state: 1 }
    }
}

impl Read for Pieces<'_> {
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

/// All that a recording says, in words that can be compared.
#[derive(Debug, Default, PartialEq)]
struct Said {
    frames: u64,
    dropped: u64,
    batches: Vec<String>,
    files: Vec<String>,
    counters: Vec<String>,
    counts: BTreeMap<String, String>,
    tunnels: Vec<String>,
}

impl Said {
    fn batch(&mut self, rows: &Rows) {
        self.batches.push(format!("{rows:?}"));
    }

    fn file<R: Read>(&mut self, facts: &FileFacts, capture: Capture<R>) {
        self.frames += facts.frames;
        self.files.push(format!("{facts:?} {:?}", capture.into_info()));
    }

    fn engine(&mut self, engine: &Engine) {
        let counters = engine.table().counters();
        let crate::flow::Counters { in_flow, headless, not_described, evicted, .. } = counters;
        self.counters = vec![format!("{in_flow:?} {headless:?} {not_described:?} {evicted}")];
        self.dropped = engine.table().content().transcript_dropped();
        let stopped = counters.stopped.iter().map(|it| (format!("{:?}", it.0), format!("{it:?}")));
        let partial = counters.partial.iter().map(|it| (format!("{:?}", it.0), format!("{it:?}")));
        self.counts = stopped.chain(partial).collect();
        self.tunnels = engine.table().tunnels().to_vec();
    }
}

/// What a recording of these files says, whose bytes come in pieces.
fn said(files: &[&[u8]], options: Options, threads: Threads, limit: usize) -> Said {
    let mut recording = Recording::new(options, content(&options), threads);
    let mut said = Said::default();
    for bytes in files {
        recording.begin_file();
        let mut capture = match Capture::open(Pieces::new(bytes, limit)) {
            Ok(capture) => capture,
            Err(OpenError::NotACapture { .. }) => continue,
            Err(error) => panic!("{error}"),
        };
        loop {
            match recording.turn(&mut capture, Duration::from_millis(1)) {
                Turn::Batch(rows) => said.batch(&rows),
                Turn::More => {}
                Turn::End => break,
            }
        }
        said.file(recording.file(), capture);
    }
    recording.finish();
    while let Some(rows) = recording.last_batch() {
        said.batch(&rows);
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
        assert!(one.files.len() > 20 && one.batches.len() > 1 && one.dropped > 0);
        assert_eq!(one, said(&files, options, Threads::Two, usize::MAX));
    }
}

/// A file of datagrams, each of a flow of its own, with payload of every length up to 40 bytes.
fn datagrams(count: u16) -> Vec<u8> {
    use crate::packet::frames::{ethernet, ipv4, udp};
    let mut file = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for number in 0..count {
        let (port, length) = (1024 + number / 2 * 2, usize::from(number) % 41);
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
    let file = datagrams(20_000);
    for (max_flows, batch_rows) in [(50_000, 100_000), (50_000, 6_001), (15_000, 5_000)] {
        let options = Options { max_flows, batch_rows, ..options() };
        let one = said(&[&file], options, Threads::One, usize::MAX);
        assert_eq!(one.batches.len(), 20_000_usize.div_ceil(batch_rows));
        assert_eq!(one, said(&[&file], options, Threads::Two, usize::MAX));
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

/// Who decodes depends on the machine's mood; here all ways are gone, one after the other.
#[test]
fn it_does_not_matter_which_frames_were_located_ahead() {
    for (path, bytes) in samples() {
        for (options, modulus) in many_options().into_iter().zip([1, 2, u64::MAX]) {
            let whole = said(&[&bytes], options, Threads::One, usize::MAX);
            {
                let Ok(mut capture) = Capture::open(Pieces::new(&bytes, 3000)) else { continue };
                let mut engine = Engine::looking_for(options, content(&options));
                let mut chunk = Chunk::new(&engine.table);
                let mut facts = FileFacts::new(0);
                let mut said = Said::default();
                for number in 1_u64.. {
                    let more = chunk.fill(&mut capture, &mut facts, number % modulus == 0);
                    chunk.bring(&mut engine, |rows| said.batch(&rows));
                    if !more {
                        break;
                    }
                }
                said.file(&facts, capture);
                engine.finish();
                while let Some(rows) = engine.last_batch() {
                    said.batch(&rows);
                }
                said.engine(&engine);
                assert_eq!(whole, said, "{} every {modulus}", path.display());
            }
        }
    }
}

#[test]
fn a_recording_that_is_given_up_leaves_no_thread_waiting() {
    let (_, bytes) = samples().into_iter().max_by_key(|(_, bytes)| bytes.len()).unwrap();
    let every = Options { batch_rows: 1, ..options() };
    for turns in 0..3 {
        let mut recording = Recording::new(every, Content::default(), Threads::Two);
        recording.begin_file();
        let mut capture = Capture::open(Pieces::new(&bytes, 500)).unwrap();
        for _ in 0..turns {
            recording.turn(&mut capture, Duration::ZERO);
        }
    } // dropping it joins the thread; a thread that waits for ever would hang the test
    let mut recording = Recording::new(every, Content::default(), Threads::Two);
    recording.begin_file();
    let mut capture = Capture::open(&bytes[..]).unwrap();
    while !matches!(recording.turn(&mut capture, Duration::MAX), Turn::End) {}
    recording.finish();
    assert!(recording.last_batch().is_some(), "there are more");
}
