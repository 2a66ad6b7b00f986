//! Texts that are copied in steps of one length.

/// What is short is copied in one move of so many bytes, whatever its length: that needs no call.
pub(super) const STEP: usize = 32;

/// Bytes of a short number.
pub(super) const DIGITS: usize = 8;

/// A text with anything behind it, and its length in the last byte: one place to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(32))] // so that none lies in two cache lines; as many bytes as a step has
pub(super) struct Record([u8; STEP]);

impl Record {
    /// Bytes of the longest text.
    pub(super) const LONGEST: usize = STEP - 1;

    /// A text that is short enough.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut record = [0; STEP];
        if let Some(to) = record.get_mut(..text.len()) {
            to.copy_from_slice(text);
        }
        let mut record = Self(record);
        record.end(text.len());
        record
    }

    /// A text of so many bytes at most, and its length.
    pub(super) fn short(&self) -> ([u8; DIGITS], usize) {
        (self.0.first_chunk().copied().unwrap_or_default(), self.length())
    }

    /// Be a text that begins as it does already, and goes on with the first of these bytes.
    #[inline]
    pub(super) fn set_behind(&mut self, begin: usize, text: [u8; DIGITS], length: usize) {
        if let Some(to) = self.0.get_mut(begin..).and_then(<[u8]>::first_chunk_mut) {
            *to = text;
        }
        self.end(begin + length);
    }

    /// Stand elsewhere; what it begins with stays.
    pub(super) const fn leave(&mut self) {
        self.end(u8::MAX as usize);
    }

    /// Be the first bytes of some that are fewer than a record's.
    #[inline]
    pub(super) fn set<const N: usize>(&mut self, text: [u8; N], length: usize) {
        if let Some(to) = self.0.first_chunk_mut() {
            *to = text;
        }
        self.end(length);
    }

    /// Be a text and a byte behind it.
    #[inline]
    pub(super) fn set_with(&mut self, text: [u8; STEP], length: usize, last: Option<u8>) {
        self.0 = text;
        self.end(length + usize::from(last.is_some()));
        if let Some(last) = last
            && let Some(to) = self.0.get_mut(length)
        {
            *to = last;
        }
    }

    /// Be as many bytes, the last of which is their length.
    #[inline]
    pub(super) const fn set_all(&mut self, all: [u8; STEP]) {
        self.0 = all;
    }

    #[inline]
    const fn end(&mut self, length: usize) {
        self.0[STEP - 1] = length as u8;
    }

    /// Bytes of the text; more than the longest has where it stands elsewhere.
    #[inline]
    pub(super) const fn length(&self) -> usize {
        self.0[STEP - 1] as usize
    }

    /// So many bytes of it.
    pub(super) fn first(&self, length: usize) -> &[u8] {
        self.0.get(..length).unwrap_or_default()
    }

    /// It, without what is behind; None if it stands elsewhere.
    pub(super) fn text(&self) -> Option<&[u8]> {
        self.0.get(..self.length())
    }
}

/// A text that stands in every row.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixed {
    first: [u8; STEP],
    length: usize,
    all: Vec<u8>,
}

impl Fixed {
    /// Nothing.
    pub(super) const NONE: &Self = &Self { first: [0; STEP], length: 0, all: Vec::new() };

    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let mut first = [0; STEP];
        first.iter_mut().zip(&bytes).for_each(|(to, byte)| *to = *byte);
        Self { first, length: bytes.len(), all: bytes }
    }

    /// Bytes of it.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// It.
    pub(super) fn text(&self) -> &[u8] {
        &self.all
    }
}

/// Bytes that must be free where a short text is put, which is copied in one step: then there is no
/// question whether the step and the text have room.
pub(super) const SLACK: usize = 2 * STEP;

/// Memory that is written from its beginning. What does not fit is left out, which no caller lets
/// happen.
pub(super) struct Page<'a> {
    /// What is free.
    rest: &'a mut [u8],
}

impl<'a> Page<'a> {
    /// All of this memory.
    pub(super) const fn new(rest: &'a mut [u8]) -> Self {
        Self { rest }
    }

