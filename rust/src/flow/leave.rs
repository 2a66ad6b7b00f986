//! How flows leave the table: evicted, begun anew, or at the end of the recording; and in batches.

use super::columns::Rows;
use super::index::Index;
use super::table::FlowTable;

/// Rows whose heads take longer to copy than a thread takes to start.
const MANY: u32 = 4096;

impl FlowTable {
    /// Make room: the flow that was idle longest ends.
    pub(super) fn evict(&mut self) {
        let Some(number) = self.oldest.find(&self.rows) else { return };
        self.emit(number);
        if let Some((_, origin)) = self.rows.both(number) {
            self.index.remove(origin.tag, number);
        }
        self.rows.remove(number);
        self.live -= 1;
        self.counters.evicted += 1;
    }

    /// A row is finished.
    pub(super) fn emit(&mut self, number: u32) {
        if let Some((row, origin)) = self.rows.look(number) {
            self.content.end(number, row, self.finished.len());
            let row = (number, row, origin);
            self.finished.push(row, &self.rows, &self.heads, &self.errors);
        }
        if let Some((row, origin)) = self.rows.both(number) {
            self.heads.clear(number, row, origin);
            self.errors.clear(number, origin);
        }
    }

    /// Whether a batch is ready.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.finished.len() >= self.options.batch_rows
    }

    /// The finished rows.
    #[must_use]
    pub fn take(&mut self) -> Rows {
        let mut rows = std::mem::take(&mut self.finished);
        self.content.look_at(&mut rows);
        rows
    }

    /// The recording is over: whoever waits for the head of a datagram waits in vain.
    pub fn finish(&mut self) {
        for place in self.datagrams.take_waiting() {
            self.counters.no_head(place);
        }
        self.index = Index::new();
    }

    /// After [`finish`](Self::finish): finish live rows until a batch is full; false at the end.
    /// A second thread may help.
    pub fn drain(&mut self, by_two: bool) -> bool {
        if self.finished.is_empty() {
            let rows = self.options.batch_rows.min(self.live as usize);
            let bytes = self.heads.expected(rows, self.live as usize);
            self.finished = Rows::with_capacity(rows, bytes);
        }
        if self.live > 0 && !self.is_full() {
            let before = self.finished.len();
            let room = self.options.batch_rows - before;
            let by_two = by_two && self.live >= MANY;
            let Self { content, finished, rows, heads, errors, .. } = self;
            let from = (self.drained, room);
            self.drained =
                finished.extend_from(from, rows, heads, errors, by_two, |range, place| {
                    content.end_all(rows, range, place);
                });
            // There are no more if there were fewer than there is room for.
            let added = finished.len() - before;
            self.live = if added < room { 0 } else { self.live - added as u32 };
        }
        !self.finished.is_empty()
    }
}
