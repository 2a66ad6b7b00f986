//! One run over the files of a recording, on one thread or on two.

use std::time::{Duration, Instant};

use super::crew::{Crew, Step};
use super::{Engine, FRAMES, FileFacts, Reading};
use crate::capture::{Capture, FileInfo, Input};
use crate::flow::{Content, Options, Rows};

/// Frames that one thread reads in less time than it takes to wake another one.
pub(super) const MANY: u64 = 8192;

/// How a turn of reading ended.
#[derive(Debug)]
pub enum Turn {
    /// A batch is full.
    Batch(Box<Rows>),
    /// Nothing yet, but it is time to look at signals.
    More,
    /// The file is at its end.
    End,
}

/// On how many threads a recording is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// The calling one.
    One,
    /// The calling one and another one.
    Two,
    /// Two, once so much was read that they are worth it.
    Enough,
}

/// One run over the files of a recording. What is emitted does not depend on threads, but for the
/// order of the rows.
pub struct Recording<R: Input> {
    table: Table<R>,
    threads: Threads,
    files: u32,
    /// Frames that one thread has read.
    frames: u64,
}

/// Who has the flow table, and the file.
enum Table<R: Input> {
    Here(Box<Engine>, Option<Box<Reading<R>>>),
    Shared(Crew<R>),
    /// On its way from one to the other.
    Nowhere,
}

impl<R: Input + Send + 'static> Recording<R> {
    /// A recording of which nothing was read yet, and what is looked for in its payload.
    #[must_use]
    pub fn new(options: Options, content: Content, threads: Threads) -> Self {
        let engine = match threads {
            Threads::One => Engine::looking_for(options, content),
            Threads::Two | Threads::Enough => Engine::for_two(options, content),
        };
        Self { table: Table::Here(engine.into(), None), threads, files: 0, frames: 0 }
    }

    /// Go on with two threads, if the system has a second one to give.
    fn share(&mut self) {
        self.threads = Threads::One;
        self.table = match std::mem::replace(&mut self.table, Table::Nowhere) {
            Table::Here(engine, file) => match Crew::new(engine) {
                Ok(mut crew) => {
                    if let Some(file) = file {
                        crew.open(*file);
                    }
                    Table::Shared(crew)
                }
                Err(engine) => Table::Here(engine, file),
            },
            shared => shared,
        };
    }

    /// What is read next is of another file, whose number is how many there were before. It may be
    /// that it cannot be [opened](Self::open).
    pub const fn begin_file(&mut self) {
        self.files += 1;
    }

    /// Go on with the file that was [begun](Self::begin_file).
    pub fn open(&mut self, capture: Capture<R>) {
        let file = Reading { capture, facts: FileFacts::new(self.files - 1) };
        match &mut self.table {
            Table::Here(_, place) => *place = Some(file.into()),
            Table::Shared(crew) => crew.open(file),
            Table::Nowhere => {}
        }
    }

    /// Be done with the file; what is known of it. None if there is none.
    pub fn close(&mut self) -> Option<(FileFacts, FileInfo)> {
        let file = match &mut self.table {
            Table::Here(_, file) => file.take().map(|file| *file),
            Table::Shared(crew) => crew.close(),
            Table::Nowhere => None,
        };
        file.map(|Reading { capture, facts }| (facts, capture.into_info()))
    }

    /// Bytes of the file, as stored, that were read so far. None if no file is open.
    #[must_use]
    pub fn stored_bytes(&self) -> Option<u64> {
        match &self.table {
            Table::Here(_, file) => file.as_ref().map(|file| file.capture.stored_bytes()),
            Table::Shared(crew) => crew.look(|file| file.capture.stored_bytes()),
            Table::Nowhere => None,
        }
    }

    /// Read on until a batch is full, the file ends, or patience does.
    ///
    /// A batch may also be one that frames of an earlier file have filled.
    pub fn turn(&mut self, patience: Duration) -> Turn {
        let started = Instant::now();
        loop {
            let is_due = match self.threads {
                Threads::One => false,
                Threads::Two => true,
                Threads::Enough => self.frames >= MANY,
            };
            if is_due {
                self.share();
            }
            let (step, batch) = match &mut self.table {
                Table::Here(engine, Some(file)) => {
                    let Reading { capture, facts } = &mut **file;
                    let before = facts.frames;
                    let limit = (FRAMES - before % FRAMES) as usize;
                    let more = capture.read_together(limit, |frames| engine.frames(frames, facts));
                    let looks = !more || facts.frames.is_multiple_of(FRAMES);
                    let batch = looks.then(|| engine.full_batch()).flatten();
                    let frames = facts.frames - before;
                    self.frames += frames;
                    (Step::Read { more, frames }, batch.map(Box::new))
                }
                Table::Shared(crew) => {
                    let step = crew.step(patience);
                    (step, crew.batch())
                }
                Table::Here(_, None) | Table::Nowhere => return Turn::End,
            };
            if let Some(rows) = batch {
                return Turn::Batch(rows);
            }
            match step {
                Step::Read { more: false, .. } => return Turn::End,
                // Reading was interrupted by a signal.
                Step::Read { frames: 0, .. } => return Turn::More,
                _ if started.elapsed() > patience => return Turn::More,
                _ => {}
            }
        }
    }

    /// The recording is over.
    pub fn finish(&mut self) {
        match &mut self.table {
            Table::Here(engine, _) => engine.finish(),
            Table::Shared(crew) => crew.finish(),
            Table::Nowhere => {}
        }
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    pub fn last_batch(&mut self) -> Option<Box<Rows>> {
        let batch = match &mut self.table {
            Table::Here(engine, _) => return engine.last_batch().map(Box::new),
            Table::Shared(crew) => crew.last_batch(),
            Table::Nowhere => None,
        };
        if batch.is_none()
            && let Table::Shared(crew) = std::mem::replace(&mut self.table, Table::Nowhere)
            && let Some(engine) = crew.into_engine()
        {
            self.table = Table::Here(engine.into(), None);
        }
        batch
    }

    /// The flow table and its counters: complete, and known at all, after the last batch.
    #[must_use]
    pub fn engine(&self) -> Option<&Engine> {
        match &self.table {
            Table::Here(engine, _) => Some(engine),
            Table::Shared(_) | Table::Nowhere => None,
        }
    }
}
