//! The patterns for one kind of flow, each looked for in its way.

use regex_syntax::hir::Hir;

use super::PatternError;
use super::automaton::{Automaton, Cache};
use super::begin::{self, Begin};
use super::parse::is_anchored;
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

/// Memory for the states of one automaton.
const STATES_BYTES: usize = 32 << 20;

/// Some patterns.
#[derive(Debug, Default)]
pub(super) struct Scan {
    numbers: Vec<u32>,
    begin: Begin,
    /// The patterns of `begin`.
    begin_places: Vec<u32>,
    walks: Vec<Walk>,
    search: Option<(Search, Vec<Hint>, Automaton)>,
    /// Beyond so many bytes of a head a string that is found says nothing.
    searched: usize,
}

/// Patterns that are looked for in one walk.
#[derive(Debug)]
struct Walk {
    automaton: Automaton,
    /// Whether it starts at the head's begin only.
    anchored: bool,
    places: Vec<u32>,
}

/// What one thread needs to look for them.
#[derive(Debug, Default)]
pub(super) struct Memory {
    begin: begin::Memory,
    walks: [Option<Cache>; 2],
    tests: Option<Cache>,
    /// The head in which a pattern was found or tested last, by number of heads.
    seen: Vec<u32>,
    heads: u32,
}

impl Scan {
    /// Of patterns by number.
    pub(super) fn new(patterns: Vec<(u32, Hir)>) -> Result<Self, PatternError> {
        let mut scan = Self::default();
        let mut walks = [const { (Vec::new(), Vec::new()) }; 2];
        let [wide, anywhere] = &mut walks;
        let (mut strings, mut hints, mut tests) = (Vec::new(), Vec::new(), Vec::new());
        let mut begin = Vec::new();
        for (place, (number, hir)) in (0..).zip(patterns) {
            scan.numbers.push(number);
            let walk = match plan(&hir) {
                Plan::Begin(beginning) => {
                    begin.push((hir, beginning));
                    scan.begin_places.push(place);
                    continue;
                }
                Plan::WideBegin => &mut *wide,
                Plan::Anywhere => &mut *anywhere,
                Plan::Strings(Strings { bytes: more, is_begin, is_all, test }) => {
                    // One that is anchored and of bounded length lies at the begin; an assertion
                    // may look one byte further.
                    let longest = hir.properties().maximum_len().filter(|_| is_anchored(&hir));
                    scan.searched =
                        scan.searched.max(longest.map_or(usize::MAX, |it| it.saturating_add(1)));
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
        scan.begin = Begin::new(begin);
        for ((hirs, places), anchored) in walks.into_iter().zip([true, false]) {
            if !hirs.is_empty() {
                let automaton = Automaton::new(&hirs, STATES_BYTES).map_err(fail)?;
                scan.walks.push(Walk { automaton, anchored, places });
            }
        }
        if !tests.is_empty() {
            let tests = Automaton::new(&tests, STATES_BYTES).map_err(fail)?;
            scan.search = Some((Search::new(&strings).map_err(fail)?, hints, tests));
        }
        Ok(scan)
    }

    /// Add the numbers of the patterns that match, in any order; whether further bytes behind
    /// these could bring more matches, unless the head `ends`.
    #[inline]
    pub(super) fn find(
        &self,
        memory: &mut Memory,
        head: &[u8],
        ends: bool,
        found: &mut Vec<u32>,
    ) -> bool {
        let open = self.begin.each(&mut memory.begin, head, ends, |place| {
            let place = self.begin_places.get(place);
            found.extend(place.and_then(|place| self.number(*place)));
        });
        if self.walks.is_empty() && self.search.is_none() {
            return open;
        }
        open | self.find_rest(memory, head, found)
    }

    fn number(&self, place: u32) -> Option<u32> {
        self.numbers.get(place as usize).copied()
    }

    fn find_rest(&self, memory: &mut Memory, head: &[u8], found: &mut Vec<u32>) -> bool {
        let Memory { walks, tests: test_cache, seen, heads, .. } = memory;
        *heads = heads.wrapping_add(1);
        if *heads == 0 {
            seen.fill(0);
            *heads = 1;
        }
        seen.resize(self.numbers.len(), 0);
        // Whether the pattern is new to this head.
        let mut meet = |place: u32| {
            let last = seen.get_mut(place as usize);
            last.is_some_and(|last| std::mem::replace(last, *heads) != *heads)
        };
        let mut open = self.search.is_some() && head.len() < self.searched;
        for (walk, cache) in self.walks.iter().zip(walks) {
            open |= walk.automaton.each(cache, head, walk.anchored, |place| {
                if let Some(place) = walk.places.get(place).copied()
                    && meet(place)
                {
                    found.extend(self.number(place));
                }
            });
        }
        if let Some((search, hints, tests)) = &self.search {
            search.each(head.get(..self.searched).unwrap_or(head), |string, start| {
                let Some(hint) = hints.get(string).copied() else { return };
                // One test tells: it goes from the first place where a match can begin.
                if meet(hint.pattern)
                    && (hint.is_all || {
                        let from = if hint.is_begin { start } else { 0 };
                        tests.one(test_cache, hint.test as usize, head, from)
                    })
                {
                    found.extend(self.number(hint.pattern));
                }
            });
        }
        open
    }
}
