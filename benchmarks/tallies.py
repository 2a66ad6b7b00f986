"""How often what we count of a capture is what another tool counts of it, and where it is not.

Flows are compared by their endpoints: all that one tool has between two endpoints is summed before,
because each has its own idea of when a conversation is over. How many there are is a mark of its
own. Truth files hold JSON lines (see truth.py); which fields a line has says whose it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from truth import Ends

__all__ = ["Capture", "Mark", "Sum", "kind_of", "marks"]

EQUAL, SIDES, FEWER, MORE = "equal", "other sides", "fewer", "more"
ONLY_OURS, ONLY_THEIRS, CARRIER = "only ours", "only theirs", "carries a tunnel"
SPLIT, JOINED, ONE = "we split", "we join", "one to one"
PADDED, ADDED, OTHER = "padded", "other headers", "other"

STREAMS, SESSIONS, CONN, BLOCKS = "tshark streams", "Arkime sessions", "Zeek conn", "pcapng blocks"
FIELDS = {  # whose a line is: first match; the fields that no other tool's lines have
    BLOCKS: ("block_counts",),
    SESSIONS: ("src_packets",),
    CONN: ("orig_pkts",),
    STREAMS: ("stream", "fwd", "bytes"),
}
SIDES_OF = {  # packets and bytes of src, packets and bytes of dst, both bytes
    STREAMS: ("fwd", "", "rev", "", "bytes"),
    SESSIONS: ("src_packets", "", "dst_packets", "", "bytes"),
    CONN: ("orig_pkts", "orig_ip_bytes", "resp_pkts", "resp_ip_bytes", ""),
}
# UDP ports of tunnels: CAPWAP, GENEVE, GTP-U, L2TP, MPLS, Teredo, VXLAN and its older port.
TUNNEL_PORTS = {5247, 6081, 2152, 1701, 6635, 3544, 4789, 8472}
# Bytes that the link layer adds to an IP packet, where that is always the same.
LINK_BYTES = {
    "EN10MB": 14, "SLL": 16, "SLL2": 20, "NULL": 4, "LOOP": 4, "RAW": 0, "RAW12": 0, "IPV4": 0,
    "IPV6": 0, "C_HDLC": 4,
}  # fmt: skip
ROOM = 50  # for padding: Ethernet carries at least 46 bytes, and 4 of checksum where it is kept


class Capture(NamedTuple):
    """What we read of one capture.

    Attributes:
        name: Path below the folder.
        link_type: As the manifest says it.
        rows: Flows, with the columns of ``truth.Ours`` and bytes and community ids.
        frames: All of them.
        interfaces: How many.
    """

    name: str
    link_type: str
    rows: Sequence[Mapping[str, Any]]
    frames: int
    interfaces: int


class Mark(NamedTuple):
    """One comparison: what was asked, of what, how it came out, and both figures."""

    question: str
    capture: str
    link_type: str
    where: str
    verdict: str
    ours: str = ""
    theirs: str = ""

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.question}, {self.verdict}: {self.capture} ({self.link_type}) {self.where}:"
            f" ours {self.ours}; theirs {self.theirs}"
        )


class Sum(NamedTuple):
    """All between two endpoints.

    Attributes:
        flows: How many.
        packets: Of each endpoint.
        bytes: IP bytes, or those of whole frames.
        first: First frame of the earliest, 0 where nobody says.
        tunnel: Tunnels or VLAN tags around them.
    """

    flows: int
    packets: Mapping[tuple[str, int], int]
    bytes: Mapping[tuple[str, int], int]
    first: int = 0
    tunnel: str = ""

    @property
    def all_packets(self) -> int:
        """Of both sides."""
        return sum(self.packets.values())

    @property
    def all_bytes(self) -> int:
        """Of both sides."""
        return sum(self.bytes.values())

    def __str__(self) -> str:
        """Figures, smaller endpoint first."""
        packets = "+".join(str(self.packets[end]) for end in sorted(self.packets))
        around = f" in {self.tunnel}" if self.tunnel else ""
        first = f" from frame {self.first}" if self.first else ""
        return f"{self.flows} flows, {packets} packets, {self.all_bytes} bytes{first}{around}"


def kind_of(line: Mapping[str, Any]) -> str:
    """Whose line this is; empty if nobody's whom we compare with."""
    return next((kind for kind, names in FIELDS.items() if all(n in line for n in names)), "")


