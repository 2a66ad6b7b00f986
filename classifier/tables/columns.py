"""The columns of every table, declared once: name, dtype, unit, meaning. All are public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model import Column
from classifier.table import TIME, Table, Values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classifier.table import Array

__all__ = ["COLUMNS", "listed", "shape"]

FIRST = Column("first_seen", TIME, "UTC", "time of the first frame")
LAST = Column("last_seen", TIME, "UTC", "time of the last frame")
FLOWS = Column("flows", "int64", "flows", "how many flows")
PACKETS = Column("packets", "int64", "packets", "sent by both sides")
BYTES = Column("bytes", "int64", "bytes", "IP bytes sent by both sides")
SHARE = Column("share", "float64", "share", "part of all IP bytes in the flow table, 0 to 1")
CAPTURE = Column("capture", "str", "", "the file")
FRAME = Column("first_frame", "Int64", "", "number of the first such frame in that file, from 1")

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "health": (
        Column("outcome", "str", "", "where frames went; every frame is in exactly one row"),
        Column("detail", "str", "", "protocol, or layer and reason"),
        Column("frames", "int64", "frames", "how many frames"),
        Column("share", "float64", "share", "part of all frames, 0 to 1"),
        CAPTURE,
        FRAME,
    ),
    "coverage": (
        Column("measure", "str", "", "what limits the view of the conversations"),
        FLOWS,
        Column("of", "int64", "flows", "how many flows it could apply to"),
        Column("share", "float64", "share", "flows / of, 0 to 1"),
        Column("meaning", "str", "", "what it says about the recording"),
    ),
    "captures": (
        CAPTURE,
        Column("format", "str", "", "pcap, pcap ns, pcap modified or pcapng"),
        Column("compression", "str", "", "gzip and the like, or empty"),
        Column("bytes", "int64", "bytes", "bytes of the file that were read, as stored"),
        Column("frames", "int64", "frames", "frames read"),
        FIRST,
        LAST,
        Column("link_types", "str", "", "link types of its interfaces"),
        Column("interfaces", "int64", "", "how many recording interfaces"),
        Column("snap_length", "Int64", "bytes", "smallest limit of kept bytes a frame; null: none"),
        Column("truncated_frames", "int64", "frames", "kept with fewer bytes than on the wire"),
        Column("dropped", "Int64", "frames", "lost by the recorder; null where it does not say"),
        Column("backward_steps", "int64", "", "how often time goes backward"),
        Column("cut", "bool", "", "the file ends inside a record"),
        Column("comments", "int64", "", "section and packet comments in it"),
        Column("hardware", "str", "", "as the recorder wrote it"),
        Column("os", "str", "", "as the recorder wrote it"),
        Column("application", "str", "", "as the recorder wrote it"),
    ),
    "interfaces": (
        CAPTURE,
        Column("interface", "int64", "", "number in the file, from 0"),
        Column("name", "str", "", "as the recorder wrote it"),
        Column("description", "str", "", "as the recorder wrote it"),
        Column("link_name", "str", "", "link type"),
        Column("link_type", "int64", "", "LINKTYPE_ number"),
        Column("snap_length", "Int64", "bytes", "limit of kept bytes a frame; null: none"),
        Column("frames", "int64", "frames", "frames seen on it"),
        Column("dropped", "Int64", "frames", "lost by the recorder; null where it does not say"),
    ),
    "warnings": (
        CAPTURE,
        Column("offset", "Int64", "", "byte offset in the decompressed file; null: no place"),
        Column("cause", "str", "", "what is wrong"),
        Column("fix", "str", "", "what to do about it"),
        Column("count", "int64", "", "how often it happened"),
    ),
    "findings": (
        Column("id", "str", "", "stable within one report"),
        Column("severity", "str", "", "critical high medium low info"),
        Column("kind", "str", "", "which finding"),
        Column("title", "str", "", "one line"),
        Column("undetermined", "bool", "", "the evidence is too weak to call it a violation"),
        Column("rule", "str", "", "the policy rule, or empty"),
        Column("flow_count", "int64", "flows", "how many flows it is about"),
        BYTES,
        Column("conditions", "str", "", "what caused it, ; between"),
        Column("next_steps", "str", "", "what to do next, ; between"),
        Column("flows", "str", "", "flow ids, the first of them"),
    ),
    "certainty": (
        Column("confidence", "str", "", "confirmed announced assigned likely possible unknown"),
        FLOWS,
        BYTES,
        SHARE,
    ),
    "services": (
        Column("service", "str", "", "id in the catalogue, unknown where none"),
        Column("name", "str", "", "its name in the catalogue"),
        Column("family", "str", "", "its family in the catalogue"),
        FLOWS,
        Column("answered", "int64", "flows", "flows in which the server took part"),
        Column("sure", "int64", "flows", "confirmed, announced or assigned"),
        Column("likely", "int64", "flows", "a guess with support"),
        Column("possible", "int64", "flows", "a guess"),
        Column("clients", "int64", "", "distinct client addresses"),
        Column("servers", "int64", "", "distinct server addresses"),
        Column("ports", "str", "", "most used server ports"),
        PACKETS,
        BYTES,
        SHARE,
        FIRST,
        LAST,
        Column("flags", "str", "", "the catalogue's flags: obsolete, cleartext and the like"),
    ),
    "unknown": (
        Column("server_ip", "str", "", "the server's address"),
        Column("transport", "str", "", "tcp, udp, sctp, icmp, icmp6 or ip"),
        Column("ip_protocol", "int64", "", "IP protocol number"),
        Column(
            "server_port", "UInt16", "", "null where there is none, or where several are folded"
        ),
        Column("peers", "int64", "", "distinct client addresses"),
        FLOWS,
        Column("answered", "int64", "flows", "flows in which the server took part"),
        PACKETS,
        BYTES,
        SHARE,
        FIRST,
        LAST,
        Column("detail", "str", "", "the most common note on its flows"),
        Column("first_bytes", "str", "", "sketch of the most common first payload"),
        Column("example_flow", "int64", "", "flow id of the first of them"),
        CAPTURE,
        FRAME,
        Column("display_filter", "str", "", "Wireshark display filter that shows these packets"),
    ),
    "violations": (
        Column("rule", "str", "", "id in the policy"),
        Column("severity", "str", "", "critical high medium low info"),
        Column("verdict", "str", "", "violation, undetermined or hint"),
        Column("client_ip", "str", "", "who asked"),
        Column("server_ip", "str", "", "who was asked"),
        Column("transport", "str", "", "tcp, udp, sctp, icmp, icmp6 or ip"),
        Column("server_port", "UInt16", "", "null where there are no ports"),
        Column("service", "str", "", "id in the catalogue"),
        Column("confidence", "str", "", "how sure the service is"),
        FLOWS,
        BYTES,
        FIRST,
        LAST,
        Column("why", "str", "", "the rule's reason"),
        Column("example_flow", "int64", "", "flow id of one of them"),
    ),
    "hosts": (
        Column("ip", "str", "", "the address"),
        Column("scope", "str", "", "private, public, link-local, multicast and the like"),
        Column("flows_as_client", "int64", "flows", "flows in which it asked"),
        Column("flows_as_server", "int64", "flows", "flows in which it was asked"),
        Column("peers", "int64", "", "distinct addresses that it talked with"),
        PACKETS,
        Column("bytes_sent", "int64", "bytes", "IP bytes that it sent"),
        Column("bytes_received", "int64", "bytes", "IP bytes sent to it"),
        Column("services_offered", "str", "", "services that it answered for, most flows first"),
        Column("services_used", "str", "", "services that it asked for, most flows first"),
        FIRST,
        LAST,
        Column("names", "str", "", "what it is called, ; between: strangers chose these words"),
        Column("name_basis", "str", "", "what said each name and in which frame, ; between"),
        Column(
            "ephemeral_band",
            "str",
            "",
            "from which range it takes source ports: windows-modern windows-legacy dynamic legacy "
            "linux wide any, or empty",
        ),
        Column("band_ports", "int64", "ports", "how many different source ports say so"),
        Column("dynamic_range", "str", "", "where it hands out RPC ports, and what shows it"),
        Column("roles", "str", "", "what it is for, with what supports it, ; between"),
    ),
    "endpoints": (
        Column("host", "str", "", "address of the endpoint"),
        Column("port", "Int64", "", "port, or GRE call id; null where none was told"),
        Column("transport", "str", "", "tcp, udp, sctp or gre"),
        Column("service", "str", "", "id in the catalogue, unknown where only the port was told"),
        Column("detail", "str", "", "the interface, program or file, in words"),
        Column("how", "str", "", "handed out, bound or looked for"),
        Column("said_by", "str", "", "who said it; not the host itself: believed less"),
        Column("times", "int64", "", "how often it was said"),
        Column("flows", "int64", "flows", "how many flows use it so"),
        Column("first_seen", TIME, "UTC", "when it was said first"),
        Column("first_frame", "Int64", "", "in which frame of that file, from 1"),
        CAPTURE,
    ),
    "conversations": (
        Column("client_ip", "str", "", "who asked"),
        Column("server_ip", "str", "", "who was asked"),
        Column("transport", "str", "", "tcp, udp, sctp, icmp, icmp6 or ip"),
        Column("ip_protocol", "int64", "", "IP protocol number"),
        Column("server_port", "UInt16", "", "null where there are no ports"),
        Column("service", "str", "", "id in the catalogue"),
        Column("confidence", "str", "", "the surest of its flows"),
        FLOWS,
        PACKETS,
        Column("client_bytes", "int64", "bytes", "IP bytes sent by the client"),
        Column("server_bytes", "int64", "bytes", "IP bytes sent by the server"),
        BYTES,
        FIRST,
        LAST,
        Column("states", "str", "", "TCP states and ICMP errors of its flows with their numbers"),
    ),
}
"""Table name -> its columns in order. The flow table's are ``classifier.model.FLOW_COLUMNS``."""


