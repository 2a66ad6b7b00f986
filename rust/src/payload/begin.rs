//! Expressions that match at the begin of a head only, and that few heads begin like.

use std::sync::OnceLock;

use regex_syntax::hir::Hir;

use super::automaton::{Automaton, Cache, Fate};
use super::beginning::{Beginning, bits};
use super::prefix::Prefix;

/// From so many that may match, they are walked through together.
const MANY: usize = 16;

/// Memory for the states of all automata of one expression.
const STATES_BYTES: usize = 128 << 20;
/// Memory for the states of one of them, at least and at most.
const LEAST_BYTES: usize = 16 << 10;
const MOST_BYTES: usize = 1 << 20;

/// The expressions, by their place in the list. An automaton is built when it is needed.
#[derive(Debug, Default)]
pub(super) struct Begin {
    prefix: Prefix,
    hirs: Vec<Hir>,
    single: Vec<OnceLock<Option<Automaton>>>,
    together: OnceLock<Option<Automaton>>,
}

/// What one thread needs to look for them.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Those that the first bytes of a head leave, as bits.
    left: Vec<u64>,
    /// Those among them that are to be asked, ascending.
    unsure: Vec<u32>,
    caches: Caches,
}

#[derive(Debug, Default)]
struct Caches {
    single: Vec<Option<Cache>>,
    together: Option<Cache>,
}

impl Begin {
    pub(super) fn new(expressions: Vec<(Hir, Box<Beginning>)>) -> Self {
        let (hirs, beginnings): (Vec<_>, Vec<_>) = expressions.into_iter().unzip();
        let single = hirs.iter().map(|_| OnceLock::new()).collect();
        Self { prefix: Prefix::new(&beginnings), hirs, single, together: OnceLock::new() }
    }

    /// Tell of every expression that matches, once; whether further bytes behind these could
    /// bring more matches, if `ends` is false, which is if the head may grow.
    #[inline]
    pub(super) fn each(
        &self,
        memory: &mut Memory,
        head: &[u8],
        ends: bool,
        mut found: impl FnMut(usize),
    ) -> bool {
        let Memory { left, unsure, caches } = memory;
        if !self.prefix.leaves(head, left) {
            return false;
        }
        let mut open = false;
        unsure.clear();
        for ((word, left), (short, exact)) in (0..).zip(left).zip(self.prefix.told(head.len())) {
            open |= *left & !short != 0;
            for place in bits(*left & short) {
                if exact >> place & 1 != 0 {
                    found(word * 64 + place);
                } else {
                    unsure.push(word as u32 * 64 + place as u32);
                }
            }
        }
        open | self.ask(caches, unsure, head, ends, found)
    }

    /// The same for some of them.
    fn ask(
        &self,
        caches: &mut Caches,
        unsure: &[u32],
        head: &[u8],
        ends: bool,
        mut found: impl FnMut(usize),
    ) -> bool {
        if unsure.len() > MANY {
            return self.ask_together(&mut caches.together, unsure, head, found);
        }
        let mut open = false;
        for place in unsure.iter().map(|place| *place as usize) {
            match self.fate(&mut caches.single, place, head, ends) {
                Fate::Match => found(place),
                Fate::Open => open = true,
                Fate::Dead => {}
            }
        }
        open
    }

    /// What becomes of one expression.
    fn fate(&self, caches: &mut Vec<Option<Cache>>, place: usize, head: &[u8], ends: bool) -> Fate {
        let (Some(hir), Some(built)) = (self.hirs.get(place), self.single.get(place)) else {
            return Fate::Dead;
        };
        let automaton = built.get_or_init(|| {
            let share = STATES_BYTES / self.hirs.len().max(1);
            Automaton::new(std::slice::from_ref(hir), share.clamp(LEAST_BYTES, MOST_BYTES)).ok()
        });
        if caches.len() <= place {
            caches.resize_with(self.hirs.len(), || None);
        }
        let (Some(automaton), Some(cache)) = (automaton, caches.get_mut(place)) else {
            return Fate::Dead;
        };
        match ends {
            true if automaton.begins(cache, head) => Fate::Match,
            true => Fate::Dead,
            false => automaton.fate(cache, head),
        }
    }

    /// The same in one walk.
    #[cold]
    fn ask_together(
        &self,
        cache: &mut Option<Cache>,
        unsure: &[u32],
        head: &[u8],
        mut found: impl FnMut(usize),
    ) -> bool {
        let automaton =
            self.together.get_or_init(|| Automaton::new(&self.hirs, STATES_BYTES / 4).ok());
        let Some(automaton) = automaton else { return false };
        let mut told = vec![false; unsure.len()];
        automaton.each(cache, head, true, |place| {
            if let Ok(number) = unsure.binary_search(&(place as u32))
                && let Some(told) = told.get_mut(number)
                && !std::mem::replace(told, true)
            {
                found(place);
            }
        })
    }
}
