"""The native engine gives what the portable one gives: rows, heads, counters, warnings, errors.

These tests fail where the native engine is not built: without it nothing here says anything.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import quotes
import wire
from classifier import _native
from classifier.engine import formats
from classifier.engine.content import Pattern, TranscriptOptions
from classifier.engine.contract import BATCH_COLUMNS, EngineOptions, Timeouts
from two_engines import differences
from wire import ACK, FIN, PSH, RST, SECOND, START, SYN

SAMPLES = Path(__file__).parents[2] / "samples"
NOT_CAPTURES = {".py", ".md", ".toml", ".sh", ".json", ".csv", ".txt"}
CAPTURES = sorted(
    path
    for path in SAMPLES.glob("*/**/*")
    if path.is_file() and path.suffix not in NOT_CAPTURES and "__pycache__" not in path.parts
)
PORTS_OF_CONTENT = ((6, 80), (17, 53), (132, 53), (6, 135), (17, 389))
LOOKS = (
    Pattern(7, b"^a", head_bytes=20),
    Pattern(2, b"b.d", 6, 30, transcript=True),
    Pattern(5, rb"(?i)[e-h]{3}|x{20}", None, 400),
    Pattern(4, rb"\x00\x00\x01", 17, transcript=True),
    Pattern(1, b"^.{9}", transcript=True),
    Pattern(3, rb"^(?:GET|HTTP|\x05)"),
)
LOOKS_AT_WORDS = (
    Pattern(1, b"^220 ", 6, head_bytes=90),
    Pattern(2, b"magic", transcript=True),
    Pattern(3, b"a220|d w", 6, 150, transcript=True),
    Pattern(4, b"(?i)WORD.{9}", None, 70),
    Pattern(5, rb"^.{20}\x60", transcript=True),
    Pattern(6, b"^a"),
)
OPTIONS = {
    "usual": EngineOptions(),
    "part of a recording": EngineOptions(partial=True),
    "a table of three": EngineOptions(max_flows=3, batch_rows=2),
    "impatient": EngineOptions(timeouts=Timeouts(2, 1, 1, 1, 1, 3), head_bytes=40),
    "no heads": EngineOptions(head_bytes=0),
    "content": EngineOptions(
        patterns=LOOKS, transcripts=TranscriptOptions(PORTS_OF_CONTENT, 500, 20_000)
    ),
    "content, little of it": EngineOptions(
        timeouts=Timeouts(2, 1, 1, 1, 1),
        head_bytes=12,
        patterns=LOOKS,
        transcripts=TranscriptOptions(((17, 53),), 20, 200),
        max_flows=3,
        batch_rows=2,
        partial=True,
    ),
}


def test_the_columns_are_those_of_the_contract() -> None:
    assert [column.name for column in BATCH_COLUMNS] == _native.COLUMNS


def test_there_are_samples() -> None:
    assert len(CAPTURES) > 40


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_samples(capture: Path, options: EngineOptions) -> None:
    assert not differences([capture], options)


def test_samples_as_one_recording() -> None:
    assert not differences(CAPTURES)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_samples_with_wrong_bytes(options: EngineOptions, tmp_path: Path) -> None:
    """Frames, headers and blocks alike; the same bytes every time.

    Compressed files are left out: how much comes out before the damage is the decompressor's.
    """
    chance = random.Random(3)
    plain = [path for path in CAPTURES if not formats.compression(path.read_bytes()[:32])]
    for capture in plain:
        data = bytearray(capture.read_bytes()[:20_000])
        for _ in range(3):
            for _ in range(max(len(data) // 300, 1)):
                if data:
                    data[chance.randrange(len(data))] = chance.choice((0, 1, 0x45, 0x80, 0xFF))
            path = tmp_path / capture.name
            path.write_bytes(data)
            assert not differences([path], options), capture


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_samples_cut_short(capture: Path, tmp_path: Path) -> None:
    data = capture.read_bytes()
    path = tmp_path / capture.name
    step = max(len(data) // 12, 1)
    for length in {*range(0, 45, 4), *range(0, len(data), step)}:
        path.write_bytes(data[:length])
        assert not differences([path]), length


# Frames that were made up: few endpoints, so that they meet in flows.

PORTS = st.sampled_from([53, 80, 4789, 6081, 2152, 1701, 3544, 5247, 6635, 40000])
ENDS = st.permutations([wire.A4, wire.B4]).map(tuple)
NUMBERS = st.sampled_from([0, 1, 2, 5, 9, 100, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFC, 0xFFFFFFFF])
PAYLOADS = st.binary(max_size=30) | st.sampled_from([b"x" * 200, b"abcd", b"efgh", b"ijklmnop"])
FLAGS = st.sampled_from(
    [SYN, SYN | ACK, ACK, ACK | PSH, FIN | ACK, RST, RST | ACK, SYN | FIN, SYN | RST, 0]
)

segments = st.builds(
    wire.tcp, PORTS, PORTS, PAYLOADS, flags=FLAGS, seq=NUMBERS, ack=NUMBERS,
    options=st.sampled_from([b"", b"\1" * 12]), lie_offset=st.none() | st.integers(0, 15),
)  # fmt: skip
plain_segments = st.builds(
    wire.tcp, st.just(40000), st.just(80), PAYLOADS, flags=FLAGS, seq=NUMBERS, ack=NUMBERS
)
datagrams = st.builds(wire.udp, PORTS, PORTS, PAYLOADS, lie_length=st.none() | st.integers(0, 60))
pings = st.builds(
    wire.icmp, st.sampled_from([0, 3, 8, 11, 13, 14, 128, 129, 135]), st.integers(0, 3),
    st.integers(0, 2), PAYLOADS,
)  # fmt: skip
TRANSPORTS = st.one_of(
    segments.map(lambda data: (6, data)),
    plain_segments.map(lambda data: (6, data)),
    datagrams.map(lambda data: (17, data)),
    pings.map(lambda data: (1, data)),
    pings.map(lambda data: (58, data)),
    st.builds(wire.sctp, PORTS, PORTS, PAYLOADS).map(lambda data: (132, data)),
    st.builds(wire.dccp, PORTS, PORTS, PAYLOADS).map(lambda data: (33, data)),
    st.tuples(st.sampled_from([2, 4, 41, 47, 50, 51, 89, 97, 136]), PAYLOADS),
)


def _ipv4(transport: tuple[int, bytes], ends: tuple[str, str], options: bytes) -> bytes:
    protocol, data = transport
    return wire.ipv4(data, *ends, protocol=protocol, options=options)


def _ipv6(transport: tuple[int, bytes], extended: int) -> bytes:
    protocol, data = transport
    if extended == 1:
        return wire.ipv6(wire.extension(protocol, data), next_header=0)
    if extended == 2:
        return wire.ipv6(wire.authentication(protocol, data), next_header=51)
    if extended == 3:
        return wire.ipv6(wire.fragment6(protocol, data), next_header=44)
    return wire.ipv6(data, next_header=protocol)


packets = st.builds(_ipv4, TRANSPORTS, ENDS, st.sampled_from([b"", b"", b"\1\1\1\1"])).map(
    lambda data: (0x0800, data)
) | st.builds(_ipv6, TRANSPORTS, st.integers(0, 4)).map(lambda data: (0x86DD, data))


@st.composite
def tunnelled(draw: st.DrawFn, inner: st.SearchStrategy[tuple[int, bytes]]) -> tuple[int, bytes]:
    """An IP packet inside of something, which is an IP packet again."""
    ethertype, data = draw(inner)
    frame = wire.ethernet(data, ethertype)
    wireless = wire.dot11(wire.llc_snap(data, ethertype), qos=draw(st.booleans()))
    version = 4 if ethertype == 0x0800 else 41
    udp = draw(st.booleans())
    if udp:
        port, payload = draw(
            st.sampled_from(
                [
                    (4789, wire.vxlan(7, frame)),
                    (6081, wire.geneve(9, frame, options=b"\0" * 8)),
                    (2152, wire.gtp_user(data, extended=True)),
                    (1701, wire.l2tp(wire.ppp(0x21 if version == 4 else 0x57, data))),
                    (3544, data),
                    (6635, wire.mpls(data, 5)),
                    (5247, wire.capwap(frame)),
                    (5247, wire.capwap(wireless, dot11=True, words=4)),
                    (5247, wire.capwap(wireless[1::-1] + wireless[2:], dot11=True)),
                ]
            )
        )
        outer = 17, wire.udp(40000, port, payload)
    else:
        outer = draw(
            st.sampled_from(
                [
                    (version, data),
                    (97, b"\x30\x00" + frame),
                    (47, wire.gre(ethertype, data, key=3)),
                    (47, wire.gre(0x6558, frame)),
                    (47, wire.gre(0x8210, wireless)),
                    (47, wire.erspan2(frame)),
                    (47, wire.erspan3(frame)),
                    (47, wire.pptp_gre(5, wire.ppp(0x21 if version == 4 else 0x57, data))),
                ]
            )
        )
    protocol, payload = outer
    return 0x0800, wire.ipv4(payload, wire.B4, wire.C4, protocol=protocol)


layered = st.recursive(packets, tunnelled, max_leaves=3)


@st.composite
def link_frames(draw: st.DrawFn) -> bytes:
    ethertype, data = draw(layered)
    outside = draw(st.integers(0, 7))
    if outside == 0:
        ethertype, data = 0x8847, wire.mpls(data, 1, 2)
    elif outside == 1:
        ethertype, data = 0x8864, wire.pppoe(3, data)
    elif outside == 2:
        ethertype, data = 0x88E5, wire.macsec(data, ethertype, channel=draw(st.booleans()))
    tags = draw(
        st.lists(st.tuples(st.sampled_from([0x8100, 0x88A8]), st.integers(0, 3)), max_size=3)
    )
    return wire.ethernet(data, ethertype, *tags)


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    protocol, data = draw(TRANSPORTS)
    parts = wire.fragments4(data, draw(st.sampled_from([8, 16, 24])), protocol=protocol)
    return wire.ethernet(draw(st.sampled_from(parts)) if parts else b"")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(link_frames()))
    for _ in range(draw(st.integers(1, 3))):
        data[draw(st.integers(0, min(len(data) - 1, 90)))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


@st.composite
def errors(draw: st.DrawFn) -> bytes:
    """ICMP errors with quotes of packets that are there, whole, cut or damaged."""
    ethertype, packet = draw(layered)
    quote = bytearray(packet[: draw(st.sampled_from([28, 48, 128, 2000]))])
    if draw(st.booleans()):
        quote[draw(st.integers(0, len(quote) - 1))] = draw(st.integers(0, 255))
    error = quotes.error4 if ethertype == 0x0800 else quotes.error6
    kinds = st.sampled_from([1, 2, 3, 4, 5, 11, 12])
    rest = draw(st.sampled_from([0, 32 << 16, 16 << 24, 0xFFFFFFFF]))
    data = error(bytes(quote), draw(kinds), draw(st.integers(0, 4)), rest)
    return wire.ethernet(data, ethertype)


FRAMES = st.one_of(
    link_frames(), link_frames(), fragmented(), damaged(), errors(), st.binary(max_size=60)
)
STEPS = st.sampled_from(
    [0, 1, 1000, SECOND, 2 * SECOND, 61 * SECOND, 121 * SECOND, 601 * SECOND, -5]
)
settled = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _capture(records: list[tuple[int, bytes, int]], link_type: int = 1) -> bytes:
    """Records with a step in time and how many bytes were lost at the end."""
    data, time = wire.pcap_header(link_type=link_type, magic=0xA1B23C4D), START
    for step, frame, lost in records:
        time += step
        kept = frame[: len(frame) - lost] if lost else frame
        data += wire.pcap_record(time, kept, tick=1, wire=len(frame))
    return data


@settled
@given(
    st.lists(st.tuples(STEPS, FRAMES, st.sampled_from([0, 0, 0, 7])), max_size=40),
    st.sampled_from(list(OPTIONS.values())),
)
def test_frames_that_were_made_up(
    tmp_path: Path, records: list[tuple[int, bytes, int]], options: EngineOptions
) -> None:
    path = tmp_path / "made-up.pcap"
    path.write_bytes(_capture(records))
    assert not differences([path], options)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_quotes_of_icmp_errors(tmp_path: Path, options: EngineOptions) -> None:
    said = [frame for frame, _, _ in quotes.ERRORS.values()]
    frames = [*quotes.FLOWS.values(), *said, *quotes.NOTHING.values(), *said]
    path = tmp_path / "quotes.pcap"
    path.write_bytes(_capture([(1, frame, 0) for frame in frames]))
    assert not differences([path], options)
    path.write_bytes(_capture([(1, frame, lost) for frame in said for lost in range(0, 70, 3)]))
    assert not differences([path], options)


@settled
@given(
    st.lists(st.tuples(STEPS, plain_segments, st.booleans()), max_size=60),
    st.sampled_from(list(OPTIONS.values())),
)
def test_one_connection_in_any_order(
    tmp_path: Path, records: list[tuple[int, bytes, bool]], options: EngineOptions
) -> None:
    """Every segment is of the same two endpoints, in either direction."""
    path = tmp_path / "connection.pcap"
    frames = []
    for step, segment, back in records:
        turned = segment[2:4] + segment[:2] + segment[4:] if back else segment
        ends = (wire.B4, wire.A4) if back else (wire.A4, wire.B4)
        frames.append((step, wire.ethernet(wire.ipv4(turned, *ends, protocol=6)), 0))
    path.write_bytes(_capture(frames))
    assert not differences([path], options)


WORDS = st.sampled_from([b"", b"a", b"magic", b"220 ", b"word " * 5, bytes(range(70, 100)) * 3])


@settled
@given(
    # side, payload, bytes of its stream that are sent again or (below zero) were lost, reordered
    st.lists(st.tuples(st.booleans(), WORDS, st.sampled_from([0, 0, 0, 4, -3]), st.booleans())),
    st.sampled_from([0, 12, 64]),
    st.sampled_from([TranscriptOptions(), TranscriptOptions(((6, 80),), 90, 300)]),
    st.permutations(LOOKS_AT_WORDS).map(lambda patterns: tuple(patterns[:3])),
    st.booleans(),
)
def test_conversations_with_content(
    tmp_path: Path,
    sent: list[tuple[bool, bytes, int, bool]],
    head_bytes: int,
    transcripts: TranscriptOptions,
    patterns: tuple[Pattern, ...],
    opened: bool,  # noqa: FBT001
) -> None:
    """Both sides speak; some is repeated, lost or late."""
    frames: list[bytes] = []
    following = [1001, 9001]
    if opened:
        frames.append(_spoken(0, b"", 1000, SYN))
        frames.append(_spoken(1, b"", 9000, SYN | ACK, ack=1001))
    for back, payload, again, late in sent:
        side = int(back)
        frames.insert(
            len(frames) - (late and len(frames) > 2),
            _spoken(side, payload, following[side] - again, ACK),
        )
        following[side] += len(payload) - again
    path = tmp_path / "conversation.pcap"
    path.write_bytes(_capture([(1, frame, 0) for frame in frames]))
    options = EngineOptions(head_bytes=head_bytes, patterns=patterns, transcripts=transcripts)
    assert not differences([path], options)


def _spoken(side: int, payload: bytes, seq: int, flags: int, ack: int = 1) -> bytes:
    ends, ports = ((wire.A4, wire.B4), (40000, 80)) if side == 0 else (
        (wire.B4, wire.A4), (80, 40000))  # fmt: skip
    segment = wire.tcp(*ports, payload, flags=flags, seq=seq, ack=ack)
    return wire.ethernet(wire.ipv4(segment, *ends, protocol=6))


@settled
@example([b"\x21\x01\x08\x00" + bytes(40)], 104)
@given(
    st.lists(st.binary(max_size=80) | layered.map(lambda pair: pair[1]), max_size=12),
    st.sampled_from(
        [0, 9, 12, 51, 100, 101, 104, 105, 107, 108, 113, 127, 129, 138, 192, 204, 205, 206, 228,
         229, 239, 242, 258, 276, 147]
    ),
)  # fmt: skip
def test_rubbish_on_every_link_type(tmp_path: Path, frames: list[bytes], link_type: int) -> None:
    path = tmp_path / "rubbish.pcap"
    path.write_bytes(_capture([(1, frame, 0) for frame in frames], link_type))
    assert not differences([path])
