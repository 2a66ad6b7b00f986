//! Texts that stand in many rows.

use super::block::Texts;
use super::text::{Record, STEP};

/// More labels than this are not kept with their heading in front.
const JOINED: usize = 4096;

/// Texts ready to be written; the last one stands for null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    pub(super) kept: Kept,
    pub(super) longest: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    Short(Vec<Record>),
    Long(Long),
}

/// Texts one behind the other, and anything of a whole step behind all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Long {
    text: Vec<u8>,
    /// Where each begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Labels {
    /// Many texts that end with a line feed each, and what stands for null.
    #[must_use]
    pub fn new(lines: &[u8], null: &[u8]) -> Self {
        let texts: Vec<_> = texts(lines).chain([null]).collect();
        Self::of(&texts)
    }

    /// Texts that end with a line feed each, with the heading of their column in front; None if
    /// they are too many, or too long for one step.
    pub(super) fn headed(lines: &[u8], null: &[u8], heading: &[u8]) -> Option<Self> {
        // A label has two bytes at least, or is empty.
        if lines.len() / 2 >= JOINED {
            return None;
        }
        let texts = texts(lines).chain([null]);
        let texts: Vec<_> = texts.map(|text| [heading, text].concat()).collect();
        Some(Self::of(&texts)).filter(|labels| labels.longest <= Record::LONGEST)
    }

    pub(super) fn of<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        let longest = texts.iter().map(|text| text.as_ref().len()).max().unwrap_or_default();
        let kept = if longest <= Record::LONGEST {
            Kept::Short(texts.iter().map(|text| Record::new(text.as_ref())).collect())
        } else {
            Kept::Long(Long::new(texts))
        };
        Self { kept, longest }
    }

    /// Bytes of the longest.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// The labels of some rows; None if there is no such label. Negative is null.
    pub(super) fn write(&self, indices: &[i64], to: &mut Texts) -> Option<()> {
        match &self.kept {
            Kept::Short(labels) => write_short(labels, indices, to),
            Kept::Long(labels) => write_long(labels, indices, to),
        }
    }

    /// The texts that are too long for a record.
    pub(super) fn long(&self) -> &[u8] {
        if let Kept::Long(labels) = &self.kept { &labels.text } else { &[] }
    }
}

/// The texts of some lines.
fn texts(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = lines.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
    lines.into_iter().flatten()
}

// Nothing waits for the label before: the misses of the cache overlap.

#[inline(never)] // the loop needs the registers
fn write_short(labels: &[Record], indices: &[i64], to: &mut Texts) -> Option<()> {
    let null = labels.len().checked_sub(1)?;
    let mut is_label = true;
    for (index, to) in indices.iter().zip(&mut to.records) {
        is_label &= *index < 0 || index.cast_unsigned() < null as u64;
        if let Some(label) = labels.get(place(*index, null)) {
            *to = *label;
        }
    }
    is_label.then_some(())
}

#[inline(never)]
fn write_long(labels: &Long, indices: &[i64], to: &mut Texts) -> Option<()> {
    let null = labels.starts.len().checked_sub(2)?;
    let mut is_label = true;
    for ((index, to), span) in indices.iter().zip(&mut to.records).zip(&mut to.spans) {
        is_label &= *index < 0 || index.cast_unsigned() < null as u64;
        let (start, end) = labels.bounds(place(*index, null));
        let first = labels.text.get(start..).and_then(<[u8]>::first_chunk::<STEP>);
        let length = end - start;
        if length <= Record::LONGEST
            && let Some(first) = first
        {
            to.set(*first, length);
        } else {
            *span = (start, end);
            to.leave();
        }
    }
    is_label.then_some(())
}

/// Where a label is; one that is negative is null.
#[inline]
fn place(index: i64, null: usize) -> usize {
    index.cast_unsigned().min(null as u64) as usize
}

impl Long {
    fn new<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        let bytes: usize = texts.iter().map(|text| text.as_ref().len()).sum();
        let mut text = Vec::with_capacity(bytes + STEP);
        let mut starts = Vec::with_capacity(texts.len() + 1);
        starts.push(0);
        for each in texts {
            text.extend_from_slice(each.as_ref());
            starts.push(text.len());
        }
        text.resize(bytes + STEP, 0);
        Self { text, starts }
    }

    /// Where a text begins, and where it ends.
    #[inline]
    fn bounds(&self, place: usize) -> (usize, usize) {
        match self.starts.get(place..).and_then(<[usize]>::first_chunk) {
            Some([start, end]) => (*start, *end),
            None => (0, 0),
        }
    }
}
