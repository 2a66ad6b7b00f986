//! What the first bytes of a match may be, asked of many anchored expressions at the same time.
//!
//! For every place and byte there is a row of bits, one for each expression that may have the byte
//! there. The rows of a head's first bytes, put together, leave few expressions or none.
use std::borrow::Borrow;

use super::beginning::{ANY, Beginning, Bytes, PLACES, bits};

/// Places that are looked at together.
const LOOKS: usize = 4;
/// Tell of the bytes of a set.
fn each(set: &Bytes, mut found: impl FnMut(usize)) {
    for (number, word) in set.iter().enumerate() {
        for bit in bits(*word) {
            found(number * 64 + bit);
        }
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
    fn what_is_too_involved_is_given_up_in_time() {
        let nested = [&b"^"[..], &b"(?:".repeat(40), b"a?b", &b"){0,9}".repeat(40), b"c"].concat();
        for head in [&b"c"[..], b"bbbbc", b"abbababbbbbbbabc"] {
            assert!(may_begin(&nested, head));
        }
    }
}
