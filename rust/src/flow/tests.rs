use std::collections::HashMap;

use super::*;
use crate::capture::Frame;
use crate::engine::{Engine, FileFacts};
use crate::packet::frames::{
    A, ACK, B, FIN, RST, SYN, ethernet, icmp, ipv4, ipv4_part, ipv6, tcp, udp,
};
use crate::texts::Texts;

const SECOND: i64 = 1_000_000_000;

pub(crate) fn options() -> Options {
    let timeouts = Timeouts {
        tcp: 600 * SECOND,
        closed: 60 * SECOND,
        udp: 120 * SECOND,
        icmp: 60 * SECOND,
        other: 120 * SECOND,
        active: 0,
    };
    Options { timeouts, max_flows: 1000, batch_rows: 100, head_bytes: 16, partial: false }
}

/// What the rows hold of one column, as numbers.
struct Table {
    columns: HashMap<&'static str, Vec<i64>>,
    heads: Vec<(Vec<u8>, Vec<u8>)>,
    engine: Engine,
}

impl Table {
    fn of(&self, name: &str) -> &[i64] {
        self.columns.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

fn numbers(column: Column) -> Vec<i64> {
    match column {
        Column::Address(values) => {
            values.iter().map(|it| i64::from(it[3]) + i64::from(it[15])).collect()
        }
        Column::U8(values) => values.into_iter().map(i64::from).collect(),
        Column::U16(values) => values.into_iter().map(i64::from).collect(),
        Column::U32(values) => values.into_iter().map(i64::from).collect(),
        Column::I16(values) => values.into_iter().map(i64::from).collect(),
        Column::I32(values) => values.into_iter().map(i64::from).collect(),
        Column::I64(values) => values,
    }
}

fn heads(heads: &RowHeads) -> Vec<Vec<u8>> {
    (0..heads.rows()).map(|row| heads.text(row).expect("a head").to_vec()).collect()
}

/// Frames at times in seconds; every row, in the order of the batches.
fn read(options: Options, frames: &[(i64, Vec<u8>)]) -> Table {
    let mut engine = Engine::new(options);
    let mut file = FileFacts::new(0);
    let mut table =
        Table { columns: HashMap::new(), heads: Vec::new(), engine: Engine::new(options) };
    let mut add = |rows: Rows| {
        assert!(rows.len() <= options.batch_rows + 64);
        let (columns, it) = rows.into_columns();
        for (name, column) in COLUMNS.iter().zip(columns) {
            table.columns.entry(name).or_default().extend(numbers(column));
        }
        table.heads.extend(heads(&it.a).into_iter().zip(heads(&it.b)));
    };
    for together in frames.chunks(7) {
        let frames: Vec<_> = together
            .iter()
            .map(|(time, data)| Frame {
                time: time * SECOND,
                link_type: 1,
                data,
                wire_length: data.len() as u32,
            })
            .collect();
        engine.frames(&frames, &mut file);
        engine.full_batch().into_iter().for_each(&mut add);
    }
    engine.finish();
    while let Some(rows) = engine.last_batch() {
        add(rows);
    }
    let counters = engine.table().locator().counters();
    let counted = [counters.in_flow, counters.headless, counters.not_described];
    let counted = counted.iter().flatten().chain(counters.stopped.values());
    assert_eq!(counted.map(|count| count.frames).sum::<u64>(), frames.len() as u64);
    table.engine = engine;
    table
}

fn up(flags: u8, numbers: (u32, u32), payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4_part((A, B), 6, 0, &tcp((4000, 80), flags, numbers, payload)))
}

fn down(flags: u8, numbers: (u32, u32), payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4_part((B, A), 6, 0, &tcp((80, 4000), flags, numbers, payload)))
}

fn question(port: u16) -> Vec<u8> {
    ethernet(0x0800, &ipv4(17, &udp(port, 53, b"?")))
}

#[test]
fn a_connection_is_one_row_with_both_directions() {
    let frames = [
        (0, up(SYN, (100, 0), b"")),
        (0, down(SYN | ACK, (900, 101), b"")),
        (1, up(ACK, (101, 901), b"GET / HTTP/1.0\r\n\r\n")),
        (2, down(ACK, (901, 119), b"HTTP/1.0")),
        (3, down(FIN | ACK, (909, 119), b"")),
        (4, up(FIN | ACK, (119, 910), b"")),
    ];
    let table = read(options(), &frames);
    let row: Vec<_> =
        ["a_packets", "b_packets", "a_payload", "b_payload", "a_isn", "b_isn", "a_span"]
            .iter()
            .flat_map(|name| table.of(name))
            .copied()
            .collect();
    assert_eq!(row, [3, 3, 18, 8, 100, 900, 18]);
    let both = i64::from(EVENT_ISN | EVENT_SEQ | EVENT_FIN);
    assert_eq!(table.of("a_events"), [both | i64::from(EVENT_SYN)]);
    assert_eq!(table.of("b_events"), [both | i64::from(EVENT_SYN_ACK)]);
    assert_eq!(table.heads, [(b"GET / HTTP/1.0\r\n".to_vec(), b"HTTP/1.0".to_vec())]);
}

