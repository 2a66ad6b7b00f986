"""What is told of real flows of the samples, one for each kind of reason."""

from __future__ import annotations

import shlex
import subprocess
from functools import cache
from shutil import which
from types import SimpleNamespace
from typing import TYPE_CHECKING

import msgspec
import pytest
from sample_captures import READABLE, analysis_of

import classifier
from classifier.endpoints import known
from classifier.explain import Explanation, explain, explain_rows, words
from classifier.explain.explain import _carve
from classifier.findings import wireshark
from classifier.grounds import Grounds
from wire import A4, ACK, B4, SYN, ethernet, ipv4, pcap_of, tcp

if TYPE_CHECKING:
    from pathlib import Path

LEGACY = "legacy-rpc/legacy-rpc.pcap"
TROUBLE = "office-trouble/office-trouble.pcap"
OFFICE = "office-domain-controller/office-domain-controller.pcap"


def connection(port: int, client_port: int) -> list[bytes]:
    """A connection that was opened and taken; nobody says anything."""
    ends = (client_port, port, A4, B4), (port, client_port, B4, A4)
    return [
        ethernet(ipv4(tcp(*ends[answer][:2], flags=flags, seq=1), *ends[answer][2:], protocol=6))
        for answer, flags in ((0, SYN), (1, SYN | ACK), (0, ACK), (1, ACK))
    ]


def built(folder: Path, *connections: list[bytes]) -> classifier.Analysis:
    """What a capture of these connections gives."""
    path = folder / "t.pcap"
    path.write_bytes(pcap_of(*(frame for each in connections for frame in each)))
    return classifier.read(path)


@cache
def bases() -> dict[str, Explanation]:
    """One explanation for every basis that any sample has."""
    found = {}
    for name in READABLE:
        flows = analysis_of(name).flows
        for basis, group in flows.groupby("basis", observed=True):
            if len(group):
                found.setdefault(str(basis), analysis_of(name).explain(int(group["flow"].iloc[0])))
    return found


def test_a_bind_names_the_frame_the_interface_and_its_service_of_windows():
    told = analysis_of(LEGACY).explain(2)
    assert told.verdict.startswith("It is windows-rpc/drsuapi: confirmed, because its own payload")
    naming = told.ladder[0]
    assert (naming.basis, naming.frame, naming.outcome) == ("payload", 18, "names")
    assert naming.capture == str(READABLE[LEGACY])
    facts = next(each for each in told.catalogue if each.service == "windows-rpc/drsuapi").facts
    assert "interface e3514235-4b06-11d1-ab04-00c04fc2dcd2 version 4, drsuapi" in facts
    assert "hosted by: ntdsai.dll" in facts
    assert any("(LSASS)" in fact for fact in facts)
    assert any(fact.startswith("specification: [MS-DRSR]") for fact in facts)
    assert told.surer == ("nothing: it is proven",)


def test_an_announcement_tells_who_said_it_where_and_to_whom():
    told = analysis_of(TROUBLE).explain("10.30.0.21:56474>10.30.0.10:12775")
    assert told.ladder[0].basis == "announcement"
    (line,) = told.said
    assert line == (
        "10.30.0.10:12775/tcp is for ftp-data, EPSV, RETR prices.txt, said by 10.30.0.10 in frame "
        "325 of flow 23; the last thing that this client was told before it began the flow"
    )


def test_of_several_files_each_frame_has_its_own():
    whole = classifier.read(READABLE[LEGACY], READABLE[TROUBLE])
    for name, flow in ((LEGACY, "10.40.0.21:1032>10.40.0.10:1026"),
                       (TROUBLE, "198.51.100.66:47394>10.30.0.10:49154")):  # fmt: skip
        told = whole.explain(flow)
        shown = {reason.basis: reason.capture for reason in told.ladder if reason.frame}
        assert {*shown} == {"payload", "announcement", "dynamic_band"}
        assert {*shown.values()} == {str(READABLE[name])}


def test_a_control_flow_tells_what_it_announced():
    said = analysis_of(TROUBLE).explain(23).said
    assert any(
        line.startswith("this flow told: 10.30.0.10:12775/tcp is for ftp-data") for line in said
    )


def test_a_port_of_the_band_with_a_contact_names_the_frame_of_the_contact(tmp_path):
    told = built(tmp_path, connection(135, 40_000), connection(49_670, 40_001)).explain(2)
    assert told.basis == "dynamic_band"
    assert told.ladder[0].frame == 1
    assert any("in the range 49152-65535 that Windows RPC hands out" in line for line in told.band)
    assert any("--known-endpoints" in line for line in told.surer)


