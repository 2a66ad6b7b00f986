//! A recording that two threads work on, as its caller sees it: the caller, who reads, and a helper.
//! Both do what is next.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, MutexGuard};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::chunk::Chunk;
use super::fetch::Fetch;
use super::shared::{CALLER, Shared, lock};
use super::work::{Phase, Work};
use super::{Engine, Reading};
use crate::capture::Input;
use crate::flow::Rows;

/// A flow table that two threads work on.
pub(super) struct Crew<R: Input> {
    shared: Arc<Shared<R>>,
    helper: Option<JoinHandle<()>>,
    /// The rest of the file is read by the caller alone.
    is_in_order: bool,
}

/// How a step of the caller ended.
pub(super) enum Step {
    /// So many frames were read; whether there may be more.
    Read { more: bool, frames: u64 },
    /// Something else was done, or waited for.
    Other,
}

impl<R: Input + Send + 'static> Crew<R> {
    /// Start the second thread for an engine.
    ///
    /// # Errors
    /// The system has no thread to give, or the table is not in halves; here is the engine.
    pub(super) fn new(engine: Box<Engine>) -> Result<Self, Box<Engine>> {
        Self::start(engine, Shared::serve)
    }

    fn start(
        engine: Box<Engine>,
        serve: impl FnOnce(&Shared<R>) + Send + 'static,
    ) -> Result<Self, Box<Engine>> {
        // It must be there before the engine is given away.
        let (give, take) = sync_channel::<Arc<Shared<R>>>(1);
        let helper = Builder::new().name("flows".to_owned()).spawn(move || {
            let Ok(shared) = take.recv() else { return };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| serve(&shared))) {
                let mut work = shared.work();
                work.phase = Phase::Failed;
                shared.tell(work);
                resume_unwind(panic);
            }
        });
        let Ok(helper) = helper else { return Err(engine) };
        let shared = Arc::new(Shared::new(engine)?);
        let _ = give.send(Arc::clone(&shared)); // it waits for it
        Ok(Self { shared, helper: Some(helper), is_in_order: false })
    }

    /// Go on with a file.
    pub(super) fn open(&mut self, file: Reading<R>) {
        *lock(&self.shared.file) = Some(file);
        self.is_in_order = false;
    }

    /// Be done with the file, also where it was not read to its end.
    pub(super) fn close(&mut self) -> Option<Reading<R>> {
        let shared = Arc::clone(&self.shared);
        loop {
            let mut work = shared.work();
            let Some(fetch) = &mut work.fetch else { break };
            fetch.give_up();
            if fetch.is_over() {
                let left = work.fetch.take().map(|fetch| fetch.end().1);
                work.spare.extend(left.into_iter().flatten());
            } else {
                self.help(work, Duration::MAX);
            }
        }
        lock(&shared.file).take()
    }

    /// Look at the file that is being read.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Reading<R>) -> T) -> Option<T> {
        lock(&self.shared.file).as_ref().map(look)
    }

    /// Read a chunk and pass it on, or do something else if others have to come first.
    pub(super) fn step(&mut self, patience: Duration) -> Step {
        let shared = Arc::clone(&self.shared);
        let mut work = shared.work();
        if work.fetch.as_ref().is_some_and(Fetch::is_over) {
            let Some((place, left)) = work.fetch.take().map(Fetch::end) else { return Step::Other };
            work.spare.extend(left);
            drop(work);
            self.is_in_order = true;
            let Some(place) = place else { return Step::Read { more: false, frames: 0 } };
            if let Some(file) = &mut *lock(&shared.file) {
                file.capture.go_on_at(place);
            }
        } else if work.fetch.is_none()
            && work.phase != Phase::Failed
            && let Some(chunk) = work.spare.pop()
        {
            let is_located = work.locates_at_once();
            drop(work);
            return self.read(chunk, is_located);
        } else {
            self.help(work, patience);
        }
        Step::Other
    }

    fn read(&mut self, mut chunk: Box<Chunk>, is_located: bool) -> Step {
        let mut guard = lock(&self.shared.file);
        let mut more = false;
        let mut fetch = None;
        if let Some(Reading { capture, facts }) = &mut *guard {
            more = if is_located {
                chunk.fill_located(capture, facts, &mut lock(&self.shared.locating))
            } else {
                chunk.fill(capture, facts)
            };
            if more && !self.is_in_order {
                // From here on both may read, if it is a file.
                self.is_in_order = true;
                fetch = capture.file().map(|file| Fetch::new(file, capture.stored_bytes()));
            }
        }
        drop(guard);
        let frames = chunk.frames;
        let mut work = self.shared.work();
        work.fetch = fetch;
        work.read(chunk, is_located);
        self.shared.tell(work);
        Step::Read { more, frames }
    }

    /// A batch that is ready.
    pub(super) fn batch(&mut self) -> Option<Box<Rows>> {
        self.shared.work().batches.pop_front()
    }

    /// No more files.
    pub(super) fn finish(&mut self) {
        let mut work = self.shared.work();
        if work.phase == Phase::Reading {
            work.phase = Phase::Finished;
        }
        self.shared.tell(work);
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    pub(super) fn last_batch(&mut self) -> Option<Box<Rows>> {
        let shared = Arc::clone(&self.shared);
        loop {
            let mut work = shared.work();
            if let Some(rows) = work.batches.pop_front() {
                shared.tell(work);
                return Some(rows);
            }
            if work.is_drained() {
                return None;
            }
            self.help(work, Duration::MAX);
        }
    }

    /// Do something that is to be done, or wait until the work is another than what was looked at.
    fn help(&mut self, mut work: MutexGuard<'_, Work>, patience: Duration) {
        if let Some(task) = work.pick(CALLER) {
            drop(work);
            self.shared.settle(task);
        } else if work.phase == Phase::Failed {
            drop(work);
            self.end();
        } else {
            drop(self.shared.wait(work, patience));
        }
    }

    /// The thread ends, after the task that it is at.
    fn end(&mut self) {
        self.shared.end();
        if let Some(helper) = self.helper.take()
            && let Err(panic) = helper.join()
        {
            resume_unwind(panic);
        }
    }

    /// After the last batch: the engine, for what it has counted.
    pub(super) fn into_engine(mut self) -> Option<Engine> {
        self.end();
        let shared = Arc::clone(&self.shared);
        drop(self);
        let mut engine = Arc::into_inner(shared)?.into_engine();
        engine.finish();
        Some(engine)
    }
}

