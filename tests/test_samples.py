"""Every sample, the whole way: what expected.toml says must be told, is told.

``expected.toml`` is written from tshark's counts and from what the making scripts did, so this is
the one place where the classifier is held against the truth and not against itself.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import classifier
from classifier import reports

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
CASES = {
    f"{folder.parent.name}/{name}": (folder.parent / name, facts)
    for folder in sorted(SAMPLES.glob("*/expected.toml"))
    for name, facts in tomllib.loads(folder.read_text(encoding="utf-8"))["capture"].items()
}
LINK_TYPES = {"EN10MB": "ETHERNET", "LINUX_SLL": "LINUX_SLL", "LINUX_SLL2": "LINUX_SLL2"}
UNREADABLE = {case: each for case, each in CASES.items() if "error" in each[1]}
READABLE = {case: each for case, each in CASES.items() if "error" not in each[1]}

# Where tshark's count of conversations is another by design: it joins VLANs, and lists one UDP
# conversation of the troubled office twice (once as SNMP's own).
OTHER_COUNTS = {("wire-formats/vlans.pcap", "tcp"), ("wire-formats/vlans.pcap", "udp"),
                ("office-trouble/office-trouble.pcap", "udp")}  # fmt: skip

# What samples call it -> what the catalogue calls it.
SAME = {
    "windows-rpc-endpoint-mapper": "epmap",
    "ms-sql-server": "mssql",
    "smtp-submission": "submission",
    "cldap": "ldap",
    "ping": "icmp",
}

# What ports alone cannot know, and what is answered instead. Content and control traffic will
# tell; until then the label may be missing or weak, as stated here, and nothing else.
PORTS_SAY = {
    ("10.1.0.2", 9): {"discard:likely"},
    ("10.1.0.2", 9999): {"tplink-smart-home:likely"},
    ("10.1.0.2", 81): {"hosts2-ns:likely"},
    ("10.1.0.9", 8080): {"http-alt:assigned"},
    ("10.1.0.2", 443): {"https:confirmed"},
    ("10.1.0.2", 5001): {"gnomemeeting:possible"},
    ("10.1.0.2", 5002): {"gnomemeeting:possible"},
    ("2001:db8:1::2", 5004): {"rtp:likely"},
    ("198.51.100.66", 12345): {"officescan:assigned"},
    ("198.51.100.66", 443): {"http:confirmed"},
    ("198.51.100.66", 8099): {"tls:confirmed"},
    ("10.20.0.10", 139): {"smb:confirmed"},
    ("10.20.0.10", 3269): {"global-catalog-tls:confirmed"},
}

# Tunnels are not flows: what is inside them is, and its tunnel column names them.
TUNNELS = {"gre": "gre", "ip-in-ip": "ipip", "6in4": "6in4", "ah": "ah"}


@pytest.fixture(scope="module")
def analyses():
    """Each sample is read once."""
    return {case: classifier.read(path) for case, (path, _) in READABLE.items()}


def test_every_capture_is_described_and_every_description_has_its_capture():
    captures = {
        f"{path.parent.name}/{path.name}"
        for path in SAMPLES.glob("*/*")
        if ".pcap" in path.name or path.name.endswith(".etl")
    }
    assert captures == set(CASES)


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_capture_is_an_error_that_says_so(case):
    path, facts = UNREADABLE[case]
    with pytest.raises(classifier.CaptureError, match=facts["error"]) as raised:
        classifier.read(path)
    assert str(path) in str(raised.value)


@pytest.mark.parametrize("case", READABLE)
def test_every_frame_is_read_and_ends_in_one_counter(case, analyses):
    facts, health = READABLE[case][1], analyses[case].capture_health
    assert health.adds_up
    if "frames" in facts:
        at_most = "at most" in facts.get("note", "")
        frames = health.frames
        assert frames <= facts["frames"] if at_most else frames == facts["frames"]


@pytest.mark.parametrize("case", READABLE)
def test_damage_is_a_warning_with_its_place(case, analyses):
    facts, warnings = READABLE[case][1], analyses[case].capture_health.warnings
    if "warning" not in facts:
        assert not [warning for warning in warnings if "claims" in warning.cause]
        return
    told = [warning for warning in warnings if facts["warning"] in warning.cause]
    assert told, [str(warning) for warning in warnings]
    if "offset" in facts:
        assert facts["offset"] in {warning.offset for warning in told}


@pytest.mark.parametrize("case", READABLE)
def test_link_types_are_told(case, analyses):
    facts, (capture,) = READABLE[case][1], analyses[case].capture_health.captures
    if "link_types" in facts:
        ours = {interface.link_name for interface in capture.interfaces if interface.frames}
        assert ours == {LINK_TYPES.get(name, name) for name in facts["link_types"]}


@pytest.mark.parametrize("case", READABLE)
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_conversations_are_as_many_as_tshark_counts(case, transport, analyses):
    facts = READABLE[case][1]
    if f"{transport}_conversations" not in facts or (case, transport) in OTHER_COUNTS:
        return
    flows = analyses[case].flows
    assert (flows["transport"] == transport).sum() == facts[f"{transport}_conversations"]


@pytest.mark.parametrize("case", [case for case in READABLE if READABLE[case][1].get("server")])
def test_every_server_is_named_as_what_it_is(case, analyses):
    flows = analyses[case].flows
    wrong = []
    for server in READABLE[case][1]["server"]:
        if isinstance(server["service"], str) and server["service"] in TUNNELS:
            if not flows["tunnel"].str.contains(TUNNELS[server["service"]]).any():
                wrong.append((server, "not in any tunnel"))
            continue
        here = _at(flows, server)
        named = {f"{row.service}:{row.confidence}" for row in here.itertuples()}
        allowed = PORTS_SAY.get((server["ip"], server.get("port")))
        if not named or not (named <= allowed if allowed else _right(server, named)):
            wrong.append((server, named))
        elif len(here) != server.get("flows", len(here)) and not (flows["tunnel"] != "").any():
            wrong.append((server, len(here)))
    assert not wrong


def _right(server: dict[str, Any], named: set[str]) -> bool:
    """Whether the names are the true one, or unknown where that is the truth."""
    said = server["service"]
    names = {SAME.get(each, each) for each in ([said] if isinstance(said, str) else said)}
    if server["transport"] == "icmp6":
        names = {"icmpv6"}
    return {each.split(":")[0] for each in named} == names


def _at(flows: Any, server: dict[str, Any]) -> Any:
    """The flows to a server."""
    here = (flows["server_ip"] == server["ip"]) & (flows["transport"] == server["transport"])
    if "port" in server:
        here &= flows["server_port"] == server["port"]
    if "ip_protocol" in server:
        here &= flows["ip_protocol"] == server["ip_protocol"]
    return flows[here.fillna(value=False)]


def test_dynamic_ports_are_named_by_what_was_bound_on_them(analyses):
    flows = analyses["office-domain-controller/office-domain-controller.pcap"].flows
    rpc = flows[(flows["server_port"] >= 49152) & (flows["transport"] == "tcp")]
    assert list(zip(rpc["server_port"], rpc["service"], rpc["detail"], strict=True)) == [
        (49154, "windows-rpc/samr", "samr; bind in frame 897, handed out in frame 890"),
        (49154, "windows-rpc/samr", "samr; bind in frame 934, handed out in frame 927"),
        (49152, "windows-rpc/netlogon", "netlogon; bind in frame 973, handed out in frame 966"),
        (49153, "windows-rpc/drsuapi", "drsuapi; bind in frame 1084, handed out in frame 997"),
        (49153, "windows-rpc/dnsserver", "dnsserver; bind in frame 1304, handed out in frame 1217"),
    ]
    assert set(rpc["confidence"]) == {"confirmed"}


def test_a_port_that_another_client_was_told_is_announced_too(analyses):
    flows = analyses["legacy-rpc/legacy-rpc.pcap"].flows
    asked = (flows["client_ip"] == "10.40.0.22") & (flows["server_port"] == 1026)
    (other,) = flows[asked].itertuples()
    assert other.service == "windows-rpc/drsuapi"
    assert (other.confidence, other.basis) == ("announced", "announcement")
    assert other.detail.endswith("handed out in frame 10")


@pytest.mark.parametrize("case", READABLE)
@pytest.mark.parametrize("name", [each.name for each in reports.FORMATS])
def test_every_report_of_every_sample_is_clean(case, name, analyses):
    text = reports.render(name, analyses[case])
    assert text.strip()
    assert not [sign for sign in text if ord(sign) < 32 and sign not in "\n\r\t"]
    if name == "html":
        body = text.split("</style>")[1].split("<script>")[0]
        for raw in READABLE[case][1].get("must_not_appear_raw", ()):
            # The page has tags of its own; what the capture says must not have become one.
            assert f"{raw}alert" not in body
            assert not re.search(re.escape(raw) + r"[^>]*(alert|onerror|bold)", body)


def test_scans_are_found_in_the_troubled_office(analyses):
    case = "office-trouble/office-trouble.pcap"
    found = [finding for finding in analyses[case].findings if finding.kind == "scan"]
    for expected in READABLE[case][1]["finding"]:
        if expected["what"] == "port scan":
            assert any(
                expected["client_ip"] in finding.title
                and any(expected["server_ip"] in each for each in finding.conditions)
                for finding in found
            ), expected