#[test]
fn pauses_resets_and_new_sequence_numbers_begin_new_rows() {
    let syn = |isn| up(SYN, (isn, 0), b"");
    let rows = |frames: &[(i64, Vec<u8>)]| read(options(), frames).of("a_packets").to_vec();
    assert_eq!(rows(&[(0, question(1)), (120, question(1))]), [2]);
    assert_eq!(rows(&[(0, question(1)), (121, question(1))]), [1, 1]);
    assert_eq!(rows(&[(0, syn(1)), (600, syn(1))]), [2]);
    assert_eq!(rows(&[(0, syn(1)), (601, syn(1))]), [1, 1]);
    assert_eq!(rows(&[(0, syn(1)), (1, syn(2))]), [1, 1]);
    let reset = (1, down(RST | ACK, (0, 2), b""));
    assert_eq!(rows(&[(0, syn(1)), reset.clone(), (2, syn(1))]), [2]);
    assert_eq!(rows(&[(0, syn(1)), reset, (62, syn(1))]), [1, 1]);
    let active =
        Options { timeouts: Timeouts { active: 5 * SECOND, ..options().timeouts }, ..options() };
    let kept = [(0, question(1)), (4, question(1)), (6, question(1))];
    assert_eq!(read(active, &kept).of("a_packets"), [2, 1]);
    // For rows that a fold will join: a pause as long as the one after a close, and every SYN.
    let partial = Options { partial: true, ..options() };
    assert_eq!(read(partial, &[(0, syn(1)), (61, syn(1))]).of("a_packets"), [1, 1]);
    assert_eq!(read(partial, &[(0, up(ACK, (9, 9), b"")), (1, syn(8))]).of("a_packets"), [1, 1]);
}

#[test]
fn time_may_go_back() {
    let table = read(options(), &[(50, question(1)), (20, question(1)), (30, question(1))]);
    assert_eq!(table.of("first_seen"), [20 * SECOND]);
    assert_eq!(table.of("last_seen"), [50 * SECOND]);
}

#[test]
fn heads_are_in_order_whatever_the_order_of_the_segments() {
    let parts: [(u32, &[u8]); 4] =
        [(101, b"one "), (105, b"two "), (109, b"three "), (115, b"four")];
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1], [1, 3, 0, 2]];
    for with_syn in [true, false] {
        for order in orders {
            let mut frames = vec![(0, up(SYN, (100, 0), b""))];
            frames.truncate(usize::from(with_syn));
            frames.extend(order.map(|at| (1, up(ACK, (parts[at].0, 1), parts[at].1))));
            // Repeated segments change nothing.
            frames.push((2, up(ACK, (101, 1), b"one two ")));
            let table = read(options(), &frames);
            assert_eq!(table.heads, [(b"one two three fo".to_vec(), vec![])], "{order:?}");
            assert_eq!((table.of("a_seq"), table.of("a_span")), (&[101][..], &[18][..]));
        }
    }
}

#[test]
fn sequence_numbers_wrap() {
    let start = u32::MAX - 3;
    let frames = [(0, up(ACK, (start, 1), b"12345678")), (1, up(ACK, (4, 1), b"9"))];
    let table = read(options(), &frames);
    assert_eq!((table.of("a_seq"), table.of("a_span")), (&[i64::from(start)][..], &[9][..]));
    assert_eq!(table.heads, [(b"123456789".to_vec(), vec![])]);
}

#[test]
fn fragments_follow_their_head_before_or_after_it() {
    let datagram = udp(5000, 53, &[7; 40]);
    let part = |from: usize, to: usize, more: u16| {
        let place = (from / 8) as u16 | more << 13;
        (0, ethernet(0x0800, &ipv4_part((A, B), 17, place, &datagram[from..to])))
    };
    let (head, middle, tail) = (part(0, 16, 1), part(16, 32, 1), part(32, 48, 0));
    for frames in
        [[head.clone(), middle.clone(), tail.clone()], [tail.clone(), head, middle.clone()]]
    {
        let table = read(options(), &frames);
        assert_eq!((table.of("a_packets"), table.of("a_payload")), (&[3][..], &[40][..]));
    }
    let table = read(options(), &[middle, tail]);
    assert_eq!(table.of("a_packets"), [0; 0]);
    assert_eq!(
        table.engine.table().locator().counters().headless.map(|count| count.frames),
        Some(2)
    );
}

