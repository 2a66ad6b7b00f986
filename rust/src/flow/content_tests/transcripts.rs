use super::*;

#[test]
fn a_transcript_has_both_directions_in_the_order_of_the_frames() {
    let frames = [
        up(SYN, 100, b""),
        down(SYN | ACK, 900, b""),
        data(101, b"one"),
        down(ACK, 901, b"ready"),
        data(104, b"two"),
        down(FIN | ACK, 906, b"bye"),
    ];
    let seen = wanted().by_port().read(&frames);
    let expected: [(char, u64, i64, &[u8]); 4] =
        [('a', 3, 0, b"one"), ('b', 4, 0, b"ready"), ('a', 5, 3, b"two"), ('b', 6, 5, b"bye")];
    assert_eq!(seen.pieces(), expected);
    assert_eq!((seen.transcripts[0].1, seen.transcripts[0].2), ([101, 901], [0, 0]));
}

#[test]
fn flows_that_nothing_selects_and_those_without_payload_have_none() {
    let other = ethernet(0x0800, &ipv4_part((A, B), 17, 0, &udp(4000, 54, b"?")));
    assert!(wanted().by_port().read(&[other, up(SYN, 1, b"")]).transcripts.is_empty());
    assert!(wanted().read(&[ask(b"?"), data(1, b"x")]).transcripts.is_empty());
}

#[test]
fn a_piece_is_the_new_part_of_a_segment() {
    let frames =
        [data(1, b"abc"), data(1, b"abcd"), data(2, b"bc"), data(3, b"cdef"), data(0, b"-")];
    let seen = wanted().by_port().read(&frames);
    assert_eq!(seen.pieces(), [('a', 1, 0, &b"abc"[..]), ('a', 2, 3, b"d"), ('a', 4, 4, b"ef")]);
    // What comes before the first byte seen is dropped, but not for want of room.
    assert_eq!((seen.transcripts[0].2, seen.dropped), ([1, 0], 0));
}

#[test]
fn keep_alives_are_not_repeated() {
    let frames = [up(SYN, 0, b""), data(1, b"abc"), data(3, b"c"), data(3, b"\0"), data(4, b"d")];
    let seen = wanted().by_port().read(&frames);
    assert_eq!(seen.pieces(), [('a', 2, 0, &b"abc"[..]), ('a', 5, 3, b"d")]);
}

#[test]
fn payload_of_a_syn_is_at_position_0_and_that_of_a_reset_is_not_of_the_stream() {
    let frames = [up(SYN, 9, b"fast"), up(RST | ACK, 14, b"go away"), data(14, b"!")];
    let seen = wanted().by_port().read(&frames);
    assert_eq!(seen.pieces(), [('a', 1, 0, &b"fast"[..]), ('a', 3, 4, b"!")]);
    assert_eq!(seen.transcripts[0].1, [10, 0]);
}

#[test]
fn what_came_too_early_waits_and_keeps_its_frame() {
    let parts: [(u32, &[u8]); 4] = [(1, b"ab"), (3, b"cd"), (5, b"ef"), (4, b"defg")];
    for order in [[3, 2, 1, 0], [0, 2, 3, 1], [2, 0, 3, 1], [1, 3, 2, 0]] {
        let mut frames = vec![up(SYN, 0, b"")];
        frames.extend(order.map(|at| data(parts[at].0, parts[at].1)));
        let seen = wanted().by_port().read(&frames);
        let pieces = seen.pieces();
        let whole: Vec<u8> = pieces.iter().flat_map(|it| it.3).copied().collect();
        assert_eq!(whole, b"abcdefg", "{order:?}");
        let mut position = 0;
        for (_, frame, at, piece) in pieces {
            assert_eq!(at, position);
            let (start, sent) = parts[order[frame as usize - 2]];
            let skipped = (at + 1 - i64::from(start)) as usize;
            assert_eq!(&sent[skipped..skipped + piece.len()], piece);
            position += piece.len().cast_signed() as i64;
        }
    }
}

#[test]
fn a_hole_is_given_up_when_64_pieces_wait() {
    let mut frames = vec![up(SYN, 0, b""), data(1, b"a")];
    frames.extend((0..63).map(|number| data(10 + number, b"x")));
    frames.push(down(ACK, 1, b"b"));
    let seen = wanted().by_port().read(&frames);
    // The answer comes before what waits until the end of the row.
    assert_eq!(seen.pieces()[1], ('b', 66, 0, &b"b"[..]));
    assert_eq!(seen.pieces()[2], ('a', 3, 9, &b"x"[..]));
    frames.insert(65, data(80, b"y"));
    let seen = wanted().by_port().read(&frames);
    let pieces = seen.pieces();
    assert_eq!(pieces.len(), 1 + 63 + 1 + 1);
    assert_eq!(pieces[63], ('a', 65, 71, &b"x"[..]));
    // The second hole is not given up with the first.
    assert_eq!((pieces[64].0, pieces[65]), ('b', ('a', 66, 79, &b"y"[..])));
}