    /// Bytes that are free.
    pub(super) const fn free(&self) -> usize {
        self.rest.len()
    }

    /// Add what stands in every row.
    #[inline]
    pub(super) fn put_fixed(&mut self, text: &Fixed) {
        let length = text.length;
        if length <= STEP
            && let Some(to) = self.rest.first_chunk_mut::<SLACK>()
            && let Some(to) = to.first_chunk_mut()
        {
            *to = text.first;
            self.skip(length);
        } else {
            self.put_long(&text.all);
        }
    }

    /// Add a text; None, and nothing is added, if it stands elsewhere.
    #[inline]
    pub(super) fn put(&mut self, text: &Record) -> Option<()> {
        let length = text.length();
        if length > Record::LONGEST {
            return None;
        }
        if let Some(to) = self.rest.first_chunk_mut::<SLACK>()
            && let Some(to) = to.first_chunk_mut()
        {
            *to = text.0;
            self.skip(length);
        }
        Some(())
    }

    /// Add a text of any length.
    #[inline]
    pub(super) fn put_long(&mut self, text: &[u8]) {
        let length = put_long(self.rest, text);
        self.skip(length);
    }

    #[inline]
    fn skip(&mut self, length: usize) {
        self.rest = std::mem::take(&mut self.rest).get_mut(length..).unwrap_or_default();
    }
}

/// Put a text of any length at the beginning, and say how many bytes it has. What a page is stays in
/// registers: each text waits for the place where the one before it ends.
#[inline(never)]
fn put_long(to: &mut [u8], text: &[u8]) -> usize {
    let Some(to) = to.get_mut(..text.len()) else { return 0 };
    if let Some((first, last)) = text.first_chunk::<STEP>().zip(text.last_chunk::<STEP>())
        && text.len() <= 2 * STEP
    {
        if let Some(to) = to.first_chunk_mut() {
            *to = *first;
        }
        if let Some(to) = to.last_chunk_mut() {
            *to = *last;
        }
    } else {
        to.copy_from_slice(text);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_texts_are_put_one_behind_the_other() {
        let text: Vec<u8> = (0..200).collect();
        let mut room = [0; 900];
        let mut page = Page::new(&mut room);
        let mut expected = Vec::new();
        for length in [0, 1, 31, 32, 33, 63, 64, 70, 130] {
            let text = text.get(..length).unwrap();
            page.put_fixed(&Fixed::new(text.to_vec()));
            page.put_long(text);
            expected.extend_from_slice(&text.repeat(2));
            if length <= Record::LONGEST {
                let record = Record::new(text);
                assert_eq!(record.text(), Some(text));
                assert_eq!(page.put(&record), Some(()));
                expected.extend_from_slice(text);
            }
        }
        let mut record = Record::new(b"a");
        record.leave();
        assert_eq!(page.put(&record), None);
        let free = page.free();
        assert_eq!(room[..room.len() - free], expected);
    }

    #[test]
    fn a_record_takes_a_part_of_what_it_is_given() {
        let mut record = Record::new(b"a longer text");
        record.set(*b"12345678", 2);
        assert_eq!(record.text(), Some(&b"12"[..]));
        record.set_all([3; STEP]);
        assert_eq!(record.text(), Some(&[3; 3][..]));
        record.set_with(*b"a text with a whole step of byte", 6, Some(b'"'));
        assert_eq!(record.text(), Some(&b"a text\""[..]));
        record.set_with([0; STEP], 0, None);
        assert_eq!(record.text(), Some(&b""[..]));
        record.leave();
        assert_eq!(record.text(), None);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut room = [0; 63];
        let mut page = Page::new(&mut room);
        page.put_long(&[1; 100]);
        page.put_long(&[1; 10]);
        page.put_fixed(&Fixed::new(vec![1; 8]));
        assert_eq!(page.put(&Record::new(&[1; 8])), Some(()));
        assert_eq!(room[18..], [0; 45]);
    }
}
