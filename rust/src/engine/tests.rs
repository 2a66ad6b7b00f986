//! Two threads give what one gives: every row, counter and fact, on every sample, however the bytes
//! come.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::chunk::Chunk;
use super::*;
use crate::capture::{Capture, OpenError};
use crate::flow::tests::options;
use crate::flow::{Column, Content, Room};
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
    evicted: u64,
    dropped: u64,
    /// In no order: which batch a row is in is left open.
    rows: Vec<String>,
    files: Vec<String>,
    counters: String,
    counts: BTreeMap<String, String>,
    tunnels: Vec<String>,
}

/// Each row with all that was found in it.
fn lines(mut rows: Rows) -> Vec<String> {
    let found = rows.found.take().unwrap_or_default();
    let matches = found.matches.unwrap_or_default();
    let (columns, heads) = rows.into_columns();
    let value = |column: &Column, row: usize| match column {
        Column::Address(values) => format!("{:?}", values.get(row)),
        Column::U8(values) => format!("{:?}", values.get(row)),
        Column::U16(values) => format!("{:?}", values.get(row)),
        Column::U32(values) => format!("{:?}", values.get(row)),
        Column::I16(values) => format!("{:?}", values.get(row)),
        Column::I32(values) => format!("{:?}", values.get(row)),
        Column::I64(values) => format!("{:?}", values.get(row)),
    };
    let head = |(offsets, bytes): &(Column, Column), row: usize| {
        let (Column::I64(offsets), Column::U8(bytes)) = (offsets, bytes) else { panic!("heads") };
        format!("{:?}", &bytes[offsets[row] as usize..offsets[row + 1] as usize])
    };
    let numbers = |of: &crate::payload::Matches, row: usize| {
        let ends = of.offsets.get(row).zip(of.offsets.get(row + 1));
        ends.map(|(from, to)| of.numbers[*from as usize..*to as usize].to_vec())
    };
    let it = found.transcripts;
    let mut transcripts = BTreeMap::new();
    for (number, row) in it.row.iter().enumerate() {
        let end = it.first_piece.get(number + 1).map_or(it.side.len(), |end| *end as usize);
        let pieces: Vec<_> = (it.first_piece[number] as usize..end)
            .map(|at| {
                let end = it.offsets.get(at + 1).map_or(it.data.len(), |end| *end as usize);
                let data = it.data[it.offsets[at] as usize..end].to_vec();
                ((it.side[at], it.source[at], it.frame[at], it.time[at]), it.position[at], data)
            })
            .collect();
        let starts = (it.a_start[number], it.b_start[number]);
        let dropped = (it.a_dropped[number], it.b_dropped[number]);
        let other = transcripts.insert(*row as usize, format!("{starts:?} {dropped:?} {pieces:?}"));
        assert!(other.is_none(), "a row has one transcript");
    }
    let count = columns.iter().map(Column::len).max().unwrap_or_default();
    (0..count)
        .map(|row| {
            let values: Vec<_> = columns.iter().map(|column| value(column, row)).collect();
            let heads = heads.each_ref().map(|of| head(of, row));
            let matches = (numbers(&matches.0, row), numbers(&matches.1, row));
            format!("{values:?} {heads:?} {matches:?} {:?}", transcripts.get(&row))
        })
        .collect()
}

impl Said {
    fn batch(&mut self, rows: Rows) {
        self.rows.extend(lines(rows));
    }

    fn file<R: Read>(&mut self, facts: &FileFacts, capture: Capture<R>) {
        self.frames += facts.frames;
        self.files.push(format!("{facts:?} {:?}", capture.into_info()));
    }

    fn engine(&mut self, engine: &Engine) {
        let table = engine.table();
        let counters = table.locator().counters();
        let crate::flow::Counters { in_flow, headless, not_described, .. } = counters;
        self.counters = format!("{in_flow:?} {headless:?} {not_described:?}");
        (self.evicted, self.dropped) = (table.evicted(), table.transcript_dropped());
        let stopped = counters.stopped.iter().map(|it| (format!("{:?}", it.0), format!("{it:?}")));
        let partial = counters.partial.iter().map(|it| (format!("{:?}", it.0), format!("{it:?}")));
        self.counts = stopped.chain(partial).collect();
        self.tunnels = table.locator().tunnels().to_vec();
        self.rows.sort_unstable();
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
                Turn::Batch(rows) => said.batch(*rows),
                Turn::More => {}
                Turn::End => break,
            }
        }
        said.file(recording.file(), capture);
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
        assert_eq!(one.rows.len(), 20_000);
        assert_eq!(one.evicted, 20_000_u64.saturating_sub(max_flows.into()));
        let two = said(&[&file], options, Threads::Two, usize::MAX);
        assert!(one == two, "{max_flows} {batch_rows}"); // too much to print
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
            said.file(&facts, capture);
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
