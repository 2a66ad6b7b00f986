//! What is to be done next with the chunks of a recording, and by whom.
//!
//! Chunks are read in order, located in order, and brought to each half of the table in order;
//! beyond that everything may be done at the same time. Where the bounds of the whole table could
//! be met, a chunk is brought to both halves by one thread in the order of its frames. So nothing
//! depends on who was faster.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;

use super::chunk::Chunk;
use super::fetch::Fetch;
use crate::flow::{Room, Rows, Shard, Usage};

/// Chunks there are at most, and so how far reading may be ahead.
const CHUNKS: usize = 4;

/// Last batches that wait for the caller at most.
const WAITING: usize = 2;

/// A located chunk.
#[derive(Debug)]
pub(super) struct Located {
    chunk: Box<Chunk>,
    room: Room,
}

/// What one thread does without asking the others.
#[derive(Debug)]
pub(super) enum Task {
    /// A block of a file, from this place on, by this thread.
    Fetch(Box<Chunk>, Arc<File>, (u64, usize)),
    /// Locate the frames of a block that was fetched.
    Walk(Box<Chunk>),
    Locate(Box<Chunk>),
    /// To the first half (0) or the other one (1).
    Bring(usize, Arc<Located>),
    BringBoth(Arc<Located>),
    /// Make a batch of rows that are still live in a half.
    Drain(usize),
}

/// What came of a task.
#[derive(Debug)]
pub(super) enum Done {
    /// From which place, by which thread, and whether it is whole.
    Fetched(Box<Chunk>, (u64, usize), bool),
    /// Whether the capture goes on behind it.
    Walked(Box<Chunk>, bool),
    Located(Box<Chunk>),
    Brought(usize, Arc<Located>, (Usage, Option<Box<Rows>>)),
    BroughtBoth(Arc<Located>, [(Usage, Option<Box<Rows>>); 2]),
    /// No rows: there are no more.
    Drained(usize, Option<Box<Rows>>),
}

/// The state of the work.
#[derive(Debug)]
pub(super) struct Work {
    /// Chunks to be filled.
    #[allow(clippy::vec_box)] // it moves from list to list, and only its address is copied
    pub(super) spare: Vec<Box<Chunk>>,
    /// The file that both read.
    pub(super) fetch: Option<Fetch>,
    /// Chunks that were read.
    raw: VecDeque<Box<Chunk>>,
    is_locating: bool,
    /// Chunks that each half has not seen.
    located: [VecDeque<Arc<Located>>; 2],
    is_busy: [bool; 2],
    pub(super) batches: VecDeque<Box<Rows>>,
    /// What was known of the halves when they were last at rest.
    usage: [Usage; 2],
    /// The most that chunks on their way may add to it.
    expected: Usage,
    most: Usage,
    is_drained: [bool; 2],
    pub(super) phase: Phase,
    /// Threads that wait for a change.
    pub(super) waiting: u32,
}

/// How far a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Reading,
    /// No more files.
    Finished,
    /// The thread is to end.
    Over,
    /// The thread has panicked.
    Failed,
}

impl Work {
    pub(super) fn new(halves: &[Shard; 2]) -> Self {
        let [one, _] = halves;
        Self {
            spare: (0..CHUNKS).map(|_| Chunk::new().into()).collect(),
            fetch: None,
            raw: VecDeque::new(),
            is_locating: false,
            located: Default::default(),
            is_busy: [false; 2],
            batches: VecDeque::new(),
            usage: halves.each_ref().map(Shard::usage),
            expected: Usage::default(),
            most: one.bounds(),
            is_drained: [false; 2],
            phase: Phase::Reading,
            waiting: 0,
        }
    }

    /// Whether nobody locates, so that whoever reads may do both at once: the other thread has
    /// enough to do. It then is the one who locates.
    pub(super) fn locates_at_once(&mut self) -> bool {
        let has_work = self.located.iter().any(|it| it.len() >= 2);
        let may = has_work && !self.is_locating && self.raw.is_empty();
        self.is_locating |= may;
        may
    }

    /// A chunk was read, and perhaps located.
    pub(super) fn read(&mut self, chunk: Box<Chunk>, is_located: bool) {
        if is_located {
            self.settle(Done::Located(chunk));
        } else if chunk.frames == 0 {
            self.spare.push(chunk);
        } else {
            self.raw.push_back(chunk);
        }
    }

