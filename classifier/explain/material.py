"""What is known about some flows, found in one pass over everything that was said."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from classifier.endpoints.listen import Heard
from classifier.table import TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from classifier.endpoints.announcement import Announcement, Identification, LookedFor
    from classifier.endpoints.learned import Learned
    from classifier.endpoints.matching import Claim
    from classifier.grounds import Explained
    from classifier.table import Array

__all__ = ["Endpoint", "FlowRow", "Material"]

Said = TypeVar("Said", "Announcement", "Identification")
Endpoint = tuple[str, str, int]
"""Transport, address, port."""

_LEFT_OUT = ("community_id",)
"""Columns that cost more than they tell here."""


class FlowRow:
    """One row of the flow table as Python values: int, str, or None for null."""

    def __init__(self, values: dict[str, object], row: int) -> None:
        self.row = row
        self._values = values

    def text(self, name: str) -> str:
        """A text; null is empty."""
        return str(self._values[name] or "")

    def number(self, name: str) -> int:
        """A number, or a time in ns since 1970 UTC; null is 0."""
        value = self._values[name]
        return value if isinstance(value, int) else 0

    def has(self, name: str) -> bool:
        """Whether there is a value."""
        return self._values[name] is not None

    @property
    def server(self) -> Endpoint:
        """The endpoint that was asked."""
        return self.text("transport"), self.text("server_ip"), self.number("server_port")

    @property
    def client(self) -> Endpoint:
        """The endpoint that asked."""
        return self.text("transport"), self.text("client_ip"), self.number("client_port")


class Material:
    """What is known about the flows of some rows.

    Attributes:
        rows: The flows, in the order in which they were asked for.
    """

    def __init__(self, analysis: Explained, rows: Array) -> None:
        self.analysis = analysis
        self.grounds = analysis.grounds
        self.rows = [FlowRow(values, row) for values, row in _plain(analysis, rows)]
        self._wanted = np.zeros(len(analysis.flow_table), dtype=bool)
        self._wanted[rows] = True
        self._endpoints = {end for flow in self.rows for end in (flow.server, flow.client)}

    @cached_property
    def evidence(self) -> dict[int, list[int]]:
        """Rows of the evidence, by flow."""
        if self.grounds is None:
            return {}
        evidence, rows = self.grounds.evidence, np.flatnonzero(self._wanted)
        own = rows if evidence.kind is None else evidence.kind[rows]
        is_own = np.zeros(max(evidence.flow.max(initial=0), own.max(initial=0)) + 1, dtype=bool)
        is_own[own] = True
        found = _by(evidence.flow, np.flatnonzero(is_own[evidence.flow]))
        return {
            row: found[number]
            for row, number in zip(rows.tolist(), own.tolist(), strict=True)
            if number in found
        }

    @cached_property
    def matched(self) -> dict[int, list[int]]:
        """Rows of the matches with what was announced, by flow."""
        matches = self.grounds.context.announced if self.grounds else None
        if matches is None or not len(matches):
            return {}
        return _by(matches.flow, np.nonzero(self._wanted[matches.flow])[0])

    @cached_property
    def claims(self) -> dict[Endpoint, list[tuple[int, Claim]]]:
        """What was announced of the endpoints of these flows, with the claim's number."""
        found = defaultdict(list)
        matches = self.grounds.context.announced if self.grounds else None
        for number, claim in enumerate(matches.claims if matches is not None else ()):
            end = claim.first.transport, claim.first.host, claim.first.port
            if end in self._endpoints:
                found[end].append((number, claim))
        return found

    @cached_property
    def told(self) -> dict[int, list[Announcement]]:
        """What these flows announced themselves."""
        return self._by_flow(self.grounds.context.heard.announcements if self.grounds else ())

    @cached_property
    def identified(self) -> dict[int, list[Identification]]:
        """What the payload of these flows says of them."""
        return self._by_flow(self.grounds.context.heard.identifications if self.grounds else ())

    def _by_flow(self, said: Iterable[Said]) -> dict[int, list[Said]]:
        """What was said in these flows, flow by flow."""
        found: dict[int, list[Said]] = defaultdict(list)
        for one in said:
            if self._wanted[one.place.flow]:
                found[one.place.flow].append(one)
        return found

    @cached_property
    def learned(self) -> dict[Endpoint, list[Learned]]:
        """What the servers' endpoints are known to serve."""
        found = defaultdict(list)
        for one in self.grounds.context.learned if self.grounds else ():
            end = one.transport, one.host, one.port
            if end in self._endpoints:
                found[end].append(one)
        return found

    @cached_property
    def looked_for(self) -> dict[tuple[str, str], list[LookedFor]]:
        """What was asked for in vain, by who asked whom."""
        said = self.grounds.context.heard.looked_for if self.grounds else []
        pairs = {(flow.text("client_ip"), flow.text("server_ip")) for flow in self.rows}
        found = defaultdict(list)
        names = [self._side(said, name) for name in ("client_ip", "server_ip")]
        for one, client, server in zip(said, *names, strict=True):
            if (client, server) in pairs:
                found[client, server].append(one)
        return found

    def _side(self, said: Sequence[LookedFor], name: str) -> list[str]:
        rows = np.array([one.place.flow for one in said], dtype=np.int64)
        return [str(text) for text in self.analysis.flow_table[name].take(rows).texts()]

    @cached_property
    def captures(self) -> list[str]:
        """The names of the files, by index."""
        return [capture.name for capture in self.analysis.capture_health.captures]

    def known_of(self, flow: FlowRow, side: str) -> dict[str, str]:
        """What is known of a host besides its flows, by the columns of the hosts table."""
        facts = self.analysis.host_facts
        addresses = self.analysis.flow_table[f"{side}_ip"]
        number = int(addresses.data[flow.row])
        if facts is None or facts.addresses is not addresses.labels:
            return {}
        row = np.array([number])
        found = {}
        for name, values in facts.columns.items():
            value = values.take(row)
            found[name] = str((value.texts() if value.labels is not None else value.data)[0])
        return found

    @cached_property
    def _sources(self) -> dict[tuple[int, int], int]:
        """The index of the file, by the flow and frame in which something was said."""
        heard = self.grounds.context.heard if self.grounds else Heard()
        said = (one.place for of in (heard.announcements, heard.identifications) for one in of)
        return {(place.flow, place.frame): place.source for place in said}

    def file_of(self, frame: int, flow: FlowRow) -> str:
        """The file of a frame that evidence names; empty where it is not certain."""
        if len(self.captures) <= 1 or frame == flow.number("first_frame"):
            return flow.text("capture")
        for row in (flow.row, *self._control_flows(frame, flow)):
            source = self._sources.get((row, frame), len(self.captures))
            if source < len(self.captures):
                return self.captures[source]
        contact = self._begun_at(frame, flow)
        return contact[0] if len(contact) == 1 else ""

    def _control_flows(self, frame: int, flow: FlowRow) -> Iterator[int]:
        """The flows that announced the endpoint of a flow in a frame."""
        matches = self.grounds.context.announced if self.grounds else None
        if matches is None:
            return
        for row in self.matched.get(flow.row, ()):
            claim = matches.claims[int(matches.claim[row])]
            told = zip(claim.flows, claim.frames, strict=True)
            yield from (own for own, at in told if at == frame)

    def _begun_at(self, frame: int, flow: FlowRow) -> list[str]:
        """The files of flows between the same hosts that begin in a frame of this number."""
        table = self.analysis.flow_table
        here = table["first_frame"].data == frame
        for name in ("client_ip", "server_ip"):
            here &= table[name].data == table[name].data[flow.row]
        return [str(text) for text in table["capture"].take(np.nonzero(here)[0]).texts()]


def _by(keys: Array, rows: Array) -> dict[int, list[int]]:
    """Rows by the value of their key."""
    found: dict[int, list[int]] = defaultdict(list)
    for key, row in zip(keys[rows].tolist(), rows.tolist(), strict=True):
        found[key].append(row)
    return found


def _plain(analysis: Explained, rows: Array) -> list[tuple[dict[str, object], int]]:
    """Rows of the flow table as Python values, with their numbers."""
    table = analysis.flow_table
    columns: dict[str, list[object]] = {}
    for column in table.columns:
        if column.name in _LEFT_OUT:
            continue
        values = table[column.name].take(rows)
        if values.labels is not None or values.data.dtype.kind in "SO":
            columns[column.name] = list(values.texts())
            continue
        data = values.data.view("i8") if column.dtype == TIME else values.data
        gone = [False] * len(rows) if values.missing is None else values.missing.tolist()
        columns[column.name] = [
            None if is_gone else value for value, is_gone in zip(data.tolist(), gone, strict=True)
        ]
    names = list(columns)
    return [
        (dict(zip(names, values, strict=True)), row)
        for values, row in zip(zip(*columns.values(), strict=True), rows.tolist(), strict=True)
    ]
