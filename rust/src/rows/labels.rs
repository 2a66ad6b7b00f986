//! Texts that stand in many rows.

use std::hint::black_box;

use super::line::STEP;

/// More labels than this are not kept with their heading in front.
const JOINED: usize = 4096;

/// Texts one behind the other; the last one stands for null.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels {
    /// Each is followed by something else, up to a whole step.
    text: Vec<u8>,
    /// Where each begins, and where what comes behind the last one does.
    starts: Vec<usize>,
    /// Bytes between the end of one and the start of the next.
    gap: usize,
    longest: usize,
}

impl Labels {
    /// Texts that end with a line feed each. Few of them get their heading in front.
    pub(super) fn new(lines: &[u8], null: &[u8], heading: &[u8]) -> Self {
        // A label has two bytes at least, or is empty.
        let few = lines.len() / 2 < JOINED;
        let mut labels = Self { gap: usize::from(!few), starts: vec![0], ..Self::default() };
        labels.text.reserve(lines.len() + null.len() + STEP);
        if few {
            let lines = lines.strip_suffix(b"\n").map(|lines| lines.split(|byte| *byte == b'\n'));
            for label in lines.into_iter().flatten().chain([null]) {
                labels.text.extend_from_slice(heading);
                labels.text.extend_from_slice(label);
                labels.starts.push(labels.text.len());
            }
        } else {
            labels.text.extend_from_slice(lines);
            labels.text.extend_from_slice(null);
            labels.text.push(b'\n');
            let ends = labels.text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            labels.starts.extend(ends.map(|(end, _)| end + 1));
        }
        let lengths = labels.starts.windows(2).map(|pair| match pair {
            [start, next] => next - start - labels.gap,
            _ => 0,
        });
        labels.longest = lengths.max().unwrap_or(0);
        labels.text.resize(labels.text.len() + STEP, 0);
        labels
    }

    /// Whether they are so many that the heading is not in front of each.
    pub(super) const fn are_many(&self) -> bool {
        self.gap != 0
    }

    /// Find many labels at once, and bring them near: their misses of the cache overlap.
    pub(super) fn find(
        &self,
        indices: impl Iterator<Item = i64>,
        found: &mut [Option<(usize, usize)>],
    ) {
        for (found, index) in found.iter_mut().zip(indices) {
            *found = self.place(index);
        }
        let begins = found.iter().flatten().filter_map(|(start, _)| self.text.get(*start));
        black_box(begins.fold(0, |all, byte| all ^ byte));
    }

    /// What [`Self::find`] found.
    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes of the longest.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// What a label stands in, where it begins, and its length; null if the index is negative.
    #[inline]
    pub(super) fn get(&self, index: i64) -> Option<(&[u8], usize, usize)> {
        let (start, length) = self.place(index)?;
        Some((&self.text, start, length))
    }

    #[inline]
    fn place(&self, index: i64) -> Option<(usize, usize)> {
        let null = self.starts.len().checked_sub(2)?;
        let place = match usize::try_from(index) {
            Ok(index) if index < null => index,
            Ok(_) => return None,
            Err(_) => null,
        };
        let (start, next) = (*self.starts.get(place)?, *self.starts.get(place + 1)?);
        Some((start, (next - start).saturating_sub(self.gap)))
    }
}
