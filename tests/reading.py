"""Captures that were built in memory, read by an engine; its rows as small objects."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from ipaddress import ip_address
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from classifier.engine import choose
from classifier.engine.contract import BATCH_COLUMNS, EngineOptions, Source
from classifier.flows.columns import Columns, concatenate
from classifier.flows.oriented import orient
from classifier.model import FLOW_COLUMNS
from classifier.table import Table
from knowledge import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from classifier.engine.content import Transcripts
    from classifier.engine.contract import CaptureFile, Health


class MemoryPath:
    """As much of a path as the engine needs."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def is_file(self) -> bool:
        return False

    def open(self, _mode: str, buffering: int = -1) -> BytesIO:  # noqa: ARG002
        return BytesIO(self._data)


@dataclass(frozen=True)
class Result:
    """What a run gave: rows in order of first frame, columns, health, names of tunnels."""

    rows: list[SimpleNamespace]
    columns: Columns
    health: Health
    tunnels: list[str]

    @property
    def row(self) -> SimpleNamespace:
        """The only row."""
        assert len(self.rows) == 1, [(row.a, row.b, row.ip_protocol) for row in self.rows]
        return self.rows[0]

    @property
    def file(self) -> CaptureFile:
        """The only file."""
        assert len(self.health.captures) == 1
        return self.health.captures[0]

    @property
    def outcomes(self) -> dict[tuple[str, str], int]:
        return dict(self.health.outcomes)

    @property
    def warnings(self) -> list[str]:
        return [str(warning) for warning in self.health.warnings]


def read(*files: bytes, engine: str = "portable", **options: Any) -> Result:
    """Read files as one recording."""
    sources = [
        Source(cast("Path", MemoryPath(data)), f"test{number}.pcap", len(data))
        for number, data in enumerate(files)
    ]
    reading = choose(engine).read(sources, EngineOptions(**options))
    columns = concatenate(list(reading))
    assert reading.health.adds_up
    return Result(rows_of(columns, reading.tunnels), columns, reading.health, reading.tunnels)


def transcript_of(transcripts: Transcripts, row: int) -> SimpleNamespace | None:
    """The transcript of a row; its pieces are (side, position, data, frame, source, time)."""
    found = (transcripts.row == row).nonzero()[0].tolist()
    if not found:
        return None
    (number,) = found
    first, last = transcripts.first_piece[number : number + 2].tolist()
    columns = (transcripts.frame, transcripts.source, transcripts.time)
    return SimpleNamespace(
        start=(int(transcripts.a_start[number]), int(transcripts.b_start[number])),
        dropped=(int(transcripts.a_dropped[number]), int(transcripts.b_dropped[number])),
        pieces=[
            (
                int(transcripts.side[piece]),
                int(transcripts.position[piece]),
                transcripts.data[piece],
                *(int(column[piece]) for column in columns),
            )
            for piece in range(first, last)
        ],
    )


def rows_of(columns: Columns, tunnels: list[str]) -> list[SimpleNamespace]:
    """Columns as objects; ``a`` and ``b`` are (address, port), pairs become tuples."""
    rows = []
    for number in range(len(columns)):
        row = SimpleNamespace()
        for column in BATCH_COLUMNS:
            value = columns[column.name][number]
            setattr(row, column.name, value.tobytes() if column.width else value.item())
        length = 4 if row.ip_version == 4 else 16
        row.a = str(ip_address(row.a_address[:length])), row.a_port
        row.b = str(ip_address(row.b_address[:length])), row.b_port
        row.heads = columns.a_head[number], columns.b_head[number]
        row.matches = columns.a_matches[number], columns.b_matches[number]
        row.transcript = transcript_of(columns.transcripts, number)
        row.tunnels = tunnels[row.tunnel]
        for name in ("packets", "bytes", "payload", "flags", "events", "isn", "seq", "span"):
            setattr(row, name, (getattr(row, f"a_{name}"), getattr(row, f"b_{name}")))
        rows.append(row)
    return sorted(rows, key=lambda row: (row.source, row.first_frame))


def oriented(result: Result) -> pd.DataFrame:
    """The flows of a run as they stand in the flow table, with what is known before the verdict."""
    flows = orient(result.columns, CATALOGUE.ports, ["t.pcap"], result.tunnels)
    known = [column for column in FLOW_COLUMNS if column.name in flows.fields]
    return Table(known, flows.fields).frame()
