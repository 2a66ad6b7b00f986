"""Rows turned so that the client comes first, ready for evidence and the flow table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.flows import direction
from classifier.flows.community import community_ids
from classifier.flows.content import choose_matches
from classifier.flows.icmp import error_words
from classifier.flows.state import STATES, states
from classifier.flows.transcripts import FlowTranscripts
from classifier.model import Transport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.catalogue import PortTable
    from classifier.engine.content import Matches
    from classifier.flows.columns import Array, Columns

__all__ = ["Oriented", "orient"]

_TRANSPORTS = {1: Transport.ICMP, 6: Transport.TCP, 17: Transport.UDP, 58: Transport.ICMP6,
               132: Transport.SCTP}  # fmt: skip
_TRANSPORT_WORDS = [word.value for word in Transport]
_FLAG_LETTERS = tuple(zip((2, 16, 1, 4, 8, 32, 64, 128), "SAFRPUEC", strict=True))
_RUNG_WORDS = [basis.value for basis, _ in direction.RUNGS]
_TCP = 6


class Oriented:
    """The flow table's columns up to the verdict, in order of first frame.

    Attributes:
        a_is_client: Whether endpoint ``a`` of the engine's row is the client.
        rung: Number of the rung in ``direction.RUNGS`` that decided so.
        state: Index into ``state.STATES``.
        fields: Column name -> array or Series, for every column but the verdict's.
    """

    def __init__(
        self, columns: Columns, ports: PortTable, captures: Sequence[str], tunnels: Sequence[str]
    ) -> None:
        order = np.lexsort((columns["first_frame"], columns["source"]))
        rows = columns.take(order)
        self.a_is_client, self.rung = direction.decide(rows, ports)
        self._rows = rows
        self.state = states(
            rows["ip_protocol"] == _TCP,
            self.side("events", client=True),
            self.side("events", client=False),
            self.side("packets", client=False),
            (rows["first_reset"] == 1) == self.a_is_client,
        )
        self.fields: dict[str, Array | pd.Series] = self._plain(captures, tunnels)

    def __len__(self) -> int:
        """Flows."""
        return len(self._rows)

    def side(self, name: str, *, client: bool) -> Array:
        """The client's or the server's value of a pair of columns such as ``a_port, b_port``."""
        a, b = self._rows[f"a_{name}"], self._rows[f"b_{name}"]
        choose = self.a_is_client if client else ~self.a_is_client
        return np.where(choose[:, None] if a.ndim > 1 else choose, a, b)

    def head(self, row: int, *, client: bool) -> bytes:
        """First payload bytes of one side of one flow."""
        heads = self._rows.a_head if self.a_is_client[row] == client else self._rows.b_head
        return heads[row]

    def matches(self, *, client: bool) -> Matches:
        """Numbers of the patterns that match the head of one side, by flow."""
        return choose_matches(
            self._rows.a_matches, self._rows.b_matches, self.a_is_client == client
        )

    @property
    def transcripts(self) -> FlowTranscripts:
        """Payload of the flows that were selected."""
        return FlowTranscripts(self._rows.transcripts, self.a_is_client)

    def column(self, name: str) -> Array:
        """A column of the engine's rows that has no side, in the order of the flows."""
        return self._rows[name]

    def _plain(
        self, captures: Sequence[str], tunnels: Sequence[str]
    ) -> dict[str, Array | pd.Series]:
        rows = self._rows
        protocol = rows["ip_protocol"]
        has_ports = rows["has_ports"]
        client_ip, server_ip = self._addresses()
        values: dict[str, Array | pd.Series] = {
            "flow": np.arange(1, len(rows) + 1, dtype=np.int64),
            "first_seen": pd.Series(pd.to_datetime(rows["first_seen"], unit="ns", utc=True)),
            "last_seen": pd.Series(pd.to_datetime(rows["last_seen"], unit="ns", utc=True)),
            "transport": _categories(_transport_codes(protocol), _TRANSPORT_WORDS),
            "ip_protocol": protocol,
            "client_ip": client_ip,
            "client_port": _nullable(self.side("port", client=True), ~has_ports, "UInt16"),
            "server_ip": server_ip,
            "server_port": _nullable(self.side("port", client=False), ~has_ports, "UInt16"),
            "direction_basis": _categories(self.rung, _RUNG_WORDS),
        }
        for what in ("packets", "bytes"):
            values[f"client_{what}"] = self.side(what, client=True)
            values[f"server_{what}"] = self.side(what, client=False)
        for client in (True, False):
            values[f"{'client' if client else 'server'}_payload"] = self._payload(client=client)
        letters = np.array([_letters(flags) for flags in range(256)], dtype=object)
        for client in (True, False):
            flags = letters[self.side("flags", client=client)]
            values[f"{'client' if client else 'server'}_flags"] = pd.Series(flags, dtype="str")
        values["state"] = _categories(self.state, list(STATES))
        values["icmp_type"] = _nullable(rows["icmp_type"], rows["icmp_type"] < 0, "UInt8")
        values["icmp_code"] = _nullable(rows["icmp_code"], rows["icmp_code"] < 0, "UInt8")
        values["vlan"] = _nullable(rows["vlan"], rows["vlan"] < 0, "UInt16")
        values["outer_vlan"] = _nullable(rows["outer_vlan"], rows["outer_vlan"] < 0, "UInt16")
        values["tunnel"] = _categories(rows["tunnel"].astype(np.int64), list(tunnels))
        values["first_frame"] = rows["first_frame"]
        values["capture"] = _categories(rows["source"].astype(np.int64), list(captures))
        values["community_id"] = pd.Series(self._community_ids(), dtype="str")
        values["icmp_error"] = error_words(rows["ip_version"].astype(np.int64), rows["icmp_error"])
        values["icmp_errors"] = rows["icmp_errors"]
        return values

    def _payload(self, *, client: bool) -> Array:
        """Payload sent once: what was seen, at most the sequence space that it spans."""
        seen = self.side("payload", client=client)
        span = self.side("span", client=client)
        is_tcp = self._rows["ip_protocol"] == _TCP
        return np.where(is_tcp & (span > 0), np.minimum(seen, span), seen)

    def _addresses(self) -> tuple[pd.Series, pd.Series]:
        """Addresses as text; each different one is written once."""
        both = np.concatenate([self.side("address", client=side) for side in (True, False)])
        version = np.tile(self._rows["ip_version"], 2)
        packed = np.column_stack([both, version]).view("V17").ravel()
        unique, codes = np.unique(packed, return_inverse=True)
        text = np.array([_address(value.tobytes()) for value in unique], dtype=object)
        words = text[codes] if len(text) else np.array([], dtype=object)
        half = len(self)
        return pd.Series(words[:half], dtype="str"), pd.Series(words[half:], dtype="str")

    def _community_ids(self) -> list[str]:
        rows = self._rows
        lengths = np.where(rows["ip_version"] == 4, 4, 16).tolist()  # noqa: PLR2004
        is_icmp = rows["icmp_type"] >= 0
        addresses = [
            [
                value.tobytes()[:length]
                for value, length in zip(self.side("address", client=client), lengths, strict=True)
            ]
            for client in (True, False)
        ]
        ports = [
            np.where(is_icmp, rows[icmp], self.side("port", client=client)).tolist()
            for client, icmp in ((True, "icmp_type"), (False, "icmp_code"))
        ]
        return community_ids(rows["ip_protocol"].tolist(), *addresses, *ports)


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