def test_a_port_of_the_band_of_a_windows_server_is_told_as_a_guess(tmp_path):
    ports = (88, 389, 445, 3268, 49_670)
    contacts = [connection(port, 40_000 + number) for number, port in enumerate(ports)]
    told = built(tmp_path, *contacts).explain(len(ports))
    assert told.basis == "host_role"
    assert words.BASES["host_role"] in told.verdict
    assert any("the range alone names nothing" in line for line in told.band)


def test_a_port_of_the_band_without_a_contact_stays_unknown_and_says_why():
    told = analysis_of(LEGACY).explain(4)
    assert told.verdict == "It is unknown: nothing names it (in the dynamic band 1025-5000)."
    assert [reason.outcome for reason in told.ladder] == ["note"]
    assert any("the range alone names nothing" in line for line in told.band)


def test_a_port_tells_the_claim_its_source_and_who_lost(tmp_path):
    told = built(tmp_path, connection(3260, 40_000)).explain(1)
    assert (told.service, told.basis) == ("iscsi", "port")
    facts = told.catalogue[0].facts
    assert any(fact.startswith("primary claim on 3260/tcp") for fact in facts)
    assert any(fact.startswith("source: ") for fact in facts)
    assert [reason.service for reason in told.ladder if reason.outcome == "loses"] == [
        "sap-dispatcher"
    ]
    assert told.alternatives == ("sap-dispatcher",)


def test_a_pattern_of_first_bytes_is_named():
    told = analysis_of(TROUBLE).explain("10.30.0.21:57852>10.30.0.10:53")
    assert told.ladder[0].detail == "DNS query"
    assert any("the client show DNS query" in fact for fact in told.catalogue[0].facts)


def test_an_inferred_direction_asks_for_the_beginning(tmp_path):
    told = built(tmp_path, connection(3260, 40_000)[2:]).explain(1)
    assert told.basis == "port_inferred"
    assert "inferred" in dict(told.facts)["client"]
    assert any("beginning of the conversation" in line for line in told.surer)


@pytest.mark.parametrize(
    "basis", ["payload", "announcement", "ip_protocol", "port", "port_inferred", "none"]
)  # fmt: skip
def test_every_basis_in_the_samples_is_told_in_its_own_words(basis):
    told = bases()[basis]
    assert words.BASES[basis] in told.verdict


@pytest.mark.parametrize(("port", "basis"), [(2300, "port_range"), (18, "iana_port")])
def test_a_hint_is_told_as_one(port, basis, tmp_path):
    told = built(tmp_path, connection(port, 40_000)).explain(1)
    assert (told.basis, told.confidence) == (basis, "possible")
    assert words.BASES[basis] in told.verdict
    assert any("--signatures" in line or "payload" in line for line in told.surer)


def test_what_others_show_of_an_endpoint_names_a_flow(tmp_path):
    path = tmp_path / "map.json"
    entry = analysis_of(LEGACY).endpoints[0]
    known.save(path, [msgspec.structs.replace(entry, server="10.40.0.11", port=1029)])
    told = classifier.read(READABLE[LEGACY], known_endpoints=[path]).explain(4)
    assert told.basis == "learned"
    assert words.BASES["learned"] in told.verdict
    assert any("the flow's own bind" in line for line in told.surer)


def test_an_endpoint_map_is_named_as_the_origin(tmp_path):
    path = tmp_path / "map.json"
    known.save(path, analysis_of(LEGACY).endpoints)
    flow = "10.40.0.22:1040>10.40.0.10:1026"
    told = classifier.read(READABLE[LEGACY], known_endpoints=[path]).explain(flow)
    learned = [reason for reason in told.ladder if reason.basis == "learned"]
    assert learned
    assert all(reason.outcome == "agrees" for reason in learned)
    assert sum("is known to serve drsuapi" in line for line in told.said) == 2


def test_a_range_that_was_given_says_so():
    by_option = classifier.read(READABLE[LEGACY], rpc_range="1025-1100").explain(4)
    assert any("as --rpc-range 1025-1100 says" in line for line in by_option.band)


def test_what_a_host_asks_from_stands_beside_its_port():
    told = analysis_of(TROUBLE).explain("10.30.0.21:56474>10.30.0.10:12775")
    assert any(
        "10.30.0.21 asks from the range linux 32768-60999" in line
        and line.endswith("its port 56474 is one of them")
        for line in told.band
    )


