"""A saved flow table, read again: what a later look at the same flows starts from.

A table that ``--flows`` wrote (CSV, JSON lines or Parquet) holds all that a name by port, number or
band needs. First payload bytes are not in it, nor is capture health.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from msgspec import Struct

from classifier.errors import CaptureError
from classifier.flows import direction
from classifier.flows.addresses import Addresses
from classifier.flows.state import STATES
from classifier.model import FLOW_COLUMNS
from classifier.table import Table, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from classifier.flows.columns import Array

__all__ = ["SavedFlows", "read"]

LATER = {"outer_vlan", "icmp_error", "icmp_errors"}
"""Columns that tables of earlier versions lack."""

_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - as reports defuse them
_TIME = "datetime64[ns, UTC]"
_VERDICT = ("service", "confidence", "basis", "detail", "alternatives")
_RUNGS = [basis.value for basis, _ in direction.RUNGS]


class SavedFlows(Struct, frozen=True, eq=False):
    """Flows of a saved table, as evidence asks for them.

    Attributes:
        table: Every column of the flow table, old verdicts included.
        rung: Number of the rung in ``direction.RUNGS`` that decided who is the client.
        state: Index into ``state.STATES``.
        client, server: Number of the address in ``addresses``.
        addresses: The different addresses.
    """

    table: Table
    rung: Array
    state: Array
    client: Array
    server: Array
    addresses: Addresses

    def __len__(self) -> int:
        """Flows."""
        return len(self.table)

    @property
    def fields(self) -> dict[str, Values | Callable[[], Values]]:
        """Every column but the verdict's."""
        return {name: self.table[name] for name in self.table if name not in _VERDICT}

    def side(self, name: str, *, client: bool) -> Array:
        """The client's or the server's value; 0 where there is none."""
        return self.column(f"{'client' if client else 'server'}_{name}")

    def column(self, name: str) -> Array:
        """A column as the engine would give it: -1 for an ICMP type that is null, else 0.

        GRE's keys are not in a saved table: all are 0.
        """
        if name == "key_id":
            return np.zeros(len(self), dtype=np.uint32)
        values = self.table[name]
        if values.missing is None:
            return values.data
        null = -1 if name.startswith("icmp_") else 0
        return np.where(values.missing, null, values.data.astype(np.int64))


def read(paths: Sequence[Path]) -> SavedFlows:
    """Read saved flow tables as one, in the order given; flows are numbered anew if several.

    Raises:
        CaptureError: A file cannot be read or is no flow table: file, row, column and cause.
    """
    frames = [_frame(path) for path in paths]
    frame = frames[0]
    if len(frames) > 1:
        for one in frames:  # categories of two files differ
            for column in FLOW_COLUMNS:
                if column.dtype == "category":
                    one[column.name] = one[column.name].astype("str")
        frame = pd.concat(frames, ignore_index=True)
        frame["flow"] = np.arange(1, len(frame) + 1)
        for column in FLOW_COLUMNS:
            if column.dtype == "category":
                frame[column.name] = frame[column.name].astype("category")
    table = Table.of(frame, FLOW_COLUMNS)
    addresses, client, server = _addresses(frame, paths[0])
    values = {name: table[name] for name in table}
    values["client_ip"], values["server_ip"] = Values(client, addresses), Values(server, addresses)
    return SavedFlows(
        table=Table(FLOW_COLUMNS, values),
        rung=_index(values["direction_basis"], _RUNGS, "direction_basis", paths[0]),
        state=_index(values["state"], STATES, "state", paths[0]),
        client=client,
        server=server,
        addresses=addresses,
    )


def _frame(path: Path) -> pd.DataFrame:
    """One file, with the dtypes of the flow table."""
    raw = _raw(path)
    wanted = [column.name for column in FLOW_COLUMNS]
    missing = [name for name in wanted if name not in raw.columns and name not in LATER]
    if missing:
        raise CaptureError(
            f"{path}: no flow table: the columns {', '.join(missing[:5])} are missing; "
            "give a file that --flows wrote, or a capture"
        )
    series = {}
    for column in FLOW_COLUMNS:
        if column.name in raw.columns:
            series[column.name] = _typed(path, raw[column.name], column.dtype)
        else:
            empty = 0 if column.name == "icmp_errors" else None
            series[column.name] = pd.Series([empty] * len(raw)).astype(_dtype(column.dtype))
    return pd.DataFrame(series)


