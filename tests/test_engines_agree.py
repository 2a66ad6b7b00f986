"""All engines say the same of the same capture: rows, heads, content, outcomes, warnings.

What TShark rightly says otherwise is listed here, each with its reason. Captures that only differ
in their link header are left to tests/engine_tshark: TShark takes its time to start.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from classifier.engine.content import Pattern, TranscriptOptions
from classifier.engine.contract import EngineOptions
from two_engines import Outcome, compared, run

SAMPLES = Path(__file__).parents[1] / "samples"
NOT_CAPTURES = {".py", ".md", ".toml", ".sh", ".json", ".csv", ".txt"}
CAPTURES = {
    f"{path.parent.name}/{path.name}": path
    for path in sorted(SAMPLES.glob("*/*"))
    if path.is_file() and path.suffix not in NOT_CAPTURES and not path.name.startswith("link-")
}

# TShark ends at damage that the others step over: the file goes on behind it.
ENDS_EARLY = {
    "damaged/captured-over-block.pcapng": "a block too short for its packet",
    "damaged/tail-length-lie.pcapng": "a block whose two lengths differ",
    "damaged/wrong-interface.pcapng": "a packet of an interface that is not described",
}
# And it reads nothing of a file without any interface, where the others count the frames.
READS_NOTHING = "damaged/no-interfaces.pcapng"
# TShark counts blocks that hold no packet as frames too (here a custom block).
COUNTS_MORE_FRAMES = "wire-formats/block-kinds.pcapng"
# Of the others TShark shows payload only as far as no dissector of its own takes it (the timestamps
# of pings, SCTP chunks …), so that heads may be shorter or empty, and matches fewer.
HAVE_WHOLE_PAYLOAD = {6, 17}

LOOKS = EngineOptions(
    head_bytes=64,
    patterns=(
        Pattern(1, b"^(?:GET|HTTP|SSH|SIP|[0-9]{3})", 6, head_bytes=300),
        Pattern(2, rb"^\x05\x00[\x00-\x13]", 6, head_bytes=200, transcript=True),
        Pattern(3, b"(?i)example", 17, transcript=True),
        Pattern(4, rb"^\x16\x03", 6),
    ),
    transcripts=TranscriptOptions(((6, 80), (6, 135), (17, 389), (17, 123)), 2_000, 30_000),
)
# Where no Rust toolchain is, the native engine is left out, as in the Makefile; in CI it fails.
OTHERS = ["tshark"]
if find_spec("classifier._native") or os.environ.get("CI"):
    OTHERS.insert(0, "native")


@cache
def portable(case: str) -> Outcome:
    return run("portable", [CAPTURES[case]], LOOKS)


def without_frames(outcome: Outcome) -> Outcome:
    """Transcripts without the numbers of their frames."""
    transcripts = [part for part in outcome.rows["transcripts"] if part[0] != "frame"]
    return Outcome({**outcome.rows, "transcripts": transcripts}, outcome.health)


def with_payload(outcome: Outcome) -> Outcome:
    """Heads and matches of TCP and UDP only."""
    rows = dict(outcome.rows)
    for name in ("a_head", "b_head", "a_matches", "b_matches"):
        pairs: Any = zip(rows[name], rows["ip_protocol"], strict=True)
        rows[name] = [value for value, number in pairs if number in HAVE_WHOLE_PAYLOAD]
    return Outcome(rows, outcome.health)


def test_there_are_samples_and_the_exceptions_are_among_them() -> None:
    assert len(CAPTURES) > 30
    assert {*ENDS_EARLY, READS_NOTHING} < set(CAPTURES)


@pytest.mark.parametrize("case", CAPTURES)
@pytest.mark.parametrize("engine", OTHERS)
def test_engines_agree(engine: str, case: str) -> None:
    if engine == "tshark" and case in {*ENDS_EARLY, READS_NOTHING}:
        return  # the tests below say what is the case
    ours, theirs = portable(case), run(engine, [CAPTURES[case]], LOOKS)
    if engine == "tshark" and not (ours.error or theirs.error):
        ours, theirs = with_payload(ours), with_payload(theirs)
        if case == COUNTS_MORE_FRAMES:
            assert ours.rows["transcripts"] != theirs.rows["transcripts"]
            ours, theirs = without_frames(ours), without_frames(theirs)
    assert not compared(ours, theirs)


@pytest.mark.parametrize("case", ENDS_EARLY)
def test_tshark_reads_the_same_up_to_where_it_ends_and_says_so(case: str) -> None:
    ours, theirs = portable(case), run("tshark", [CAPTURES[case]], LOOKS)
    read, held = theirs.health["frames"], ours.health["frames"]
    assert 0 < read < held
    count = len(theirs.rows["first_frame"])
    for name in ("a_address", "b_port", "first_seen", "a_bytes", "first_frame", "a_head"):
        assert theirs.rows[name] == ours.rows[name][:count], name
    assert f"TShark read {read} of {held} frames" in theirs.health["warnings"][-1].cause
    assert theirs.health["warnings"][:-1] == ours.health["warnings"]


def test_tshark_says_what_it_reads_nothing_of() -> None:
    ours, theirs = portable(READS_NOTHING), run("tshark", [CAPTURES[READS_NOTHING]], LOOKS)
    assert ours.health["frames"] > 0
    assert "TShark does not read it" in theirs.error
    assert "use --engine portable" in theirs.error


def test_the_samples_have_content_to_agree_on() -> None:
    every = [portable(case) for case in CAPTURES]
    numbers = {
        number
        for outcome in every
        for name in ("a_matches", "b_matches")
        for numbers in outcome.rows.get(name, ())
        for number in numbers
    }
    assert numbers == {1, 2, 3, 4}
    assert sum(len(outcome.rows["transcripts"][-1]) for outcome in every if outcome.rows) > 100
    assert sum(outcome.health["transcript_dropped"] for outcome in every if outcome.rows) > 0
