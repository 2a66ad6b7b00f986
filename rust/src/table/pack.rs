//! Keys of rows packed into few words: only the bits in which their values differ.

use super::group::{Groups, number};
use super::memory::WORDS;
use super::repeat::{Repeats, repeats};

/// Words of a key that are compared at once.
pub(super) const MOST: usize = 4;

/// A column of a key: values of some bytes, as they lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// All values.
    pub bytes: &'a [u8],
    /// Bytes of one.
    pub width: usize,
}

impl Key<'_> {
    /// The bytes from `at` on, eight at most, of each of so many rows, as a number. What sign it has
    /// does not matter here.
    #[inline]
    fn each(self, at: usize, rows: usize, mut take: impl FnMut(i64)) {
        let Key { bytes, width } = self;
        let bytes = bytes.get(..rows * width).unwrap_or_default();
        macro_rules! whole {
            ($type:ty) => {
                bytes.as_chunks().0.iter().for_each(|it| take(<$type>::from_ne_bytes(*it).into()))
            };
        }
        match width {
            1 => whole!(i8),
            2 => whole!(i16),
            4 => whole!(i32),
            8 => whole!(i64),
            16 => bytes.as_chunks().0.iter().for_each(|it: &[u8; 16]| {
                let halves = it.as_chunks().0;
                take(halves.get(at / 8).map_or(0, |half| i64::from_ne_bytes(*half)));
            }),
            _ => bytes.chunks_exact(width.max(1)).for_each(|value| {
                let mut word = [0; 8];
                let own = value.get(at..).unwrap_or_default();
                word.iter_mut().zip(own).for_each(|(to, from)| *to = *from);
                take(i64::from_ne_bytes(word));
            }),
        }
    }
}

/// One word of every row's key.
#[derive(Debug, Default)]
pub(super) struct Word {
    pub(super) values: Vec<u64>,
    /// Bits that are taken.
    pub(super) used: u32,
}

/// The keys of rows, column by column.
#[derive(Debug)]
pub struct Keys {
    rows: usize,
    /// In any order.
    words: Vec<Word>,
}

impl Keys {
    /// The keys of so many rows, of which nothing is known.
    #[must_use]
    pub const fn new(rows: usize) -> Self {
        Self { rows, words: Vec::new() }
    }

    /// Add a column; values that are missing are 0.
    pub fn add(&mut self, key: Key<'_>) {
        for at in (0..key.width).step_by(8) {
            let (mut least, mut most) = (i64::MAX, i64::MIN);
            key.each(at, self.rows, |value| {
                least = least.min(value);
                most = most.max(value);
            });
            if least >= most {
                continue; // it tells no rows apart
            }
            let bits = 64 - most.wrapping_sub(least).cast_unsigned().leading_zeros();
            let mut word = self.take(bits);
            let placed = |value: i64| value.wrapping_sub(least).cast_unsigned() << word.used;
            if word.values.is_empty() {
                key.each(at, self.rows, |value| word.values.push(placed(value)));
                word.values.resize(self.rows, 0);
            } else {
                let mut values = word.values.iter_mut();
                key.each(at, self.rows, |value| {
                    if let Some(word) = values.next() {
                        *word |= placed(value);
                    }
                });
            }
            word.used += bits;
            self.words.push(word);
        }
    }

    /// Take a word with room for so many bits more; it is empty if it is new.
    fn take(&mut self, bits: u32) -> Word {
        if let Some(place) = self.words.iter().position(|word| word.used + bits <= 64) {
            return self.words.swap_remove(place);
        }
        if self.words.len() == MOST {
            self.shorten();
        }
        Word { values: WORDS.take(self.rows), used: 0 }
    }

    /// Put the numbers of the groups in place of the keys.
    fn shorten(&mut self) {
        let groups = self.number();
        self.words.drain(1..).for_each(|word| WORDS.give(word.values));
        for word in &mut self.words {
            word.used = u64::BITS - (groups.first.len() as u64).leading_zeros();
            let codes = groups.code.iter().map(|code| code.cast_unsigned());
            word.values.iter_mut().zip(codes).for_each(|(word, code)| *word = code);
        }
    }

    /// Number the rows whose keys are equal.
    #[must_use]
    pub fn number(&self) -> Groups {
        number(&self.words, self.rows)
    }

    /// The rows whose key a row before has.
    #[must_use]
    pub fn repeats(&self) -> Repeats {
        repeats(&self.words, self.rows)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.words.drain(..).for_each(|word| WORDS.give(word.values));
    }
}
