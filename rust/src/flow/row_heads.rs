//! The heads of rows that have left the table, of one side: copied, or still where they grew.

use std::sync::Arc;

use super::arena::Arena;
use crate::texts::Texts;

/// One byte string a row.
#[derive(Debug)]
pub struct RowHeads(Kept);

#[derive(Debug)]
enum Kept {
    /// All of them one behind the other, and where each ends.
    Copied { bytes: Vec<u8>, ends: Vec<usize> },
    /// Number of the cell and length of each. Nobody writes into the arena any more, and it lives
    /// as long as any of them: to copy what is in it would cost as much memory again.
    InPlace { arena: Arc<Arena>, cells: Vec<(u32, u16)> },
}

impl Default for RowHeads {
    fn default() -> Self {
        Self(Kept::Copied { bytes: Vec::new(), ends: Vec::new() })
    }
}

impl RowHeads {
    /// None yet, but memory for this many, which stay in an arena.
    pub(super) fn in_place(arena: Arc<Arena>, rows: usize) -> Self {
        Self(Kept::InPlace { arena, cells: Vec::with_capacity(rows) })
    }

    /// Add a head that is in this cell of an arena; of heads in place it is theirs.
    #[inline]
    pub(super) fn push(&mut self, arena: &Arena, cell: u32, length: u16) {
        match &mut self.0 {
            Kept::Copied { bytes, ends } => {
                bytes.extend_from_slice(arena.get(cell, length));
                ends.push(bytes.len());
            }
            Kept::InPlace { cells, .. } => cells.push((cell, length)),
        }
    }
}

impl Texts for RowHeads {
    fn rows(&self) -> usize {
        match &self.0 {
            Kept::Copied { ends, .. } => ends.len(),
            Kept::InPlace { cells, .. } => cells.len(),
        }
    }

    #[inline]
    fn text(&self, row: usize) -> Option<&[u8]> {
        match &self.0 {
            Kept::Copied { bytes, ends } => {
                let begin = row.checked_sub(1).and_then(|before| ends.get(before));
                bytes.get(begin.copied().unwrap_or_default()..*ends.get(row)?)
            }
            Kept::InPlace { arena, cells } => {
                cells.get(row).map(|(cell, length)| arena.get(*cell, *length))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_the_same_copied_and_in_place() {
        let texts: [&[u8]; 5] = [b"", b"one", &[7; 300], b"", b"last"];
        let mut arena = Arena::new();
        let cells = texts.map(|text| {
            let (mut cell, mut length) = (0, 0);
            arena.append(&mut cell, &mut length, text);
            (cell, length)
        });
        let arena = Arc::new(arena);
        for mut heads in [RowHeads::default(), RowHeads::in_place(Arc::clone(&arena), 2)] {
            assert_eq!((heads.rows(), heads.text(0)), (0, None));
            for (cell, length) in cells {
                heads.push(&arena, cell, length);
            }
            let found: Vec<_> = (0..heads.rows()).map(|row| heads.text(row).unwrap()).collect();
            assert_eq!(found, texts);
            assert_eq!(heads.text(5), None);
        }
    }
}