def _transport_codes(protocol: Array) -> Array:
    codes = np.full(256, _TRANSPORT_WORDS.index(Transport.IP), dtype=np.int8)
    for number, word in _TRANSPORTS.items():
        codes[number] = _TRANSPORT_WORDS.index(word)
    return np.asarray(codes[protocol])


def _categories(codes: Array, words: list[str]) -> pd.Series:
    """Codes as a category column; words that stand twice become one."""
    unique = list(dict.fromkeys(words))
    if len(unique) != len(words):
        codes = np.array([unique.index(word) for word in words])[codes]
    return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(unique, dtype="str")))


def _nullable(values: Array, missing: Array, dtype: str) -> pd.Series:
    numpy_dtype = dtype.lower()
    filled = np.where(missing, 0, values).astype(numpy_dtype)
    return pd.Series(pd.arrays.IntegerArray(filled, np.asarray(missing, dtype=bool)))


def _letters(flags: int) -> str:
    return "".join(letter for bit, letter in _FLAG_LETTERS if flags & bit)


def _address(packed: bytes) -> str:
    from socket import AF_INET, AF_INET6, inet_ntop

    if packed[16] == 4:  # noqa: PLR2004  the IP version behind the address
        return inet_ntop(AF_INET, packed[:4])
    return inet_ntop(AF_INET6, packed[:16])
