//! What the first bytes of a match may be, asked of many anchored expressions at the same time.
//!
//! For every place and byte there is a row of bits, one for each expression that may have the byte
//! there. The rows of a head's first bytes, put together, leave few expressions or none.
use std::borrow::Borrow;

use super::beginning::{Beginning, Bytes, PLACES, bits};

/// Places that are looked at before it is asked whether anything is left.
const LOOKS: usize = 4;
/// Words of bits side by side, at most.
const WIDEST: usize = 8;
/// How often it is asked.
const ROUNDS: usize = PLACES / LOOKS;

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
    /// Words of a row: 1, 2, 4, 6 or [`WIDEST`]. Where these are too few, there are several parts.
    width: usize,
    /// By part, then by place, then by byte: those that may have it there.
    rows: Vec<u64>,
    /// By part, then by round: those to which bytes behind its places make a difference.
    open: Vec<u64>,
    /// By bytes of a head and word: those that are not longer, and those that match wherever
    /// their first bytes are.
    told: Vec<Vec<(u64, u64)>>,
}

impl Prefix {
    pub(super) fn new<B: Borrow<Beginning>>(beginnings: &[B]) -> Self {
        let needed = beginnings.len().div_ceil(64).max(1);
        let width = if needed > 2 { needed.next_multiple_of(2) } else { needed }.min(WIDEST);
        let words = needed.next_multiple_of(width);
        let mut rows = vec![0; words * PLACES * 256];
        let mut open = vec![0; words * ROUNDS];
        let mut most = vec![0; words * PLACES];
        let mut told = vec![vec![(0, 0); words]; PLACES + 1];
        for (number, beginning) in beginnings.iter().map(Borrow::borrow).enumerate() {
            let (word, bit) = (number / 64, 1 << (number % 64));
            let set = |rows: &mut [u64], row: usize| {
                if let Some(word) = rows.get_mut(row * width + word % width) {
                    *word |= bit;
                }
            };
            for (place, bytes) in (word / width * PLACES..).zip(&beginning.places) {
                // Of what most bytes may be, those are noted that may not.
                let is_most = bytes.iter().map(|word| word.count_ones()).sum::<u32>() > 128;
                if is_most {
                    set(&mut most, place);
                }
                let noted = bytes.map(|word| if is_most { !word } else { word });
                each(&noted, |byte| set(&mut rows, place * 256 + byte));
            }
            let tells = |bytes: &Bytes| bytes.iter().any(|word| *word != u64::MAX);
            let telling = beginning.places.iter().rposition(tells);
            for round in 0..telling.unwrap_or_default() / LOOKS {
                set(&mut open, word / width * ROUNDS + round);
            }
            for told in told.iter_mut().skip(beginning.shortest) {
                if let Some((short, exact)) = told.get_mut(word) {
                    *short |= bit;
                    *exact |= if beginning.is_all { bit } else { 0 };
                }
            }
        }
        for (rows, most) in rows.chunks_mut(256 * width).zip(most.chunks(width)) {
            for (word, most) in rows.iter_mut().zip(most.iter().cycle()) {
                *word ^= most;
            }
        }
        Self { width, rows, open, told }
    }

    /// Find the expressions that the first bytes of a head leave; whether there are any.
    ///
    /// # Arguments
    /// `left` becomes words of bits, one bit an expression. Where there are none it may be anything.
    #[inline]
    pub(super) fn leaves(&self, head: &[u8], left: &mut Vec<u64>) -> bool {
        match self.width {
            1 => self.leaves_by::<1>(head, left),
            2 => self.leaves_by::<2>(head, left),
            4 => self.leaves_by::<4>(head, left),
            6 => self.leaves_by::<6>(head, left),
            _ => self.leaves_by::<WIDEST>(head, left),
        }
    }

    fn leaves_by<const WIDTH: usize>(&self, head: &[u8], left: &mut Vec<u64>) -> bool {
        let rows = self.rows.as_chunks::<WIDTH>().0.as_chunks::<256>().0;
        let parts = rows.as_chunks::<PLACES>().0;
        let open = self.open.as_chunks::<WIDTH>().0.as_chunks::<ROUNDS>().0;
        if let ([part], [open]) = (parts, open) {
            let alive = alive(part, open, head);
            let is_any = is_any(&alive);
            if is_any {
                left.clear();
                left.extend_from_slice(&alive);
            }
            return is_any;
        }
        left.clear();
        left.extend(parts.iter().zip(open).flat_map(|(part, open)| alive(part, open, head)));
        is_any(left)
    }

    /// Words of bits side by side: those that are not longer than a head of so many bytes, and
    /// those among them that match wherever their first bytes are.
    pub(super) fn told(&self, length: usize) -> &[(u64, u64)] {
        self.told.get(length.min(PLACES)).map_or(&[], Vec::as_slice)
    }
}

/// Whether a bit is set.
fn is_any(words: &[u64]) -> bool {
    words.iter().fold(0, |all, word| all | word) != 0
}