impl<R: Input> Drop for Crew<R> {
    /// Nothing runs on.
    fn drop(&mut self) {
        self.shared.end();
        if let Some(helper) = self.helper.take() {
            let _ = helper.join(); // its panic was told, or it is no longer of interest
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::*;
    use crate::capture::Capture;
    use crate::engine::FileFacts;
    use crate::engine::shared::HELPER;
    use crate::flow::Content;
    use crate::flow::tests::options;

    /// Of a pcap file; zeros behind it are empty records, without end.
    const HEADER: &[u8] = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";

    struct Endless(io::Chain<&'static [u8], io::Repeat>);

    impl Read for Endless {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.0.read(room)
        }
    }

    impl Input for Endless {}

    #[test]
    fn a_panic_of_the_thread_reaches_the_caller() {
        for tasks in [0, 1, 100] {
            let engine = Engine::for_two(options(), Content::default()).into();
            let crew = Crew::start(engine, move |shared| {
                for _ in 0..tasks {
                    let mut work = shared.work();
                    let task = loop {
                        match work.pick(HELPER) {
                            Some(task) => break task,
                            None => work = shared.wait(work, Duration::MAX),
                        }
                    };
                    drop(work);
                    shared.settle(task);
                }
                panic!("expected here")
            });
            let mut crew = crew.unwrap_or_else(|_| panic!("a thread"));
            let capture = Capture::open(Endless(HEADER.chain(io::repeat(0)))).unwrap();
            crew.open(Reading { capture, facts: FileFacts::new(0) });
            let panic = catch_unwind(AssertUnwindSafe(|| {
                loop {
                    crew.step(Duration::from_secs(60));
                }
            }));
            let panic = panic.err().unwrap();
            assert_eq!(panic.downcast_ref(), Some(&"expected here"));
        }
    }
}