#[test]
fn a_hole_is_given_up_when_64_kib_wait() {
    let half = vec![7; 32_768];
    let frames = |second: usize| {
        [
            up(SYN, 0, b""),
            data(11, &half),
            data(32_779, &half[..second]),
            down(ACK, 1, b"b"),
            data(1, b"0123456789"),
        ]
    };
    let order = |seen: &Seen| seen.pieces().iter().map(|it| it.1).collect::<Vec<_>>();
    let mut wanted = wanted().by_port();
    wanted.transcripts.flow_bytes = 1 << 20;
    assert_eq!(order(&wanted.read(&frames(32_767))), [4, 5, 2, 3]);
    assert_eq!(order(&wanted.read(&frames(32_768))), [2, 3, 4]);
}

#[test]
fn sequence_numbers_wrap() {
    let frames = [data(u32::MAX - 1, b"abc"), data(3, b"fg"), data(1, b"de")];
    let seen = wanted().by_port().read(&frames);
    let expected: [(char, u64, i64, &[u8]); 3] =
        [('a', 1, 0, b"abc"), ('a', 3, 3, b"de"), ('a', 2, 5, b"fg")];
    assert_eq!(seen.pieces(), expected);
    assert_eq!(seen.transcripts[0].1, [u32::MAX - 1, 0]);
}

#[test]
fn messages_are_pieces_and_positions_count_what_was_on_the_wire() {
    let frames = [(ask(b"first"), 3), (answer(b"second"), 0), (ask(b"third"), 5), (ask(b"4"), 0)];
    let seen = wanted().by_port().read_cut(&frames);
    let expected: [(char, u64, i64, &[u8]); 3] =
        [('a', 1, 0, b"fi"), ('b', 2, 0, b"second"), ('a', 4, 10, b"4")];
    assert_eq!(seen.pieces(), expected);
    assert_eq!(seen.transcripts[0].2, [0, 0], "what was not recorded was not dropped");
}

#[test]
fn bytes_that_were_not_recorded_are_a_gap_of_the_stream() {
    let frames =
        [(data(1, b"abcdef"), 4), (data(7, b"g"), 0), (data(8, b"hi"), 2), (data(10, b"j"), 0)];
    let seen = wanted().by_port().read_cut(&frames);
    assert_eq!(seen.pieces(), [('a', 1, 0, &b"ab"[..]), ('a', 2, 6, b"g"), ('a', 4, 9, b"j")]);
}

#[test]
fn later_fragments_are_a_gap() {
    let whole = udp(4000, 53, &[7; 40]);
    let part = |from: usize, to: usize, more: u16| {
        let place = (from / 8) as u16 | more << 13;
        ethernet(0x0800, &ipv4_part((A, B), 17, place, &whole[from..to]))
    };
    let seen = wanted().by_port().read(&[part(0, 16, 1), part(16, 48, 0), ask(b"next")]);
    assert_eq!(seen.pieces(), [('a', 1, 0, &[7; 8][..]), ('a', 3, 40, b"next")]);
}

#[test]
fn bounds_cut_at_the_byte() {
    let frames = [ask(b"abcd"), ask(b"efgh"), answer(b"12345"), ask(b"ijkl")];
    let mut wanted = wanted().by_port();
    wanted.transcripts.flow_bytes = 6;
    let seen = wanted.read(&frames);
    let expected: [(char, u64, i64, &[u8]); 3] =
        [('a', 1, 0, b"abcd"), ('a', 2, 4, b"ef"), ('b', 3, 0, b"12345")];
    assert_eq!(seen.pieces(), expected);
    assert_eq!((seen.transcripts[0].2, seen.dropped), ([6, 0], 6));
    wanted.transcripts.total_bytes = 7;
    let seen = wanted.read(&frames);
    assert_eq!(seen.pieces()[2], ('b', 3, 0, &b"1"[..]));
    assert_eq!((seen.transcripts[0].2, seen.dropped), ([6, 4], 10));
    wanted.transcripts.total_bytes = 0;
    let seen = wanted.read(&frames);
    assert_eq!((seen.pieces().len(), seen.transcripts[0].2, seen.dropped), (0, [12, 5], 17));
}

#[test]
fn what_waits_has_taken_its_room_already() {
    let mut wanted = wanted().by_port();
    wanted.transcripts.flow_bytes = 4;
    let seen = wanted.read(&[up(SYN, 0, b""), data(4, b"def"), data(1, b"abc")]);
    assert_eq!(seen.pieces(), [('a', 3, 0, &b"a"[..]), ('a', 2, 3, b"def")]);
    assert_eq!(seen.transcripts[0].2, [2, 0]);
}

#[test]
fn every_row_has_its_own_transcript_also_those_that_end_early() {
    // Timeout of UDP, reuse of TCP, eviction, and the end.
    let mut frames = vec![ask(b"1")];
    frames.extend((0..121).map(|_| up(SYN, 0, b"")));
    frames.extend([ask(b"2"), data(1, b"x"), up(SYN, 70, b""), data(71, b"y")]);
    let mut wanted = wanted().by_port();
    for max_flows in [9, 1] {
        wanted.options.max_flows = max_flows;
        let seen = wanted.read(&frames);
        let mut all: Vec<_> = seen.transcripts.iter().map(|it| it.3[0].3.clone()).collect();
        all.sort();
        assert_eq!(all, [&b"1"[..], b"2", b"x", b"y"]);
        for (row, _, _, pieces) in &seen.transcripts {
            assert_eq!(pieces[0].3, seen.heads[*row].0, "the transcript is of its row");
        }
    }
}