/// The rows of bits of all bytes at one place.
type Place<const WIDTH: usize> = [[u64; WIDTH]; 256];

/// What the first bytes of a head leave. Looks need not wait for each other: most heads are done
/// with by a few of them, which leave none or only such as more bytes make no difference to.
#[inline]
fn alive<const WIDTH: usize>(
    part: &[Place<WIDTH>; PLACES],
    open: &[[u64; WIDTH]; ROUNDS],
    head: &[u8],
) -> [u64; WIDTH] {
    let mut alive = [u64::MAX; WIDTH];
    let leave = |alive: &mut [u64; WIDTH], places: &[Place<WIDTH>], bytes: &[u8]| {
        for (rows, byte) in places.iter().zip(bytes) {
            let row = rows.get(usize::from(*byte)).unwrap_or(&[0; WIDTH]);
            alive.iter_mut().zip(row).for_each(|(alive, may)| *alive &= may);
        }
    };
    let (many, rest) = head.as_chunks::<LOOKS>();
    let mut places = part.as_chunks::<LOOKS>().0.iter();
    for ((bytes, places), open) in many.iter().zip(places.by_ref()).zip(open) {
        leave(&mut alive, places, bytes);
        if alive.iter().zip(open).fold(0, |all, (alive, open)| all | alive & open) == 0 {
            return alive;
        }
    }
    if let Some(places) = places.next() {
        leave(&mut alive, places, rest);
    }
    alive
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn beginning(expression: &[u8]) -> Beginning {
        Beginning::of(&parse(expression).expect("an expression"))
    }

    fn may_begin(expression: &[u8], head: &[u8]) -> bool {
        Prefix::new(&[beginning(expression)]).leaves(head, &mut Vec::new())
    }

    /// The numbers of those that are left.
    fn left(prefix: &Prefix, head: &[u8]) -> Vec<usize> {
        let mut left = vec![7; 99];
        let is_any = prefix.leaves(head, &mut left);
        let each =
            (0..).zip(&left).flat_map(|(word, it)| bits(*it).map(move |bit| word * 64 + bit));
        let each: Vec<usize> = if is_any { each.collect() } else { Vec::new() };
        assert_eq!(is_any, !each.is_empty());
        each
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
    fn of_any_number_of_expressions_those_are_left_that_are_left_alone() {
        let all = [&b"^abc"[..], b"^.{5}a", b"^b?c{3}", b"^[^a]{9}", b"^[^x]+\x00", b"^.{18}[ab]c"];
        let heads = [&b"abcabcabcabc"[..], b"abcxxxxxxx", b"b", b"bcccca", b"cccccccccb", b"x\0"];
        let long = b"cccccccccccccccccca";
        let heads: Vec<_> = heads.into_iter().chain((1..=19).map(|end| &long[..end])).collect();
        // Place by place, all of them.
        let fits = |set: &Bytes, byte: u8| set[usize::from(byte) / 64] >> (byte % 64) & 1 != 0;
        let alone = all.map(|one| {
            let places = beginning(one).places;
            let may = |head: &&[u8]| places.iter().zip(*head).all(|(set, byte)| fits(set, *byte));
            heads.iter().map(may).collect::<Vec<_>>()
        });
        for count in [1, 6, 65, 200, 300, 450, 513, 1100] {
            let chosen: Vec<_> = (0..count).map(|number| number * 7 % 6).collect();
            let beginnings: Vec<_> = chosen.iter().map(|one| beginning(all[*one])).collect();
            let prefix = Prefix::new(&beginnings);
            for (place, head) in heads.iter().enumerate() {
                let is_left = |number: &usize| alone[chosen[*number]][place];
                let expected: Vec<_> = (0..count).filter(is_left).collect();
                assert_eq!(left(&prefix, head), expected, "{count} {head:?}");
            }
        }
        assert_eq!(left(&Prefix::new::<Beginning>(&[]), b"abc"), [0; 0]);
        assert_eq!(left(&Prefix::default(), b"abc"), [0; 0]);
    }

    #[test]
    fn it_is_told_who_is_short_enough_and_who_is_sure() {
        let all = [&b"^abc"[..], b"^ab?", b"^.{20}", b"^.{30}", b"^a|bcd"].map(beginning);
        let prefix = Prefix::new(&all);
        let told = |length| prefix.told(length).first().copied();
        assert_eq!(told(0), Some((0, 0)));
        assert_eq!(told(1), Some((0b1_0010, 0b0_0010)));
        assert_eq!(told(3), Some((0b1_0011, 0b0_0011)));
        assert_eq!(told(20), Some((0b1_1111, 0b0_0111)), "places end here");
        assert_eq!(told(21), told(20));
    }

    #[test]
    fn what_is_too_involved_is_given_up_in_time() {
        let nested = [&b"^"[..], &b"(?:".repeat(40), b"a?b", &b"){0,9}".repeat(40), b"c"].concat();
        for head in [&b"c"[..], b"bbbbc", b"abbababbbbbbbabc"] {
            assert!(may_begin(&nested, head));
        }
    }
}
