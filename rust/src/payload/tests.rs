use super::*;
use crate::texts::Joined;

fn pattern(number: u32, expression: &[u8], ip_protocol: Option<u8>) -> Pattern {
    let expression = expression.to_vec();
    Pattern { number, expression, ip_protocol, head_bytes: 0, transcript: false }
}

/// The numbers of those that match, by place in the list; and whether more bytes could bring more.
fn find(expressions: &[&[u8]], head: &[u8]) -> (Vec<u32>, bool) {
    let all: Vec<_> = (0..).zip(expressions).map(|(i, it)| pattern(i, it, None)).collect();
    let mut patterns = Patterns::new(&all).expect("patterns");
    let mut found = Vec::new();
    let open = patterns.find(6, head, &mut found);
    // What was found before does not change what is found.
    let mut again = Vec::new();
    assert_eq!(patterns.find(6, head, &mut again), open);
    assert_eq!(again, found);
    let ends = [0, head.len().cast_signed() as i64];
    assert_eq!(
        patterns.find_all(&[6], &Joined { offsets: &ends, data: head }).numbers,
        found,
        "whether it may grow or not"
    );
    (found, open)
}

fn cause(expression: &[u8]) -> String {
    Patterns::new(&[pattern(7, expression, None)]).expect_err("no pattern").to_string()
}

#[test]
fn all_patterns_that_match_are_told_in_order() {
    let expressions: [&[u8]; 12] = [
        b"GET",
        b"^ET",
        b"^GET",
        b"T /",
        b"[a-z]+",
        b"(?i)^get",
        b"^..T",
        b"^G.*[0-9]",
        b"/[a-z]+ HTTP",
        b"",
        br"\x00",
        b"E[A-Z] ",
    ];
    assert_eq!(find(&expressions, b"GET /a HTTP/1").0, [0, 2, 3, 4, 5, 6, 7, 8, 9, 11]);
    assert_eq!(find(&expressions, b"").0, [0; 0], "an empty head matches nothing");
}

#[test]
fn bytes_are_bytes() {
    let expressions: [&[u8]; 5] =
        [b"^\xff.\n", br"^\xff.\x0a", br"^[\x80-\xff]", b"a.b", b"\\\xff"];
    assert_eq!(find(&expressions, b"\xff\r\n a\nb").0, [0, 1, 2, 3, 4]);
}

#[test]
fn a_walk_ends_where_nothing_can_match_any_more() {
    assert!(!find(&[b"^GET", b"^PUT"], b"POST").1);
    assert!(find(&[b"^GET", b"^PUT"], b"PU").1);
    assert!(find(&[b"^GET", b"PUT"], b"POST").1);
    assert!(!find(&[b"^..T"], b"POST").1);
}

#[test]
fn a_string_is_tested_from_the_first_place_only_and_still_found() {
    assert_eq!(find(&[b"ab+c"], b"ab abb abc").0, [0]);
    assert_eq!(find(&[b"[a-z]+@x"], b"@x a@x").0, [0]);
    assert_eq!(find(&[b"(?:foo|bar)[0-9]"], b"foo bar foo bar7").0, [0]);
    assert_eq!(find(&[b"(?:foo|bar)[0-9]"], b"foo bar foo bar").0, [0; 0]);
    let long = [b"ab".repeat(30_000), b"c".to_vec()].concat();
    assert_eq!(find(&[b"ab[^x]*c[^x]*d", b"ab[^x]*c"], &long).0, [1]);
}

#[test]
fn patterns_are_for_their_protocol_and_general_ones_for_all() {
    let all = [pattern(9, b"a", Some(6)), pattern(5, b"^a", None), pattern(7, b"a", Some(17))];
    let mut patterns = Patterns::new(&all).expect("patterns");
    let matches =
        patterns.find_all(&[6, 17, 1, 6], &Joined { offsets: &[0, 1, 2, 3, 3], data: b"aaa" });
    assert_eq!(matches.offsets, [0, 2, 4, 5, 5]);
    assert_eq!(matches.numbers, [5, 9, 5, 7, 5]);
    assert!(!patterns.is_empty(1) && Patterns::new(&[]).expect("none").is_empty(6));
}

#[test]
fn offsets_that_lie_match_nothing() {
    let mut patterns = Patterns::new(&[pattern(1, b"a", None)]).expect("a pattern");
    for offsets in [&[-1, 1][..], &[2, 1], &[0, 99], &[i64::MAX, i64::MIN]] {
        let found = patterns.find_all(&[6], &Joined { offsets, data: b"aaa" });
        assert!(found.offsets.len() == 2 && found.numbers.len() <= 1);
    }
}

#[test]
fn what_is_no_pattern_is_told_with_number_and_cause() {
    assert!(cause(b"(").starts_with("pattern 7: unclosed group (at byte 0)"), "{}", cause(b"("));
    assert!(cause(b"(?=a)").contains("look-around"));
    assert!(cause(br"(a)\1").contains("backreferences"));
    assert!(cause(b"(?:[0-9a-f]{1000}){1000}").contains("of memory"));
    assert!(cause(b"((((a{9}){9}){9}){9}){99999}").starts_with("pattern 7: "));
    assert!(cause(&[b"(".repeat(5000), b")".repeat(5000)].concat()).contains("nest"));
    assert!(cause(&b"a".repeat(70_000)).contains("longer than"));
    assert!(cause(br"(?u)\w").starts_with("pattern 7: "));
}

