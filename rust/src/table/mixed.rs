//! A hash that costs little.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes hashes of whole numbers.
#[derive(Clone, Copy, Debug)]
pub struct Mixed {
    /// Nobody can write a capture in which all keys collide.
    seed: u64,
    odd: u64,
}

impl Default for Mixed {
    fn default() -> Self {
        let state = RandomState::new();
        Self { seed: state.hash_one(0_u8), odd: state.hash_one(1_u8) | 1 }
    }
}

impl BuildHasher for Mixed {
    type Hasher = Mixing;

    fn build_hasher(&self) -> Mixing {
        Mixing { hash: self.seed, odd: self.odd }
    }
}

/// A hash that is being made.
#[derive(Debug)]
pub struct Mixing {
    hash: u64,
    odd: u64,
}

impl Hasher for Mixing {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        for word in words {
            self.write_u64(u64::from_ne_bytes(*word));
        }
        if !rest.is_empty() {
            let mut word = [0; 8];
            word.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.write_u64(u64::from_ne_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // Both halves of a product, so that every bit reaches every other.
        let product = u128::from(self.hash ^ word) * u128::from(self.odd);
        self.hash = (product as u64) ^ ((product >> 64) as u64).rotate_left(23);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_i64(&mut self, word: i64) {
        self.write_u64(word.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        self.hash.wrapping_mul(self.odd)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_differs_in_a_word_or_in_its_length_has_another_hash() {
        let mixed = Mixed::default();
        let mut hashes = HashSet::new();
        for length in 0..40_usize {
            hashes.insert(mixed.hash_one(vec![0_i64; length]));
            hashes.insert(mixed.hash_one(&vec![1_u8; length][..]));
            hashes.insert(mixed.hash_one(1_i64 << length));
        }
        assert_eq!(hashes.len(), 119); // two are the same: of no numbers at all
    }
}
