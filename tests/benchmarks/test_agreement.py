"""The scorer says how our names stand to what others know, and nothing kinder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from classifier import catalogue

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import scores
import truth
from marks import Knowledge, Mark, agreement, marks, rpc

ROOT = Path(__file__).resolve().parents[2]
DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2"
SVCCTL = "367abb81-9844-35f1-ad32-98f038001003"
KNOWLEDGE = Knowledge.read(
    ROOT / "benchmarks" / "labels.toml", ROOT / "signatures" / "dcerpc-interfaces.csv"
)
ENTRIES = {entry.id: entry for entry in catalogue.load().services}


def line(**fields):
    return {
        "file": "a.pcap", "l4": "tcp", "src": "10.0.0.1", "sport": 40000, "dst": "10.0.0.2",
        "dport": 49666, **fields,
    }  # fmt: skip


def ours(number=1, **fields):
    return {
        "flow": number, "first_seen": 0, "ip_protocol": 6, "client_ip": "10.0.0.1",
        "client_port": 40000, "server_ip": "10.0.0.2", "server_port": 49666, "client_packets": 1,
        "server_packets": 1, "vlan": None, "service": "unknown", "confidence": "unknown",
        "basis": "none", "detail": "", "alternatives": "", "first_frame": 1, "tunnel": "", **fields,
    }  # fmt: skip


def truths(tmp_path, *lines):
    path = tmp_path / "others.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return truth.read([path])


def marked(tmp_path, said, *rows):
    flows, _ = truths(tmp_path, said)
    return [mark.verdict for mark in marks(flows, truth.Ours(list(rows)), KNOWLEDGE, ENTRIES)]


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"service": "windows-rpc/drsuapi"}, "right"),
        ({"service": "windows-rpc/svcctl"}, "wrong"),
        ({"service": "windows-rpc/svcctl", "alternatives": "windows-rpc/drsuapi"}, "wrong"),
        ({"service": "windows-rpc", "detail": "in the dynamic band"}, "no interface"),
        ({"service": "windows-rpc", "detail": f"interface {DRSUAPI}"}, "no interface"),
        ({"service": "windows-rpc", "detail": "OXID binding, frame 7"}, "by OXID"),
        ({"service": "windows-rpc", "detail": "DCOM object exporter"}, "by OXID"),
        ({"service": "http"}, "wrong"),
        ({"service": "unknown", "detail": "drsuapi"}, "unnamed"),
    ],
)
def test_a_dynamic_port_is_right_by_one_of_its_interfaces_only(row, verdict):
    assert (
        rpc(line(kind="dynamic", bind_uuids=[DRSUAPI.upper()]), ours(**row), KNOWLEDGE) == verdict
    )


def test_an_interface_that_the_mapper_named_is_as_good_as_a_bound_one():
    said = line(kind="dynamic", bind_uuids=[DRSUAPI], epm_uuids=[SVCCTL])
    assert rpc(said, ours(service="windows-rpc/svcctl"), KNOWLEDGE) == "right"


def test_an_interface_without_a_line_in_the_table_is_right_by_its_uuid():
    nobody = "12345678-0000-0000-0000-00000000abcd"
    said = line(kind="dynamic", bind_uuids=[nobody])
    assert rpc(said, ours(service="windows-rpc", detail=f"{nobody} 1.0"), KNOWLEDGE) == "right"
    assert rpc(said, ours(service="windows-rpc"), KNOWLEDGE) == "no interface"


def test_the_mapper_and_pipes_are_right_by_what_carries_them():
    assert rpc(line(kind="epm"), ours(service="epmap"), KNOWLEDGE) == "right"
    assert rpc(line(kind="smb-pipe"), ours(service="smb"), KNOWLEDGE) == "right"
    assert rpc(line(kind="dynamic"), ours(service="smb"), KNOWLEDGE) == "wrong"


@pytest.mark.parametrize(
    ("service", "accepted", "verdict"),
    [
        ("dns", ["dns"], "right"),
        ("windows-rpc/drsuapi", ["windows-rpc"], "right"),
        ("windows-rpc", ["windows-rpc/drsuapi"], "wrong"),
        ("docker-registry", ["http"], "right"),
        ("http", ["docker-registry"], "wrong"),
        ("imaps", ["flag:tls"], "right"),
        ("imap", ["flag:tls"], "wrong"),
        ("unknown", ["http"], "unnamed"),
        ("http", [], "not mapped"),
    ],
)
def test_a_name_agrees_if_it_is_meant_or_a_part_or_carried(service, accepted, verdict):
    assert agreement(ours(service=service), accepted, ENTRIES) == verdict


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"label": "TLS.Github"}, "tls"),
        ({"label": "TLS.RDP"}, "tls.rdp"),
        ({"label": "krb,smb,gssapi"}, "smb"),
        ({"label": "krb"}, "krb"),
        ({"labels": ["gtp", "sip", "tcp"]}, "sip"),
        ({"labels": ["pppoe", "tcp", "tls"]}, "tls"),
        ({"label": "EAQ"}, "eaq"),
    ],
)
def test_a_label_is_counted_by_the_word_that_says_most(said, word):
    assert KNOWLEDGE.meant(said)[0] == word


def test_every_service_of_the_label_map_is_in_the_catalogue():
    known = catalogue.load()
    flags = {flag for entry in known.services for flag in entry.flags}
    meant = {
        s
        for table in (KNOWLEDGE.labels, KNOWLEDGE.announced)
        for ids in table.values()
        for s in ids
    }
    assert {s for s in meant if not s.startswith("flag:")} <= set(known.ids)
    assert {s.removeprefix("flag:") for s in meant if s.startswith("flag:")} <= flags


def test_lines_that_say_nothing_sure_are_passed_over_and_counted(tmp_path):
    flows, passed = truths(
        tmp_path,
        line(kind="dynamic", strength="suspect"),
        line(kind="dynamic", strength="dissector-only"),
        line(label="HTTP", strength="guess"),
        line(label="HTTP", strength="payload", l4="unknown_transport"),
        line(apps={}, strength="dissector"),
        line(label="HTTP", strength="payload"),
    )
    assert [flow.question for flow in flows] == ["labels"]
    assert passed == Counter({"others: nothing sure said": 4, "others: no endpoints": 1})


def test_flows_are_found_in_either_direction_and_any_spelling(tmp_path):
    (flow,), _ = truths(
        tmp_path,
        line(label="HTTP", strength="payload", src="2001:DB8:0::2", sport=80, dst="::1", dport=9),
    )
    row = ours(client_ip="::1", client_port=9, server_ip="2001:db8::2", server_port=80)
    assert truth.Ours([row]).find(flow) is row
    assert truth.Ours([row | {"server_port": 81}]).find(flow) is None
    assert truth.Ours([row | {"ip_protocol": 17}]).find(flow) is None


def test_flows_without_ports_are_found_by_their_addresses(tmp_path):
    (flow,), _ = truths(
        tmp_path, line(l4="icmp", labels=["icmp"], strength="payload", sport=8, dport=0)
    )
    row = ours(ip_protocol=1, client_port=None, server_port=None)
    assert truth.Ours([row]).find(flow) is row


@pytest.mark.parametrize(
    ("hint", "number"),
    [
        ({"first_frame": 58}, 2),
        ({"ts": 90.0}, 3),
        ({"first_ms": 90_000}, 3),
        ({"vlan": 7}, 2),
        ({}, 1),
    ],
)
def test_where_endpoints_repeat_frame_time_vlan_or_length_decide(tmp_path, hint, number):
    rows = [
        ours(1, client_packets=9),
        ours(2, first_frame=60, first_seen=60_000_000_000, vlan=7),
        ours(3, first_frame=90, first_seen=90_000_000_000),
    ]
    (flow,), _ = truths(tmp_path, line(label="HTTP", strength="payload", **hint))
    assert truth.Ours(rows).find(flow)["flow"] == number


def test_repeated_truth_takes_one_of_our_flows_each_as_long_as_they_last(tmp_path):
    flows, _ = truths(tmp_path, *[line(label="HTTP", strength="payload")] * 3)
    found = truth.Ours([ours(1), ours(2)])
    assert sorted(found.find(flow)["flow"] for flow in flows[:2]) == [1, 2]
    assert found.find(flows[2]) is not None


def test_a_tunnel_that_is_no_flow_here_agrees_by_what_is_inside_it(tmp_path):
    said = line(l4="udp", label="gtpv1", strength="payload")
    inner = ours(client_ip="10.9.9.9", service="http", tunnel="gtp-u/teredo")
    assert marked(tmp_path, said, inner) == ["as tunnel"]
    assert marked(tmp_path, said, inner | {"tunnel": "vxlan:12"}) == ["missing"]


def test_media_is_named_by_its_announcement_only(tmp_path):
    said = line(l4="udp", apps={"rtp": 3, "rtp/h264": 2, "stun": 1}, strength="dissector")
    row = ours(ip_protocol=17)
    assert marked(tmp_path, said, row | {"service": "rtp"}) == ["right"]
    assert marked(tmp_path, said, row | {"service": "sip-alternates"}) == ["wrong"]
    assert marked(tmp_path, said, row) == ["unnamed"]
    assert marked(tmp_path, said | {"apps": {"dns": 3}}, row) == []


def test_a_pptp_call_asks_for_the_gre_flows_between_its_hosts(tmp_path):
    said = line(dport=1723, apps={"pptp": 3}, strength="dissector")
    gre = ours(ip_protocol=47, client_port=None, server_port=None)
    elsewhere = gre | {"server_ip": "10.0.0.3"}
    assert marked(tmp_path, said, gre | {"service": "pptp"}, elsewhere) == ["right"]
    assert marked(tmp_path, said, gre | {"service": "gre"}) == ["unnamed"]


def test_macro_is_the_mean_of_captures_and_pooled_that_of_flows(tmp_path):
    flows, _ = truths(
        tmp_path,
        *[line(kind="dynamic", strength="bind-payload")] * 3,
        line(kind="dynamic", strength="bind-payload", file="b.pcap"),
    )
    verdicts = ["right", "right", "wrong", "unnamed"]
    found = [
        Mark(flow, "dynamic", verdict, ours())
        for flow, verdict in zip(flows, verdicts, strict=True)
    ]
    assert scores.shares(found, ["right"]) == (
        "macro  33.33%, pooled  50.00% (2 of 4 flows, 2 captures)"
    )


def test_the_script_scores_a_folder_and_says_what_it_could_not_read(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    sample = ROOT / "samples" / "legacy-rpc" / "legacy-rpc.pcap"
    (captures / "a.pcap").write_bytes(sample.read_bytes())
    (captures / "b.pcap").write_bytes(b"no capture")
    server = {"src": "10.40.0.23", "sport": 1052, "dst": "10.40.0.10", "dport": 1433}
    mapper = {"src": "10.40.0.21", "sport": 1031, "dst": "10.40.0.10", "dport": 135}
    lines = [
        line(label="ms-sql.Thing", strength="payload", **server),
        line(labels=["tcp", "tds"], strength="payload", **server),
        line(label="RTSP", strength="payload", **server),
        line(label="RTSP", strength="payload", sport=1),
        line(kind="epm", strength="bind-payload", **mapper),
        line(label="RTSP", strength="payload", file="b.pcap"),
        line(label="RTSP", strength="payload", file="other/c.pcap"),
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable, ROOT / "benchmarks" / "agreement.py", captures, tmp_path / "t.jsonl",
            "--only", "[ab].pcap", "--list", "--json", tmp_path / "out.json", "--jobs", "1",
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    out = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [(flow["line"]["file"], flow["verdict"]) for flow in out["flows"]] == [
        ("a.pcap", "not mapped"), ("a.pcap", "right"), ("a.pcap", "wrong"), ("a.pcap", "missing"),
        ("a.pcap", "right"), ("b.pcap", "missing"),
    ]  # fmt: skip
    assert list(out["unread"]) == ["b.pcap"]
    assert "not read: b.pcap: CaptureError" in done.stdout
    assert "rtsp -> mssql [payload]: a.pcap" in done.stdout
    assert "agree      macro  16.67%, pooled  25.00% (1 of 4 flows, 2 captures)" in done.stdout
    assert "flows that we do not have: {'t': 2}" in done.stdout
