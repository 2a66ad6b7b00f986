//! Texts that stand in many rows.

use super::lines::{Line, Lines};
use super::text::{Heading, Record, STEP};

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

    /// Add labels to rows, and before each what stands there; None if there is no such label.
    /// Negative is null.
    pub(super) fn write(
        &self,
        indices: &[i64],
        before: &Heading,
        to: &mut Lines<'_>,
    ) -> Option<()> {
        match &self.kept {
            Kept::Short(labels) => write_short(labels, indices, before, to),
            Kept::Long(labels) => write_long(labels, indices, before, to),
        }
    }
}

/// The texts of some lines.
fn texts(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = lines.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
    lines.into_iter().flatten()
}

// Nothing waits for the label before: the misses of the cache overlap.

#[inline(never)] // the loop needs the registers
fn write_short(
    labels: &[Record],
    indices: &[i64],
    before: &Heading,
    to: &mut Lines<'_>,
) -> Option<()> {
    let null = labels.len().checked_sub(1)?;
    let (before, mut is_label) = (*before, true);
    let mut each = |index: i64, line: &mut Line<'_>, before: Option<&Heading>| {
        is_label &= index < null.cast_signed() as i64;
        if let Some(label) = labels.get(place(index, null)) {
            match before {
                Some(before) => line.put(before, label.all(), label.length()),
                None => line.put_step(label.all(), label.length()),
            }
        }
    };
    if before.length > 0 {
        to.each(indices.iter(), |index, line| each(*index, line, Some(&before)));
    } else {
        to.each(indices.iter(), |index, line| each(*index, line, None));
    }
    is_label.then_some(())
}

#[inline(never)]
fn write_long(labels: &Long, indices: &[i64], before: &Heading, to: &mut Lines<'_>) -> Option<()> {
    let null = labels.starts.len().checked_sub(2)?;
    let (before, mut is_label) = (*before, true);
    to.each(indices.iter(), |index, line| {
        is_label &= *index < null.cast_signed() as i64;
        let (start, end) = labels.bounds(place(*index, null));
        let length = end - start;
        match labels.text.get(start..).and_then(<[u8]>::first_chunk::<STEP>) {
            Some(first) if length <= STEP => line.put(&before, first, length),
            _ => {
                line.put(&before, &[], 0);
                line.put_long(labels.text.get(start..end).unwrap_or_default());
            }
        }
    });
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
