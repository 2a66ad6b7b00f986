"""What we count is compared with what others count, and no difference is passed over."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import wire
from classifier import read

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import counts
import tallies
from tallies import Capture

ROOT = Path(__file__).resolve().parents[2]
ENDS = {"src": "10.0.0.1", "sport": 40000, "dst": "10.0.0.2", "dport": 80}


def row(**fields):
    return {
        "flow": 1, "ip_protocol": 6, "client_ip": "10.0.0.1", "client_port": 40000,
        "server_ip": "10.0.0.2", "server_port": 80, "client_packets": 2, "server_packets": 1,
        "client_bytes": 100, "server_bytes": 50, "vlan": None, "tunnel": "", "first_frame": 1,
        "community_id": "1:ours=", **fields,
    }  # fmt: skip


def stream(**fields):
    return {
        "file": "a.pcap", "l4": "tcp", "stream": "0", **ENDS, "frames": 3, "fwd": 2, "rev": 1,
        "bytes": 150 + 3 * 14, "first_frame": 1, **fields,
    }  # fmt: skip


def session(**fields):
    return {
        "file": "a.pcap", "ipproto": 6, **ENDS, "packets": 3, "src_packets": 2, "dst_packets": 1,
        "bytes": 150 + 3 * 14, "community_id": "1:ours=", **fields,
    }  # fmt: skip


def conn(**fields):
    return {
        "file": "a.pcap", "l4": "tcp", **ENDS, "orig_pkts": 2, "resp_pkts": 1,
        "orig_ip_bytes": 100, "resp_ip_bytes": 50, **fields,
    }  # fmt: skip


def verdicts(rows, *lines, link_type="EN10MB", frames=3):
    ours = Capture("a.pcap", link_type, rows, frames, 1)
    found = tallies.marks(ours, lines)
    return {mark.question: mark.verdict for mark in found if "splits" not in mark.question}


SAME = {"tshark streams": "equal", "tshark streams, bytes": "equal"}


def test_the_same_packets_and_bytes_are_equal_whichever_tool_says_them():
    assert verdicts([row()], stream()) == SAME
    assert verdicts([row()], session()) == {
        "Arkime sessions": "equal",
        "Arkime sessions, bytes": "equal",
        "community ids": "equal",
    }
    assert verdicts([row()], conn()) == {"Zeek conn": "equal", "Zeek conn, bytes": "equal"}


def test_either_side_may_have_been_the_one_that_asked():
    swapped = {"src": "10.0.0.2", "sport": 80, "dst": "10.0.0.1", "dport": 40000}
    assert verdicts([row()], stream(**swapped, fwd=1, rev=2)) == SAME
    assert verdicts([row()], stream(**swapped))["tshark streams"] == "other sides"
    assert verdicts([row()], conn(**swapped))["Zeek conn"] == "other sides"


@pytest.mark.parametrize(
    ("rows", "line", "verdict"),
    [
        ([row(client_packets=3)], stream(), "more"),
        ([row(client_packets=1)], stream(), "fewer"),
        ([], stream(), "only theirs"),
        ([row(server_port=81)], stream(), "only theirs"),
        ([row(ip_protocol=17, server_port=4789, tunnel="")], stream(l4="udp"), "only theirs"),
    ],
)
def test_what_differs_is_named(rows, line, verdict):
    ours = Capture("a.pcap", "EN10MB", rows, 3, 1)
    assert verdict in {mark.verdict for mark in tallies.marks(ours, [line])}


def test_flows_that_only_we_have_count_against_a_tool_that_lists_all():
    other = row(server_port=81)
    found = tallies.marks(Capture("a.pcap", "EN10MB", [row(), other], 3, 1), [stream()])
    assert Counter(mark.verdict for mark in found if mark.question == "tshark streams") == {
        "equal": 1,
        "only ours": 1,
    }
    assert verdicts([row(), other], conn())["Zeek conn"] == "equal"


def test_conversations_are_summed_before_they_are_compared_and_splits_are_counted():
    halves = [row(client_packets=1, client_bytes=60), row(client_packets=1, client_bytes=40,
              server_packets=0, server_bytes=0)]  # fmt: skip
    ours = Capture("a.pcap", "EN10MB", halves, 3, 1)
    found = {mark.question: mark.verdict for mark in tallies.marks(ours, [stream()])}
    assert found == {**SAME, "tshark streams, splits": "we split"}


def test_the_outside_of_a_tunnel_is_told_from_a_flow_that_is_missing():
    outer = stream(l4="udp", dport=4789)
    inside = row(tunnel="vxlan:7", client_ip="192.168.0.1", first_frame=9)
    assert verdicts([row(), inside], stream(), outer)["tshark streams"] != "only theirs"
    found = tallies.marks(Capture("a.pcap", "EN10MB", [inside], 3, 1), [outer])
    assert [mark.verdict for mark in found if "10.0.0.1" in mark.where] == ["carries a tunnel"]


@pytest.mark.parametrize(
    ("link_type", "size", "fields", "verdict"),
    [
        ("EN10MB", 150 + 42, {}, "equal"),
        ("EN10MB", 150 + 42 + 6, {}, "padded"),
        ("EN10MB", 150 + 42 + 151, {}, "other"),
        ("EN10MB", 150 + 41, {}, "other"),
        ("EN10MB", 150 + 42 + 12, {"vlan": 5}, "other headers"),
        ("EN10MB", 150 + 42 + 60, {"tunnel": "gre"}, "other headers"),
        ("RAW", 150, {}, "equal"),
        ("SLL", 150 + 48, {}, "equal"),
        ("RADIOTAP", 150 + 200, {}, "other headers"),
        ("RADIOTAP", 149, {}, "other"),
    ],
)
def test_bytes_of_frames_are_ours_and_the_link_layer(link_type, size, fields, verdict):
    found = verdicts([row(**fields)], stream(bytes=size), link_type=link_type)
    assert found["tshark streams, bytes"] == verdict


def test_ip_bytes_have_to_be_the_same_on_each_side():
    assert (
        verdicts([row()], conn(orig_ip_bytes=99, resp_ip_bytes=51))["Zeek conn, bytes"] == "other"
    )


def test_another_community_id_is_a_difference():
    assert verdicts([row()], session(community_id="1:theirs="))["community ids"] == "other"


def test_blocks_are_packets_and_interfaces():
    line = {"file": "a.pcap", "block_counts": {}, "packets": 3, "interfaces": 1}
    assert set(verdicts([], line).values()) == {"equal"}
    assert verdicts([], line, frames=2)["pcapng blocks, packets"] == "fewer"


def test_other_lines_are_nobodys():
    assert tallies.kind_of({"file": "a.pcap", "stream": "1", "frames": 9, "apps": {}}) == ""


def test_frames_and_conversations_are_compared_with_the_manifest():
    expected = {"frames_tshark": "4", "tcp_conv": "1", "udp_conv": "", "sctp_conv": "0"}
    found = counts.totals(Capture("a.pcap", "EN10MB", [row(), row()], 3, 1), expected)
    assert {mark.question: mark.verdict for mark in found} == {
        "frames": "fewer",
        "tcp flows": "more",
        "tcp endpoints": "equal",
        "udp flows": "nothing said",
        "udp endpoints": "nothing said",
        "sctp flows": "equal",
        "sctp endpoints": "equal",
    }


def test_engines_differ_in_columns_health_or_errors(tmp_path):
    frame = wire.ethernet(wire.ipv4(wire.udp(40000, 53, b"question")))
    for name, frames in (("one", [frame]), ("two", [frame, frame[:20]]), ("three", [frame] * 2)):
        (tmp_path / name).write_bytes(wire.pcap_of(*frames))
    one, two, three = (read(tmp_path / name) for name in ("one", "two", "three"))
    assert "client_packets" in counts.engines(one, three)
    assert "client_packets" not in counts.engines(one, two)
    assert "outcomes" in counts.engines(one, two)
    assert counts.engines(one, one) == ""
    assert counts.engines("no capture", one) == "no capture / read"


def test_the_whole_way_lists_what_differs_and_what_was_passed_over(tmp_path):
    frame = wire.ethernet(wire.ipv4(wire.udp(40000, 53, b"question")))
    (tmp_path / "a.pcap").write_bytes(wire.pcap_of(frame, frame))
    (tmp_path / "b.pcap").write_bytes(b"no capture")
    with (tmp_path / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["name", "linktypes", "frames_tshark", "tcp_conv", "udp_conv", "sctp_conv"])
        table.writerows([["a.pcap", "EN10MB", 3, 0, 1, 0], ["b.pcap", "", "", "", "", ""]])
    lines = [
        stream(
            l4="udp",
            src=wire.A4,
            dst=wire.B4,
            dport=53,
            frames=2,
            fwd=2,
            rev=0,
            bytes=2 * len(frame),
        ),
        {"file": "a.pcap", "label": "dns"},
    ]
    (tmp_path / "others.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    command = [
        sys.executable, "benchmarks/counts.py", tmp_path, tmp_path / "manifest.csv",
        tmp_path / "others.jsonl", "--engine", "portable", "--against", "portable", "--list",
        "--jobs", "1", "--json", tmp_path / "marks.json",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "frames, fewer: a.pcap (EN10MB) : ours 2; theirs 3" in done.stdout
    assert "passed over: others: says nothing that is counted here: 1 lines" in done.stdout
    marks = json.loads((tmp_path / "marks.json").read_text(encoding="utf-8"))
    said = {(mark["question"], mark["capture"]): mark["verdict"] for mark in marks}
    assert said["engines", "a.pcap"] == "equal"
    assert said["tshark streams", "a.pcap"] == said["tshark streams, bytes", "a.pcap"] == "equal"
    assert said["udp flows", "a.pcap"] == "equal"
    assert "CaptureError" in said["not read", "b.pcap"]
