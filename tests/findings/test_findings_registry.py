from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classifier import findings
from classifier.engine.contract import CaptureFile, Health

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
SILENT = {"state": "S0", "server_packets": 0, "client_payload": 0, "client_flags": "S"}
TROUBLE: list[dict[str, Any]] = [
    *(SILENT | {"server_port": port} for port in range(1, 31)),
    {"transport": "ip", "ip_protocol": 200, "server_port": None},
    {"server_ip": "198.51.100.7", "server_port": 4444, "server_bytes": 5_000_000},
]
UNSOUND = Health(frames=3, captures=[CaptureFile("a.pcap", cut=True)])


def test_the_docs_list_the_kinds_in_the_order_of_the_registry() -> None:
    documented = re.findall(r"^## `([a-z]+)`", DOC, re.MULTILINE)
    assert documented == [kind.KIND for kind in findings.KINDS]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("scan", ("HOSTS", "PORTS", "CLIENTS")),
        ("unknown", ("ENDPOINTS",)),
        ("mismatch", ("KINDS_LISTED", "SYSTEM_PORTS")),
        ("health", ("SHORT_SNAP", "ONE_SIDED_LEAST")),
    ],
)
def test_the_docs_state_the_thresholds_of_the_code(kind: str, names: tuple[str, ...]) -> None:
    module = next(one for one in findings.KINDS if kind == one.KIND)
    section = DOC.partition(f"## `{kind}`")[2].partition("\n## ")[0]
    for name in names:
        assert re.search(rf"\b{getattr(module, name)}\b", section), name


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("scan", "SHARE", "50 %"),
        ("unknown", "SHARE_LOW", "10 %"),
        ("unknown", "ENDPOINT_SHARE", "1 %"),
        ("unknown", "INTERNET_SHARE", "10 %"),
        ("health", "UNREAD_LOW", "1 %"),
        ("health", "UNREAD_MEDIUM", "10 %"),
        ("health", "TRUNCATED_SHARE", "20 %"),
        ("health", "ONE_SIDED_SHARE", "50 %"),
        ("health", "DROPPED_LOW", "1 %"),
    ],
)
def test_the_docs_state_the_shares_of_the_code(kind: str, name: str, text: str) -> None:
    module = next(one for one in findings.KINDS if kind == one.KIND)
    section = DOC.partition(f"## `{kind}`")[2].partition("\n## ")[0]
    assert f"{100 * getattr(module, name):.0f} %" == text
    assert text in section


def test_findings_come_most_severe_first_with_ids_that_count_within_a_kind(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    found = find(*TROUBLE, health=UNSOUND)
    assert {one.kind for one in found} == {"health", "scan", "protocols", "unknown"}
    severities = [one.severity for one in found]
    assert severities == sorted(severities, reverse=True)
    for kind in {one.kind for one in found}:
        ids = [one.id for one in found if one.kind == kind]
        assert ids == [f"{kind}-{number}" for number in range(1, len(ids) + 1)]
    assert find(*TROUBLE, health=UNSOUND) == found


def test_every_finding_says_why_and_what_to_do_in_whole_sentences(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    for one in find(*TROUBLE, health=UNSOUND):
        assert one.title
        assert one.conditions, one.id
        assert one.next_steps, one.id
        assert all(text.strip() == text != "" for text in (*one.conditions, *one.next_steps))
        assert len(one.flows) <= one.flow_count
