//! The way of heads through their first bytes, remembered: most heads go where others went.
//!
//! A state is a place and the expressions that are left there. What leads where is noted when it
//! is met for the first time, so that each byte of a head costs one look into a table.

use std::collections::HashMap;

use super::beginning::{PLACES, bits};
use super::prefix::Prefix;

/// States that are remembered; a head that leads to others goes the long way.
const MOST_STATES: usize = 4096;

/// What stands in the table besides numbers of states: nobody was here yet,
const UNKNOWN: u16 = 0;
/// nothing is left,
const DEAD: u16 = u16::MAX;
/// or, as a bit of a number, further bytes change nothing.
const LAST: u16 = 0x8000;

/// What the first bytes of a head tell.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The expressions that match, ascending.
    pub(super) matches: Vec<u32>,
    /// Those that are to be asked, ascending.
    pub(super) unsure: Vec<u32>,
    /// Whether the head is too short for one that may match.
    pub(super) open: bool,
}

#[derive(Debug)]
struct State {
    place: usize,
    alive: Vec<u64>,
    /// For heads that end here, or that need not be followed any more.
    outcome: Outcome,
}

/// What one thread remembers.
#[derive(Debug, Default)]
pub(super) struct Steps {
    next: Vec<[u16; 256]>,
    states: Vec<State>,
    numbers: HashMap<(usize, Vec<u64>), u16>,
    /// Of a head that went the long way.
    outcome: Outcome,
}

impl Steps {
    /// What a head tells; nothing if no expression is left.
    #[inline]
    pub(super) fn follow(&mut self, prefix: &Prefix, head: &[u8]) -> Option<&Outcome> {
        let mut state = 0;
        for byte in head.get(..PLACES).unwrap_or(head) {
            let row = self.next.get(usize::from(state));
            let mut next =
                row.map_or(UNKNOWN, |row| row.get(usize::from(*byte)).copied().unwrap_or(UNKNOWN));
            if next == UNKNOWN {
                match self.step(prefix, state, *byte) {
                    Some(number) => next = number,
                    None => return self.long_way(prefix, head),
                }
            }
            // Both what is last and what is dead has this bit.
            if next & LAST != 0 {
                if next == DEAD {
                    return None;
                }
                state = next & !LAST;
                break;
            }
            state = next;
        }
        self.states.get(usize::from(state)).map(|state| &state.outcome)
    }

    /// Find out where a byte leads; None if there is no room to remember it.
    #[cold]
    fn step(&mut self, prefix: &Prefix, from: u16, byte: u8) -> Option<u16> {
        if self.states.is_empty() {
            self.add(prefix, 0, prefix.all());
        }
        let state = self.states.get(usize::from(from))?;
        let (place, mut alive) = (state.place, state.alive.clone());
        let next = if prefix.leave(place, byte, &mut alive) {
            let (place, alive) = (place + 1, alive);
            let key = (place, alive);
            match self.numbers.get(&key) {
                Some(number) => *number,
                None if self.states.len() >= MOST_STATES => return None,
                None => {
                    let mut number = self.add(prefix, place, key.1.clone());
                    if place == PLACES || prefix.are_sure(place, &key.1) {
                        number |= LAST;
                    }
                    self.numbers.insert(key, number);
                    number
                }
            }
        } else {
            DEAD
        };
        *self.next.get_mut(usize::from(from))?.get_mut(usize::from(byte))? = next;
        Some(next)
    }

    fn add(&mut self, prefix: &Prefix, place: usize, alive: Vec<u64>) -> u16 {
        let mut outcome = Outcome::default();
        outcome.fill(prefix, place, &alive);
        self.next.push([UNKNOWN; 256]);
        self.states.push(State { place, alive, outcome });
        self.states.len() as u16 - 1
    }

    #[cold]
    fn long_way(&mut self, prefix: &Prefix, head: &[u8]) -> Option<&Outcome> {
        let mut alive = prefix.all();
        for (place, byte) in (0..PLACES).zip(head) {
            if !prefix.leave(place, *byte, &mut alive) {
                return None;
            }
        }
        self.outcome.fill(prefix, head.len().min(PLACES), &alive);
        Some(&self.outcome)
    }
}

impl Outcome {
    /// For a head of which so many bytes leave these expressions.
    fn fill(&mut self, prefix: &Prefix, place: usize, alive: &[u64]) {
        self.matches.clear();
        self.unsure.clear();
        self.open = false;
        for (number, (alive, (short, exact))) in (0..).zip(alive.iter().zip(prefix.told(place))) {
            let places = |word: u64| bits(word).map(move |bit| number * 64 + bit as u32);
            self.matches.extend(places(alive & short & exact));
            self.unsure.extend(places(alive & short & !exact));
            self.open |= alive & !short != 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::beginning::Beginning;
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn both_ways_tell_the_same() {
        let expressions = [&b"^ab"[..], b"^a.c+", b"^[ab]{3}", b"^b.{17}", b"^abcdefgh"];
        let beginnings: Vec<_> = expressions
            .map(|expression| Beginning::of(&parse(expression).expect("an expression")))
            .into();
        let prefix = Prefix::new(&beginnings);
        let mut steps = Steps::default();
        for (head, expected) in [
            (&b"a"[..], Some((vec![], vec![], true))),
            (b"ab", Some((vec![0], vec![], true))),
            (b"abc", Some((vec![0, 1], vec![], true))),
            (b"abx", Some((vec![0], vec![], false))),
            (b"aba", Some((vec![0, 2], vec![], false))),
            (b"bbbbbbbbbbbbbbbbbbb", Some((vec![2], vec![3], false))),
            (b"x", None),
        ] {
            for _ in 0..2 {
                let told = |it: &Outcome| (it.matches.clone(), it.unsure.clone(), it.open);
                assert_eq!(steps.follow(&prefix, head).map(told), expected, "{head:?}");
                assert_eq!(steps.long_way(&prefix, head).map(told), expected, "{head:?}");
            }
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let expressions: Vec<_> = (0..60_u8)
            .map(|number| format!("^.{{{}}}[^\\x{:02x}]", number % 12, b'0' + number))
            .map(|text| Beginning::of(&parse(text.as_bytes()).expect("an expression")))
            .collect();
        let (prefix, mut steps) = (Prefix::new(&expressions), Steps::default());
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let head: Vec<u8> = (0..PLACES)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    b'0' + (state >> 33) as u8 % 64
                })
                .collect();
            let told = |it: &Outcome| (it.matches.clone(), it.unsure.clone(), it.open);
            let expected = Steps::default().long_way(&prefix, &head).map(told);
            assert_eq!(steps.follow(&prefix, &head).map(told), expected);
        }
        assert_eq!(steps.states.len(), MOST_STATES);
    }
}
