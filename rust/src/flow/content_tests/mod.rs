//! The rules of docs/engine.md, section Content, one by one.

mod transcripts;
mod triggers;

use super::*;
use crate::capture::Frame;
use crate::engine::{Engine, FileFacts};
use crate::packet::frames::{A, ACK, B, FIN, RST, SYN, ethernet, ipv4_part, tcp, udp};
use crate::payload::{Pattern, TranscriptOptions};
use crate::texts::Texts;

const SECOND: i64 = 1_000_000_000;

/// Side, frame, position, bytes.
type Piece = (char, u64, i64, Vec<u8>);

/// Row, start, dropped, pieces.
type Transcript = (usize, [u32; 2], [i64; 2], Vec<Piece>);

#[derive(Debug, Default)]
struct Seen {
    heads: Vec<(Vec<u8>, Vec<u8>)>,
    matches: Vec<(Vec<u32>, Vec<u32>)>,
    transcripts: Vec<Transcript>,
    dropped: u64,
}

impl Seen {
    /// The pieces of the only transcript.
    fn pieces(&self) -> Vec<(char, u64, i64, &[u8])> {
        assert_eq!(self.transcripts.len(), 1, "{self:?}");
        let pieces = self.transcripts[0].3.iter();
        pieces.map(|(side, frame, position, data)| (*side, *frame, *position, &**data)).collect()
    }
}

struct Wanted {
    patterns: Vec<Pattern>,
    transcripts: TranscriptOptions,
    options: Options,
}

fn wanted() -> Wanted {
    let timeouts = Timeouts {
        tcp: 600 * SECOND,
        closed: 60 * SECOND,
        udp: 120 * SECOND,
        icmp: 60 * SECOND,
        other: 120 * SECOND,
        active: 0,
    };
    Wanted {
        patterns: Vec::new(),
        transcripts: TranscriptOptions::default(),
        options: Options { timeouts, max_flows: 9, batch_rows: 9, head_bytes: 8, partial: false },
    }
}

impl Wanted {
    /// Flows of port 80 and 53 get a transcript.
    fn by_port(mut self) -> Self {
        self.transcripts.ports = vec![(6, 80), (17, 53)];
        self
    }

    fn pattern(mut self, expression: &[u8], head_bytes: usize, transcript: bool) -> Self {
        let number = self.patterns.len() as u32 + 1;
        let expression = expression.to_vec();
        let ip_protocol = None;
        self.patterns.push(Pattern { number, expression, ip_protocol, head_bytes, transcript });
        self
    }

    /// Frames one second after the other, each with the bytes that the recorder lost of it.
    fn read_cut(&self, frames: &[(Vec<u8>, usize)]) -> Seen {
        let content = Content::new(&self.patterns, &self.transcripts, &self.options);
        let mut engine = Engine::looking_for(self.options, content.expect("patterns"));
        let mut file = FileFacts::new(0);
        let mut seen = Seen::default();
        for (time, (data, lost)) in (0..).zip(frames) {
            let frame = Frame {
                time: time * SECOND,
                link_type: 1,
                data: &data[..data.len() - lost],
                wire_length: data.len() as u32,
            };
            engine.frames(&[frame], &mut file);
            engine.full_batch().into_iter().for_each(|rows| seen.add(rows));
        }
        engine.finish();
        while let Some(rows) = engine.last_batch() {
            seen.add(rows);
        }
        seen.dropped = engine.table().transcript_dropped();
        seen
    }

    fn read(&self, frames: &[Vec<u8>]) -> Seen {
        self.read_cut(&frames.iter().map(|frame| (frame.clone(), 0)).collect::<Vec<_>>())
    }
}

impl Seen {
    fn add(&mut self, mut rows: Rows) {
        let first = self.heads.len();
        let found = rows.found.take().unwrap_or_default();
        let (_, heads) = rows.heads();
        let part = |heads: &RowHeads, row: usize| heads.text(row).expect("a head").to_vec();
        let numbers = |of: &crate::payload::Matches, row: usize| {
            of.numbers[of.offsets[row] as usize..of.offsets[row + 1] as usize].to_vec()
        };
        for row in 0..rows.len() {
            self.heads.push((part(&heads.a, row), part(&heads.b, row)));
            if let Some((a, b)) = &found.matches {
                self.matches.push((numbers(a, row), numbers(b, row)));
            }
        }
        let it = found.transcripts;
        for (number, row) in it.row.iter().enumerate() {
            let end = it.first_piece.get(number + 1).map_or(it.side.len(), |end| *end as usize);
            let pieces = (it.first_piece[number] as usize..end).map(|at| {
                let end = it.offsets.get(at + 1).map_or(it.data.len(), |end| *end as usize);
                let data = it.data[it.offsets[at] as usize..end].to_vec();
                assert_eq!((it.source[at], it.time[at]), (0, (it.frame[at] - 1) * SECOND));
                (['a', 'b'][usize::from(it.side[at])], it.frame[at] as u64, it.position[at], data)
            });
            self.transcripts.push((
                first + *row as usize,
                [it.a_start[number], it.b_start[number]],
                [it.a_dropped[number], it.b_dropped[number]],
                pieces.collect(),
            ));
        }
    }
}

fn up(flags: u8, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let segment = tcp((4000, 80), flags, (sequence, 901), payload);
    ethernet(0x0800, &ipv4_part((A, B), 6, 0, &segment))
}

fn down(flags: u8, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let segment = tcp((80, 4000), flags, (sequence, 101), payload);
    ethernet(0x0800, &ipv4_part((B, A), 6, 0, &segment))
}

fn ask(payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4_part((A, B), 17, 0, &udp(4000, 53, payload)))
}

fn answer(payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4_part((B, A), 17, 0, &udp(53, 4000, payload)))
}

fn data(sequence: u32, payload: &[u8]) -> Vec<u8> {
    up(ACK, sequence, payload)
}
