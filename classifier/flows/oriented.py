"""Rows turned so that the client comes first, ready for evidence and the flow table."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import numpy as np
from msgspec.structs import replace

from classifier.engine.contract import BATCH_COLUMNS
from classifier.flows import direction
from classifier.flows.addresses import Addresses
from classifier.flows.columns import concatenate
from classifier.flows.community import community_ids
from classifier.flows.content import choose_matches
from classifier.flows.icmp import error_words, no_error_words
from classifier.flows.order import Order
from classifier.flows.state import STATES, states
from classifier.flows.transcripts import FlowTranscripts
from classifier.grouping import order
from classifier.lookup import look_up
from classifier.model import Transport
from classifier.table import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from classifier.catalogue import PortTable
    from classifier.engine.content import Matches
    from classifier.engine.contract import Heads
    from classifier.flows.columns import Array, Columns
    from classifier.model import DirectionBasis

__all__ = ["Flows", "Oriented", "WholeFlows", "orient"]

_TRANSPORTS = {1: Transport.ICMP, 6: Transport.TCP, 17: Transport.UDP, 58: Transport.ICMP6,
               132: Transport.SCTP}  # fmt: skip
_TRANSPORT_WORDS = [word.value for word in Transport]
_FLAG_LETTERS = tuple(zip((2, 16, 1, 4, 8, 32, 64, 128), "SAFRPUEC", strict=True))
_RUNG_WORDS = [basis.value for basis, _ in direction.RUNGS]
_TCP = 6
_LASTING = frozenset(
    ("first_seen", "last_seen", "packets", "bytes", "payload", "port", "first_frame",
     "icmp_errors", "ip_protocol")
)  # fmt: skip
"""Columns that stand in the flow table as they are."""
_ROOM = sum(
    np.dtype(column.dtype).itemsize
    for column in BATCH_COLUMNS
    if column.name.removeprefix("a_").removeprefix("b_") in _LASTING
)


class Flows(Protocol):
    """What evidence is found in: flows with client and server, from an engine or a saved table.

    Attributes are as in :class:`Oriented`.
    """

    @property
    def rung(self) -> Array: ...  # noqa: D102
    @property
    def state(self) -> Array: ...  # noqa: D102
    @property
    def client(self) -> Array: ...  # noqa: D102
    @property
    def server(self) -> Array: ...  # noqa: D102
    @property
    def addresses(self) -> Addresses: ...  # noqa: D102
    def __len__(self) -> int: ...  # noqa: D105
    def side(self, name: str, *, client: bool) -> Array: ...  # noqa: D102
    def column(self, name: str) -> Array: ...  # noqa: D102


class WholeFlows(Flows, Protocol):
    """All flows of a recording or a saved table, with what the flow table shows of them."""

    @property
    def fields(self) -> Mapping[str, Values | Callable[[], Values]]: ...  # noqa: D102


class Oriented:
    """The flow table's columns up to the verdict, in order of first frame.

    Attributes:
        a_is_client: Whether endpoint ``a`` of the engine's row is the client.
        rung: Number of the rung in ``direction.RUNGS`` that decided so.
        client, server: int32, number of the address in ``addresses``.
        addresses: The different addresses.
    """

    def __init__(
        self, columns: Columns, ports: PortTable, captures: Sequence[str], tunnels: Sequence[str]
    ) -> None:
        self._order = order = _order(columns)
        self._taken: dict[str, Array] = {}
        self._taking = Lock()  # what was taken is dropped where it was taken from
        self.addresses, (a, b) = Addresses.of(columns)
        a_is_client, rung = direction.decide(columns, ports, self.addresses, (a, b))
        self.a_is_client, self.rung = order.column([a_is_client]), order.column([rung])
        self.client, self.server = order.sides([a], [b], self.a_is_client)
        self._names = captures, tunnels
        # What was taken, and what nobody asks for any more, is let go of.
        self._columns = replace(columns, data=columns.data.without("a_address", "b_address"))

    @cached_property
    def state(self) -> Array:
        """Index into ``state.STATES``; asked for when nothing is turned any more."""
        return states(
            self.column("ip_protocol") == _TCP,
            self.side("events", client=True),
            self.side("events", client=False),
            self.side("packets", client=False),
            (self.column("first_reset") == 1) == self.a_is_client,
        )

    @cached_property
    def fields(self) -> dict[str, Values | Callable[[], Values]]:
        """Column name -> values, for every column but the verdict's.

        What costs much is a function that is called when it is asked for. To be asked for when
        nothing is turned any more.
        """
        return self._plain(*self._names)

    def settle(self, rows: Array, client_is_server: Array, basis: DirectionBasis) -> None:
        """Note who asked, where what was said decides it better than what was inferred.

        Must not be called after ``state`` or ``fields`` were asked for.

        Args:
            rows: Numbers of flows, each once. Where a better rung decided, nothing changes.
            client_is_server: Of each of them: whether client and server change places.
            basis: What says so.
        """
        rung = direction.rung_of(basis)
        weaker = self.rung[rows] > rung
        self.rung[rows[weaker]] = rung
        turned = rows[weaker & client_is_server]
        if not len(turned):
            return
        self.a_is_client[turned] ^= True
        pairs = [(self.client, self.server)]
        for key, own in self._taken.items():
            if key.startswith("client_"):
                pairs.append((own, self._taken[f"server_{key.removeprefix('client_')}"]))
        for own, other in pairs:
            own[turned], other[turned] = other[turned], own[turned]

    def __len__(self) -> int:
        """Flows."""
        return len(self._order)

    def side(self, name: str, *, client: bool) -> Array:
        """The client's or the server's value of a pair of columns such as ``a_port, b_port``."""
        keys = f"client_{name}", f"server_{name}"
        with self._taking:
            if keys[0] not in self._taken:
                data = self._columns.data
                parts = [data.parts(f"{endpoint}_{name}") for endpoint in "ab"]
                values = self._order.sides(
                    parts[0], parts[1], self.a_is_client, lasting=name in _LASTING
                )
                self._taken.update(zip(keys, values, strict=True))
                data.drop(f"a_{name}", f"b_{name}")
            return self._taken[keys[0 if client else 1]]

    def column(self, name: str, *, keep: bool = True) -> Array:
        """A column of the engine's rows, in the order of the flows.

        Args:
            name: One of ``BATCH_COLUMNS``.
            keep: Whether it will be asked for again.
        """
        with self._taking:
            if name in self._taken:
                return self._taken[name]
            parts = self._columns.data.parts(name)
            column = self._order.column(parts, lasting=name in _LASTING)
            if keep:
                self._taken[name] = column
                if name != "ip_protocol":
                    self._columns.data.drop(name)
            return column

    @property
    def first_is_client(self) -> Array:
        """Whether the client, as it stands, sent the first packet that was seen."""
        return np.asarray((self.column("first_sender") == 0) == self.a_is_client)

    def head(self, row: int, *, client: bool) -> bytes:
        """First payload bytes of one side of one flow."""
        columns = self._columns
        heads = columns.a_head if self.a_is_client[row] == client else columns.b_head
        return heads[int(self._order.rows[row])]

    def heads(self, rows: Array, *, client: bool) -> Heads:
        """First payload bytes of one side of some flows."""
        both = self._columns.a_head.beside(self._columns.b_head)
        own = self._order.rows.take(rows)
        np.add(own, len(self), out=own, where=self.a_is_client.take(rows) != client)
        return both.take(own).gathered()

    @property
    def unordered(self) -> Columns:
        """The engine's rows as they came; of their columns ``ip_protocol``. See :meth:`sides`."""
        return self._columns

    def sides(self, a: Array, b: Array) -> tuple[Array, Array]:
        """What is known of the endpoints of each unordered row, for clients and for servers."""
        return self._order.sides([a], [b], self.a_is_client)

    def matches(self, *, client: bool, rows: Array | None = None) -> Matches:
        """Numbers of the patterns that match the head of one side.

        Args:
            client: Whose.
            rows: Of these flows, in this order; None: of all.
        """
        columns = self._columns
        order = self._order.rows if rows is None else self._order.rows[rows]
        a_is_client = self.a_is_client if rows is None else self.a_is_client[rows]
        return choose_matches(
            columns.a_matches.take(order),
            columns.b_matches.take(order),
            a_is_client == client,
        )

    @property
    def transcripts(self) -> FlowTranscripts:
        """Payload of the flows that were selected."""
        return FlowTranscripts(self._columns.transcripts, self._order.rows, self.a_is_client)

    def _plain(
        self, captures: Sequence[str], tunnels: Sequence[str]
    ) -> dict[str, Values | Callable[[], Values]]:
        protocol = self.column("ip_protocol")
        values: dict[str, Values | Callable[[], Values]] = {
            "flow": Values(np.arange(1, len(self) + 1, dtype=np.int64)),
            "first_seen": Values(self.column("first_seen")),
            "last_seen": Values(self.column("last_seen")),
            "transport": Values(_transport_codes(protocol), _TRANSPORT_WORDS),
            "ip_protocol": Values(protocol),
            "client_ip": Values(self.client, self.addresses),
            "server_ip": Values(self.server, self.addresses),
            "direction_basis": Values(self.rung, _RUNG_WORDS),
            "state": Values(self.state, STATES),
            "tunnel": self._category("tunnel", tunnels),
            "first_frame": Values(self.column("first_frame")),
            "capture": self._category("source", captures),
            "community_id": self._community_ids(),
        }
        no_ports = ~self.column("has_ports")
        payload = self._payload()
        for client in (True, False):
            side = "client" if client else "server"
            values[f"{side}_port"] = Values(self.side("port", client=client), missing=no_ports)
            values[f"{side}_packets"] = Values(self.side("packets", client=client))
            values[f"{side}_bytes"] = Values(self.side("bytes", client=client))
            values[f"{side}_payload"] = Values(payload[0 if client else 1])
            flags = self.side("flags", client=client).astype(np.int16)
            values[f"{side}_flags"] = Values(flags, _FLAG_TEXTS)
        for name, dtype in (
            ("icmp_type", np.uint8),
            ("icmp_code", np.uint8),
            ("vlan", np.uint16),
            ("outer_vlan", np.uint16),
        ):
            values[name] = self._nullable(name, dtype)
        values["icmp_error"], values["icmp_errors"] = self._errors()
        return values

    def _payload(self) -> tuple[Array, Array]:
        """Payload sent once: what was seen, at most the sequence space that it spans."""
        data = self._columns.data
        is_tcp = data["ip_protocol"] == _TCP
        once: tuple[list[Array], list[Array]] = [], []
        for parts, endpoint in zip(once, "ab", strict=True):
            first = 0
            spans = data.parts(f"{endpoint}_span")
            for seen, span in zip(data.parts(f"{endpoint}_payload"), spans, strict=True):
                own = is_tcp[first : first + len(seen)]
                again = np.flatnonzero((span > 0) & (span < seen) & own)
                if len(again):
                    part = seen.copy()
                    part[again] = span[again]
                parts.append(part if len(again) else seen)
                first += len(seen)
        return self._order.sides(*once, self.a_is_client, lasting=True)

    def _category(self, name: str, words: Sequence[str]) -> Values:
        """A column of codes as a category column; words that stand twice become one."""
        unique = list(dict.fromkeys(words))
        if len(unique) == 1:
            return Values(np.zeros(len(self), dtype=np.int32), unique)
        codes = self.column(name, keep=False)
        if len(unique) == len(words) and codes.dtype.itemsize == np.int32().itemsize:
            return Values(codes.view(np.int32), unique)
        own = np.array([unique.index(word) for word in words], dtype=np.int32)
        return Values(look_up(own, codes) if len(codes) else codes.astype(np.int32), unique)

    def _nullable(self, name: str, dtype: type[np.unsignedinteger]) -> Values:
        """A column in which -1 is null."""
        # What is there already is in order; else each part is made narrow before it is.
        is_taken = name in self._taken
        parts = [self._taken[name]] if is_taken else self._columns.data.parts(name)
        if all(part.max(initial=-1) < 0 for part in parts):
            return Values(np.zeros(len(self), dtype), missing=np.ones(len(self), dtype=bool))
        there = [part >= 0 for part in parts]
        data = [part.astype(dtype) * own for part, own in zip(parts, there, strict=True)]
        missing = [~own for own in there]
        if is_taken:
            return Values(data[0], missing=missing[0])
        return Values(self._order.column(data), missing=self._order.column(missing))

    def _errors(self) -> tuple[Values, Values]:
        """The first ICMP error about each flow in words, and how many there were."""
        data = self._columns.data
        told = any(part.max(initial=-1) >= 0 for part in data.parts("icmp_error"))
        if told or any(part.any() for part in data.parts("icmp_errors")):
            words = error_words(self.column("ip_version"), self.column("icmp_error"))
            return words, Values(self.column("icmp_errors"))
        # Few recordings hold any: memory that nobody writes to costs nothing.
        return no_error_words(len(self)), Values(np.zeros(len(self), dtype=np.int64))

    def _community_ids(self) -> Callable[[], Values]:
        """What makes the ids; it holds on to no more than it needs."""
        addresses, sides = self.addresses, (self.client, self.server)
        protocol = self.column("ip_protocol")
        icmp = np.flatnonzero(self.column("icmp_type") >= 0)
        kind, code = self.column("icmp_type")[icmp], self.column("icmp_code")[icmp]
        ports = self.side("port", client=True), self.side("port", client=False)

        def made() -> Values:
            asked = ports[0].copy(), ports[1].copy()
            asked[0][icmp], asked[1][icmp] = kind, code
            ids = community_ids(protocol, addresses.version, addresses.packed, sides, asked)
            return Values(ids, is_plain=True)  # digits of base 64, and 1: before them

        return made

    def release(self) -> None:
        """Let go of the engine's rows, which are large; ``fields`` stays as it is."""
        assert self.fields  # nothing can be made of rows that are gone
        self._columns = concatenate([])
        self._taken.clear()


def orient(
    columns: Columns, ports: PortTable, captures: Sequence[str], tunnels: Sequence[str]
) -> Oriented:
    """Turn rows so that the client comes first.

    Args:
        columns: Rows of the whole recording, joined.
        ports: The catalogue's ports, for the direction ladder.
        captures: Names of the files by index.
        tunnels: Descriptions of tunnels by index.
    """
    return Oriented(columns, ports, captures, tunnels)


def _order(columns: Columns) -> Order:
    """The rows in order of first frame, file by file."""
    if not any(part.any() for part in columns.data.parts("source")):
        return Order.of(columns.data.parts("first_frame"), _ROOM)
    return Order(order(columns["source"], columns["first_frame"]), _ROOM)


def _transport_codes(protocol: Array) -> Array:
    codes = np.full(256, _TRANSPORT_WORDS.index(Transport.IP), dtype=np.int8)
    for number, word in _TRANSPORTS.items():
        codes[number] = _TRANSPORT_WORDS.index(word)
    return np.asarray(look_up(codes, protocol))


def _letters(flags: int) -> str:
    return "".join(letter for bit, letter in _FLAG_LETTERS if flags & bit)


_FLAG_TEXTS = [_letters(flags) for flags in range(256)]
