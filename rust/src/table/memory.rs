//! Memory that is used again: the system hands out new pages far slower than they are filled.

use std::sync::{Mutex, PoisonError};

/// Bytes of a piece of memory that is kept; what is larger goes back to the system.
const LARGEST: usize = 1 << 23;

/// Pieces that are kept.
const MOST: usize = 3;

/// Empty vectors with room in them, for all threads.
#[derive(Debug)]
pub struct Memory<T>(Mutex<Vec<Vec<T>>>);

/// For words.
pub(super) static WORDS: Memory<u64> = Memory::new();

/// For bytes.
pub static BYTES: Memory<u8> = Memory::new();

impl<T> Memory<T> {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// An empty vector with room for so many values: the smallest that is kept, or a new one.
    pub fn take(&self, room: usize) -> Vec<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|one| one.capacity() >= room);
        found.map_or_else(|| Vec::with_capacity(room), |place| kept.remove(place))
    }

    /// Give a vector back.
    pub fn give(&self, mut memory: Vec<T>) {
        memory.clear();
        let size = memory.capacity() * size_of::<T>();
        if size == 0 || size > LARGEST {
            return;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(memory);
        kept.sort_by_key(Vec::capacity);
        if kept.len() > MOST {
            kept.remove(0);
        }
    }
}

impl Memory<u64> {
    /// So many zeros.
    pub(super) fn zeros(&self, count: usize) -> Vec<u64> {
        let mut memory = self.take(count);
        memory.resize(count, 0);
        memory
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_empty_and_no_larger_than_need_be() {
        let memory = Memory::new();
        for size in [3, 9, 5] {
            memory.give(vec![1_u8; size]);
        }
        let sizes = [4, 4, 4, 1].map(|room| {
            let one = memory.take(room);
            (one.len(), one.capacity())
        });
        assert_eq!(sizes, [(0, 5), (0, 9), (0, 4), (0, 3)]);
    }

    #[test]
    fn neither_many_nor_large_pieces_are_kept() {
        let memory = Memory::new();
        memory.give(vec![1_u8; LARGEST + 1]);
        assert_eq!(memory.take(1).capacity(), 1);
        for size in 11..=11 + MOST {
            memory.give(vec![1; size]);
        }
        let kept = (0..=MOST).map(|_| memory.take(1).capacity());
        assert_eq!(kept.collect::<Vec<_>>(), [12, 13, 14, 1]);
    }
}
