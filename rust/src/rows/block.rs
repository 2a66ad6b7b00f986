//! Some rows, column by column, that are put together row by row.

use super::text::{Fixed, Page, Record};

/// Rows that are written together, at most: their texts stay in the nearest cache.
pub(super) const BLOCK: usize = 32;

/// The texts of one column.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    pub(super) records: [Record; BLOCK],
    /// Where those begin and end that stand elsewhere.
    pub(super) spans: [(usize, usize); BLOCK],
    /// Bytes with which all records begin: those of a number have its heading.
    pub(super) heading: usize,
}

impl Texts {
    /// Texts with a heading that is short enough for a number behind it.
    pub(super) fn headed(heading: &[u8]) -> Self {
        let records = [Record::new(heading); BLOCK];
        Self { records, spans: [(0, 0); BLOCK], heading: heading.len() }
    }
}

/// A column that is part of rows.
pub(super) trait Part {
    /// What stands before each text.
    fn before(&self) -> &Fixed;

    /// Its texts.
    fn texts(&self) -> &Texts;

    /// Where those are that are too long for a record.
    fn elsewhere(&self) -> &[u8];
}

/// Put the first rows together, one behind the other, each with its end, and say how
/// much is free behind them.
#[inline(never)] // the loop needs the registers
pub(super) fn join<P: Part>(parts: &[P], rows: usize, end: &Fixed, mut page: Page<'_>) -> usize {
    for row in 0..rows {
        for part in parts {
            let before = part.before();
            if before.len() > 0 {
                page.put_fixed(before);
            }
            let texts = part.texts();
            if let Some(text) = texts.records.get(row)
                && page.put(text).is_none()
            {
                let span = texts.spans.get(row).map_or(0..0, |(start, end)| *start..*end);
                page.put_long(part.elsewhere().get(span).unwrap_or_default());
            }
        }
        page.put_fixed(end);
    }
    page.free()
}
