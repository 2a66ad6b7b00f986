//! Many strings searched at the same time.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::{Anchored, dfa, nfa::contiguous};

/// Up to so many bytes in all, the search is by a table that takes a kilobyte for each of them.
const FAST_BYTES: usize = 16_384;

/// The strings, by their place in the list.
#[derive(Debug)]
pub(super) enum Search {
    /// Faster.
    Table(dfa::DFA),
    /// Smaller.
    Links(contiguous::NFA),
}

impl Search {
    pub(super) fn new(strings: &[Vec<u8>]) -> Result<Self, String> {
        let bytes = strings.iter().map(Vec::len).sum::<usize>();
        let search = if bytes <= FAST_BYTES {
            dfa::Builder::new().build(strings).map(Self::Table)
        } else {
            contiguous::Builder::new().build(strings).map(Self::Links)
        };
        search.map_err(|error| error.to_string())
    }

    /// Tell of every string in the bytes, with the place where it begins, in order of their ends.
    #[inline]
    pub(super) fn each(&self, bytes: &[u8], found: impl FnMut(usize, usize)) {
        match self {
            Self::Table(table) => each(table, bytes, found),
            Self::Links(links) => each(links, bytes, found),
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
