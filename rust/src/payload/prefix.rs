//! What the first bytes of a match may be, asked of many anchored expressions at the same time.
//!
//! For every place and byte there is a row of bits, one for each expression that may have the byte
//! there. The rows of a head's first bytes, put together, leave few expressions or none.

use std::borrow::{Borrow, Cow};

use regex_syntax::hir::{Class, ClassBytes, Hir, HirKind};

/// Places that are looked at.
pub(super) const PLACES: usize = 12;

/// Places that are looked at together.
const LOOKS: usize = 4;

/// Steps after which an expression is too involved to be understood.
const MOST_STEPS: usize = 10_000;

/// One bit for each offset up to [`PLACES`], which stands for all from there on.
type Offsets = u32;

const BEYOND: Offsets = 1 << PLACES;

/// A set of bytes.
type Bytes = [u64; 4];

const ANY: Bytes = [u64::MAX; 4];

/// What the first bytes of every match are.
#[derive(Debug)]
pub(super) struct Beginning {
    /// Of each place.
    places: [Bytes; PLACES],
    /// Bytes of the shortest match, or `PLACES` if it has more; more than that: nothing matches.
    shortest: usize,
    /// Whether it matches wherever these bytes are.
    is_all: bool,
}

impl Beginning {
    /// Of an expression that matches at the begin only.
    pub(super) fn of(hir: &Hir) -> Self {
        let parts = needed(hir);
        let mut walk = Walk { places: [Bytes::default(); PLACES], steps: 0 };
        let ends = parts.iter().fold(1, |offsets, part| walk.through(part, offsets));
        let shortest = if ends == 0 { PLACES + 1 } else { ends.trailing_zeros() as usize };
        walk.fill(ends);
        let length = sum(&parts);
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
fn needed(hir: &Hir) -> Vec<Hir> {
    let mut parts = match hir.kind() {
        HirKind::Concat(parts) => parts.clone(),
        HirKind::Capture(capture) => return needed(&capture.sub),
        _ => vec![hir.clone()],
    };
    // The one assertion that every such expression begins with holds where it is looked for.
    if let Some(HirKind::Look(regex_syntax::hir::Look::Start)) = parts.first().map(Hir::kind) {
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
                parts.push(Hir::repetition(least));
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
        HirKind::Concat(parts) => sum(parts),
        _ => None,
    }
}

fn sum(parts: &[Hir]) -> Option<usize> {
    parts.iter().map(exact).try_fold(0, |sum: usize, one| sum.checked_add(one?))
}

/// Tell of the bytes of a set.
fn each(set: &Bytes, mut found: impl FnMut(usize)) {
    for (number, word) in set.iter().enumerate() {
        for bit in bits(*word) {
            found(number * 64 + bit);
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
            HirKind::Literal(literal) => {
                literal.0.iter().fold(offsets, |offsets, byte| self.byte(*byte..=*byte, offsets))
            }
            HirKind::Class(class) => match bytes_of(class) {
                Some(class) => class
                    .iter()
                    .fold(0, |ends, range| ends | self.byte(range.start()..=range.end(), offsets)),
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

    /// One byte of a range.
    fn byte(&mut self, range: std::ops::RangeInclusive<u8>, offsets: Offsets) -> Offsets {
        for (place, bytes) in self.places.iter_mut().enumerate() {
            if offsets & (1 << place) != 0 {
                for byte in range.clone() {
                    if let Some(word) = bytes.get_mut(usize::from(byte >> 6)) {
                        *word |= 1 << (byte & 63);
                    }
                }
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

/// The beginnings of many expressions, which are numbered by their place in the list.
#[derive(Debug, Default)]
pub(super) struct Prefix {
    /// Words of a row of bits.
    words: usize,
    /// By place, then by byte: those that may have it there.
    rows: Vec<u64>,
    /// By bytes of a head: those that are not longer.
    short: Vec<u64>,
    /// Those that match wherever their first bytes are.
    exact: Vec<u64>,
}

impl Prefix {
    pub(super) fn new<B: Borrow<Beginning>>(beginnings: &[B]) -> Self {
        let words = beginnings.len().div_ceil(64);
        let mut rows = vec![0; PLACES * 256 * words];
        let mut short = vec![0; (PLACES + 1) * words];
        let mut exact = vec![0; words];
        let mut any = vec![0; PLACES * words];
        for (number, beginning) in beginnings.iter().map(Borrow::borrow).enumerate() {
            let (word, bit) = (number / 64, 1 << (number % 64));
            let set = |rows: &mut [u64], row: usize| {
                if let Some(word) = rows.get_mut(row * words + word) {
                    *word |= bit;
                }
            };
            for (place, bytes) in beginning.places.iter().enumerate() {
                if *bytes == ANY {
                    set(&mut any, place);
                } else {
                    each(bytes, |byte| set(&mut rows, place * 256 + byte));
                }
            }
            for length in beginning.shortest..=PLACES {
                set(&mut short, length);
            }
            if beginning.is_all {
                set(&mut exact, 0);
            }
        }
        if words > 0 {
            for (rows, any) in rows.chunks_mut(256 * words).zip(any.chunks(words)) {
                for (word, any) in rows.iter_mut().zip(any.iter().cycle()) {
                    *word |= any;
                }
            }
        }
        Self { words, rows, short, exact }
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<u64> {
        vec![u64::MAX; self.words]
    }

    /// Leave those in `alive` that may have a byte at a place; whether there are any.
    pub(super) fn leave(&self, place: usize, byte: u8, alive: &mut [u64]) -> bool {
        let at = (place * 256 + usize::from(byte)) * self.words;
        let row = self.rows.get(at..at + self.words).unwrap_or_default();
        let mut any = 0;
        for (alive, may) in alive.iter_mut().zip(row) {
            *alive &= may;
            any |= *alive;
        }
        any != 0
    }

    /// Whether no expression is left after the first bytes of a head, where that is soon known: most
    /// heads are done with by a few looks that need not wait for each other.
    #[inline]
    pub(super) fn rules_out(&self, head: &[u8]) -> bool {
        let (rows, &[]) = self.rows.as_chunks::<256>() else { return false };
        if self.words != 1 {
            return false;
        }
        let mut alive = u64::MAX;
        for (rows, bytes) in rows.as_chunks::<LOOKS>().0.iter().zip(head.as_chunks::<LOOKS>().0) {
            for (row, byte) in rows.iter().zip(bytes) {
                alive &= row.get(usize::from(*byte)).copied().unwrap_or_default();
            }
            if alive == 0 {
                return true;
            }
        }
        false
    }

    /// Words of bits side by side: those that are not longer than a head of so many bytes, and
    /// those that match wherever their first bytes are.
    pub(super) fn told(&self, length: usize) -> impl Iterator<Item = (u64, u64)> {
        let at = length.min(PLACES) * self.words;
        let short = self.short.get(at..at + self.words).unwrap_or_default();
        short.iter().copied().zip(self.exact.iter().copied())
    }

    /// Whether all of these match, whatever is behind so many bytes.
    pub(super) fn are_sure(&self, length: usize, alive: &[u64]) -> bool {
        alive
            .iter()
            .zip(self.told(length))
            .all(|(alive, (short, exact))| alive & !(short & exact) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn beginning(expression: &[u8]) -> Beginning {
        Beginning::of(&parse(expression).expect("an expression"))
    }

    fn may_begin(expression: &[u8], head: &[u8]) -> bool {
        let (prefix, mut alive) = (Prefix::new(&[beginning(expression)]), [1]);
        (0..PLACES).zip(head).all(|(place, byte)| prefix.leave(place, *byte, &mut alive))
    }

    #[test]
    fn a_head_is_out_at_the_first_byte_that_no_match_has() {
        for (expression, head, expected) in [
            (&b"^GET /"[..], &b"GET /x"[..], true),
            (b"^GET /", b"GE", true),
            (b"^GET /", b"GOT /x", false),
            (b"^(?:ab|c)d", b"cd", true),
            (b"^(?:ab|c)d", b"add", true), // place by place, not together
            (b"^(?:ab|c)d", b"xd", false),
            (b"^a*b", b"aaaaab", true),
            (b"^a*b", b"ca", false),
            (b"^a{3,}b", b"aaca", false),
            (b"^a?", b"z", true),
            (b"^(?:a?)*b", b"aab", true),
            (b"^.{20}x", b"aaaaaaaaaaaaaaaaaaaaaaaaaay", true),
            (b"^[^\\x00-\\xff]", b"a", false),
        ] {
            assert_eq!(may_begin(expression, head), expected, "{expression:?} {head:?}");
        }
    }

    #[test]
    fn a_head_is_ruled_out_at_once_only_where_it_is_out_byte_by_byte() {
        let expressions = [&b"^abc"[..], b"^.{5}a", b"^b?c{3}", b"^[^a]{9}"].map(beginning);
        let prefix = Prefix::new(&expressions);
        for number in 0..3_u32.pow(9) {
            let head: Vec<u8> =
                (0..9).map(|at| b"abc"[(number / 3_u32.pow(at) % 3) as usize]).collect();
            let out = |head: &[u8]| {
                let mut alive = prefix.all();
                !(0..PLACES).zip(head).all(|(place, byte)| prefix.leave(place, *byte, &mut alive))
            };
            for length in [0, 3, 4, 7, 8, 9] {
                let soon = head.get(..length - length % LOOKS).expect("a part");
                assert_eq!(prefix.rules_out(head.get(..length).expect("a part")), out(soon));
            }
        }
        let many: Vec<_> = (0..65).map(|_| beginning(b"^abc")).collect();
        assert!(!Prefix::new(&many).rules_out(b"xyzxyz"), "these take more than one word");
        assert!(!Prefix::default().rules_out(b"xyzxyz"));
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
            (b"^.{12}", true),
            (b"^.{13}", false),
            (br"^a\b", false),
        ] {
            assert_eq!(beginning(expression).is_all, expected, "{expression:?}");
        }
    }

    #[test]
    fn what_is_too_involved_is_given_up_in_time() {
        let nested = [&b"^"[..], &b"(?:".repeat(40), b"a?b", &b"){0,9}".repeat(40), b"c"].concat();
        for head in [&b"c"[..], b"bbbbc", b"abbababbbbbbbabc"] {
            assert!(may_begin(&nested, head));
        }
    }
}
