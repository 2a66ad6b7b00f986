"""Capture health as tables: where every frame went, what the files are, what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from classifier.engine.contract import OUTCOMES
from classifier.model import KNOWN_DIRECTION
from classifier.tables.columns import shape
from classifier.tables.grouping import codes

if TYPE_CHECKING:
    from classifier.engine.contract import CaptureFile, Health

__all__ = ["captures", "coverage", "health", "interfaces", "warnings"]


def health(capture_health: Health) -> pd.DataFrame:
    """Where every frame went: in the order of the outcomes, most frames first."""
    order = {outcome: place for place, outcome in enumerate(OUTCOMES)}
    rows = []
    found = sorted(
        capture_health.outcomes.items(),
        key=lambda item: (order.get(item[0][0], len(order)), -item[1], item[0][1]),
    )
    for (outcome, detail), frames in found:
        source, frame = capture_health.first_frames.get((outcome, detail), (-1, None))
        named = 0 <= source < len(capture_health.captures)
        rows.append(
            {
                "outcome": outcome,
                "detail": detail,
                "frames": frames,
                "share": frames / max(capture_health.frames, 1),
                "capture": capture_health.captures[source].name if named else "",
                "first_frame": frame,
            }
        )
    return shape("health", rows)


def captures(capture_health: Health) -> pd.DataFrame:
    """One row an input file, in reading order."""
    return shape("captures", [_file(file) for file in capture_health.captures])


def interfaces(capture_health: Health) -> pd.DataFrame:
    """One row a recording interface, in the order of the files."""
    rows = [
        {
            "capture": file.name,
            "interface": number,
            "name": interface.name,
            "description": interface.description,
            "link_name": interface.link_name,
            "link_type": interface.link_type,
            "snap_length": interface.snap_length or None,
            "frames": interface.frames,
            "dropped": None if interface.dropped < 0 else interface.dropped,
        }
        for file in capture_health.captures
        for number, interface in enumerate(file.interfaces)
    ]
    return shape("interfaces", rows)


def warnings(capture_health: Health) -> pd.DataFrame:
    """One row a warning about an input, in the order in which they came up."""
    rows = [
        {
            "capture": warning.capture,
            "offset": None if warning.offset < 0 else warning.offset,
            "cause": warning.cause,
            "fix": warning.fix,
            "count": warning.count,
        }
        for warning in capture_health.warnings
    ]
    return shape("warnings", rows)


def coverage(flows: pd.DataFrame) -> pd.DataFrame:
    """What limits the view: flows seen from the middle, from one side, without who asked."""
    transport, transports = codes(flows["transport"])
    tcp = (transports == "tcp")[transport]
    begun = flows["client_flags"].str.contains("S") | flows["server_flags"].str.contains("S")
    asked = flows["client_packets"].to_numpy() > 0
    answered = flows["server_packets"].to_numpy() > 0
    payload = flows["client_payload"].to_numpy() + flows["server_payload"].to_numpy() > 0
    basis, bases = codes(flows["direction_basis"])
    inferred = ~np.isin(bases, [str(word) for word in KNOWN_DIRECTION])[basis]
    total, conversations = len(flows), int(tcp.sum())
    rows = [
        (
            "TCP flows begun before the recording",
            int((tcp & ~begun.to_numpy(dtype=bool)).sum()),
            conversations,
            "no SYN seen: who asked is inferred, and what was said first is missing",
        ),
        (
            "TCP flows with data from one side only",
            int((tcp & payload & (asked ^ answered)).sum()),
            conversations,
            "many of them: the recording point misses one direction",
        ),
        (
            "flows with packets from one side only",
            int((asked ^ answered).sum()),
            total,
            "unanswered, one-way by design, or recorded on one side",
        ),
        (
            "flows whose client is inferred",
            int(inferred.sum()),
            total,
            "nothing in the flow says who asked; see direction_basis",
        ),
    ]
    table = pd.DataFrame(rows, columns=["measure", "flows", "of", "meaning"])
    table["share"] = table["flows"] / table["of"].clip(lower=1)
    return shape("coverage", table[table["of"] > 0])


def _file(file: CaptureFile) -> dict[str, object]:
    """One input file as a row."""
    limits = [interface.snap_length for interface in file.interfaces if interface.snap_length]
    drops = [interface.dropped for interface in file.interfaces if interface.dropped >= 0]
    seen = file.frames > 0
    return {
        "capture": file.name,
        "format": file.format,
        "compression": file.compression,
        "bytes": file.bytes,
        "frames": file.frames,
        "first_seen": pd.Timestamp(file.first_seen, tz="UTC") if seen else pd.NaT,
        "last_seen": pd.Timestamp(file.last_seen, tz="UTC") if seen else pd.NaT,
        "link_types": ", ".join(dict.fromkeys(each.link_name for each in file.interfaces)),
        "interfaces": len(file.interfaces),
        "snap_length": min(limits, default=None),
        "truncated_frames": file.truncated_frames,
        "dropped": sum(drops) if drops else None,
        "backward_steps": file.backward_steps,
        "cut": file.cut,
        "comments": file.comment_count,
        "hardware": file.hardware,
        "os": file.os,
        "application": file.application,
    }
