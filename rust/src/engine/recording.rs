//! One run over the files of a recording, on one thread or on two.

use std::io::Read;
use std::time::{Duration, Instant};

use super::crew::{Crew, Step};
use super::{Engine, FRAMES, FileFacts};
use crate::capture::Capture;
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
    /// The calling one reads, another one has the flow table.
    Two,
    /// Two, once so much was read that they are worth it.
    Enough,
}

impl Threads {
    fn are_due(self, frames: u64) -> bool {
        self == Self::Two || (self == Self::Enough && frames >= MANY)
    }
}

/// One run over the files of a recording. Rows, batches and counters do not depend on threads.
pub struct Recording {
    table: Table,
    threads: Threads,
    file: FileFacts,
    files: u32,
    /// Frames of the files before.
    frames: u64,
}

/// Who has the flow table.
enum Table {
    Here(Box<Engine>),
    Shared(Crew),
    /// On its way from one to the other.
    Nowhere,
}

impl Recording {
    /// A recording of which nothing was read yet, and what is looked for in its payload.
    #[must_use]
    pub fn new(options: Options, content: Content, threads: Threads) -> Self {
        let engine = match threads {
            Threads::One => Engine::looking_for(options, content),
            Threads::Two | Threads::Enough => Engine::for_two(options, content),
        };
        let table = Table::Here(engine.into());
        Self { table, threads, file: FileFacts::default(), files: 0, frames: 0 }
    }

    /// Go on with two threads, if the system has a second one to give.
    fn share(&mut self) {
        self.threads = Threads::One;
        self.table = match std::mem::replace(&mut self.table, Table::Nowhere) {
            Table::Here(engine) => match Crew::new(engine) {
                Ok(crew) => Table::Shared(crew),
                Err(engine) => Table::Here(engine),
            },
            shared => shared,
        };
    }

    /// What is read next is of another file, whose number is how many there were before.
    pub fn begin_file(&mut self) {
        self.frames += self.file.frames;
        self.file = FileFacts::new(self.files);
        self.files += 1;
    }

    /// What is known of the file that was read last.
    #[must_use]
    pub const fn file(&self) -> &FileFacts {
        &self.file
    }

    /// Read on until a batch is full, the file ends, or patience does.
    ///
    /// A batch may also be one that frames of an earlier file have filled.
    pub fn turn<R: Read>(&mut self, capture: &mut Capture<R>, patience: Duration) -> Turn {
        let started = Instant::now();
        loop {
            if self.threads.are_due(self.frames + self.file.frames) {
                self.share();
            }
            let before = self.file.frames;
            let (step, batch) = match &mut self.table {
                Table::Here(engine) => {
                    let file = &mut self.file;
                    let limit = (FRAMES - before % FRAMES) as usize;
                    let more = capture.read_together(limit, |frames| engine.frames(frames, file));
                    let looks = !more || self.file.frames.is_multiple_of(FRAMES);
                    let batch = looks.then(|| engine.full_batch()).flatten();
                    (Step::Read(more), batch.map(Box::new))
                }
                Table::Shared(crew) => {
                    let step = crew.step(capture, &mut self.file, patience);
                    (step, crew.batch())
                }
                Table::Nowhere => return Turn::End,
            };
            if let Some(rows) = batch {
                return Turn::Batch(rows);
            }
            if matches!(step, Step::Read(false)) {
                return Turn::End;
            }
            let interrupted = matches!(step, Step::Read(_)) && self.file.frames == before;
            if interrupted || started.elapsed() > patience {
                return Turn::More;
            }
        }
    }

    /// The recording is over.
    pub fn finish(&mut self) {
        match &mut self.table {
            Table::Here(engine) => engine.finish(),
            Table::Shared(crew) => crew.finish(),
            Table::Nowhere => {}
        }
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    pub fn last_batch(&mut self) -> Option<Box<Rows>> {
        let batch = match &mut self.table {
            Table::Here(engine) => return engine.last_batch().map(Box::new),
            Table::Shared(crew) => crew.last_batch(),
            Table::Nowhere => None,
        };
        if batch.is_none()
            && let Table::Shared(crew) = std::mem::replace(&mut self.table, Table::Nowhere)
            && let Some(engine) = crew.into_engine()
        {
            self.table = Table::Here(engine.into());
        }
        batch
    }

    /// The flow table and its counters: complete, and known at all, after the last batch.
    #[must_use]
    pub fn engine(&self) -> Option<&Engine> {
        match &self.table {
            Table::Here(engine) => Some(engine),
            Table::Shared(_) | Table::Nowhere => None,
        }
    }
}
