"""Capture health as tables: where every frame went, what the files are, what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.contract import OUTCOMES
from classifier.model import KNOWN_DIRECTION
from classifier.tables.columns import listed

if TYPE_CHECKING:
    from classifier.engine.contract import CaptureFile, Health
    from classifier.table import Array, Table, Values

__all__ = ["captures", "coverage", "health", "interfaces", "warnings"]


def health(capture_health: Health) -> Table:
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
    return listed("health", rows)


def captures(capture_health: Health) -> Table:
    """One row an input file, in reading order."""
    return listed("captures", [_file(file) for file in capture_health.captures])


def interfaces(capture_health: Health) -> Table:
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
    return listed("interfaces", rows)


def warnings(capture_health: Health) -> Table:
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
    return listed("warnings", rows)


def coverage(flows: Table) -> Table:
    """What limits the view: flows seen from the middle, from one side, without who asked."""
    tcp = flows["transport"].is_label("tcp")
    begun = _with_syn(flows["client_flags"]) | _with_syn(flows["server_flags"])
    asked = flows["client_packets"].data > 0
    answered = flows["server_packets"].data > 0
    payload = flows["client_payload"].data + flows["server_payload"].data > 0
    inferred = ~flows["direction_basis"].is_label(*map(str, KNOWN_DIRECTION))
    total, conversations = len(flows), int(tcp.sum())
    rows = [
        (
            "TCP flows begun before the recording",
            int((tcp & ~begun).sum()),
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
    names = ("measure", "flows", "of", "share", "meaning")
    return listed(
        "coverage",
        [
            dict(zip(names, (measure, flows, of, flows / of, meaning), strict=True))
            for measure, flows, of, meaning in rows
            if of
        ],
    )


def _with_syn(flags: Values) -> Array:
    """Flows in which a side sent a SYN."""
    assert flags.labels is not None
    return flags.is_label(*(label for label in flags.labels if "S" in label))


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
        "first_seen": file.first_seen if seen else None,
        "last_seen": file.last_seen if seen else None,
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
