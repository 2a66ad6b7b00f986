//! What the first bytes of every match of an expression may be, place by place.

use std::borrow::Cow;

use regex_syntax::hir::{Class, ClassBytes, Hir, HirKind};

/// Places that are looked at: behind an address or an id of 16 bytes there are some that tell.
pub(super) const PLACES: usize = 20;

/// Steps after which an expression is too involved to be understood.
const MOST_STEPS: usize = 10_000;

/// One bit for each offset up to [`PLACES`], which stands for all from there on.
type Offsets = u32;

const BEYOND: Offsets = 1 << PLACES;
/// A set of bytes.
pub(super) type Bytes = [u64; 4];

const ANY: Bytes = [u64::MAX; 4];

/// What the first bytes of every match are.
#[derive(Debug)]
pub(super) struct Beginning {
    /// Of each place.
    pub(super) places: [Bytes; PLACES],
    /// Bytes of the shortest match, or `PLACES` if it has more; more than that: nothing matches.
    pub(super) shortest: usize,
    /// Whether it matches wherever these bytes are.
    pub(super) is_all: bool,
}

impl Beginning {
    /// Of an expression that matches at the begin only.
    pub(super) fn of(hir: &Hir) -> Self {
        let parts = needed(hir);
        let mut walk = Walk { places: [Bytes::default(); PLACES], steps: 0 };
        let ends = parts.iter().fold(1, |offsets, part| walk.through(part, offsets));
        let shortest = if ends == 0 { PLACES + 1 } else { ends.trailing_zeros() as usize };
        walk.fill(ends);
        let length = sum(parts.iter().map(AsRef::as_ref));
        let is_all = length.is_some_and(|length| length <= PLACES);
        Self { places: walk.places, shortest, is_all }
    }

    /// One of how many heads of random bytes begins like this, about.
    pub(super) fn rarity(&self) -> f64 {
        let count = |place: &Bytes| place.iter().map(|word| word.count_ones()).sum::<u32>();
        self.places.iter().map(|place| 256.0 / f64::from(count(place).max(1))).product()
    }
}

/// The parts that a match needs: what may be empty at its end tells nothing.
fn needed(hir: &Hir) -> Vec<Cow<'_, Hir>> {
    let mut parts: Vec<_> = match hir.kind() {
        HirKind::Concat(parts) => parts.iter().map(Cow::Borrowed).collect(),
        HirKind::Capture(capture) => return needed(&capture.sub),
        _ => vec![Cow::Borrowed(hir)],
    };
    // The one assertion that every such expression begins with holds where it is looked for.
    if let Some(HirKind::Look(regex_syntax::hir::Look::Start)) = parts.first().map(|it| it.kind()) {
        parts.remove(0);
    }
    while let Some(last) = parts.pop() {
        let properties = last.properties();
        let may_be_empty = properties.minimum_len() == Some(0);
        if may_be_empty && properties.look_set().is_empty() {
            continue;
        }
        match last.kind() {
            HirKind::Repetition(many) if !may_be_empty => {
                let mut least = many.clone();
                least.max = Some(least.min);
                parts.push(Cow::Owned(Hir::repetition(least)));
            }
            _ => parts.push(last),
        }
        break;
    }
    parts
}

/// How many bytes an expression has, if it is sets of bytes one behind the other.
fn exact(hir: &Hir) -> Option<usize> {
    match hir.kind() {
        HirKind::Empty => Some(0),
        HirKind::Literal(literal) => Some(literal.0.len()),
        HirKind::Class(class) => bytes_of(class).map(|_| 1),
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(many) if many.max == Some(many.min) => {
            exact(&many.sub)?.checked_mul(many.min as usize)
        }
        HirKind::Concat(parts) => sum(parts.iter()),
        _ => None,
    }
}

fn sum<'a>(mut parts: impl Iterator<Item = &'a Hir>) -> Option<usize> {
    parts.try_fold(0, |sum: usize, one| sum.checked_add(exact(one)?))
}

/// Add a range of bytes to a set.
fn add(set: &mut Bytes, first: u8, last: u8) {
    for (number, word) in (0..).zip(set.iter_mut()) {
        let from = u32::from(first).max(number * 64);
        let to = u32::from(last).min(number * 64 + 63);
        if from <= to {
            *word |= u64::MAX >> (63 - (to - from)) << (from % 64);
        }
    }
}

