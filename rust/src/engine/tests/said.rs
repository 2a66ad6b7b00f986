//! What a recording says, in words that can be compared.

use std::collections::BTreeMap;

use crate::capture::FileInfo;
use crate::engine::{Engine, FileFacts};
use crate::flow::{Column, Counters, RowHeads, Rows};
use crate::payload::Matches;
use crate::texts::Texts;

/// All that a recording says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    pub(super) frames: u64,
    pub(super) evicted: u64,
    pub(super) dropped: u64,
    /// In no order: which batch a row is in is left open.
    pub(super) rows: Vec<String>,
    pub(super) files: Vec<String>,
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
    let head = |heads: &RowHeads, row: usize| format!("{:?}", heads.text(row).expect("a head"));
    let numbers = |of: &Matches, row: usize| {
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
            let heads = [&heads.a, &heads.b].map(|of| head(of, row));
            let matches = (numbers(&matches.0, row), numbers(&matches.1, row));
            format!("{values:?} {heads:?} {matches:?} {:?}", transcripts.get(&row))
        })
        .collect()
}

impl Said {
    /// Like an assertion that both are equal, which says less.
    pub(super) fn equals(&self, other: &Self, name: &str) {
        let differ = self.rows.iter().zip(&other.rows).find(|(one, two)| one != two);
        assert_eq!(differ, None, "{name}");
        let counts = |it: &Self| (it.rows.len(), it.evicted, it.dropped, it.counters.clone());
        assert_eq!(counts(self), counts(other), "{name}");
        assert_eq!(self.files, other.files, "{name}");
        assert!(self == other, "{name}");
    }

    pub(super) fn batch(&mut self, rows: Rows) {
        self.rows.extend(lines(rows));
    }

    pub(super) fn file(&mut self, (facts, info): (FileFacts, FileInfo)) {
        self.frames += facts.frames;
        self.files.push(format!("{facts:?} {info:?}"));
    }

    pub(super) fn engine(&mut self, engine: &Engine) {
        let table = engine.table();
        let counters = table.locator().counters();
        let Counters { in_flow, headless, not_described, .. } = counters;
        self.counters = format!("{in_flow:?} {headless:?} {not_described:?}");
        (self.evicted, self.dropped) = (table.evicted(), table.transcript_dropped());
        let stopped = counters.stopped.iter().map(|it| (format!("{:?}", it.0), format!("{it:?}")));
        let partial = counters.partial.iter().map(|it| (format!("{:?}", it.0), format!("{it:?}")));
        self.counts = stopped.chain(partial).collect();
        self.tunnels = table.locator().tunnels().to_vec();
        self.rows.sort_unstable();
    }
}
