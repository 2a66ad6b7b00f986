//! Texts that stand in many rows.

use std::hint::black_box;

use super::line::{Fixed, Line, STEP};
use super::lines::Lines;

/// More labels than this are not kept with their heading in front.
const JOINED: usize = 4096;

/// Bytes of a label of middle length, and of its length.
const WIDE: usize = 2 * STEP;

/// Texts ready to be written; the last one stands for null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    pub(super) kept: Kept,
    pub(super) longest: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    Short(Vec<Record<STEP>>),
    Wide(Vec<Record<WIDE>>),
    Long(Long),
}

/// A text with anything behind it, and its length in the last byte: one place to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))] // so that none lies in two cache lines; as many bytes as a step has
pub(super) struct Record<const N: usize>([u8; N]);

impl<const N: usize> Record<N> {
    /// A text that is shorter than a record.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut record = [0; N];
        if let Some(to) = record.get_mut(..text.len()) {
            to.copy_from_slice(text);
        }
        if let Some(length) = record.last_mut() {
            *length = text.len() as u8;
        }
        Self(record)
    }

    /// The first bytes of some that are fewer than a record's.
    #[inline]
    pub(super) fn padded<const M: usize>(text: [u8; M], length: usize) -> Self {
        let mut record = [0; N];
        if let Some(to) = record.first_chunk_mut() {
            *to = text;
        }
        if let Some(last) = record.last_mut() {
            *last = length as u8;
        }
        Self(record)
    }
}

/// Texts one behind the other, and anything of a whole step behind all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Long {
    text: Vec<u8>,
    /// Where each begins, and where the last one ends.
    starts: Vec<usize>,
}

/// Labels of one kind.
trait Places {
    /// How many there are, with null.
    fn count(&self) -> usize;

    /// Look at one, if there is one.
    fn touch(&self, place: usize) -> u8;

    /// Write one.
    fn put(&self, place: usize, line: &mut Line<'_>);
}

impl Labels {
    /// Many texts that end with a line feed each, and what stands for null.
    #[must_use]
    pub fn new(lines: &[u8], null: &[u8]) -> Self {
        let texts: Vec<_> = texts(lines).chain([null]).collect();
        Self::of(&texts)
    }

    /// Texts that end with a line feed each, with the heading of their column in front; None if
    /// they are too many.
    pub(super) fn headed(lines: &[u8], null: &[u8], heading: &[u8]) -> Option<Self> {
        // A label has two bytes at least, or is empty.
        if lines.len() / 2 >= JOINED {
            return None;
        }
        let texts = texts(lines).chain([null]);
        let texts: Vec<_> = texts.map(|text| [heading, text].concat()).collect();
        Some(Self::of(&texts))
    }

    pub(super) fn of<T: AsRef<[u8]>>(texts: &[T]) -> Self {
        let longest = texts.iter().map(|text| text.as_ref().len()).max().unwrap_or_default();
        let kept = if longest < STEP {
            Kept::Short(records(texts))
        } else if longest < WIDE && texts.len() <= JOINED {
            Kept::Wide(records(texts))
        } else {
            Kept::Long(Long::new(texts))
        };
        Self { kept, longest }
    }

    /// Bytes of the longest.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Write the labels of some rows; None if there is no such label.
    ///
    /// # Arguments
    /// What stands before each; negative is null.
    pub(super) fn write(
        &self,
        before: &Fixed,
        indices: &[i64],
        lines: &mut Lines<'_>,
    ) -> Option<()> {
        match &self.kept {
            Kept::Short(labels) => write(labels, before, indices, lines),
            Kept::Wide(labels) => write(labels, before, indices, lines),
            Kept::Long(labels) => write(labels, before, indices, lines),
        }
    }
}

/// The texts of some lines.
fn texts(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = lines.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
    lines.into_iter().flatten()
}

/// Texts that are shorter than a record.
fn records<T: AsRef<[u8]>, const N: usize>(texts: &[T]) -> Vec<Record<N>> {
    texts.iter().map(|text| Record::new(text.as_ref())).collect()
}

#[inline(never)] // the loop needs the registers
fn write<P: Places + ?Sized>(
    labels: &P,
    before: &Fixed,
    indices: &[i64],
    lines: &mut Lines<'_>,
) -> Option<()> {
    let null = labels.count().checked_sub(1)?;
    // All are brought near at once: their misses of the cache overlap.
    let (mut touched, mut is_label) = (0, true);
    for index in indices {
        is_label &= *index < 0 || index.cast_unsigned() < null as u64;
        touched ^= labels.touch(place(*index, null));
    }
    black_box(touched);
    if !is_label {
        return None;
    }
    if before.len() == 0 {
        lines.each(indices, |index, line| labels.put(place(*index, null), line));
    } else {
        lines.each(indices, |index, line| {
            line.put_fixed(before);
            labels.put(place(*index, null), line);
        });
    }
    Some(())
}

/// Where a label is; one that is negative is null.
#[inline]
fn place(index: i64, null: usize) -> usize {
    index.cast_unsigned().min(null as u64) as usize
}

impl<const N: usize> Places for Vec<Record<N>> {
    fn count(&self) -> usize {
        self.len()
    }

    #[inline]
    fn touch(&self, place: usize) -> u8 {
        self.get(place).and_then(|record| record.0.last()).copied().unwrap_or_default()
    }

    #[inline]
    fn put(&self, place: usize, line: &mut Line<'_>) {
        if let Some(Record(text)) = self.get(place)
            && let Some(length) = text.last()
        {
            line.put_short(*text, usize::from(*length));
        }
    }
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

impl Places for Long {
    fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    #[inline]
    fn touch(&self, place: usize) -> u8 {
        let (start, end) = self.bounds(place);
        let [first, last] = [start, end].map(|at| self.text.get(at).copied().unwrap_or_default());
        first ^ last
    }

    #[inline]
    fn put(&self, place: usize, line: &mut Line<'_>) {
        let (start, end) = self.bounds(place);
        line.put_part(&self.text, start, end - start);
    }
}