#[test]
fn pings_pair_by_id_and_both_ip_versions_live_side_by_side() {
    let answer = ethernet(0x0800, &ipv4_part((B, A), 1, 0, &icmp(0, 9)));
    let six = |port| ethernet(0x86DD, &ipv6(17, &udp(port, 53, b"six")));
    let frames = [
        (0, ethernet(0x0800, &ipv4(1, &icmp(8, 9)))),
        (0, answer),
        (0, six(7)),
        (0, question(7)),
        (0, six(7)),
        (0, six(8)),
    ];
    let table = read(options(), &frames);
    assert_eq!(table.of("a_packets"), [1, 2, 1, 1]);
    assert_eq!(table.of("b_packets"), [1, 0, 0, 0]);
    assert_eq!(table.of("ip_version"), [4, 6, 4, 6]);
    assert_eq!((table.of("key_id")[0], table.of("icmp_type")[0]), (9, 8));
}

/// Against the plain way: a list in order of the last packet.
#[test]
fn the_evicted_flow_is_always_the_one_idle_for_longest() {
    let mut state = 7_u32;
    let ports: Vec<u16> = (0..4000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Some ports far more often than others.
            (state >> 16) as u16 % if state & 0x30 == 0 { 400 } else { 40 }
        })
        .collect();
    for max_flows in [1, 2, 30, 100] {
        let mut live: Vec<(u16, i64)> = Vec::new();
        let mut gone = Vec::new();
        for port in &ports {
            let known = live.iter().position(|(other, _)| other == port).map(|at| live.remove(at));
            if known.is_none() && live.len() == max_flows as usize {
                gone.push(live.remove(0));
            }
            live.push((*port, known.map_or(0, |(_, packets)| packets) + 1));
        }
        live.sort_by_key(|(port, _)| *port);
        let frames: Vec<_> = ports.iter().map(|port| (0, question(*port))).collect();
        let table = read(Options { max_flows, ..options() }, &frames);
        let mut rows: Vec<(u16, i64)> = table
            .of("a_port")
            .iter()
            .zip(table.of("a_packets"))
            .map(|(port, packets)| (*port as u16, *packets))
            .collect();
        assert_eq!(rows.len(), gone.len() + live.len());
        assert_eq!(table.engine.table().evicted(), gone.len() as u64);
        let mut last = rows.split_off(gone.len());
        last.sort_by_key(|(port, _)| *port);
        assert_eq!((rows, last), (gone, live), "at most {max_flows}");
    }
}

fn unreachable(code: u8, quote: &[u8]) -> Vec<u8> {
    let message = [&[3, code, 0, 0, 0, 0, 0, 0], quote].concat();
    ethernet(0x0800, &ipv4_part(([10, 0, 0, 9], A), 1, 0, &message))
}

#[test]
fn errors_count_on_the_flow_that_they_quote_and_on_nothing_else() {
    let asked = question(7);
    let quote = &asked[14..14 + 28];
    let frames = [(0, asked.clone()), (100, unreachable(1, quote)), (110, unreachable(3, quote))];
    let table = read(options(), &frames);
    assert_eq!(table.of("icmp_error"), [0x301, -1, -1]);
    assert_eq!((table.of("icmp_errors"), table.of("a_packets")), (&[2, 0, 0][..], &[1, 0, 0][..]));
    assert_eq!(table.of("last_seen")[0], 0, "it does not keep the flow alive");
    // Cut, later than the flow, or about nothing that is known.
    for (time, quote) in [(0, &asked[14..14 + 23]), (121, quote), (0, &question(8)[14..])] {
        let table = read(options(), &[(0, asked.clone()), (time, unreachable(3, quote))]);
        assert_eq!(table.of("icmp_errors"), [0, 0]);
    }
}

#[test]
fn an_error_about_what_another_reader_may_know_is_a_row_without_packets() {
    let frames = [(5, unreachable(3, &question(7)[14..]))];
    assert_eq!(read(options(), &frames).of("icmp_errors"), [0]);
    let table = read(Options { partial: true, ..options() }, &frames);
    assert_eq!(table.of("icmp_errors"), [1, 0]);
    assert_eq!((table.of("a_packets")[0], table.of("a_bytes")[0]), (0, 0));
    assert_eq!((table.of("a_port")[0], table.of("first_frame")[0]), (7, 1));
    let full = Options { max_flows: 1, ..options() };
    let evicted = [(0, question(7)), frames[0].clone(), frames[0].clone()];
    assert_eq!(read(full, &evicted).of("icmp_error"), [-1, 0x303, 0x303, -1]);
}
