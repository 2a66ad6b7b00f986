//! Many expressions in one automaton, which is built where bytes lead (a lazy DFA).
//!
//! The time is linear in the bytes. Memory is bounded: states that are not needed are forgotten.
//! Threads share an automaton; the states that it has reached are in a cache, one a thread.

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{self, Builder, Config, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::primitives::PatternID;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;

pub(super) use regex_automata::hybrid::dfa::Cache;

/// Some expressions, by their place in the list.
#[derive(Debug)]
pub(super) struct Automaton {
    dfa: DFA,
}

/// What becomes of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Match,
    /// No bytes behind these could make it match.
    Dead,
    Open,
}

/// Memory that an expression takes; an error if it is more than `limit`.
pub(super) fn size(hir: &Hir, limit: usize) -> Result<usize, String> {
    compile(std::slice::from_ref(hir), Some(limit)).map(|nfa| nfa.memory_usage())
}

fn compile(hirs: &[Hir], limit: Option<usize>) -> Result<NFA, String> {
    let config = thompson::Config::new()
        .utf8(false)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(limit);
    let nfa = thompson::Compiler::new().configure(config).build_many_from_hir(hirs);
    nfa.map_err(|error| match error.size_limit() {
        Some(limit) => format!("takes more than {limit} bytes of memory"),
        None => error.to_string(),
    })
}

impl Automaton {
    /// Its caches take at most about so many bytes each.
    pub(super) fn new(hirs: &[Hir], states_bytes: usize) -> Result<Self, String> {
        let config = Config::new()
            .match_kind(MatchKind::All)
            .starts_for_each_pattern(true)
            .specialize_start_states(false)
            .skip_cache_capacity_check(true)
            .cache_capacity(states_bytes);
        let dfa = Builder::new()
            .configure(config)
            .build_from_nfa(compile(hirs, None)?)
            .map_err(|error| error.to_string())?;
        Ok(Self { dfa })
    }

    fn cache<'a>(&self, cache: &'a mut Option<Cache>) -> &'a mut Cache {
        cache.get_or_insert_with(|| dfa::Cache::new(&self.dfa))
    }

    /// Tell of every expression that matches, some more than once; whether further bytes behind
    /// these could bring more matches.
    pub(super) fn each(
        &self,
        cache: &mut Option<Cache>,
        bytes: &[u8],
        anchored: bool,
        mut found: impl FnMut(usize),
    ) -> bool {
        let (dfa, cache) = (&self.dfa, self.cache(cache));
        let mode = if anchored { Anchored::Yes } else { Anchored::No };
        let input = Input::new(bytes).anchored(mode);
        let Ok(mut state) = dfa.start_state_forward(cache, &input) else { return true };
        let mut told = None;
        let mut tell = |cache: &Cache, state: LazyStateID| {
            // An expression that ends in a repetition matches at every byte of it.
            if told != Some(state) {
                told = Some(state);
                for place in 0..dfa.match_len(cache, state) {
                    found(dfa.match_pattern(cache, state, place).as_usize());
                }
            }
        };
        for byte in bytes {
            let Ok(next) = dfa.next_state(cache, state, *byte) else { return true };
            state = next;
            if state.is_tagged() {
                if state.is_match() {
                    tell(cache, state);
                } else if state.is_dead() {
                    return false;
                }
            }
        }
        if let Ok(state) = dfa.next_eoi_state(cache, state)
            && state.is_match()
        {
            tell(cache, state);
        }
        true
    }

    /// Whether some expression matches where the bytes begin. Faster than [`fate`](Self::fate).
    pub(super) fn begins(&self, cache: &mut Option<Cache>, bytes: &[u8]) -> bool {
        let input = Input::new(bytes).anchored(Anchored::Yes).earliest(true);
        matches!(self.dfa.try_search_fwd(self.cache(cache), &input), Ok(Some(_)))
    }

    /// What becomes of the only expression, which is looked for where the bytes begin.
    pub(super) fn fate(&self, cache: &mut Option<Cache>, bytes: &[u8]) -> Fate {
        let (dfa, cache) = (&self.dfa, self.cache(cache));
        let input = Input::new(bytes).anchored(Anchored::Yes);
        let Ok(mut state) = dfa.start_state_forward(cache, &input) else { return Fate::Open };
        for byte in bytes {
            let Ok(next) = dfa.next_state(cache, state, *byte) else { return Fate::Open };
            state = next;
            if state.is_tagged() {
                if state.is_match() {
                    return Fate::Match;
                } else if state.is_dead() {
                    return Fate::Dead;
                }
            }
        }
        match dfa.next_eoi_state(cache, state) {
            Ok(state) if state.is_match() => Fate::Match,
            _ => Fate::Open,
        }
    }

    /// Whether one expression of several matches from here.
    pub(super) fn one(
        &self,
        cache: &mut Option<Cache>,
        expression: usize,
        bytes: &[u8],
        from: usize,
    ) -> bool {
        let Ok(expression) = PatternID::new(expression) else { return false };
        let input = Input::new(bytes)
            .range(from.min(bytes.len())..)
            .anchored(Anchored::Pattern(expression))
            .earliest(true);
        matches!(self.dfa.try_search_fwd(self.cache(cache), &input), Ok(Some(_)))
    }
}
