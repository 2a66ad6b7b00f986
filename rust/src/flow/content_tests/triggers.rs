use super::*;

#[test]
fn a_trigger_selects_as_if_it_had_done_so_from_the_start() {
    let frames = [
        up(SYN, 0, b""),
        data(1, b"abcdefghijk"),
        down(ACK, 1, b"no"),
        data(14, b"!"),
        down(ACK, 3, b"w and all of this"),
        data(12, b"lm"),
    ];
    let seen = wanted().pattern(b"^now", 0, true).read(&frames);
    // The fourth frame waited at a time when there was no room for it.
    let expected: [(char, u64, i64, &[u8]); 4] = [
        ('a', 2, 0, b"abcdefgh"),
        ('b', 3, 0, b"no"),
        ('b', 5, 2, b"w and all of this"),
        ('a', 6, 11, b"lm"),
    ];
    assert_eq!(seen.pieces(), expected);
    assert_eq!((seen.transcripts[0].2, seen.dropped), ([4, 0], 0));
}

#[test]
fn a_trigger_matches_across_segments_and_on_either_side() {
    for frames in [
        [data(1, b"ma"), data(3, b"gic"), down(ACK, 9, b"x")],
        [down(ACK, 9, b"x"), down(ACK, 10, b" magic"), data(1, b"mag")],
        [data(3, b"gic"), down(ACK, 9, b"x"), data(1, b"ma")],
    ] {
        let seen = wanted().pattern(b"magic", 0, true).read(&frames);
        assert_eq!(seen.pieces().len(), if frames[0] == data(3, b"gic") { 2 } else { 3 });
    }
}

#[test]
fn triggers_do_not_look_beyond_the_usual_head() {
    for (frames, selected) in [
        (vec![data(1, b"012magic")], 1),
        (vec![data(1, b"0123magic")], 0),
        (vec![data(1, b"0123m"), data(6, b"agic")], 0),
        (vec![ask(b"no"), ask(b"magic")], 0),
        (vec![ask(b"no"), answer(b"magic")], 1),
        (vec![data(1, b"01234567"), down(ACK, 1, b"01234567"), data(9, b"magic")], 0),
    ] {
        let seen = wanted().pattern(b"magic", 0, true).read(&frames);
        assert_eq!(seen.transcripts.len(), selected, "{frames:?}");
    }
}

#[test]
fn a_match_raises_both_heads_at_once() {
    let raised = wanted().pattern(b"^x", 12, false).pattern(b"^xy", 14, false);
    let seen = raised.read(&[
        data(1, b"x0123456789abcdef"),
        down(ACK, 1, b"0123456789"),
        down(ACK, 11, b"0123456789"),
    ]);
    assert_eq!(seen.heads, [(b"x0123456789a".to_vec(), b"012345678901".to_vec())]);
    assert_eq!(seen.matches, [(vec![1], vec![])]);
    let seen = raised.read(&[data(1, b"x"), data(2, b"y"), data(3, b"0123456789abcdef")]);
    assert_eq!(seen.heads[0].0, b"xy0123456789ab");
    assert_eq!(seen.matches, [(vec![1, 2], vec![])]);
    let seen = raised.read(&[ask(b"x0123456789abcdef"), answer(b"0123456789abcdef")]);
    assert_eq!(seen.heads, [(b"x0123456789a".to_vec(), b"0123456789ab".to_vec())]);
}

#[test]
fn a_head_that_was_full_goes_on_only_where_nothing_was_passed_over() {
    let raised = wanted().pattern(b"^x", 12, false);
    let seen = raised.read(&[down(ACK, 1, b"01234567"), data(1, b"x"), down(ACK, 9, b"89abcdef")]);
    assert_eq!(seen.heads[0].1, b"0123456789ab");
    let seen = raised.read(&[down(ACK, 1, b"012345678"), data(1, b"x"), down(ACK, 10, b"9abcdef")]);
    assert_eq!(seen.heads[0].1, b"01234567");
    let seen = raised.read(&[answer(b"0123456789"), ask(b"x"), answer(b"0123456789")]);
    assert_eq!(seen.heads[0].1, b"01234567");
}

