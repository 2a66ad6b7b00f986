//! The row that is being written.

/// What is short is copied in one move of so many bytes, whatever its length: that needs no call.
pub(super) const STEP: usize = 32;

/// A row of bounded length. What does not fit is left out, which no caller lets happen.
#[derive(Debug)]
pub(super) struct Line {
    room: Vec<u8>,
    length: usize,
}

impl Line {
    /// Room for a row of so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { room: vec![0; most.saturating_add(2 * STEP)], length: 0 }
    }

    /// The row.
    pub(super) fn text(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }

    /// Begin the next row.
    #[inline]
    pub(super) const fn clear(&mut self) {
        self.length = 0;
    }

    /// Add a text.
    #[inline]
    pub(super) fn put(&mut self, text: &[u8]) {
        if let Some(to) = self.room.get_mut(self.length..self.length + text.len()) {
            to.copy_from_slice(text);
            self.length += text.len();
        }
    }

    /// Add what stands in every row.
    #[inline]
    pub(super) fn put_fixed(&mut self, text: &Fixed) {
        self.put_part(&text.bytes, 0, text.length);
    }

    /// Add the first bytes of these.
    #[inline]
    pub(super) fn put_short(&mut self, bytes: [u8; 8], length: usize) {
        if let Some(to) = self.room.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut) {
            *to = bytes;
            self.length += length;
        }
    }

    /// Add so many bytes of a text that begins there; what is behind it may be anything.
    #[inline]
    pub(super) fn put_part(&mut self, text: &[u8], start: usize, length: usize) {
        if length <= STEP
            && let Some(from) = text.get(start..).and_then(<[u8]>::first_chunk::<STEP>)
            && let Some(to) = self.room.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut)
        {
            *to = *from;
            self.length += length;
        } else {
            self.put(text.get(start..start + length).unwrap_or_default());
        }
    }
}

/// A text that stands in every row, and behind it anything up to a whole step.
#[derive(Debug, Clone)]
pub(super) struct Fixed {
    bytes: Vec<u8>,
    length: usize,
}

impl Fixed {
    pub(super) fn new(mut bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        bytes.resize(length.max(STEP), 0);
        Self { bytes, length }
    }

    /// Bytes of it.
    pub(super) const fn len(&self) -> usize {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_put_one_behind_the_other() {
        let text: Vec<u8> = (0..200).collect();
        let mut line = Line::new(400);
        let mut expected = Vec::new();
        for (start, length) in [(0, 3), (5, 32), (7, 33), (150, 50), (190, 10), (0, 0), (199, 1)] {
            line.put_part(&text, start, length);
            expected.extend_from_slice(&text[start..start + length]);
        }
        line.put_short(*b"12345678", 2);
        expected.extend_from_slice(b"12");
        assert_eq!(line.text(), expected);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut line = Line::new(0);
        line.put(&[1; 65]);
        assert!(line.text().is_empty());
        line.put_part(&[1; 100], 0, 100);
        assert!(line.text().is_empty());
    }
}
