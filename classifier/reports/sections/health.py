"""Capture health, first of all: a report is worth what the recording is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.engine.contract import IN_FLOW
from classifier.reports.sections.blocks import Bar, Facts, Field, Notes, Part, Section, table
from classifier.reports.words import percent, plural

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Block, Limits, Table
    from classifier.table import Table as Columns

__all__ = ["section"]

OUTCOMES = (
    Field("outcome", "Frames went to"),
    Field("detail", "Detail"),
    Field("frames", "Frames", "count"),
    Field("share", "Share", "share"),
    Field("first_frame", "First frame", "number", 1),
    Field("capture", "In file", "file", 2),
)
FILES = (
    Field("capture", "File", "file"),
    Field("format", "Format"),
    Field("compression", "Packed", "text", 4),
    Field("bytes", "Size", "bytes", 1),
    Field("frames", "Frames", "count"),
    Field("first_seen", "First frame (UTC)", "time", 1),
    Field("last_seen", "Last frame (UTC)", "time", 2),
    Field("link_types", "Link types"),
    Field("snap_length", "Snap length", "number", 3),
    Field("truncated_frames", "Truncated", "count", 1),
    Field("backward_steps", "Time backward", "count", 3),
    Field("dropped", "Dropped", "count", 2),
    Field("cut", "Cut short", "text", 1),
)
INTERFACES = (
    Field("capture", "File", "file", 1),
    Field("interface", "No.", "number"),
    Field("name", "Name"),
    Field("description", "Description", "text", 3),
    Field("link_name", "Link type"),
    Field("snap_length", "Snap length", "number", 2),
    Field("frames", "Frames", "count"),
    Field("dropped", "Dropped", "count", 1),
)
COVERAGE = (
    Field("measure", "Measure"),
    Field("flows", "Flows", "count"),
    Field("of", "Of", "count", 1),
    Field("share", "Share", "share"),
    Field("meaning", "What it says", "text", 2),
)
WARNINGS = (
    Field("capture", "File", "file"),
    Field("offset", "Byte offset", "number"),
    Field("cause", "What is wrong"),
    Field("count", "Times", "count", 2),
    Field("fix", "What to do"),
)


def section(analysis: Analysis, limits: Limits) -> Section:
    """Every frame accounted for, the files, what is wrong with them, and what was not seen."""
    health = analysis.capture_health
    blocks: list[Block] = [*_notes(analysis)]
    if len(analysis.table("health")):
        blocks.append(_bar(analysis))
        caption = "Where every frame went"
        fields = OUTCOMES if len(health.captures) > 1 else OUTCOMES[:-1]  # one file needs no name
        blocks.append(_cut("frames", caption, analysis.table("health"), fields, limits))
    warnings = analysis.table("warnings")
    if len(warnings):
        blocks.append(_cut("warnings", "Warnings", warnings, WARNINGS, limits))
    blocks.append(_cut("files", "Input files", analysis.table("captures"), FILES, limits))
    interfaces = analysis.table("interfaces")
    if len(interfaces) > len(health.captures):
        caption = "Recording interfaces"
        blocks.append(_cut("interfaces", caption, interfaces, INTERFACES, limits))
    coverage = analysis.table("coverage")
    if len(coverage):
        caption = "How much of the conversations was seen"
        blocks.append(table("coverage", caption, coverage, COVERAGE, len(coverage)))
    blocks += _recorder(analysis)
    return Section("health", "Capture health", tuple(blocks), badge=_badge(analysis))


def _cut(
    key: str, caption: str, found: Columns, fields: tuple[Field, ...], limits: Limits
) -> Table:
    """As many rows of a table as the format shows."""
    return table(key, caption, found.head(limits.rows), fields, len(found))


def _notes(analysis: Analysis) -> list[Notes]:
    """Whether the counters add up, and what must not be missed."""
    health = analysis.capture_health
    counted = sum(health.outcomes.values())
    frames = plural(health.frames, "frame")
    if not health.captures and not health.frames:
        notes = [Notes(("No capture was read.",))]
    elif health.adds_up:
        in_flow = sum(n for (outcome, _), n in health.outcomes.items() if outcome == IN_FLOW)
        part = f" ({percent(in_flow / health.frames)})" if health.frames else ""
        line = f"{frames} read, {in_flow:,} in flows{part}; every frame is accounted for."
        notes = [Notes((line,), "good")]
    else:
        line = f"{frames} read but {counted:,} accounted for: please report this as a bug."
        notes = [Notes((line,), "warn")]
    lines = [
        f"{plural(n, 'frame')} decoded only in part ({layer}: {reason})"
        for (layer, reason), n in sorted(health.partial.items(), key=lambda item: -item[1])
    ]
    if health.evicted:
        lines.append(
            f"{plural(health.evicted, 'flow')} put out early because the flow table was full;"
            " these conversations are split"
        )
    lines += [
        f"{file.name} ends inside a record; everything before the cut was read"
        for file in health.captures
        if file.cut
    ]
    if lines:
        notes.append(Notes(tuple(lines), "warn"))
    if health.notes:
        notes.append(Notes(tuple(health.notes)))
    return notes


def _bar(analysis: Analysis) -> Bar:
    """The outcomes as parts of all frames."""
    rows = analysis.table("health")
    whole: dict[str, int] = {}
    for outcome, frames in zip(
        rows["outcome"].texts().tolist(), rows["frames"].data.tolist(), strict=True
    ):
        whole[outcome] = whole.get(outcome, 0) + frames
    every = max(analysis.capture_health.frames, 1)
    parts = [
        Part(outcome, frames / every, f"{frames:,}", "good" if outcome == IN_FLOW else "dull")
        for outcome, frames in whole.items()
    ]
    return Bar("Frames", tuple(parts))


def _recorder(analysis: Analysis) -> list[Facts]:
    """What the recorder wrote about itself, and the comments in the files."""
    items = []
    for file in analysis.capture_health.captures:
        said = [text for text in (file.application, file.os, file.hardware) if text]
        if said:
            items.append((file.name, "; ".join(said)))
        for frame, comment in file.comments:
            items.append((f"{file.name}, frame {frame}" if frame else file.name, comment))
        if file.comment_count > len(file.comments):
            items.append((file.name, f"{file.comment_count - len(file.comments):,} more comments"))
    return [Facts("Recorder and comments", tuple(items))] if items else []


def _badge(analysis: Analysis) -> str:
    """The number of warnings for the menu."""
    count = len(analysis.capture_health.warnings)
    return plural(count, "warning") if count else ""