def marks(ours: Capture, lines: Iterable[dict[str, Any]]) -> Iterator[Mark]:
    """Everything that truth files say of one capture, compared."""
    by_kind = defaultdict(list)
    for line in lines:
        by_kind[kind_of(line), line.get("baseline", "")].append(line)
    own = summed(by_ends(ours.rows))
    for (kind, _), said in by_kind.items():
        if kind == BLOCKS:
            yield from blocks(ours, said[0])
        elif kind:
            known = [line for line in said if truth.ends(line)]
            theirs = summed(lines_by_ends(known, SIDES_OF[kind]))
            everyone = own if kind == STREAMS else theirs
            wanted = {
                ends: own.get(ends) for ends in everyone if kind != STREAMS or ends[0] in (6, 17)
            }
            for ends in sorted(set(wanted) | set(theirs)):
                yield from pair(kind, ours, ends, wanted.get(ends), theirs.get(ends))
            if kind == SESSIONS:
                yield from ids(ours, known)


def blocks(ours: Capture, line: Mapping[str, Any]) -> Iterator[Mark]:
    """The blocks of a pcapng file."""
    for what, mine, expected in (
        ("packets", ours.frames, line["packets"]),
        ("interfaces", ours.interfaces, line["interfaces"]),
    ):
        verdict = EQUAL if mine == expected else FEWER if mine < expected else MORE
        where = f"{what} of: {line.get('description', '')}"
        yield Mark(
            f"{BLOCKS}, {what}", ours.name, ours.link_type, where, verdict, str(mine), str(expected)
        )


def ids(ours: Capture, lines: Iterable[Mapping[str, Any]]) -> Iterator[Mark]:
    """Community ids: the same endpoints have the same one."""
    mine = defaultdict(set)
    for row in ours.rows:
        mine[row_ends(row)].add(row["community_id"])
    for line in lines:
        ends = truth.ends(line)
        if ends in mine and "community_id" in line:
            known = line["community_id"] in mine[ends]
            verdict = EQUAL if known else OTHER
            listed = " ".join(sorted(mine[ends]))
            where, theirs = spelt(ends), line["community_id"]
            yield Mark("community ids", ours.name, ours.link_type, where, verdict, listed, theirs)


def pair(
    kind: str, ours: Capture, ends: Ends, own: Sum | None, theirs: Sum | None
) -> Iterator[Mark]:
    """One conversation: packets and sides, then splits and bytes where the packets agree."""
    place = ours.name, ours.link_type, spelt(ends)
    figures = str(own or "none"), str(theirs or "none")
    verdict = packets(ours, ends, own, theirs)
    yield Mark(kind, *place, verdict, *figures)
    if own and theirs:
        split = own.flows - theirs.flows
        word = SPLIT if split > 0 else JOINED if split else ONE
        yield Mark(f"{kind}, splits", *place, word, *figures)
        if verdict == EQUAL and theirs.all_bytes:
            word = octets(kind, ours.link_type, own, theirs)
            yield Mark(f"{kind}, bytes", *place, word, *figures)


def packets(ours: Capture, ends: Ends, own: Sum | None, theirs: Sum | None) -> str:
    """How the packets compare."""
    mine, expected = own.all_packets if own else 0, theirs.all_packets if theirs else 0
    if mine < expected and carries_tunnel(ours, ends):
        return CARRIER
    if not own or not theirs:
        return ONLY_OURS if own else ONLY_THEIRS
    if mine != expected:
        return FEWER if mine < expected else MORE
    return EQUAL if own.packets == theirs.packets else SIDES


