//! Rows that are written side by side, column by column: what is the same for a column stays in
//! registers, and no text waits for the length of the one before it.

use super::text::{Heading, STEP};

/// Rows that are written together, at most: they stay in the nearest cache.
pub(super) const BLOCK: usize = 32;

/// Bytes that are free behind the longest row: a short text is written in one step, whatever its
/// length.
const SLACK: usize = 2 * STEP;

/// Some rows as far as they are written.
pub(super) struct Lines<'a> {
    room: &'a mut [u8],
    /// Bytes from the beginning of a row to that of the next.
    stride: usize,
    /// Where each row goes on.
    ends: [usize; BLOCK],
    rows: usize,
}

impl<'a> Lines<'a> {
    /// No text yet of so many rows.
    ///
    /// # Arguments
    /// `room` holds anything, and grows where it must. No row has more than `longest` bytes.
    pub(super) fn new(room: &'a mut Vec<u8>, rows: usize, longest: usize) -> Self {
        // An odd number of cache lines: rows begin in different places of the cache.
        let stride = (longest + SLACK).div_ceil(SLACK) | 1;
        let stride = stride * SLACK;
        if room.len() < rows * stride {
            room.resize(rows * stride, 0);
        }
        let mut ends = [0; BLOCK];
        ends.iter_mut().zip((0..).step_by(stride)).for_each(|(end, start)| *end = start);
        Self { room, stride, ends, rows }
    }

    /// Add something to each row.
    #[inline]
    pub(super) fn each<T>(
        &mut self,
        values: impl Iterator<Item = T>,
        mut write: impl FnMut(T, &mut Line<'_>),
    ) {
        for (value, end) in values.zip(&mut self.ends) {
            let mut line = Line { room: self.room, end: *end };
            write(value, &mut line);
            *end = line.end;
        }
    }

    /// Add the same to every row.
    pub(super) fn put(&mut self, text: &[u8]) {
        self.each(0..self.rows, |_, line| line.put_long(text));
    }

    /// The rows.
    pub(super) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        let ends = self.ends.iter().zip((0..).step_by(self.stride)).take(self.rows);
        ends.map(|(end, start)| self.room.get(start..*end).unwrap_or_default())
    }
}

/// One row. What does not fit is left out, which no caller lets happen.
pub(super) struct Line<'a> {
    room: &'a mut [u8],
    end: usize,
}

impl Line<'_> {
    /// Add the first bytes of some, and what stands before.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, before: &Heading, text: &[u8; N], length: usize) {
        self.put_with(before, length, |to: &mut [u8; N]| *to = *text);
    }

    /// Add what is written to a place: so many bytes of it.
    #[inline]
    pub(super) fn put_with<const N: usize>(
        &mut self,
        before: &Heading,
        length: usize,
        write: impl FnOnce(&mut [u8; N]),
    ) {
        if let Some(to) = self.room.get_mut(self.end..self.end + SLACK) {
            if let Some(to) = to.first_chunk_mut() {
                *to = before.text;
            }
            let to = to.get_mut(before.length % STEP..).and_then(<[u8]>::first_chunk_mut);
            if let Some(to) = to {
                write(to);
            }
        }
        self.end += before.length + length;
    }

    /// Add the first bytes of some.
    #[inline]
    pub(super) fn put_step(&mut self, text: &[u8; STEP], length: usize) {
        if let Some(to) =
            self.room.get_mut(self.end..self.end + STEP).and_then(<[u8]>::first_chunk_mut)
        {
            *to = *text;
        }
        self.end += length;
    }

    /// Add a text of any length.
    #[inline]
    pub(super) fn put_long(&mut self, text: &[u8]) {
        self.end = put_long(self.room, self.end, text);
    }
}

/// Put a text of any length somewhere, and say where it ends. What a line is stays in registers.
#[inline(never)]
fn put_long(room: &mut [u8], start: usize, text: &[u8]) -> usize {
    let end = start + text.len();
    if let Some(to) = room.get_mut(start..end) {
        to.copy_from_slice(text);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_are_put_behind_each_other_in_each_row() {
        let text: Vec<u8> = (0..200).collect();
        let lengths = [0, 1, 31, 32, 33, 63, 64, 70, 130];
        let mut room = Vec::new();
        let mut lines = Lines::new(&mut room, 3, 2000);
        let mut expected = vec![Vec::new(); 3];
        for (column, length) in lengths.into_iter().enumerate() {
            let text = text.get(..length).unwrap();
            lines.put(text);
            lines.each(0..3, |row, line| {
                line.put_long(text.get(..length.min(row)).unwrap());
                line.put(&Heading::new(b"ab"), &[7; 30], column + row);
            });
            for (row, expected) in expected.iter_mut().enumerate() {
                expected.extend_from_slice(text);
                expected.extend_from_slice(text.get(..length.min(row)).unwrap());
                expected.extend_from_slice(b"ab");
                expected.extend(vec![7; column + row]);
            }
        }
        assert_eq!(lines.texts().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut room = Vec::new();
        let mut lines = Lines::new(&mut room, 2, 10);
        lines.each(0..2, |_, line| line.put_long(&[1; 1000]));
        lines.each(0..2, |_, line| line.put(&Heading::new(b"a"), &[1; 8], 8));
        assert_eq!(lines.texts().collect::<Vec<_>>(), [[0; 0]; 2]);
    }
}
