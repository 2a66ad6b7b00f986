"""What control traffic told, as a table."""

from __future__ import annotations

from pathlib import Path

import classifier

LEGACY = Path(__file__).parent.parent / "samples" / "legacy-rpc" / "legacy-rpc.pcap"


def test_what_was_handed_out_and_bound_stands_there_in_order_of_time() -> None:
    found = classifier.read(LEGACY).handed_out
    assert list(found["first_seen"]) == sorted(found["first_seen"])
    told = found[["host", "port", "service", "how", "first_frame", "flows"]].values.tolist()
    assert ["10.40.0.10", 1026, "windows-rpc/drsuapi", "handed out", 10, 2] in told
    assert ["10.40.0.10", 1026, "windows-rpc/drsuapi", "bound", 18, 1] in told
    assert ["10.40.0.13", 49664, "windows-rpc/svcctl", "handed out", 90, 1] in told
    assert set(found["capture"]) == {str(LEGACY)}
    assert (found["said_by"][found["how"] == "handed out"] == "10.40.0.10").any()
