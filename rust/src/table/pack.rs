//! Keys of rows packed into few words: only the bits in which their values differ.

/// A column of a key: values of some bytes, as they lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// All values.
    pub bytes: &'a [u8],
    /// Bytes of one.
    pub width: usize,
}

/// Up to eight bytes of the values of a column, and where they go in a packed key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    key: Key<'a>,
    /// Where in a value its bytes begin.
    at: usize,
    /// How many they are, at most 8.
    length: usize,
    /// The smallest value, and the bits that the distance of the largest from it takes.
    least: i64,
    pub(super) bits: u32,
    /// The word of the packed key, and how far up in it.
    pub(super) word: usize,
    shift: u32,
}

impl<'a> Part<'a> {
    /// The parts of a column in which there is any difference.
    pub(super) fn all(key: Key<'a>, rows: usize) -> impl Iterator<Item = Self> {
        (0..key.width).step_by(8).filter_map(move |at| {
            let length = (key.width - at).min(8);
            let mut part = Part { key, at, length, least: 0, bits: 0, word: 0, shift: 0 };
            let (mut least, mut most) = (i64::MAX, i64::MIN);
            part.each(0, rows, |value| {
                least = least.min(value);
                most = most.max(value);
            });
            part.least = least;
            part.bits = 64 - most.wrapping_sub(least).cast_unsigned().leading_zeros();
            (part.bits > 0 && rows > 0).then_some(part)
        })
    }

    /// The values of some rows, in order. What sign they have does not matter here.
    #[inline]
    fn each(&self, start: usize, count: usize, mut take: impl FnMut(i64)) {
        let Key { bytes, width } = self.key;
        let bytes = bytes.get(start * width..(start + count) * width).unwrap_or_default();
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
                take(halves.get(self.at / 8).map_or(0, |half| i64::from_ne_bytes(*half)));
            }),
            _ => bytes.chunks_exact(width.max(1)).for_each(|value| {
                let mut word = [0; 8];
                let own = value.get(self.at..self.at + self.length).unwrap_or_default();
                word.iter_mut().zip(own).for_each(|(to, from)| *to = *from);
                take(i64::from_ne_bytes(word));
            }),
        }
    }

    /// A value of it in its place.
    #[inline]
    const fn placed(&self, value: i64) -> u64 {
        value.wrapping_sub(self.least).cast_unsigned() << self.shift
    }
}

/// Give every part its place; how many words that takes.
pub(super) fn pack(parts: &mut [Part<'_>]) -> usize {
    let mut used: Vec<u32> = Vec::new();
    for part in parts {
        let word = used.iter().position(|used| used + part.bits <= 64).unwrap_or(used.len());
        if word == used.len() {
            used.push(0);
        }
        if let Some(used) = used.get_mut(word) {
            (part.word, part.shift) = (word, *used);
            *used += part.bits;
        }
    }
    used.len()
}

/// The packed keys of some rows.
#[inline]
pub(super) fn packed<const N: usize>(parts: &[Part<'_>], start: usize, keys: &mut [[u64; N]]) {
    keys.fill([0; N]);
    for part in parts {
        let mut keys = keys.iter_mut();
        part.each(start, keys.len(), |value| {
            if let Some(word) = keys.next().and_then(|key| key.get_mut(part.word)) {
                *word |= part.placed(value);
            }
        });
    }
}