    /// The next task for the first or the second thread, which would rather have the first or the
    /// second half.
    pub(super) fn pick(&mut self, prefers: usize) -> Option<Task> {
        if let Some(task) = self.walk(Some(prefers)) {
            return Some(task);
        }
        for half in [prefers, 1 - prefers] {
            if let Some(task) = self.bring(half) {
                return Some(task);
            }
        }
        if !self.is_locating
            && let Some(chunk) = self.raw.pop_front()
        {
            self.is_locating = true;
            return Some(Task::Locate(chunk));
        }
        if let Some(fetch) = self.fetch.as_mut().filter(|fetch| fetch.wants())
            && let Some(chunk) = self.spare.pop()
        {
            let (file, offset) = fetch.begin_fetch()?;
            return Some(Task::Fetch(chunk, file, (offset, prefers)));
        }
        if let Some(task) = self.walk(None) {
            return Some(task);
        }
        let rests = !self.is_locating && self.located.iter().all(VecDeque::is_empty);
        if self.phase == Phase::Finished && rests && self.batches.len() < WAITING {
            for half in [prefers, 1 - prefers] {
                if !is(self.is_busy, half) && !is(self.is_drained, half) {
                    set(&mut self.is_busy, half, true);
                    return Some(Task::Drain(half));
                }
            }
        }
        None
    }

    fn walk(&mut self, by: Option<usize>) -> Option<Task> {
        // What was read before may still have to be located.
        if self.is_locating || !self.raw.is_empty() {
            return None;
        }
        self.fetch.as_mut()?.begin_walk(by).map(Task::Walk)
    }

    fn bring(&mut self, half: usize) -> Option<Task> {
        if is(self.is_busy, half) {
            return None;
        }
        let queue = self.located.get_mut(half)?;
        if queue.front()?.room != Room::Unknown {
            set(&mut self.is_busy, half, true);
            return Some(Task::Bring(half, queue.pop_front()?));
        }
        let [one, other] = &mut self.located;
        let is_next = one.front().zip(other.front()).is_some_and(|(a, b)| Arc::ptr_eq(a, b));
        if !is_next || self.is_busy != [false; 2] {
            return None;
        }
        self.is_busy = [true; 2];
        one.pop_front();
        other.pop_front().map(Task::BringBoth)
    }

    /// Note what came of a task.
    pub(super) fn settle(&mut self, done: Done) {
        match done {
            Done::Fetched(chunk, from, is_whole) => {
                if let Some(fetch) = &mut self.fetch {
                    fetch.fetched(from, chunk, is_whole);
                }
            }
            Done::Walked(chunk, more) => {
                if let Some(fetch) = &mut self.fetch {
                    fetch.walked(more);
                }
                self.queue(chunk);
            }
            Done::Located(chunk) => {
                self.is_locating = false;
                self.queue(chunk);
            }
            Done::Brought(half, chunk, result) => {
                self.rest(half, result);
                self.retire(chunk);
            }
            Done::BroughtBoth(chunk, [one, other]) => {
                self.rest(0, one);
                self.rest(1, other);
                self.retire(chunk);
            }
            Done::Drained(half, rows) => {
                set(&mut self.is_busy, half, false);
                set(&mut self.is_drained, half, rows.is_none());
                self.batches.extend(rows);
            }
        }
    }

    /// Decide how a located chunk is brought to the halves.
    fn queue(&mut self, chunk: Box<Chunk>) {
        if chunk.frames == 0 {
            self.spare.push(chunk);
            return;
        }
        self.expected = self.expected.with(chunk.usage());
        let [one, other] = self.usage;
        let room = one.with(other).room(self.expected, self.most);
        let room = if chunk.located.needs_both() { Room::Unknown } else { room };
        let chunk = Arc::new(Located { chunk, room });
        for queue in &mut self.located {
            queue.push_back(Arc::clone(&chunk));
        }
    }

    /// A half is at rest again.
    fn rest(&mut self, half: usize, (usage, rows): (Usage, Option<Box<Rows>>)) {
        set(&mut self.is_busy, half, false);
        set(&mut self.usage, half, usage);
        self.batches.extend(rows);
    }

    /// A half is done with a chunk; whoever is last gives it back.
    fn retire(&mut self, chunk: Arc<Located>) {
        if let Some(Located { chunk, .. }) = Arc::into_inner(chunk) {
            self.expected = self.expected.without(chunk.usage());
            self.spare.push(chunk);
        }
    }

    /// Whether all rows were emitted.
    pub(super) fn is_drained(&self) -> bool {
        self.is_drained == [true; 2] && self.batches.is_empty()
    }
}

impl Located {
    /// Bring it to one half.
    pub(super) fn bring(&self, half: usize, shard: &mut Shard) {
        shard.set_room(self.room);
        self.chunk.bring(half, shard);
    }

    /// Bring it to both.
    pub(super) fn bring_both(&self, one: &mut Shard, other: &mut Shard) {
        self.chunk.bring_both(one, other);
    }
}

fn is(of: [bool; 2], half: usize) -> bool {
    of.get(half).copied().unwrap_or_default()
}

fn set<T>(of: &mut [T; 2], half: usize, value: T) {
    if let Some(place) = of.get_mut(half) {
        *place = value;
    }
}
