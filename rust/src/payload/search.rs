//! Many strings searched at the same time.

use std::collections::BTreeSet;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::{Anchored, dfa, nfa::contiguous};

/// Up to so many bytes in all, the search is by a table that takes a kilobyte for each of them.
const FAST_BYTES: usize = 16_384;

/// Up to so many different bytes that strings begin with are looked for first.
const FEW_FIRSTS: usize = 2;

/// The strings, by their place in the list.
#[derive(Debug)]
pub(super) struct Search {
    automaton: Kind,
    /// Every string begins with one of these; empty: they are many, or a string is empty.
    firsts: Vec<u8>,
}

#[derive(Debug)]
enum Kind {
    /// Faster.
    Table(dfa::DFA),
    /// Smaller.
    Links(contiguous::NFA),
}

impl Search {
    pub(super) fn new(strings: &[Vec<u8>]) -> Result<Self, String> {
        let bytes = strings.iter().map(Vec::len).sum::<usize>();
        let automaton = if bytes <= FAST_BYTES {
            dfa::Builder::new().build(strings).map(Kind::Table)
        } else {
            contiguous::Builder::new().build(strings).map(Kind::Links)
        };
        let firsts: Option<BTreeSet<u8>> =
            strings.iter().map(|string| string.first().copied()).collect();
        let firsts = firsts.filter(|firsts| firsts.len() <= FEW_FIRSTS).unwrap_or_default();
        let automaton = automaton.map_err(|error| error.to_string())?;
        Ok(Self { automaton, firsts: firsts.into_iter().collect() })
    }

    /// Tell of every string in the bytes, with the place where it begins, in order of their ends.
    #[inline]
    pub(super) fn each(&self, bytes: &[u8], found: impl FnMut(usize, usize)) {
        // A byte is found many times faster than a walk passes it.
        if !self.firsts.is_empty() && !self.firsts.iter().any(|first| bytes.contains(first)) {
            return;
        }
        match &self.automaton {
            Kind::Table(table) => each(table, bytes, found),
            Kind::Links(links) => each(links, bytes, found),
        }
    }
}

#[inline]
fn each(automaton: &impl Automaton, bytes: &[u8], mut found: impl FnMut(usize, usize)) {
    let Ok(mut state) = automaton.start_state(Anchored::No) else { return };
    for (end, byte) in (1..).zip(bytes) {
        state = automaton.next_state(Anchored::No, state, *byte);
        if automaton.is_special(state) && automaton.is_match(state) {
            tell(automaton, state, end, &mut found);
        }
    }
}

fn tell(
    automaton: &impl Automaton,
    state: StateID,
    end: usize,
    found: &mut impl FnMut(usize, usize),
) {
    for place in 0..automaton.match_len(state) {
        let string = automaton.match_pattern(state, place);
        found(string.as_usize(), end.saturating_sub(automaton.pattern_len(string)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(strings: &[&[u8]], bytes: &[u8]) -> Vec<(usize, usize)> {
        let strings: Vec<_> = strings.iter().map(|string| string.to_vec()).collect();
        let mut found = Vec::new();
        Search::new(&strings).expect("a search").each(bytes, |string, at| found.push((string, at)));
        found
    }

    #[test]
    fn strings_are_found_whatever_they_begin_with() {
        assert_eq!(found(&[b"ab", b"ac"], b"xxabac"), [(0, 2), (1, 4)]);
        assert_eq!(found(&[b"ab", b"cd"], b"xcdx"), [(1, 1)]);
        assert_eq!(found(&[b"ab", b"cd", b"ef"], b"efab"), [(2, 0), (0, 2)]);
        assert_eq!(found(&[b"ab"], b"xxbxx"), []);
        assert_eq!(found(&[b"ab", b""], b"x"), [(1, 1)], "an empty string is behind every byte");
        assert_eq!(found(&[], b"x"), []);
    }
}