def shape(table: str, values: Mapping[str, Values], rows: Array | None = None) -> Table:
    """The named table of these columns; others among them are left out.

    Args:
        table: Its name.
        values: By column.
        rows: Which of the values are its rows, in order (int64); None: all.

    Raises:
        KeyError: A column is missing.
    """
    return Table(COLUMNS[table], values, rows)


def listed(table: str, rows: Sequence[Mapping[str, object]]) -> Table:
    """The named table of these rows; None is null.

    Text that is not valid Unicode (a file name with a stray byte) is made so; no DataFrame could
    hold it.

    Raises:
        KeyError: A row lacks a column.
    """
    return Table(
        COLUMNS[table],
        {
            column.name: _values([row[column.name] for row in rows], column.dtype)
            for column in COLUMNS[table]
        },
    )


def _values(values: list[object], dtype: str) -> Values:
    """Python values as a column of a dtype."""
    if dtype == "str":
        return Values(np.array([*map(_valid, values), ""], dtype=object)[:-1])
    numbers = np.dtype("int64" if dtype == TIME else dtype.lower())
    missing = np.array([value is None for value in values], dtype=bool)
    data = np.array([0 if value is None else value for value in values], dtype=numbers)
    return Values(data, missing=missing if missing.any() else None)


def _valid(value: object) -> object:
    """A text without lone surrogates; anything else as it is."""
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
