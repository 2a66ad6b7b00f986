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

/// What is done with the values of a column, in the type that they have.
trait Visit {
    type Found;

    fn visit<T: Copy + Ord + Into<i64>>(self, values: impl Iterator<Item = T>) -> Self::Found;
}

impl Key<'_> {
    /// Do something with the bytes from `at` on, eight at most, of each of so many rows, as numbers.
    /// What sign they have does not matter here.
    #[inline]
    fn visit<V: Visit>(self, at: usize, rows: usize, visit: V) -> V::Found {
        let Key { bytes, width } = self;
        let bytes = bytes.get(..rows * width).unwrap_or_default();
        macro_rules! whole {
            ($type:ty) => {
                visit.visit(bytes.as_chunks().0.iter().map(|it| <$type>::from_ne_bytes(*it)))
            };
        }
        match width {
            1 => whole!(i8),
            2 => whole!(i16),
            4 => whole!(i32),
            8 => whole!(i64),
            16 => visit.visit(bytes.as_chunks().0.iter().map(|it: &[u8; 16]| {
                let halves = it.as_chunks().0;
                halves.get(at / 8).map_or(0, |half| i64::from_ne_bytes(*half))
            })),
            _ => visit.visit(bytes.chunks_exact(width.max(1)).map(|value| {
                let mut word = [0; 8];
                let own = value.get(at..).unwrap_or_default();
                word.iter_mut().zip(own).for_each(|(to, from)| *to = *from);
                i64::from_ne_bytes(word)
            })),
        }
    }
}

/// The smallest and the largest value, if there is any.
struct Range;

impl Visit for Range {
    type Found = Option<(i64, i64)>;

    #[inline]
    fn visit<T: Copy + Ord + Into<i64>>(self, mut values: impl Iterator<Item = T>) -> Self::Found {
        let first = values.next()?;
        let range =
            values.fold((first, first), |(least, most), value| (least.min(value), most.max(value)));
        Some((range.0.into(), range.1.into()))
    }
}

/// Put values, counted from the least, above the bits of a word that are taken.
struct Put<'a> {
    word: &'a mut Word,
    least: i64,
}

impl Visit for Put<'_> {
    type Found = ();

    #[inline]
    fn visit<T: Copy + Ord + Into<i64>>(self, values: impl Iterator<Item = T>) {
        let Self { word: Word { values: words, used }, least } = self;
        let placed = values.map(|value| value.into().wrapping_sub(least).cast_unsigned() << *used);
        if words.is_empty() {
            words.extend(placed);
        } else {
            words.iter_mut().zip(placed).for_each(|(word, placed)| *word |= placed);
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
            let Some((least, most)) = key.visit(at, self.rows, Range) else { continue };
            if least == most {
                continue; // it tells no rows apart
            }
            let bits = 64 - most.wrapping_sub(least).cast_unsigned().leading_zeros();
            let mut word = self.take(bits);
            key.visit(at, self.rows, Put { word: &mut word, least });
            word.values.resize(self.rows, 0);
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