def octets(kind: str, link_type: str, own: Sum, theirs: Sum) -> str:
    """How the bytes compare, of as many packets: ours are IP bytes, theirs may be whole frames."""
    if kind == CONN:
        return EQUAL if own.bytes == theirs.bytes else OTHER
    added = theirs.all_bytes - own.all_bytes
    header = LINK_BYTES.get(link_type)
    if header is not None and not own.tunnel:
        padding = added - header * own.all_packets
        if padding == 0:
            return EQUAL
        return PADDED if 0 < padding <= ROOM * own.all_packets else OTHER
    return ADDED if added >= (header or 0) * own.all_packets else OTHER


def carries_tunnel(ours: Capture, ends: Ends) -> bool:
    """Whether these are endpoints of a tunnel, and we have what is in it."""
    return (
        ends[0] == 17
        and any(port in TUNNEL_PORTS for _, port in ends[1])
        and any(row["tunnel"] for row in ours.rows)
    )


def by_ends(rows: Iterable[Mapping[str, Any]]) -> dict[Ends, list[Sum]]:
    """Our flows; those without packets (ICMP errors of others) are none."""
    found = defaultdict(list)
    for row in rows:
        ends = row_ends(row)
        sides = [
            (end(row, ends[0], side), row[f"{side}_packets"], row[f"{side}_bytes"])
            for side in ("client", "server")
        ]
        tag = "" if row["vlan"] is None else f"vlan {row['vlan']}"
        around = row["tunnel"] or tag
        found[ends].append(Sum(1, *sides_of(sides), row["first_frame"], around))
    return found


def end(row: Mapping[str, Any], protocol: int, side: str) -> tuple[str, int]:
    """One endpoint of a row, spelt as in its ends."""
    port = row[f"{side}_port"] or 0 if protocol in truth.WITH_PORTS else 0
    return row[f"{side}_ip"], port


def row_ends(row: Mapping[str, Any]) -> Ends:
    """The endpoints of a row."""
    return truth.key(
        row["ip_protocol"], row["client_ip"], row["client_port"] or 0, row["server_ip"],
        row["server_port"] or 0,
    )  # fmt: skip


def lines_by_ends(
    lines: Iterable[dict[str, Any]], fields: tuple[str, str, str, str, str]
) -> dict[Ends, list[Sum]]:
    """The conversations of another tool."""
    found = defaultdict(list)
    for line in lines:
        ends = truth.ends(line)
        if ends is None:
            continue
        source, other = (
            next(iter(truth.key(ends[0], line[side], line[port], line[side], line[port])[1]))
            for side, port in (("src", "sport"), ("dst", "dport"))
        )
        packets_, bytes_, back, bytes_back, both = (line.get(name, 0) for name in fields)
        counted = [(source, packets_, bytes_ or both), (other, back, bytes_back)]
        found[ends].append(Sum(1, *sides_of(counted), line.get("first_frame", 0)))
    return found


def sides_of(
    sides: Iterable[tuple[tuple[str, int], int, int]],
) -> tuple[Counter[tuple[str, int]], Counter[tuple[str, int]]]:
    """Packets and bytes of each endpoint; both may be the same one."""
    packets_: Counter[tuple[str, int]] = Counter()
    bytes_: Counter[tuple[str, int]] = Counter()
    for endpoint, count, size in sides:
        packets_[endpoint] += count
        bytes_[endpoint] += size
    return packets_, bytes_


def summed(found: Mapping[Ends, Sequence[Sum]]) -> dict[Ends, Sum]:
    """One for each pair of endpoints."""
    return {
        ends: Sum(
            len(each),
            sum((Counter(one.packets) for one in each), Counter()),
            sum((Counter(one.bytes) for one in each), Counter()),
            min(one.first for one in each),
            ", ".join(sorted({one.tunnel for one in each} - {""})),
        )
        for ends, each in found.items()
    }


def spelt(ends: Ends) -> str:
    """Protocol and endpoints, for a list."""
    (one, port), (other, other_port) = ends[1]
    return f"{ends[0]} {one} {port} {other} {other_port}"