def _raw(path: Path) -> pd.DataFrame:
    """The file as it is: texts where the format has no types."""
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        if path.suffix == ".jsonl":
            return pd.read_json(path, lines=True, dtype=False)
        raw = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[])
    except ImportError as error:
        raise CaptureError(
            f"{path}: Parquet needs pyarrow; install pcap-service-classifier[parquet]"
        ) from error
    except (OSError, ValueError, MemoryError, OverflowError, RecursionError) as error:
        cause = " ".join(str(error).split())[:200]
        raise CaptureError(f"{path}: cannot be read as a flow table: {cause}") from error
    except Exception as error:  # pyarrow's own errors have no base class that is always there
        cause = " ".join(str(error).split())[:200]
        raise CaptureError(f"{path}: cannot be read as a flow table: {cause}") from error
    for name in raw.columns:
        raw[name] = [
            text[1:] if text[:1] == "'" and text[1:].lstrip(" \u00a0")[:1] in _FORMULA else text
            for text in raw[name]
        ]
    return raw


def _dtype(name: str) -> Any:
    """The dtype as ``astype`` takes it; mypy knows only some words."""
    return name


def _typed(path: Path, raw: pd.Series[Any], dtype: str) -> pd.Series[Any]:
    """A column with its dtype; the error of the first row that is wrong."""
    try:
        if str(raw.dtype) == dtype:
            return raw
        if dtype == _TIME:
            return pd.to_datetime(raw, utc=True, format="ISO8601").astype(_dtype(dtype))
        if dtype in ("category", "str"):
            if raw.name == "icmp_error":  # the one text that may be null; CSV knows no null
                raw = raw.where(raw != "")
            return raw.astype("str").astype(_dtype(dtype))
        return _numbers(raw, dtype)
    except (ValueError, TypeError, OverflowError) as error:
        cause = " ".join(str(error).split())[:160]
        raise CaptureError(
            f"{path}: column {raw.name}: {cause}; give a file that --flows wrote"
        ) from error


def _numbers(raw: pd.Series[Any], dtype: str) -> pd.Series[Any]:
    """Whole numbers within what the column can hold; empty is null where the column may be."""
    text = raw.astype("str")
    empty = raw.isna() | (text == "")
    is_nullable = dtype[0] in "UI"
    if empty.any() and not is_nullable:
        raise ValueError(f"row {int(np.flatnonzero(empty)[0]) + 1} is empty")
    numbers = pd.to_numeric(text.where(~empty, "0")).to_numpy()
    limit = np.iinfo(dtype.lower())
    wrong = ~((numbers >= limit.min) & (numbers <= limit.max) & (numbers == np.floor(numbers)))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"row {row + 1}: {text.iloc[row][:40]!r} is no {dtype.lower()}")
    whole = numbers.astype(dtype.lower())
    if not is_nullable:
        return pd.Series(whole)
    return pd.Series(pd.arrays.IntegerArray(whole, empty.to_numpy()))


def _addresses(frame: pd.DataFrame, path: Path) -> tuple[Addresses, Array, Array]:
    """The different addresses; which is the client's and which the server's of each flow."""
    both = pd.concat([frame["client_ip"], frame["server_ip"]], ignore_index=True)
    codes, distinct = pd.factorize(both)
    packed = np.zeros((len(distinct), 16), dtype=np.uint8)
    version = np.zeros(len(distinct), dtype=np.uint8)
    for number, text in enumerate(distinct):
        try:
            address = ip_address(str(text))
        except ValueError as error:
            row = int(np.flatnonzero(codes == number)[0]) % max(len(frame), 1)
            raise CaptureError(f"{path}: row {row + 1}: {str(error)[:80]}") from error
        packed[number, : len(address.packed)] = np.frombuffer(address.packed, np.uint8)
        version[number] = address.version
    if (codes < 0).any():
        raise CaptureError(f"{path}: a flow has no address; give a file that --flows wrote")
    numbers = codes.astype(np.int32)
    return Addresses(packed, version), numbers[: len(frame)], numbers[len(frame) :]


def _index(values: Values, words: Sequence[str], name: str, path: Path) -> Array:
    """Labels as indices into other words."""
    known = {word: number for number, word in enumerate(words)}
    own = []
    for label in values.labels or ():
        if label not in known:
            raise CaptureError(f"{path}: column {name}: {label[:40]!r} is no word of it")
        own.append(known[label])
    empty = known.get("", 0)
    return np.array([*own, empty], dtype=np.int64)[values.data]
