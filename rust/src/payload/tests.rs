use super::*;

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
    let matches = patterns.find_all(&[6, 17, 1, 6], &[0, 1, 2, 3, 3], b"aaa");
    assert_eq!(matches.offsets, [0, 2, 4, 5, 5]);
    assert_eq!(matches.numbers, [5, 9, 5, 7, 5]);
    assert!(!patterns.is_empty(1) && Patterns::new(&[]).expect("none").is_empty(6));
}

#[test]
fn offsets_that_lie_match_nothing() {
    let mut patterns = Patterns::new(&[pattern(1, b"a", None)]).expect("a pattern");
    for offsets in [&[-1, 1][..], &[2, 1], &[0, 99], &[i64::MAX, i64::MIN]] {
        let found = patterns.find_all(&[6], offsets, b"aaa");
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
    assert!(Triggers::new(&all[2..]).expect("patterns").is_none());
    all[1].transcript = true;
    let mut triggers = Triggers::new(&all).expect("patterns").expect("triggers");
    let demand = |head_bytes, transcript, is_open| Demand { head_bytes, transcript, is_open };
    assert_eq!(triggers.demand(6, b"a"), demand(500, false, true));
    assert_eq!(triggers.demand(6, b"abcd"), demand(900, true, false));
    assert_eq!(triggers.demand(17, b"abcd"), demand(500, false, false));
    assert_eq!(triggers.demand(6, b"x"), demand(0, false, false));
    assert!(triggers.may_select(6) && !triggers.may_select(17));
}
