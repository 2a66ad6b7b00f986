//! The row that is being written.

/// What is short is copied in one move of so many bytes, whatever its length: that needs no call.
pub(super) const STEP: usize = 32;

/// A row of bounded length. What does not fit is left out, which no caller lets happen.
#[derive(Debug)]
pub(super) struct Line<'a> {
    room: &'a mut [u8],
    length: usize,
}

impl<'a> Line<'a> {
    /// Bytes that a row needs behind it, for what is copied in whole steps.
    pub(super) const SLACK: usize = 2 * STEP;

    /// A row of which so many bytes are written already.
    #[inline]
    pub(super) const fn after(room: &'a mut [u8], length: usize) -> Self {
        Self { room, length }
    }

    /// Bytes of the row.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Add what stands in every row.
    #[inline]
    pub(super) fn put_fixed(&mut self, text: &Fixed) {
        self.put_step(&text.first);
        if text.length <= STEP {
            self.length += text.length;
        } else {
            self.put_long(&text.all, 0, text.length);
        }
    }

    /// Add what stands in every row, and the first bytes of these; None, and nothing is added, if
    /// that takes more than a step.
    #[inline]
    pub(super) fn put_cell<const N: usize>(
        &mut self,
        before: &Fixed,
        bytes: [u8; N],
        length: usize,
    ) -> Option<()> {
        let cell = self.room.get_mut(self.length..)?.get_mut(..STEP + N)?;
        let begin = before.length;
        if begin > STEP {
            return None;
        }
        *cell.first_chunk_mut()? = before.first;
        *cell.get_mut(begin..)?.first_chunk_mut()? = bytes;
        self.length += begin + length;
        Some(())
    }

    /// Add the first bytes of these.
    #[inline]
    pub(super) fn put_short<const N: usize>(&mut self, bytes: [u8; N], length: usize) {
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
        {
            self.put_step(from);
            self.length += length;
        } else {
            self.put_long(text, start, length);
        }
    }

    #[inline]
    fn put_step(&mut self, from: &[u8; STEP]) {
        if let Some(to) = self.room.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut) {
            *to = *from;
        }
    }

    /// Step by step, as long as what is behind the text allows it.
    fn put_long(&mut self, text: &[u8], start: usize, length: usize) {
        let end = start.saturating_add(length);
        let mut at = start;
        while at < end {
            let step = STEP.min(end - at);
            if let Some(from) = text.get(at..).and_then(<[u8]>::first_chunk::<STEP>) {
                self.put_step(from);
            } else {
                self.put_rest(text.get(at..end).unwrap_or_default());
            }
            self.length += step;
            at += step;
        }
    }

    #[cold]
    fn put_rest(&mut self, text: &[u8]) {
        if let Some(to) = self.room.get_mut(self.length..self.length + text.len()) {
            to.copy_from_slice(text);
        }
    }
}

/// A text that stands in every row.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixed {
    first: [u8; STEP],
    /// All of it, and behind it anything up to a whole step.
    all: Vec<u8>,
    length: usize,
}

impl Fixed {
    pub(super) fn new(mut bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        bytes.resize(length + STEP, 0);
        Self { first: bytes.first_chunk().copied().unwrap_or_default(), all: bytes, length }
    }

    /// Bytes of it.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// It, without what is behind.
    pub(super) fn text(&self) -> &[u8] {
        self.all.get(..self.length).unwrap_or_default()
    }

    /// Put other bytes in the place of its last ones.
    pub(super) fn set_end(&mut self, end: &[u8]) {
        let begin = self.length.saturating_sub(end.len());
        if let Some(to) = self.all.get_mut(begin..self.length) {
            to.copy_from_slice(end);
        }
        self.first = self.all.first_chunk().copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_put_one_behind_the_other() {
        let text: Vec<u8> = (0..200).collect();
        let mut room = [0; 400];
        let mut line = Line::after(&mut room, 0);
        let mut expected = Vec::new();
        for (start, length) in [(0, 3), (5, 32), (7, 33), (150, 50), (190, 10), (0, 0), (199, 1)] {
            line.put_part(&text, start, length);
            expected.extend_from_slice(&text[start..start + length]);
        }
        line.put_short(*b"12345678", 2);
        expected.extend_from_slice(b"12");
        for length in [0, 31, 32, 33, 70] {
            let fixed = Fixed::new(text[..length].to_vec());
            line.put_fixed(&fixed);
            assert_eq!((fixed.text(), fixed.len()), (&text[..length], length));
            expected.extend_from_slice(&text[..length]);
        }
        let length = line.len();
        assert_eq!(&room[..length], expected);
    }

    #[test]
    fn the_end_of_a_fixed_text_can_be_another() {
        for before in [0, 30, 50] {
            let mut fixed = Fixed::new([vec![b'-'; before], b"1970".to_vec()].concat());
            fixed.set_end(b"2024");
            let mut room = [0; 100];
            let mut line = Line::after(&mut room, 0);
            line.put_fixed(&fixed);
            let length = line.len();
            assert_eq!(room[..length], [vec![b'-'; before], b"2024".to_vec()].concat());
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut room = [0; 64];
        let mut line = Line::after(&mut room, 0);
        line.put_part(&[1; 100], 0, 100);
        line.put_part(&[1; 10], 5, 10);
        line.put_short([1; 8], 8);
        assert_eq!(room, [1; 64]);
    }
}
