//! Many expressions in one automaton, which is built where bytes lead (a lazy DFA).
//!
//! The time is linear in the bytes. Memory is bounded: states that are not needed are forgotten.

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Builder, Cache, Config, DFA};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::primitives::PatternID;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::Hir;

/// Memory for the states of one automaton.
const STATES_BYTES: usize = 32 << 20;

/// Some expressions, by their place in the list.
#[derive(Debug)]
pub(super) struct Automaton {
    dfa: DFA,
    cache: Cache,
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
    /// None where there are no expressions.
    pub(super) fn new(hirs: &[Hir]) -> Result<Option<Self>, String> {
        if hirs.is_empty() {
            return Ok(None);
        }
        let config = Config::new()
            .match_kind(MatchKind::All)
            .starts_for_each_pattern(true)
            .specialize_start_states(false)
            .skip_cache_capacity_check(true)
            .cache_capacity(STATES_BYTES);
        let dfa = Builder::new()
            .configure(config)
            .build_from_nfa(compile(hirs, None)?)
            .map_err(|error| error.to_string())?;
        let cache = dfa.create_cache();
        Ok(Some(Self { dfa, cache }))
    }

    /// Tell of every expression that matches, some more than once; whether further bytes behind
    /// these could bring more matches.
    pub(super) fn each(
        &mut self,
        bytes: &[u8],
        anchored: bool,
        mut found: impl FnMut(usize),
    ) -> bool {
        let Self { dfa, cache } = self;
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

    /// Whether one expression matches from here.
    pub(super) fn one(&mut self, expression: usize, bytes: &[u8], from: usize) -> bool {
        let Ok(expression) = PatternID::new(expression) else { return false };
        let input = Input::new(bytes)
            .range(from.min(bytes.len())..)
            .anchored(Anchored::Pattern(expression))
            .earliest(true);
        matches!(self.dfa.try_search_fwd(&mut self.cache, &input), Ok(Some(_)))
    }
}
