//! Texts that stand in many rows.

use std::hint::black_box;

use super::line::STEP;

/// More labels than this are not kept with their heading in front.
const JOINED: usize = 4096;

/// Texts one behind the other, ready to be written; the last one stands for null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    /// Each is followed by something else, up to a whole step.
    text: Vec<u8>,
    /// Where each begins, and where what comes behind the last one does.
    starts: Vec<usize>,
    /// Bytes between the end of one and the start of the next.
    gap: usize,
    longest: usize,
}

/// Where a label begins, and its length.
pub(super) type Place = (usize, usize);

impl Labels {
    /// Many texts that end with a line feed each, and what stands for null.
    #[must_use]
    pub fn new(lines: &[u8], null: &[u8]) -> Self {
        let mut labels = Self { gap: 1, starts: vec![0], ..Self::default() };
        labels.text.reserve(lines.len() + null.len() + 1 + STEP);
        labels.text.extend_from_slice(lines);
        labels.text.extend_from_slice(null);
        labels.text.push(b'\n');
        let ends = labels.text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        labels.starts.extend(ends.map(|(end, _)| end + 1));
        labels.finished()
    }

    /// Texts that end with a line feed each, with the heading of their column in front; None if
    /// they are too many.
    pub(super) fn headed(lines: &[u8], null: &[u8], heading: &[u8]) -> Option<Self> {
        // A label has two bytes at least, or is empty.
        if lines.len() / 2 >= JOINED {
            return None;
        }
        let mut labels = Self { starts: vec![0], ..Self::default() };
        let lines = lines.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
        for label in lines.into_iter().flatten().chain([null]) {
            labels.text.extend_from_slice(heading);
            labels.text.extend_from_slice(label);
            labels.starts.push(labels.text.len());
        }
        Some(labels.finished())
    }

    fn finished(mut self) -> Self {
        let lengths = self.starts.windows(2).map(|pair| match pair {
            [start, next] => next - start - self.gap,
            _ => 0,
        });
        self.longest = lengths.max().unwrap_or(0);
        self.text.resize(self.text.len() + STEP, 0);
        self
    }

    /// Find many labels at once, and bring them near: their misses of the cache overlap. None if
    /// there is no such label.
    pub(super) fn find(&self, indices: &[i64], found: &mut [Place]) -> Option<()> {
        for (found, index) in found.iter_mut().zip(indices) {
            *found = self.place(*index)?;
        }
        let mut touched = 0;
        for (start, length) in found.iter().take(indices.len()) {
            for at in [*start, start + length] {
                touched ^= self.text.get(at).copied().unwrap_or_default();
            }
        }
        black_box(touched);
        Some(())
    }

    /// What the places are in.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes of the longest.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Whether they have their heading in front, and are so few that they are near anyway.
    pub(super) const fn are_headed(&self) -> bool {
        self.gap == 0
    }

    /// Where a label is; null if the index is negative.
    #[inline]
    pub(super) fn place(&self, index: i64) -> Option<Place> {
        let null = self.starts.len().checked_sub(2)?;
        if index >= 0 && index.cast_unsigned() >= null as u64 {
            return None;
        }
        let at = index.cast_unsigned().min(null as u64) as usize;
        let (start, next) = (*self.starts.get(at)?, *self.starts.get(at + 1)?);
        Some((start, (next - start).saturating_sub(self.gap)))
    }
}
