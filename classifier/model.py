"""The nouns: confidence, basis, severity, and the one flow schema.

Nothing here imports pandas or numpy, so that ``classify --help`` and every stage can afford it.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct

__all__ = [
    "FLOW_COLUMNS",
    "SCHEMA_VERSION",
    "UNKNOWN",
    "VERSION",
    "Basis",
    "Column",
    "Confidence",
    "DirectionBasis",
    "Finding",
    "Severity",
    "Transport",
]

VERSION = "0.1.0"
"""Version of the package, as in pyproject.toml. To ask the installer for it costs 10 ms a run."""

SCHEMA_VERSION = 1
"""Version of the flow table and the JSON report. Goes up when a column or key changes meaning."""

UNKNOWN = "unknown"
"""The service of a flow that nothing names. Unknown is a value, never a null."""


class Transport(StrEnum):
    """What carries the flow; ``ip`` stands for every IP protocol that is not named here."""

    TCP = "tcp"
    UDP = "udp"
    SCTP = "sctp"
    ICMP = "icmp"
    ICMP6 = "icmp6"
    IP = "ip"


class Confidence(StrEnum):
    """How sure a verdict is, from sure to not. The order of definition is the order of rank."""

    CONFIRMED = "confirmed"  # the payload says so
    ANNOUNCED = "announced"  # control traffic in this capture handed the port out
    ASSIGNED = "assigned"  # port or IP protocol number from the catalogue, direction known
    LIKELY = "likely"  # band with a supporting contact, or port with inferred direction
    POSSIBLE = "possible"  # several claimants or a wide range
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """Which source of evidence carried the verdict."""

    PAYLOAD = "payload"
    ANNOUNCEMENT = "announcement"
    LEARNED = "learned"  # another flow, or an earlier recording, shows what this endpoint serves
    IP_PROTOCOL = "ip_protocol"
    PORT = "port"  # fixed port, direction known
    PORT_INFERRED = "port_inferred"  # fixed port, direction inferred
    PORT_RANGE = "port_range"  # a range that the catalogue gives to a service
    DYNAMIC_BAND = "dynamic_band"
    HOST_ROLE = "host_role"
    IANA_PORT = "iana_port"  # nothing but IANA's name for the port
    NONE = "none"


class DirectionBasis(StrEnum):
    """What decided which side is the client, strongest first. The ladder of DESIGN.md.

    ``group`` is ours: a multicast or broadcast address cannot ask, so the other side did.
    """

    SYN = "syn"
    SYN_ACK = "syn_ack"
    ANNOUNCED = "announced"
    PAYLOAD_ROLE = "payload_role"
    GROUP = "group"
    PEERS = "several_peers"
    EPHEMERAL = "ephemeral_band"
    CATALOGUE = "catalogue"
    LOWER_PORT = "lower_port"
    FIRST_PACKET = "first_packet"


KNOWN_DIRECTION = (
    DirectionBasis.SYN,
    DirectionBasis.SYN_ACK,
    DirectionBasis.ANNOUNCED,
    DirectionBasis.PAYLOAD_ROLE,
    DirectionBasis.GROUP,
)
"""Rungs that saw who asked; every later rung inferred it."""


class Severity(IntEnum):
    """How urgent a finding is. Ordered, so that ``--fail-on`` can compare."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The severity as it is written in policies and reports."""
        return self.name.lower()


class Finding(Struct, frozen=True):
    """One thing a person must look at. Equal when kind, title and flows are equal.

    Attributes:
        id: Stable within one report: kind and a number, as in ``policy-3``.
        kind: Which finding (the file in ``findings/``), e.g. ``policy``, ``unknown``.
        severity: How urgent.
        title: One line, for a list.
        conditions: What caused it and set its severity, one short sentence each.
        next_steps: What to do next, one short sentence each.
        flows: Flow ids, at most :data:`FINDING_FLOWS`; ``flow_count`` has the whole number.
        flow_count: How many flows it is about.
        bytes: IP bytes of those flows, both directions.
        rule: The policy rule's id, or an empty string.
        undetermined: True where the evidence is too weak to call it a violation.
    """

    id: str
    kind: str
    severity: Severity
    title: str
    conditions: tuple[str, ...]
    next_steps: tuple[str, ...]
    flows: tuple[int, ...]
    flow_count: int
    bytes: int
    rule: str = ""
    undetermined: bool = False


FINDING_FLOWS = 50
"""How many flow ids a finding lists; the rest are counted."""


class Column(Struct, frozen=True):
    """One column of a public table: its pandas dtype, its unit and what it means."""

    name: str
    dtype: str
    unit: str
    meaning: str


FLOW_COLUMNS: tuple[Column, ...] = (
    Column("flow", "int64", "", "id, stable for one capture and one set of options"),
    Column("first_seen", "datetime64[ns, UTC]", "UTC", "time of the first frame"),
    Column("last_seen", "datetime64[ns, UTC]", "UTC", "time of the last frame"),
    Column("transport", "category", "", "tcp, udp, sctp, icmp, icmp6, or ip for the rest"),
    Column("ip_protocol", "uint8", "", "IP protocol number (IANA)"),
    Column("client_ip", "str", "", "innermost address of the side that asked"),
    Column("client_port", "UInt16", "", "its port; null where there are no ports"),
    Column("server_ip", "str", "", "innermost address of the side that was asked"),
    Column("server_port", "UInt16", "", "its port; null where there are no ports"),
    Column("direction_basis", "category", "", "what decided who is the client"),
    Column("client_packets", "int64", "packets", "sent by the client"),
    Column("server_packets", "int64", "packets", "sent by the server"),
    Column("client_bytes", "int64", "bytes", "IP bytes sent by the client: header and payload"),
    Column("server_bytes", "int64", "bytes", "IP bytes sent by the server: header and payload"),
    Column("client_payload", "int64", "bytes", "transport payload from the client, sent once"),
    Column("server_payload", "int64", "bytes", "transport payload from the server, sent once"),
    Column("client_flags", "str", "", "TCP flags seen from the client, of SAFRPUEC"),
    Column("server_flags", "str", "", "TCP flags seen from the server, of SAFRPUEC"),
    Column("state", "category", "", "state of a TCP conversation in Zeek's words; empty if none"),
    Column("icmp_type", "UInt8", "", "ICMP type of the asking message"),
    Column("icmp_code", "UInt8", "", "ICMP code of the asking message"),
    Column("vlan", "UInt16", "", "802.1Q VLAN id, the innermost of several"),
    Column("tunnel", "category", "", "tunnels around the flow, outermost first; empty if none"),
    Column("service", "category", "", "id in the catalogue, unknown where none"),
    Column("confidence", "category", "", "confirmed announced assigned likely possible unknown"),
    Column("basis", "category", "", "which source of evidence carried the verdict"),
    Column("detail", "str", "", "the specific thing: an interface, a band, a note"),
    Column("alternatives", "str", "", "losing candidates, best first, ; between"),
    Column("first_frame", "int64", "", "number of the first frame in its file, from 1"),
    Column("capture", "category", "", "the file that holds the first frame"),
    Column("community_id", "str", "", "Community ID v1, seed 0"),
    Column("outer_vlan", "UInt16", "", "802.1Q VLAN id of the outer tag where there are two"),
    Column("icmp_error", "category", "", "first ICMP error about the flow; null where none"),
    Column("icmp_errors", "int64", "", "ICMP errors that spoke of the flow"),
)
"""The flow table, the one public contract, in this order. Columns are only added at the end."""