@pytest.mark.skipif(which("tshark") is None, reason="needs tshark")
@pytest.mark.parametrize(("name", "flow"), [(TROUBLE, 24), (OFFICE, 7)])
def test_the_carve_line_writes_the_frames_of_the_flow_and_no_others(name, flow, tmp_path):
    analysis = analysis_of(name)
    told = analysis.explain(flow)
    subprocess.run(shlex.split(told.carve), cwd=tmp_path, check=True, capture_output=True)
    carved = classifier.read(tmp_path / f"flow-{flow}.pcapng").flows
    row = analysis.flows[analysis.flows["flow"] == flow].iloc[0]
    assert set(carved["client_ip"]) | set(carved["server_ip"]) == {row.client_ip, row.server_ip}
    columns = ["client_packets", "server_packets", "client_bytes", "server_bytes"]
    same = carved[(carved["client_ip"] == row.client_ip) & (carved["transport"] == row.transport)]
    assert list(row[columns]) in same[columns].to_numpy().tolist()


def test_filters_fit_what_carries_the_flow():
    v4, v6 = ("10.0.0.1", None), ("2001:db8::1", None)
    assert wireshark.conversation(("10.0.0.1", 123), ("10.0.0.2", 123), "udp", 17) == (
        "ip.addr == 10.0.0.1 && ip.addr == 10.0.0.2 && udp.port == 123"
    )
    assert wireshark.conversation(v6, ("ff02::1", None), "icmp6", 58).endswith("&& icmpv6")
    assert wireshark.conversation(v4, ("10.0.0.2", None), "ip", 47).endswith("&& ip.proto == 47")
    assert wireshark.conversation(v6, ("::2", None), "ip", 47).endswith("&& ipv6.nxt == 47")


def test_the_name_of_a_file_is_quoted_for_the_shell():
    values = {"capture": "a b'; rm -rf $HOME.pcap", "flow": 3}
    flow = SimpleNamespace(
        text=lambda name: str(values[name]), number=lambda name: int(values[name])
    )
    line = _carve(flow, "ip.addr == 10.0.0.1")
    assert shlex.split(line) == [
        "tshark", "-r", values["capture"], "-Y", "ip.addr == 10.0.0.1", "-w", "flow-3.pcapng"
    ]  # fmt: skip


def test_there_is_nothing_to_carve_from_standard_input():
    for capture in ("-", ""):
        flow = SimpleNamespace(text=lambda _name, own=capture: own, number=lambda _name: 1)
        assert _carve(flow, "ip") == ""


def test_hostile_text_reaches_neither_terminal_nor_notebook():
    analysis = analysis_of(TROUBLE)
    (row,) = explain_rows(analysis, analysis.flow_table["flow"].data[:1] - 1)
    bad = "\x1b[31m<script>alert(1)</script>\u202e"
    hostile = Explanation(
        **{name: getattr(row, name) for name in row.__struct_fields__ if name != "said"},
        said=(bad,),
    )
    assert "\x1b" not in repr(hostile)
    assert "\u202e" not in str(hostile)
    assert r"\x1b[31m<script>" in hostile.text()
    assert "<script>" not in hostile._repr_html_()
    assert "\x1b" not in hostile._repr_html_()


def test_without_its_evidence_a_flow_is_told_from_the_table_alone():
    analysis = analysis_of(TROUBLE)
    bare = classifier.Analysis(
        flow_table=analysis.flow_table, unnamed=analysis.unnamed,
        capture_health=analysis.capture_health, findings=(), catalogue=analysis.catalogue,
        violation_table=analysis.violation_table,
    )  # fmt: skip
    told = explain(bare, 15)
    assert told.ladder == ()
    assert told.verdict == analysis.explain(15).verdict
    assert isinstance(analysis.grounds, Grounds)


def test_a_notebook_gets_a_flow_by_its_id():
    analysis = analysis_of(TROUBLE)
    flow = analysis.flow(15)
    assert repr(flow) == (
        "flow 15: tcp:198.51.100.66:47394>10.30.0.10:49154 windows-rpc/srvsvc (confirmed)"
    )
    assert flow._repr_html_().startswith("<code>flow 15: tcp:198.51.100.66:47394&gt;")
    assert flow.row["service"] == "windows-rpc/srvsvc"
    assert flow.explain() == analysis.explain(15)
    with pytest.raises(KeyError):
        analysis.flow(0)
    with pytest.raises(KeyError):
        explain(analysis, 0)