/// The places of the bits that are set.
pub(super) fn bits(word: u64) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)))
        .take_while(|word| *word != 0)
        .map(|word| word.trailing_zeros() as usize)
}

/// A class of which every member is one byte; the parser makes such of characters too.
fn bytes_of(class: &Class) -> Option<Cow<'_, ClassBytes>> {
    match class {
        Class::Bytes(class) => Some(Cow::Borrowed(class)),
        Class::Unicode(class) => class.to_byte_class().map(Cow::Owned),
    }
}

/// On the way through an expression, at all offsets at which a match may be.
struct Walk {
    places: [Bytes; PLACES],
    steps: usize,
}

impl Walk {
    /// Pass one part, which begins at these offsets; those at which it may end.
    fn through(&mut self, hir: &Hir, offsets: Offsets) -> Offsets {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return self.fill(offsets);
        }
        if offsets & !BEYOND == 0 {
            return offsets;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => offsets,
            HirKind::Literal(literal) => literal.0.iter().fold(offsets, |offsets, byte| {
                let mut one = Bytes::default();
                add(&mut one, *byte, *byte);
                self.byte(&one, offsets)
            }),
            HirKind::Class(class) => match bytes_of(class) {
                Some(class) if class.ranges().is_empty() => 0,
                Some(class) => {
                    let mut all = Bytes::default();
                    class.iter().for_each(|range| add(&mut all, range.start(), range.end()));
                    self.byte(&all, offsets)
                }
                None => self.fill(offsets),
            },
            HirKind::Capture(capture) => self.through(&capture.sub, offsets),
            HirKind::Concat(parts) => {
                parts.iter().fold(offsets, |offsets, part| self.through(part, offsets))
            }
            HirKind::Alternation(parts) => {
                parts.iter().fold(0, |ends, part| ends | self.through(part, offsets))
            }
            HirKind::Repetition(many) => {
                let mut ends = if many.min == 0 { offsets } else { 0 };
                let mut at = offsets;
                for count in 1..=many.max.unwrap_or(u32::MAX) {
                    let before = at;
                    at = self.through(&many.sub, at);
                    if count >= many.min {
                        ends |= at;
                    }
                    if at == before || at & !BEYOND == 0 {
                        ends |= at; // it stays like this
                        break;
                    }
                }
                ends
            }
        }
    }

    /// One byte of a set.
    fn byte(&mut self, set: &Bytes, offsets: Offsets) -> Offsets {
        for place in bits(u64::from(offsets & !BEYOND)) {
            for (known, more) in self.places.iter_mut().skip(place).take(1).flatten().zip(set) {
                *known |= more;
            }
        }
        (offsets << 1 | offsets & BEYOND) & (BEYOND * 2 - 1)
    }

    /// Anything may follow, of any length; the offsets at which that may end.
    fn fill(&mut self, offsets: Offsets) -> Offsets {
        let first = offsets.trailing_zeros() as usize;
        for bytes in self.places.iter_mut().skip(first) {
            *bytes = ANY;
        }
        if offsets == 0 { 0 } else { (BEYOND * 2 - 1) & !((1 << first) - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn beginning(expression: &[u8]) -> Beginning {
        Beginning::of(&parse(expression).expect("an expression"))
    }

    #[test]
    fn an_expression_of_sets_is_told_by_its_first_bytes_alone() {
        for (expression, expected) in [
            (&br"^\x16\x03[\x00-\x03].{2}"[..], true),
            (b"^(GET) ", true),
            (b"^[ab]{2}[a-z]+", true),
            (b"^[ab]{2}[a-z]*c?", true),
            (b"^[a-z]+ ", false),
            (b"^(?:ab|c)", false),
            (b"^.{20}", true),
            (b"^.{21}", false),
            (br"^a\b", false),
        ] {
            assert_eq!(beginning(expression).is_all, expected, "{expression:?}");
        }
    }

    #[test]
    fn a_range_is_added_byte_by_byte() {
        for (first, last) in [(0, 0), (0, 255), (63, 64), (64, 127), (1, 200), (255, 255), (9, 8)] {
            let (mut set, mut expected) = (Bytes::default(), Vec::new());
            add(&mut set, first, last);
            for (number, word) in set.iter().enumerate() {
                expected.extend(bits(*word).map(|bit| number * 64 + bit));
            }
            assert_eq!(expected, (usize::from(first)..=usize::from(last)).collect::<Vec<_>>());
        }
    }
}
