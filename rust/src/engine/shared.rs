//! What two threads on one recording have, and what each of them does with it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::work::{Done, Phase, Task, Work};
use super::{Engine, Locating, Reading};
use crate::capture::Input;
use crate::flow::{FlowTable, Rows, Shard, Usage};

/// What both threads have. Who holds the work does nothing else meanwhile.
pub(super) struct Shared<R: Input> {
    work: Mutex<Work>,
    /// The work has changed.
    changed: Condvar,
    pub(super) file: Mutex<Option<Reading<R>>>,
    pub(super) locating: Mutex<Locating>,
    halves: [Mutex<Shard>; 2],
}

/// Which half a thread would rather have, whose rows may still be in its cache.
pub(super) const HELPER: usize = 0;
pub(super) const CALLER: usize = 1;

impl<R: Input> Shared<R> {
    pub(super) fn new(engine: Box<Engine>) -> Result<Self, Box<Engine>> {
        let Engine { outside, table } = *engine;
        let (locator, halves) = match table.apart() {
            Ok(parts) => parts,
            Err(table) => return Err(Engine { outside, table: *table }.into()),
        };
        Ok(Self {
            work: Mutex::new(Work::new(&halves)),
            changed: Condvar::new(),
            file: Mutex::new(None),
            locating: Mutex::new(Locating { outside, locator }),
            halves: halves.map(Mutex::new),
        })
    }

    /// What it was made of.
    pub(super) fn into_engine(self) -> Engine {
        let Locating { outside, locator } = own(self.locating);
        Engine { outside, table: FlowTable::together(locator, self.halves.map(own)) }
    }

    pub(super) fn work(&self) -> MutexGuard<'_, Work> {
        lock(&self.work)
    }

    pub(super) fn wait<'a>(
        &self,
        mut work: MutexGuard<'a, Work>,
        patience: Duration,
    ) -> MutexGuard<'a, Work> {
        work.waiting += 1;
        let waited = self.changed.wait_timeout(work, patience);
        let mut work = waited.unwrap_or_else(PoisonError::into_inner).0;
        work.waiting -= 1;
        work
    }

    /// Let go of work that has changed, and wake who waits for that: the system is asked only if
    /// somebody does.
    pub(super) fn tell(&self, work: MutexGuard<'_, Work>) {
        let is_heard = work.waiting > 0;
        drop(work);
        if is_heard {
            self.changed.notify_all();
        }
    }

    /// The thread has nothing more to do.
    pub(super) fn end(&self) {
        let mut work = self.work();
        work.phase = Phase::Over;
        self.tell(work);
    }

    /// What the helper does until the caller goes.
    pub(super) fn serve(&self) {
        let mut work = self.work();
        while work.phase != Phase::Over {
            if let Some(task) = work.pick(HELPER) {
                drop(work);
                self.settle(task);
                work = self.work();
            } else {
                work = self.wait(work, Duration::MAX);
            }
        }
    }

    /// Do a task.
    pub(super) fn settle(&self, task: Task) {
        let done = self.perform(task);
        let mut work = self.work();
        work.settle(done);
        self.tell(work);
    }

    fn perform(&self, task: Task) -> Done {
        match task {
            Task::Fetch(mut chunk, file, from) => {
                let is_whole = chunk.fetch(&file, from.0);
                Done::Fetched(chunk, from, is_whole)
            }
            Task::Walk(mut chunk) => {
                let more = lock(&self.file).as_mut().is_some_and(|Reading { capture, facts }| {
                    chunk.walk(capture, facts, &mut lock(&self.locating))
                });
                Done::Walked(chunk, more)
            }
            Task::Locate(mut chunk) => {
                chunk.locate(&mut lock(&self.locating));
                Done::Located(chunk)
            }
            Task::Bring(half, chunk) => {
                let mut shard = self.half(half);
                chunk.bring(half, &mut shard);
                let told = told(&mut shard);
                Done::Brought(half, chunk, told)
            }
            Task::BringBoth(chunk) => {
                let (mut one, mut other) = (self.half(0), self.half(1));
                chunk.bring_both(&mut one, &mut other);
                Done::BroughtBoth(chunk, [told(&mut one), told(&mut other)])
            }
            Task::Drain(half) => {
                let mut shard = self.half(half);
                shard.finish();
                Done::Drained(half, shard.last_batch().map(Box::new))
            }
        }
    }

    fn half(&self, half: usize) -> MutexGuard<'_, Shard> {
        let [one, other] = &self.halves;
        lock(if half == 0 { one } else { other })
    }
}

/// What a half has to say when it comes to rest.
fn told(shard: &mut Shard) -> (Usage, Option<Box<Rows>>) {
    let batch = shard.full_batch().map(Box::new);
    (shard.usage(), batch)
}

/// A lock that was poisoned belongs to a panic that the caller is told of anyway.
pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn own<T>(of: Mutex<T>) -> T {
    of.into_inner().unwrap_or_else(PoisonError::into_inner)
}
