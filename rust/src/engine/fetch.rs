//! A file that two threads read: each fetches blocks of it, whichever is next, and walks through
//! those that it finds there in the order of the file.
//!
//! Most of the time of reading is copying, which needs no order. Only whole blocks are fetched;
//! the rest of the file, and what goes wrong, is left to whoever reads in order from there on.

use std::fs::File;
use std::sync::Arc;

use super::chunk::Chunk;
use crate::capture::BLOCK;

/// Blocks of one file on their way.
#[derive(Debug)]
pub(super) struct Fetch {
    file: Arc<File>,
    /// Where the next block to be fetched begins.
    next: u64,
    /// Where the next one to be walked through begins.
    walk: u64,
    /// Where each begins, and which thread has it in its cache.
    fetched: Vec<(u64, usize, Box<Chunk>)>,
    /// Blocks that are being fetched.
    fetching: usize,
    is_walking: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// There was no whole block.
    Short,
    /// The capture has ended, whatever the file still holds.
    Ended,
}

impl Fetch {
    /// Begin at this place of a file.
    pub(super) fn new(file: Arc<File>, offset: u64) -> Self {
        Self {
            file,
            next: offset,
            walk: offset,
            fetched: Vec::new(),
            fetching: 0,
            is_walking: false,
            state: State::Open,
        }
    }

    /// What is to be fetched next.
    pub(super) fn begin_fetch(&mut self) -> Option<(Arc<File>, u64)> {
        if self.state != State::Open {
            return None;
        }
        let offset = self.next;
        self.next += BLOCK;
        self.fetching += 1;
        Some((Arc::clone(&self.file), offset))
    }

    /// Whether [`begin_fetch`](Self::begin_fetch) has something.
    pub(super) fn wants(&self) -> bool {
        self.state == State::Open
    }

    /// A block was fetched, if it is whole.
    pub(super) fn fetched(
        &mut self,
        (offset, thread): (u64, usize),
        chunk: Box<Chunk>,
        is_whole: bool,
    ) {
        self.fetching -= 1;
        if !is_whole && self.state == State::Open {
            self.state = State::Short;
        }
        // One that is not whole stands in nobody's way: no block has its place.
        let place = if is_whole { offset } else { u64::MAX };
        self.fetched.push((place, thread, chunk));
    }

    /// The next block to be walked through, if it is there; only one that this thread has fetched,
    /// where one is named: each header tells where the next one is, so it takes long to find
    /// them all in the cache of another processor.
    pub(super) fn begin_walk(&mut self, by: Option<usize>) -> Option<Box<Chunk>> {
        if self.is_walking || self.state == State::Ended {
            return None;
        }
        let place = self.fetched.iter().position(|(offset, thread, _)| {
            *offset == self.walk && by.is_none_or(|by| by == *thread)
        })?;
        self.is_walking = true;
        Some(self.fetched.swap_remove(place).2)
    }

    /// A block was walked through; whether the capture goes on behind it.
    pub(super) fn walked(&mut self, more: bool) {
        self.is_walking = false;
        self.walk += BLOCK;
        if !more {
            self.state = State::Ended;
        }
    }

    /// Nobody wants the rest of the file.
    pub(super) const fn give_up(&mut self) {
        self.state = State::Ended;
    }

    /// Whether nothing is left to be done.
    pub(super) fn is_over(&self) -> bool {
        let is_next = |(offset, ..): &(u64, usize, _)| *offset == self.walk;
        let is_done = match self.state {
            State::Open => false,
            State::Short => !self.fetched.iter().any(is_next),
            State::Ended => true,
        };
        is_done && self.fetching == 0 && !self.is_walking
    }

    /// When it is over: where to go on in order, unless the capture has ended, and what is left.
    pub(super) fn end(self) -> (Option<u64>, impl Iterator<Item = Box<Chunk>>) {
        let place = (self.state != State::Ended).then_some(self.walk);
        (place, self.fetched.into_iter().map(|(.., chunk)| chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch() -> Fetch {
        let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
        Fetch::new(Arc::new(file), 100)
    }

    #[test]
    fn blocks_are_walked_through_in_order_whichever_comes_first() {
        let mut fetch = fetch();
        let offsets: Vec<_> = (0..3).map(|_| fetch.begin_fetch().unwrap().1).collect();
        assert_eq!(offsets, [100, 100 + BLOCK, 100 + 2 * BLOCK]);
        fetch.fetched((offsets[1], 0), Chunk::new().into(), true);
        assert!(fetch.begin_walk(None).is_none(), "the first one is not there");
        fetch.fetched((offsets[0], 1), Chunk::new().into(), true);
        assert!(fetch.begin_walk(Some(0)).is_none(), "it is the other thread's");
        assert!(fetch.begin_walk(Some(1)).is_some());
        assert!(fetch.begin_walk(None).is_none(), "one at a time");
        fetch.walked(true);
        assert!(fetch.begin_walk(None).is_some());
        fetch.fetched((offsets[2], 0), Chunk::new().into(), false);
        assert!(!fetch.is_over(), "somebody is at the second one");
        fetch.walked(true);
        assert!(fetch.is_over() && fetch.begin_fetch().is_none());
        let (place, left) = fetch.end();
        assert_eq!((place, left.count()), (Some(100 + 2 * BLOCK), 1));
    }

    #[test]
    fn a_capture_that_has_ended_leaves_what_is_behind_it() {
        let mut fetch = fetch();
        for _ in 0..2 {
            let (_, offset) = fetch.begin_fetch().unwrap();
            fetch.fetched((offset, 0), Chunk::new().into(), true);
        }
        assert!(fetch.begin_walk(None).is_some());
        fetch.walked(false);
        assert!(fetch.begin_walk(None).is_none() && fetch.is_over());
        let (place, left) = fetch.end();
        assert_eq!((place, left.count()), (None, 1));
    }
}
