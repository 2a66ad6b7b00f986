//! The patterns for one kind of flow, each looked for in its way.

use regex_syntax::hir::Hir;

use super::PatternError;
use super::automaton::Automaton;
use super::plan::{Plan, Strings, plan};
use super::search::Search;

/// What a string that was found tells.
#[derive(Clone, Copy, Debug)]
struct Hint {
    /// The pattern of it.
    pattern: u32,
    /// Its place in the automaton that tests it.
    test: u32,
    is_begin: bool,
    is_all: bool,
}

/// Some patterns, and memory of what was found in one head.
#[derive(Debug, Default)]
pub(super) struct Scan {
    numbers: Vec<u32>,
    /// Automaton, whether it starts at the head's begin only, and its patterns.
    walks: Vec<(Automaton, bool, Vec<u32>)>,
    search: Option<(Search, Vec<Hint>, Automaton)>,
    /// The head in which a pattern was found or tested last, by number of heads.
    seen: Vec<u32>,
    heads: u32,
}

impl Scan {
    /// Of patterns by number.
    pub(super) fn new(patterns: Vec<(u32, Hir)>) -> Result<Self, PatternError> {
        let mut scan = Self { seen: vec![0; patterns.len()], ..Self::default() };
        let mut walks = [const { (Vec::new(), Vec::new()) }; 3];
        let [begin, wide, anywhere] = &mut walks;
        let (mut strings, mut hints, mut tests) = (Vec::new(), Vec::new(), Vec::new());
        for (place, (number, hir)) in (0..).zip(patterns) {
            scan.numbers.push(number);
            let walk = match plan(&hir) {
                Plan::Begin => &mut *begin,
                Plan::WideBegin => &mut *wide,
                Plan::Anywhere => &mut *anywhere,
                Plan::Strings(Strings { bytes: more, is_begin, is_all, test }) => {
                    let hint = Hint { pattern: place, test: tests.len() as u32, is_begin, is_all };
                    hints.extend(more.iter().map(|_| hint));
                    strings.extend(more);
                    tests.push(test);
                    continue;
                }
            };
            walk.0.push(hir);
            walk.1.push(place);
        }
        let first = scan.numbers.first().copied().unwrap_or_default();
        let fail = |cause| PatternError { number: first, cause };
        for ((hirs, places), anchored) in walks.into_iter().zip([true, true, false]) {
            if let Some(automaton) = Automaton::new(&hirs).map_err(fail)? {
                scan.walks.push((automaton, anchored, places));
            }
        }
        if let Some(tests) = Automaton::new(&tests).map_err(fail)? {
            let search = Search::new(&strings).map_err(fail)?;
            scan.search = Some((search, hints, tests));
        }
        Ok(scan)
    }

    /// Add the numbers of the patterns that match, in any order; whether further bytes behind
    /// these could bring more matches.
    pub(super) fn find(&mut self, head: &[u8], found: &mut Vec<u32>) -> bool {
        let Self { numbers, walks, search, seen, heads } = self;
        *heads = heads.wrapping_add(1);
        if *heads == 0 {
            seen.fill(0);
            *heads = 1;
        }
        // Whether the pattern is new to this head.
        let mut meet = |place: u32| {
            let last = seen.get_mut(place as usize);
            last.is_some_and(|last| std::mem::replace(last, *heads) != *heads)
        };
        let number = |place: u32| numbers.get(place as usize).copied();
        let mut open = search.is_some();
        for (automaton, anchored, places) in walks {
            open |= automaton.each(head, *anchored, |place| {
                if let Some(place) = places.get(place).copied()
                    && meet(place)
                {
                    found.extend(number(place));
                }
            });
        }
        if let Some((search, hints, tests)) = search {
            search.each(head, |string, start| {
                let Some(hint) = hints.get(string).copied() else { return };
                // One test tells: it goes from the first place where a match can begin.
                if meet(hint.pattern)
                    && (hint.is_all || {
                        let from = if hint.is_begin { start } else { 0 };
                        tests.one(hint.test as usize, head, from)
                    })
                {
                    found.extend(number(hint.pattern));
                }
            });
        }
        open
    }
}
