//! Many short byte strings that grow, in few large pieces of memory.
//!
//! A string lives in a cell of the smallest size that holds it, so its length tells where its
//! cell is; a string that outgrows its cell moves.

const SMALLEST_BITS: u32 = 5;
const LARGEST_BITS: u32 = 16;
const PIECE_BITS: u32 = 18;

/// The strings. A string is named by the number of its cell and its length.
#[derive(Debug)]
pub(super) struct Arena {
    sizes: [Cells; (LARGEST_BITS - SMALLEST_BITS + 1) as usize],
}

/// The cells of one size.
#[derive(Debug, Default)]
struct Cells {
    bits: u32,
    pieces: Vec<Vec<u8>>,
    vacant: Vec<u32>,
    count: u32,
}

impl Cells {
    /// Number of the piece, and the place in it.
    fn place(&self, cell: u32) -> (usize, usize) {
        let per_piece = PIECE_BITS - self.bits;
        ((cell >> per_piece) as usize, ((cell & ((1 << per_piece) - 1)) << self.bits) as usize)
    }

    fn get(&self, cell: u32, length: usize) -> &[u8] {
        let (piece, at) = self.place(cell);
        self.pieces.get(piece).and_then(|piece| piece.get(at..at + length)).unwrap_or_default()
    }

    /// The bytes of a cell from `start` to `end`.
    fn part(&mut self, cell: u32, start: usize, end: usize) -> &mut [u8] {
        let (piece, at) = self.place(cell);
        self.pieces
            .get_mut(piece)
            .and_then(|piece| piece.get_mut(at + start..at + end))
            .unwrap_or_default()
    }

    fn take(&mut self) -> u32 {
        if let Some(cell) = self.vacant.pop() {
            return cell;
        }
        let cell = self.count;
        self.count += 1;
        if self.place(cell).0 == self.pieces.len() {
            self.pieces.push(vec![0; 1 << PIECE_BITS]);
        }
        cell
    }
}

/// Which cells hold strings of this length.
fn size_of(length: usize) -> usize {
    let bits = usize::BITS - length.saturating_sub(1).leading_zeros();
    bits.saturating_sub(SMALLEST_BITS) as usize
}

impl Arena {
    pub(super) fn new() -> Self {
        let mut bits = SMALLEST_BITS;
        let sizes = std::array::from_fn(|_| {
            let cells = Cells { bits, ..Cells::default() };
            bits += 1;
            cells
        });
        Self { sizes }
    }

    /// A string. The empty one has no cell.
    pub(super) fn get(&self, cell: u32, length: u16) -> &[u8] {
        let length = usize::from(length);
        match self.sizes.get(size_of(length)) {
            Some(cells) if length > 0 => cells.get(cell, length),
            _ => &[],
        }
    }

    /// Add bytes to a string, which moves where it no longer fits. The whole must be below 64 KiB.
    pub(super) fn append(&mut self, cell: &mut u32, length: &mut u16, more: &[u8]) {
        let old = usize::from(*length);
        let new = old + more.len();
        let (Ok(new_length), false) = (u16::try_from(new), more.is_empty()) else { return };
        let (from, to) = (size_of(old), size_of(new));
        if old == 0 {
            *cell = self.sizes.get_mut(to).map_or(0, Cells::take);
        } else if from != to
            && let Some((smaller, larger)) = self.sizes.split_at_mut_checked(to)
            && let (Some(smaller), Some(larger)) = (smaller.get_mut(from), larger.first_mut())
        {
            let moved = larger.take();
            larger.part(moved, 0, old).copy_from_slice(smaller.get(*cell, old));
            smaller.vacant.push(*cell);
            *cell = moved;
        }
        if let Some(cells) = self.sizes.get_mut(to) {
            let part = cells.part(*cell, old, new);
            if part.len() == more.len() {
                part.copy_from_slice(more);
            }
        }
        *length = new_length;
    }

    /// Forget a string.
    pub(super) fn clear(&mut self, cell: u32, length: &mut u16) {
        if *length > 0
            && let Some(cells) = self.sizes.get_mut(size_of(usize::from(*length)))
        {
            cells.vacant.push(cell);
        }
        *length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_their_bytes_while_they_grow_and_others_go() {
        let mut arena = Arena::new();
        let mut strings: Vec<(u32, u16, Vec<u8>)> = Vec::new();
        let mut state = 1_u32;
        for round in 0..20_000_usize {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let more = vec![(state >> 8) as u8; (state >> 16) as usize % 300];
            if round % 5 == 0 {
                strings.push((0, 0, Vec::new()));
            }
            let at = (state >> 4) as usize % strings.len();
            let Some((cell, length, expected)) = strings.get_mut(at) else { continue };
            if expected.len() > 30_000 || state.is_multiple_of(64) {
                arena.clear(*cell, length);
                expected.clear();
            } else {
                arena.append(cell, length, &more);
                expected.extend(&more);
            }
        }
        for (cell, length, expected) in &strings {
            assert_eq!(arena.get(*cell, *length), expected);
        }
    }
}
