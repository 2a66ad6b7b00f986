//! The matches of many heads as sets of pattern numbers, which few of them differ in.

use std::collections::HashMap;
use std::hint::black_box;

use super::Patterns;

/// Heads whose first bytes are asked for together, so that the waits for memory overlap.
const BLOCK: usize = 64;

/// Sets of pattern numbers, and which of them each row has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sets {
    /// Of each row the number of its set.
    pub code: Codes,
    /// Ascending numbers; the first set is the empty one.
    pub sets: Vec<Vec<u32>>,
}

/// A small number a row, in as few bytes as all of them need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// All are below 256.
    Narrow(Vec<u8>),
    /// They are not.
    Wide(Vec<u32>),
}

impl Codes {
    fn set(&mut self, row: usize, number: usize) {
        if let (Self::Narrow(codes), Err(_)) = (&*self, u8::try_from(number)) {
            *self = Self::Wide(codes.iter().copied().map(u32::from).collect());
        }
        match self {
            Self::Narrow(codes) => codes.get_mut(row).into_iter().for_each(|it| *it = number as u8),
            Self::Wide(codes) => codes.get_mut(row).into_iter().for_each(|it| *it = number as u32),
        }
    }
}

impl Patterns {
    /// The matches of many heads as sets of numbers.
    ///
    /// There is a head for each protocol. Of the numbers of a head the first `most` are told.
    pub fn sets<'a>(
        &mut self,
        ip_protocols: &[u8],
        heads: impl Iterator<Item = &'a [u8]>,
        most: usize,
    ) -> Sets {
        // Memory that is zero already: where nothing matches there is nothing to write.
        let mut code = Codes::Narrow(vec![0; ip_protocols.len()]);
        let mut sets = vec![Vec::new()];
        let mut numbered = HashMap::from([(Vec::new(), 0)]);
        let mut guesses = [0; 256];
        let mut found = Vec::new();
        let mut block = [(0, 0, &[][..]); BLOCK];
        let mut rows = (0..).zip(ip_protocols).zip(heads);
        for _ in (0..ip_protocols.len()).step_by(BLOCK) {
            let filled = fill(&mut block, &mut rows);
            for (row, protocol, head) in filled {
                found.clear();
                self.look(*protocol, head, true, &mut found);
                found.truncate(most);
                // Most are the same as the last ones that begin alike.
                let guess = found.first().and_then(|first| guesses.get_mut(*first as usize % 256));
                let Some(guess) = guess else { continue };
                if sets.get(*guess) != Some(&found) {
                    *guess = *numbered.entry(found.clone()).or_insert(sets.len());
                    if *guess == sets.len() {
                        sets.push(found.clone());
                    }
                }
                code.set(*row, *guess);
            }
        }
        Sets { code, sets }
    }
}

/// A row, its protocol and its head.
type Row<'a> = (usize, u8, &'a [u8]);

/// The next rows, but for those that have no bytes.
fn fill<'a, 'b, 'p>(
    block: &'b mut [Row<'a>; BLOCK],
    rows: &mut impl Iterator<Item = ((usize, &'p u8), &'a [u8])>,
) -> &'b [Row<'a>] {
    let mut count = 0;
    for ((row, protocol), head) in rows.take(BLOCK) {
        if let Some(place) = block.get_mut(count) {
            *place = (row, *protocol, head);
        }
        count += usize::from(!head.is_empty()); // which no branch could foretell
    }
    let filled = block.get(..count).unwrap_or_default();
    black_box(filled.iter().fold(0, |all, (_, _, head)| all ^ head.first().unwrap_or(&0)));
    filled
}

#[cfg(test)]
mod tests {
    use super::super::Pattern;
    use super::*;

    #[test]
    fn every_head_gets_the_number_of_its_set_however_many_there_are() {
        let pattern = |number: u32| {
            let expression = format!("^.{{{}}}x", number - 1000).into_bytes();
            Pattern { number, expression, ip_protocol: None, head_bytes: 0, transcript: false }
        };
        let all: Vec<_> = (1000..1010).map(pattern).collect();
        let mut patterns = Patterns::new(&all).expect("patterns");
        for count in [0, 1, 3, 200, 256, 257, 1024] {
            // The bits of the row's number are where it has an x, behind rows without bytes.
            let text = |bits: usize| (0..10).map(move |bit| b"-x"[bits >> bit & 1]).collect();
            let rows = (0..count).flat_map(|bits| [Vec::new(), text(bits), text(bits / 2)]);
            let rows: Vec<Vec<u8>> = rows.collect();
            let protocols = vec![6; rows.len()];
            let found = patterns.sets(&protocols, rows.iter().map(Vec::as_slice), 9);
            let codes = match &found.code {
                Codes::Narrow(codes) => codes.iter().copied().map(usize::from).collect(),
                Codes::Wide(codes) => codes.iter().map(|code| *code as usize).collect::<Vec<_>>(),
            };
            assert!(found.sets[0].is_empty());
            assert_eq!(matches!(found.code, Codes::Narrow(_)), found.sets.len() <= 256);
            assert_eq!(codes.len(), rows.len());
            for (code, row) in codes.into_iter().zip(&rows) {
                let numbers = (1000..).zip(row).filter(|(_, byte)| **byte == b'x').map(|it| it.0);
                assert_eq!(found.sets[code], numbers.take(9).collect::<Vec<u32>>(), "{row:?}");
            }
        }
    }
}
