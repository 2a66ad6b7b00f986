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
        record[STEP - 1] = text.len() as u8;
        Self(record)
    }

    /// The first bytes of some that are fewer than a record's.
    #[inline]
    pub(super) fn of<const N: usize>(text: [u8; N], length: usize) -> Self {
        let mut record = [0; STEP];
        if let Some(to) = record.first_chunk_mut() {
            *to = text;
        }
        record[STEP - 1] = length as u8;
        Self(record)
    }

    /// It, with what is behind.
    #[inline]
    pub(super) const fn all(&self) -> &[u8; STEP] {
        &self.0
    }

    /// Bytes of the text.
    #[inline]
    pub(super) const fn length(&self) -> usize {
        self.0[STEP - 1] as usize
    }
}

/// What stands before a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading {
    /// Its text, with anything behind.
    pub(super) text: [u8; STEP],
    /// Bytes of it; fewer than a step has.
    pub(super) length: usize,
}

impl Heading {
    /// A text that is short enough.
    pub(super) fn new(text: &[u8]) -> Self {
        Self { text: *Record::new(text).all(), length: text.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_part_of_what_it_is_given() {
        for text in [&b""[..], b"a", b"one less than the bytes of step"] {
            let record = Record::new(text);
            assert_eq!(record.all().get(..record.length()), Some(text));
        }
        let record = Record::of(*b"12345678", 2);
        assert_eq!((record.all().get(..2), record.length()), (Some(&b"12"[..]), 2));
    }
}