#[test]
fn triggers_tell_the_most_that_is_asked_for() {
    let mut all = [pattern(1, b"^a", None), pattern(2, b"^ab", Some(6)), pattern(3, b"b", None)];
    (all[0].head_bytes, all[1].head_bytes) = (500, 900);
    let compiled = Patterns::new(&all).expect("patterns");
    assert!(Triggers::new(&all[2..], &compiled).expect("patterns").is_none());
    all[1].transcript = true;
    let mut triggers = Triggers::new(&all, &compiled).expect("patterns").expect("triggers");
    let demand = |head_bytes, transcript, is_open| Demand { head_bytes, transcript, is_open };
    assert_eq!(triggers.demand(6, b"a"), demand(500, false, true));
    assert_eq!(triggers.demand(6, b"abcd"), demand(900, true, false));
    assert_eq!(triggers.demand(17, b"abcd"), demand(500, false, false));
    assert_eq!(triggers.demand(6, b"x"), demand(0, false, false));
    assert!(triggers.may_select(6) && !triggers.may_select(17));
}

#[test]
fn heads_with_the_same_matches_have_one_set() {
    let all = [pattern(4, b"^a", None), pattern(7, b"b", Some(6)), pattern(9, b"^.b", None)];
    let mut patterns = Patterns::new(&all).expect("patterns");
    let heads = [&b"ab"[..], b"x", b"ab", b"", b"ab", b"b"];
    let sets = patterns.sets(&[6, 6, 17, 6, 6, 6], heads.into_iter(), 2);
    assert_eq!(sets.code, Codes::Narrow(vec![1, 0, 2, 0, 1, 3]));
    assert_eq!(sets.sets, [vec![], vec![4, 7], vec![4, 9], vec![7]]);
}

#[test]
fn a_string_is_searched_where_it_may_be() {
    let expressions: [&[u8]; 2] = [b"^.{20,40}needle", b"^.{13}pin"];
    let head = |before: usize, word: &str| [&vec![b'x'; before][..], word.as_bytes()].concat();
    for (before, expected) in [(19, false), (20, true), (40, true), (41, false)] {
        assert_eq!(find(&expressions, &head(before, "needle")).0 == [0], expected, "{before}");
    }
    assert_eq!(find(&expressions, &head(13, "pin")).0, [1]);
    assert!(find(&expressions, &head(30, "")).1);
    assert!(!find(&expressions, &head(60, "")).1);
    assert_eq!(find(&[b"^.{20,}needle"], &head(200, "needle")).0, [0]);
}

#[test]
fn patterns_beside_others_share_no_memory() {
    let mut one = Patterns::new(&[pattern(1, b"^a[b-d]+e", None)]).expect("patterns");
    let mut other = one.beside();
    for patterns in [&mut one, &mut other] {
        let mut found = Vec::new();
        assert!(patterns.find(6, b"abcde", &mut found) || found == [1]);
        assert_eq!(found, [1]);
    }
}

#[test]
fn many_expressions_with_one_beginning_are_all_told() {
    let expressions: Vec<_> =
        (0..200).map(|number| format!("^GET [a-z/]+{}x", number % 100).into_bytes()).collect();
    let expressions: Vec<&[u8]> = expressions.iter().map(Vec::as_slice).collect();
    assert_eq!(find(&expressions, b"GET /abc42x").0, [42, 142]);
    assert!(!find(&expressions, b"GET /abc42y").1);
    assert!(find(&expressions, b"GET /abc").1);
    assert_eq!(find(&expressions[..10], b"GET /abc7x"), (vec![7], false));
}

/// The only expression against a plain search for it.
#[test]
fn first_bytes_rule_out_no_match() {
    const ALPHABET: &[u8] = b"abc\x00\xff";
    let expressions: [&[u8]; 14] = [
        b"^a",
        b"^(?:ab|c)d?a",
        b"^[ab]{2}c+",
        b"^a?b?c?a",
        b"^(?:a|bc)*\xff",
        br"^.{3}\x00",
        b"^[^a]{1,3}a",
        b"^(?:(?:a{2}){1,2}|b){2,3}c*",
        br"^ab*\b",
        b"^(a|b)(c)+",
        b"^a*",
        b"^(?:^a|^b)c",
        br"^\xff[a-c]{14,20}a",
        b"^(?:abcab|b.{12}c|c)[^b]",
    ];
    let mut state = 1_u64;
    for expression in expressions {
        let plain = super::automaton::Automaton::new(
            &[super::parse::parse(expression).expect("an expression")],
            1 << 20,
        )
        .expect("an automaton");
        let mut patterns = Patterns::new(&[pattern(0, expression, None)]).expect("patterns");
        for _ in 0..1000 {
            let mut head = Vec::new();
            loop {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let choice = (state >> 33) as usize;
                head.push(ALPHABET[choice % ALPHABET.len()]);
                if (choice / 8).is_multiple_of(12) {
                    break;
                }
            }
            let mut expected = false;
            let open = plain.each(&mut None, &head, true, |_| expected = true);
            let mut found = Vec::new();
            let still_open = patterns.find(6, &head, &mut found);
            let offsets = [0, head.len().cast_signed() as i64];
            let ends = patterns.find_all(&[6], &Joined { offsets: &offsets, data: &head });
            assert_eq!(ends.numbers, found, "{expression:?} {head:?}");
            assert_eq!(!found.is_empty(), expected, "{expression:?} {head:?}");
            assert!(still_open || !open || expected, "{expression:?} {head:?}");
        }
    }
}