#[test]
fn a_head_stays_raised_when_nothing_can_select_its_flow_any_more() {
    let raised = wanted().pattern(b"^x", 12, false).pattern(b"^never", 0, true);
    let frames = [
        up(SYN, 0, b""),
        down(SYN | ACK, 0, b""),
        data(1, b"x012345678"),
        down(ACK, 1, b"012345678"),
        data(11, b"9abc"),
        down(ACK, 10, b"9abc"),
    ];
    let seen = raised.read(&frames);
    assert_eq!(seen.heads, [(b"x0123456789a".to_vec(), b"0123456789ab".to_vec())]);
    assert!(seen.transcripts.is_empty());
}

#[test]
fn rows_that_are_not_raised_keep_the_usual_length_after_one_that_was() {
    let raised = wanted().pattern(b"^x", 12, false);
    let frames = [data(1, b"x0123456789abcdef"), ask(b"0123456789"), up(SYN, 70, b"0123456789")];
    let lengths: Vec<_> = raised.read(&frames).heads.iter().map(|(a, _)| a.len()).collect();
    assert_eq!(lengths, [12, 8, 8]);
}

#[test]
fn matches_are_told_of_every_row_and_side() {
    let all = wanted().pattern(b"^a", 0, false).pattern(b"b", 0, false);
    let seen = all.read(&[ask(b"ab"), answer(b"xb"), data(1, b"a"), down(ACK, 1, b"c")]);
    assert_eq!(seen.matches, [(vec![1, 2], vec![2]), (vec![1], vec![])]);
    assert!(wanted().read(&[ask(b"ab")]).matches.is_empty());
}

/// Frames of a TCP and a UDP flow in disorder: with and without SYN, again, early and cut.
fn disorder(seed: u64) -> Vec<(Vec<u8>, usize)> {
    let mut state = seed;
    let mut below = |limit: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    (0..2 + below(9))
        .map(|_| {
            let payload: Vec<u8> = (0..below(5)).map(|_| b"ab"[below(2) as usize]).collect();
            let flags = [ACK, ACK, ACK, ACK, SYN, RST][below(6) as usize];
            let sequence = if flags == SYN { 0 } else { 1 + below(6) as u32 };
            let frame = match below(6) {
                0 => ask(&payload),
                1 => answer(&payload),
                2 | 3 => down(flags, sequence, &payload),
                _ => up(flags, sequence, &payload),
            };
            (frame, if below(8) == 0 { payload.len().min(1) } else { 0 })
        })
        .collect()
}

#[test]
fn what_triggers_told_while_heads_grew_is_what_is_told_of_them_at_the_end() {
    for seed in 0..400 {
        let frames = disorder(seed);
        let all = || wanted().pattern(b"^ab", 0, true).pattern(b"^ba", 10, false);
        // One that asks for nothing, so that all heads are matched at the end.
        let again = all().pattern(b"^never", 0, false).read_cut(&frames);
        let seen = all().read_cut(&frames);
        assert_eq!(seen.matches, again.matches, "{seed}");
        assert_eq!(seen.transcripts, again.transcripts, "{seed}");
    }
}

#[test]
fn a_flow_that_a_trigger_selects_has_the_transcript_of_one_that_was_selected_before() {
    let mut selected = 0;
    for seed in 0..400 {
        let frames = disorder(seed);
        let mut by_trigger = wanted().pattern(b"^aba", 0, true);
        by_trigger.options.head_bytes = 64;
        let expected = wanted().by_port().read_cut(&frames).transcripts;
        for transcript in by_trigger.read_cut(&frames).transcripts {
            selected += 1;
            assert!(expected.contains(&transcript), "{seed}: {transcript:?} in {expected:?}");
        }
    }
    assert!(selected > 20);
}
