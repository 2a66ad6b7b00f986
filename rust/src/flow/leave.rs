//! How flows leave the table: evicted, begun anew, or at the end of the recording; and in batches.

use super::columns::Rows;
use super::index::Index;
use super::shard::Shard;

impl Shard {
    /// Make room: the flow that was idle longest ends.
    pub(super) fn evict(&mut self) {
        let Some(number) = self.oldest.find(&self.rows) else { return };
        self.emit(number);
        if let Some((_, origin)) = self.rows.both(number) {
            self.index.remove(origin.tag, number);
        }
        self.rows.remove(number);
        self.live -= 1;
        self.evicted += 1;
        self.has_gaps = true;
    }

    /// When the flow that was idle longest was touched last. None without flows.
    pub(super) fn longest_idle(&mut self) -> Option<u32> {
        let number = self.oldest.look(&self.rows)?;
        self.rows.row(number).map(|row| row.touched)
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

    /// The finished rows, if they are as many as a batch has.
    #[must_use]
    pub fn full_batch(&mut self) -> Option<Rows> {
        self.is_full().then(|| self.take())
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    #[must_use]
    pub fn last_batch(&mut self) -> Option<Rows> {
        (self.is_full() || self.drain()).then(|| self.take())
    }

    fn is_full(&self) -> bool {
        self.finished.len() >= self.options.batch_rows
    }

    fn take(&mut self) -> Rows {
        let mut rows = std::mem::take(&mut self.finished);
        self.content.look_at(&mut rows);
        rows
    }

    /// No packets come any more.
    pub fn finish(&mut self) {
        self.index = Index::new();
    }

    /// Finish live rows until a batch is full; false if there are no rows at all. Those that were
    /// finished before are a batch of their own: their heads were copied, these stay in place.
    fn drain(&mut self) -> bool {
        if self.finished.is_empty() && self.live > 0 {
            let room = self.options.batch_rows;
            let most = room.min(self.live as usize);
            self.finished = Rows::with_capacity(most, self.heads.settle(most));
            let Self { content, finished, rows, heads, errors, .. } = self;
            let from = (self.drained, room);
            self.drained = finished.extend_from(from, rows, heads, errors, |rows, place| {
                content.end_all(rows, place);
            });
            // There are no more if there were fewer than there is room for.
            let added = finished.len();
            self.live = if added < room { 0 } else { self.live - added as u32 };
        }
        !self.finished.is_empty()
    }
}
