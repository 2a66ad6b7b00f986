//! The flow table on a thread of its own.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::chunk::Chunk;
use super::{Engine, FileFacts};
use crate::capture::Capture;
use crate::flow::{FlowTable, Rows};

/// Chunks there are at most, and so how far reading may be ahead.
const CHUNKS: usize = 6;

/// From this many on their way, the table is what the reading waits for.
const BUSY: usize = 2;

enum Order {
    Begin(Box<Engine>),
    Bring(Chunk),
    Finish,
}

enum Answer {
    Done(Chunk),
    Batch(Box<Rows>),
}

/// The thread's ends of what it shares with the caller.
struct Line {
    orders: Receiver<Order>,
    answers: Sender<Answer>,
    last: SyncSender<Rows>,
}

/// A flow table that works while the caller reads.
pub(super) struct Worker {
    orders: Option<Sender<Order>>,
    answers: Receiver<Answer>,
    last: Option<Receiver<Rows>>,
    thread: Option<JoinHandle<Option<Box<Engine>>>>,
    spare: Vec<Chunk>,
    batches: VecDeque<Box<Rows>>,
    on_their_way: usize,
}

impl Worker {
    /// Start the thread for a table, which is to [begin](Self::begin) with it.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(super) fn new(table: &FlowTable) -> io::Result<Self> {
        Self::start((0..CHUNKS).map(|_| Chunk::new(table)).collect(), work)
    }

    /// Give the table to the thread.
    pub(super) fn begin(&mut self, engine: Box<Engine>) {
        self.order(Order::Begin(engine));
    }

    fn start(
        spare: Vec<Chunk>,
        work: impl FnOnce(Line) -> Option<Box<Engine>> + Send + 'static,
    ) -> io::Result<Self> {
        let (orders, from_caller) = channel();
        let (to_caller, answers) = channel();
        let (to_caller_last, last) = sync_channel(0);
        let line = Line { orders: from_caller, answers: to_caller, last: to_caller_last };
        let thread = Builder::new().name("flow table".to_owned()).spawn(|| work(line))?;
        Ok(Self {
            orders: Some(orders),
            answers,
            last: Some(last),
            thread: Some(thread),
            spare,
            batches: VecDeque::new(),
            on_their_way: 0,
        })
    }

    /// Read a chunk, if one is free within this time, and pass it on; false at the end of the file.
    pub(super) fn read<R: Read>(
        &mut self,
        capture: &mut Capture<R>,
        facts: &mut FileFacts,
        patience: Duration,
    ) -> bool {
        self.look(patience);
        let Some(mut chunk) = self.spare.pop() else { return true };
        // Whoever would wait for the other decodes.
        let more = chunk.fill(capture, facts, self.on_their_way >= BUSY);
        if chunk.is_empty() {
            self.spare.push(chunk);
        } else {
            self.on_their_way += 1;
            self.order(Order::Bring(chunk));
        }
        more
    }

    /// A batch that is ready.
    pub(super) fn batch(&mut self) -> Option<Box<Rows>> {
        self.batches.pop_front()
    }

    /// No more files.
    pub(super) fn finish(&mut self) {
        self.order(Order::Finish);
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    pub(super) fn last_batch(&mut self) -> Option<Box<Rows>> {
        while let Ok(answer) = self.answers.recv() {
            self.note(answer);
        }
        self.batch().or_else(|| self.last.as_ref()?.recv().ok().map(Box::new))
    }

    /// After the last batch: what is left of the thread.
    pub(super) fn join(&mut self) -> Option<Box<Engine>> {
        (self.orders, self.last) = (None, None);
        match self.thread.take()?.join() {
            Ok(engine) => engine,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn order(&mut self, order: Order) {
        let sent = self.orders.as_ref().is_some_and(|orders| orders.send(order).is_ok());
        if !sent {
            self.join(); // the thread has panicked
        }
    }

    /// Look at the answers that are there; wait for one if there is nothing else to do.
    fn look(&mut self, patience: Duration) {
        while let Ok(answer) = self.answers.try_recv() {
            self.note(answer);
        }
        if self.spare.is_empty() {
            match self.answers.recv_timeout(patience) {
                Ok(answer) => self.note(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.join();
                }
            }
        }
    }

    fn note(&mut self, answer: Answer) {
        match answer {
            Answer::Done(chunk) => {
                self.on_their_way -= 1;
                self.spare.push(chunk);
            }
            Answer::Batch(rows) => self.batches.push_back(rows),
        }
    }
}

impl Drop for Worker {
    /// Nothing runs on: with nobody to talk to, the thread ends after the chunks on their way.
    fn drop(&mut self) {
        (self.orders, self.last) = (None, None);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // its panic was told, or it is no longer of interest
        }
    }
}

/// What the thread does until the caller goes, or there is no more to do.
fn work(line: Line) -> Option<Box<Engine>> {
    let Line { orders, answers, last } = line;
    let Ok(Order::Begin(mut engine)) = orders.recv() else { return None };
    while let Ok(Order::Bring(chunk)) = orders.recv() {
        chunk.bring(&mut engine, |rows| {
            let _ = answers.send(Answer::Batch(rows.into()));
        });
        if answers.send(Answer::Done(chunk)).is_err() {
            return None;
        }
    }
    // Behind this point come batches only, and each waits until the one before was taken.
    drop(answers);
    engine.finish();
    while let Some(rows) = engine.last_batch_by(true) {
        if last.send(rows).is_err() {
            break;
        }
    }
    Some(engine)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Of a pcap file; zeros behind it are empty records, without end.
    const HEADER: &[u8] = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";

    #[test]
    fn a_panic_of_the_thread_reaches_the_caller() {
        let table = FlowTable::new(crate::flow::tests::options());
        for orders in [0, 1, 100] {
            let mut worker = Worker::start(vec![Chunk::new(&table)], move |line| {
                for _ in 0..orders {
                    let Ok(Order::Bring(chunk)) = line.orders.recv() else { break };
                    let _ = line.answers.send(Answer::Done(chunk));
                }
                panic!("expected here")
            })
            .unwrap();
            let mut capture = Capture::open(HEADER.chain(io::repeat(0))).unwrap();
            let mut facts = FileFacts::new(0);
            let panic = catch_unwind(AssertUnwindSafe(|| {
                while worker.read(&mut capture, &mut facts, Duration::from_secs(60)) {}
            }))
            .unwrap_err();
            assert_eq!(panic.downcast_ref(), Some(&"expected here"));
        }
    }
}
