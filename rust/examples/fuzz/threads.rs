//! A damaged capture, read by one thread and by two: all that is said of it is the same.

#![allow(clippy::cast_sign_loss)] // offsets are not negative

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::time::Duration;

use _native::capture::{Capture, Input};
use _native::engine::{Recording, Threads, Turn};
use _native::flow::{Column, Content, Options, Rows};
use _native::payload::{Pattern, TranscriptOptions};
use _native::texts::Texts;

use super::{Random, TIMEOUTS};

/// A capture that comes in small pieces, so that there are many chunks of it.
struct Pieces {
    bytes: io::Cursor<Vec<u8>>,
    longest: usize,
    random: Random,
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = room.len().min(self.random.below(self.longest) + 1);
        self.bytes.read(room.get_mut(..most).unwrap_or_default())
    }
}

impl Input for Pieces {}

/// What is said of a recording, whichever batch it stands in.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    rows: u64,
    /// Of each row, all summed up.
    digest: u64,
    evicted: u64,
    dropped: u64,
    facts: String,
    in_flow: String,
}

/// Reads it both ways.
pub(super) fn run(bytes: &[u8], random: &mut Random) {
    let options = Options {
        timeouts: TIMEOUTS,
        max_flows: [1, 4, 40, 100_000][random.below(4)],
        batch_rows: [1, 10_000][random.below(2)],
        head_bytes: [1, 40, 256][random.below(3)],
        partial: random.below(2) == 0,
    };
    let transcripts = TranscriptOptions {
        ports: vec![(6, 445), (17, 53), (6, 135), (6, 80)],
        flow_bytes: [100, 65_536][random.below(2)],
        total_bytes: [100, 2000, 1 << 30][random.below(3)],
    };
    let (longest, seed) = ([300, 5000, 1 << 20][random.below(3)], random.next() | 1);
    let said = |threads| {
        let pattern = Pattern {
            number: 7,
            expression: b"(?i)[a-z]{3}".to_vec(),
            ip_protocol: None,
            head_bytes: 512,
            transcript: true,
        };
        let content = Content::new(&[pattern], &transcripts, &options).expect("a pattern of ours");
        let bytes = io::Cursor::new(bytes.to_vec());
        said(Pieces { bytes, longest, random: Random(seed) }, options, content, threads)
    };
    assert_eq!(said(Threads::One), said(Threads::Two));
}

fn said(input: Pieces, options: Options, content: Content, threads: Threads) -> Said {
    let mut said = Said::default();
    let mut recording = Recording::new(options, content, threads);
    recording.begin_file();
    let Ok(capture) = Capture::open(input) else { return said };
    recording.open(capture);
    loop {
        match recording.turn(Duration::from_secs(1)) {
            Turn::Batch(rows) => said.add(*rows),
            Turn::More => {}
            Turn::End => break,
        }
    }
    said.facts = format!("{:?}", recording.close());
    recording.finish();
    while let Some(rows) = recording.last_batch() {
        said.add(*rows);
    }
    let table = recording.engine().expect("it is over").table();
    said.in_flow = format!("{:?}", table.locator().counters().in_flow);
    (said.evicted, said.dropped) = (table.evicted(), table.transcript_dropped());
    said
}

impl Said {
    fn add(&mut self, mut rows: Rows) {
        let found = rows.found.take().unwrap_or_default();
        let (mut columns, heads) = rows.into_columns();
        let count = columns.first().map_or(0, Column::len);
        let mut digests = vec![DefaultHasher::new(); count];
        // Tunnels have the same numbers either way, so every column is compared.
        for column in &mut columns {
            for (row, digest) in digests.iter_mut().enumerate() {
                hash(column, row, digest);
            }
        }
        for heads in [&heads.a, &heads.b] {
            for (row, digest) in digests.iter_mut().enumerate() {
                heads.text(row).hash(digest);
            }
        }
        let it = found.transcripts;
        for (number, row) in it.row.iter().enumerate() {
            let Some(digest) = digests.get_mut(*row as usize) else { panic!("a row beyond") };
            (it.a_start[number], it.b_start[number]).hash(digest);
            (it.a_dropped[number], it.b_dropped[number]).hash(digest);
            let end = it.first_piece.get(number + 1).map_or(it.side.len(), |end| *end as usize);
            for at in it.first_piece[number] as usize..end {
                let end = it.offsets.get(at + 1).map_or(it.data.len(), |end| *end as usize);
                (it.side[at], it.frame[at], it.position[at]).hash(digest);
                it.data.get(it.offsets[at] as usize..end).hash(digest);
            }
        }
        self.rows += count as u64;
        for digest in digests {
            self.digest = self.digest.wrapping_add(digest.finish());
        }
    }
}

fn hash(column: &Column, row: usize, digest: &mut DefaultHasher) {
    match column {
        Column::Address(values) => values.get(row).hash(digest),
        Column::U8(values) => values.get(row).hash(digest),
        Column::U16(values) => values.get(row).hash(digest),
        Column::U32(values) => values.get(row).hash(digest),
        Column::I16(values) => values.get(row).hash(digest),
        Column::I32(values) => values.get(row).hash(digest),
        Column::I64(values) => values.get(row).hash(digest),
    }
}
