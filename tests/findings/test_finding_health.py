from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from classifier.engine.contract import (
    IN_FLOW,
    NO_LINK,
    NOT_IP,
    UNDECODABLE,
    CaptureFile,
    Health,
    InputWarning,
    Interface,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.model import Finding


def health(
    frames: int = 1000, *, captures: tuple[CaptureFile, ...] = (), evicted: int = 0, **lost: int
) -> Health:
    """Capture health with some frames lost; the others are in flows."""
    made = Health(frames=frames, captures=list(captures), evicted=evicted)
    outcomes = {"undecodable": UNDECODABLE, "no_link": NO_LINK, "not_ip": NOT_IP}
    for name, count in lost.items():
        made.outcomes[outcomes[name], "ipv4: header cut"] = count
        made.first_frames[outcomes[name], "ipv4: header cut"] = (0, 77)
    made.outcomes[IN_FLOW, ""] = frames - sum(lost.values())
    return made


def capture(truncated: int, snap_length: int, dropped: int = -1) -> CaptureFile:
    interface = Interface(1, "ETHERNET", snap_length=snap_length, dropped=dropped)
    return CaptureFile("day.pcap", frames=1000, truncated_frames=truncated, interfaces=[interface])


MISCOUNTED = Health(frames=5)


@pytest.mark.parametrize(
    ("state", "severity", "title"),
    [
        (health(), None, ""),
        (health(undecodable=10), None, ""),
        (health(undecodable=11), "low", "1.1 % of the frames could not be read"),
        (health(undecodable=60, no_link=41), "medium", "10.1 % of the frames"),
        (health(not_ip=900), None, ""),
        (health(captures=(CaptureFile("a.pcap", cut=True),)), "low", "1 capture file cut short"),
        (health(captures=(capture(201, 96),)), "low", "Payload was not recorded"),
        (health(captures=(capture(200, 96),)), None, ""),
        (health(captures=(capture(900, 1500),)), None, ""),
        (health(captures=(capture(0, 0, dropped=5),)), "info", "The recorder lost 5 packets"),
        (health(captures=(capture(0, 0, dropped=500),)), "low", "The recorder lost 500"),
        (health(evicted=7), "low", "7 flows ended early"),
        (MISCOUNTED, "medium", "Frames are missing from the count"),
    ],
)
def test_a_flaw_of_the_capture_is_a_finding_once_it_matters(
    find: Callable[..., tuple[Finding, ...]], state: Health, severity: str | None, title: str
) -> None:
    found = find(health=state, kind="health")
    assert [one.severity.word for one in found] == ([severity] if severity else [])
    assert all(one.title.startswith(title) for one in found)


def test_a_capture_without_a_frame_has_no_flaw(find: Callable[..., tuple[Finding, ...]]) -> None:
    assert find(health=Health()) == ()


def test_a_cut_file_is_named_with_its_byte_offset(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    state = health(captures=(CaptureFile("a.pcap", cut=True), CaptureFile("b.pcap")))
    state.warnings = [
        InputWarning("a.pcap", 4711, "the file ends inside a record"),
        InputWarning("b.pcap", -1, "time runs backwards"),
    ]
    (found,) = find(health=state, kind="health")
    assert "a.pcap, byte 4711: the file ends inside a record" in found.conditions
    assert not any("b.pcap" in condition for condition in found.conditions)


def test_frames_that_could_not_be_read_lead_to_the_first_of_them(
    find: Callable[..., tuple[Finding, ...]],
) -> None:
    (found,) = find(health=health(undecodable=50), kind="health")
    assert found.conditions == ("undecodable, ipv4: header cut: 50 frames.",)
    assert "frame 77" in found.next_steps[0]


ALONE = {"server_packets": 0, "state": "OTH", "client_flags": "A"}
ATTEMPT = {"server_packets": 0, "state": "S0", "client_flags": "S", "client_payload": 0}


@pytest.mark.parametrize(
    ("rows", "flows"),
    [
        ([ALONE] * 11 + [{}] * 9, 11),
        ([ALONE] * 10 + [{}] * 10, None),
        ([ALONE] * 19, None),
        ([{"client_packets": 0}] * 20, 20),
        ([ATTEMPT] * 20, None),
        ([{**ALONE, "transport": "udp"}] * 20, None),
    ],
    ids=["most", "half", "too few to tell", "server alone", "mere attempts", "udp"],
)
def test_a_capture_of_one_direction_is_noticed(
    find: Callable[..., tuple[Finding, ...]], rows: list[dict[str, Any]], flows: int | None
) -> None:
    found = find(*rows, kind="health")
    assert [one.flow_count for one in found] == ([flows] if flows else [])
