from __future__ import annotations

from collections import Counter
from ipaddress import IPv6Address, ip_network
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build import flow_table
from classifier import tables as made
from classifier.engine.contract import OUTCOMES, CaptureFile, Health, InputWarning, Interface
from classifier.flows.unnamed import UnnamedHeads
from classifier.hosts import HostFacts
from classifier.model import FLOW_COLUMNS, Finding, Severity
from classifier.table import Table, Values
from classifier.tables.columns import COLUMNS
from classifier.tables.firstbytes import sketch
from classifier.tables.scope import FOUR, SIX, WORDS, scope, scopes

NO_HEADS = pd.DataFrame({"client_head": [], "server_head": []})


def columns(flows: pd.DataFrame) -> Table:
    return Table.of(flows, FLOW_COLUMNS)


tables = SimpleNamespace(
    services=lambda flows, known: made.services(columns(flows), known).frame(),
    certainty=lambda flows: made.certainty(columns(flows)).frame(),
    coverage=lambda flows: made.coverage(columns(flows)).frame(),
    hosts=lambda flows: made.hosts(columns(flows)).frame(),
    conversations=lambda flows: made.conversations(columns(flows)).frame(),
    endpoints=lambda flows, *others: made.endpoints(columns(flows), *others).frame(),
    unknown=lambda flows, heads: made.unknown(columns(flows), UnnamedHeads.of(heads)).frame(),
    health=lambda health: made.health(health).frame(),
    captures=lambda health: made.captures(health).frame(),
    interfaces=lambda health: made.interfaces(health).frame(),
    warnings=lambda health: made.warnings(health).frame(),
    findings=lambda found: made.findings(found).frame(),
    violations=lambda verdicts: made.violations(verdicts).frame(),
)
"""The tables as DataFrames, made of flow tables that are DataFrames."""


MAPPED = st.ip_addresses(v=4).map(lambda ip: IPv6Address(int(ip) | 0xFFFF << 32))
"""IPv4 addresses in IPv6's clothes."""


class Stub:
    def __init__(self, **entries: Any) -> None:
        self.entries = entries

    def brief(self, service: str, /) -> Any:
        return self.entries[service]  # raises KeyError, as the catalogue does


NONE = Stub()


def row(table: pd.DataFrame, **wanted: Any) -> pd.Series[Any]:
    """The only row of a table with these values."""
    found = table
    for name, value in wanted.items():
        found = found[found[name] == value]
    assert len(found) == 1, f"{len(found)} rows with {wanted}"
    return found.iloc[0]


EMPTY = {
    "services": lambda: tables.services(flow_table(), NONE),
    "certainty": lambda: tables.certainty(flow_table()),
    "coverage": lambda: tables.coverage(flow_table()),
    "hosts": lambda: tables.hosts(flow_table()),
    "conversations": lambda: tables.conversations(flow_table()),
    "endpoints": lambda: tables.endpoints(flow_table(), None, ()),
    "unknown": lambda: tables.unknown(flow_table(), NO_HEADS),
    "health": lambda: tables.health(Health()),
    "captures": lambda: tables.captures(Health()),
    "interfaces": lambda: tables.interfaces(Health()),
    "warnings": lambda: tables.warnings(Health()),
    "findings": lambda: tables.findings(()),
    "violations": lambda: tables.violations(Table((), {})),
}


def test_every_declared_table_is_made_by_a_function_of_its_name() -> None:
    assert set(EMPTY) == set(COLUMNS) == set(made.TABLES)


@pytest.mark.parametrize("name", COLUMNS)
def test_an_empty_input_gives_an_empty_table_with_the_declared_columns(name: str) -> None:
    table = EMPTY[name]()
    assert table.empty
    assert {each: str(table[each].dtype) for each in table.columns} == {
        column.name: column.dtype for column in COLUMNS[name]
    }


def test_tables_of_one_flow_have_the_declared_dtypes() -> None:
    flows = flow_table({"service": "unknown"})
    for name, table in {
        "services": tables.services(flows, NONE),
        "certainty": tables.certainty(flows),
        "coverage": tables.coverage(flows),
        "hosts": tables.hosts(flows),
        "conversations": tables.conversations(flows),
        "unknown": tables.unknown(flows, NO_HEADS),
    }.items():
        assert [str(dtype) for dtype in table.dtypes] == [each.dtype for each in COLUMNS[name]]


class TestServices:
    def test_most_bytes_come_first_and_shares_are_of_all_bytes(self) -> None:
        table = tables.services(
            flow_table(
                {"service": "dns", "client_bytes": 100, "server_bytes": 100},
                {"service": "smb", "client_bytes": 300, "server_bytes": 400},
                {"service": "unknown", "client_bytes": 50, "server_bytes": 50},
            ),
            NONE,
        )
        assert list(table["service"]) == ["smb", "dns", "unknown"]
        assert list(table["share"]) == [0.7, 0.2, 0.1]

    def test_flows_are_counted_by_how_sure_they_are(self) -> None:
        words = ["confirmed", "announced", "assigned", "likely", "likely", "possible"]
        flows = flow_table(*({"service": "dns", "confidence": word} for word in words))
        dns = row(tables.services(flows, NONE), service="dns")
        assert (dns["flows"], dns["sure"], dns["likely"], dns["possible"]) == (6, 3, 2, 1)

    def test_unknown_flows_are_neither_sure_nor_guessed(self) -> None:
        only = tables.services(flow_table({}), NONE).iloc[0]
        assert (only["flows"], only["sure"], only["likely"], only["possible"]) == (1, 0, 0, 0)

    def test_clients_and_servers_are_distinct_addresses(self) -> None:
        flows = flow_table(
            *({"service": "dns", "client_ip": ip, "server_ip": "10.0.0.9"} for ip in "abab")
        )
        dns = row(tables.services(flows, NONE), service="dns")
        assert (dns["clients"], dns["servers"]) == (2, 1)

    def test_six_ports_are_listed_by_use_and_the_rest_counted(self) -> None:
        used = [80] * 3 + [8080] * 2 + [1, 2, 3, 4, 5, 6]
        flows = flow_table(*({"service": "http", "server_port": port} for port in used))
        ports = row(tables.services(flows, NONE), service="http")["ports"]
        assert ports.startswith("80/tcp, 8080/tcp, ")
        assert ports.endswith(" +2")
        assert ports.count("/tcp") == 6

    def test_a_service_without_ports_lists_none(self) -> None:
        flows = flow_table({"service": "ospf", "server_port": None, "transport": "ip"})
        assert row(tables.services(flows, NONE), service="ospf")["ports"] == ""

    def test_names_family_and_flags_come_from_the_catalogue(self) -> None:
        entry = SimpleNamespace(name="Telnet", family="remote", flags=("obsolete", "cleartext"))
        flows = flow_table({"service": "telnet"}, {"service": "novel"})
        table = tables.services(flows, Stub(telnet=entry))
        telnet, novel = row(table, service="telnet"), row(table, service="novel")
        assert list(telnet[["name", "family", "flags"]]) == [
            "Telnet",
            "remote",
            "obsolete, cleartext",
        ]
        assert list(novel[["name", "family", "flags"]]) == ["novel", "", ""]

    def test_categories_without_flows_make_no_row(self) -> None:
        flows = flow_table({"service": "dns"}, {"service": "smb"})
        assert list(tables.services(flows.head(1), NONE)["service"]) == ["dns"]


def test_certainty_is_ordered_from_sure_to_unknown() -> None:
    words = ["unknown", "possible", "confirmed", "confirmed"]
    table = tables.certainty(flow_table(*({"confidence": word} for word in words)))
    assert list(table["confidence"]) == ["confirmed", "possible", "unknown"]
    assert list(table["flows"]) == [2, 1, 1]


class TestHosts:
    def test_bytes_are_counted_from_the_side_of_each_host(self) -> None:
        flows = flow_table(
            {"client_ip": "10.0.0.1", "server_ip": "10.0.0.2",
             "client_bytes": 10, "server_bytes": 1000},
            {"client_ip": "10.0.0.2", "server_ip": "10.0.0.3",
             "client_bytes": 5, "server_bytes": 7},
        )  # fmt: skip
        middle = row(tables.hosts(flows), ip="10.0.0.2")
        assert (middle["bytes_sent"], middle["bytes_received"]) == (1005, 17)
        assert (middle["flows_as_client"], middle["flows_as_server"], middle["peers"]) == (1, 1, 2)

    def test_only_an_answering_server_offers_a_service(self) -> None:
        flows = flow_table(
            {"service": "smb"},
            {"service": "rdp", "server_packets": 0, "state": "S0"},
            {"service": "ssh", "server_packets": 1, "state": "REJ"},
        )
        table = tables.hosts(flows)
        assert row(table, ip="10.0.0.2")["services_offered"] == "smb"
        assert row(table, ip="10.0.0.1")["services_used"].count(",") == 2

    def test_unknown_is_named_last(self) -> None:
        flows = flow_table({}, {}, {"service": "dns"})
        assert row(tables.hosts(flows), ip="10.0.0.2")["services_offered"] == "dns, unknown"

    def test_a_flow_to_itself_counts_once_and_is_no_peer(self) -> None:
        only = tables.hosts(
            flow_table({"client_ip": "::1", "server_ip": "::1", "client_packets": 3,
                        "server_packets": 2, "client_bytes": 30, "server_bytes": 20})
        ).iloc[0]  # fmt: skip
        assert (only["packets"], only["peers"]) == (5, 0)
        assert (only["bytes_sent"], only["bytes_received"]) == (50, 50)

    @pytest.mark.parametrize(
        ("address", "word"),
        [
            ("10.1.2.3", "private"),
            ("fd00::1", "private"),
            ("8.8.8.8", "public"),
            ("2a00:1450::1", "public"),
            ("169.254.3.4", "link-local"),
            ("fe80::1", "link-local"),
            ("224.0.0.251", "multicast"),
            ("ff02::fb", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("127.0.0.1", "loopback"),
            ("::1", "loopback"),
            ("0.0.0.0", "unspecified"),
            ("100.64.0.1", "shared"),
            ("240.0.0.1", "reserved"),
            ("::ffff:10.0.0.1", "private"),
            ("\x1b[31m", "not an address"),
        ],
    )
    def test_scope_says_where_an_address_belongs(self, address: str, word: str) -> None:
        assert scope(address) == word
        assert scopes([address, "10.0.0.1"]).texts().tolist() == [word, "private"]

    def test_scopes_agree_with_ipaddress_at_the_edges_of_every_special_network(self) -> None:
        edges = []
        for network in map(ip_network, (FOUR + SIX).split()):
            first, last = int(network.network_address), int(network.broadcast_address)
            near = {first - 1, first, first + 1, (first + last) // 2, last - 1, last, last + 1}
            known = [number for number in near if 0 <= number < 1 << network.max_prefixlen]
            edges += [str(type(network.network_address)(number)) for number in known]
        assert scopes(edges).texts().tolist() == [scope(each) for each in edges]
        assert {scope(each) for each in edges} == set(WORDS) - {"not an address"}

    @settings(deadline=None)
    @given(st.lists(st.one_of(st.ip_addresses(), MAPPED).map(str), max_size=20))
    def test_scopes_of_many_addresses_are_the_scopes_of_each(self, drawn: list[str]) -> None:
        assert scopes(drawn).texts().tolist() == [scope(each) for each in drawn]

    def test_one_text_that_is_no_address_does_not_change_the_others(self) -> None:
        texts = ["8.8.8.8", "01.2.3.4", "fe80::1", "1.2.3", "::g", "", "a\0b", "ü", "fe80::1%eth0"]
        assert scopes(texts).texts().tolist() == [scope(each) for each in texts]


class TestConversations:
    def test_client_ports_do_not_split_a_conversation(self) -> None:
        flows = flow_table(*({"service": "dns", "client_port": port} for port in (5000, 5001)))
        table = tables.conversations(flows)
        assert list(table["flows"]) == [2]

    def test_bytes_of_both_directions_that_fill_a_word_each_are_added_up(self) -> None:
        large = {"service": "smb", "client_bytes": 2**30 - 1, "server_bytes": 2**30 - 1}
        table = tables.conversations(flow_table(large, large))
        assert list(table["bytes"]) == [4 * (2**30 - 1)]

    def test_server_port_transport_and_service_do(self) -> None:
        flows = flow_table({}, {"server_port": 444}, {"transport": "udp"}, {"service": "x"})
        assert len(tables.conversations(flows)) == 4

    def test_the_best_confidence_and_the_states_are_kept(self) -> None:
        flows = flow_table(
            {"service": "dns", "confidence": "possible", "state": "S0"},
            {"service": "dns", "confidence": "assigned", "state": "SF"},
            {"service": "dns", "confidence": "likely", "state": "SF"},
        )
        only = tables.conversations(flows).iloc[0]
        assert (only["confidence"], only["states"]) == ("assigned", "SF 2, S0 1")

    def test_a_missing_port_stays_null(self) -> None:
        flows = flow_table({"transport": "ip", "ip_protocol": 47, "server_port": None})
        assert tables.conversations(flows)["server_port"].isna().all()

    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(0, 10**9)),
            max_size=12,
        )
    )
    def test_bytes_and_flows_are_neither_lost_nor_doubled(
        self, drawn: list[tuple[str, str, int]]
    ) -> None:
        flows = flow_table(
            *({"client_ip": c, "server_ip": s, "client_bytes": n} for c, s, n in drawn)
        )
        total = int(flows["client_bytes"].sum() + flows["server_bytes"].sum())
        for table in (
            tables.conversations(flows),
            tables.services(flows, NONE),
            tables.unknown(flows, NO_HEADS),
        ):
            assert (table["flows"].sum(), table["bytes"].sum()) == (len(flows), total)


class TestUnknown:
    def test_named_flows_are_not_listed_but_count_in_the_share(self) -> None:
        flows = flow_table(
            {"client_bytes": 25, "server_bytes": 0},
            {"service": "dns", "client_bytes": 75, "server_bytes": 0},
        )
        table = tables.unknown(flows, NO_HEADS)
        assert list(table["share"]) == [0.25]

    def test_one_row_an_endpoint_most_bytes_first(self) -> None:
        flows = flow_table(
            {"server_port": 7000, "client_ip": "10.0.0.5"},
            {"server_port": 7000, "client_ip": "10.0.0.6", "server_packets": 0, "state": "S0"},
            {"server_port": 9000, "server_bytes": 10**6},
        )
        table = tables.unknown(flows, NO_HEADS)
        assert list(table["server_port"]) == [9000, 7000]
        second = table.iloc[1]
        assert (second["peers"], second["flows"], second["answered"]) == (2, 2, 1)
        assert (second["example_flow"], second["first_frame"]) == (1, 1)

    def test_a_port_scan_is_one_row(self) -> None:
        scan = [{"server_port": port, "server_packets": 0, "state": "S0"} for port in range(1, 401)]
        refused = [{"server_port": port, "state": "REJ"} for port in range(401, 501)]
        table = tables.unknown(flow_table(*scan, *refused, {"server_port": 9000}), NO_HEADS)
        assert len(table) == 2
        folded = row(table, flows=500)
        assert pd.isna(folded["server_port"])
        assert folded["detail"] == "500 ports, never answered: port scan or dead service"
        assert folded["display_filter"] == (
            "ip.dst == 10.0.0.2 && tcp.flags.syn == 1 && tcp.flags.ack == 0"
        )

    def test_a_scan_of_one_among_many_servers_is_one_row(self) -> None:
        others = [{"server_ip": f"10.0.1.{host}", "service": "ssh"} for host in range(250)]
        scan = [{"server_port": port, "server_packets": 0, "state": "S0"} for port in range(1, 31)]
        table = tables.unknown(flow_table(*others, *scan, {"server_port": 9000}), NO_HEADS)
        assert sorted(table["flows"]) == [1, 30]

    def test_a_single_dead_service_keeps_its_port(self) -> None:
        table = tables.unknown(flow_table({"state": "S0", "server_packets": 0}), NO_HEADS)
        assert list(table["server_port"]) == [443]
        assert table["detail"][0] == "never answered: port scan or dead service"

    def test_one_way_udp_is_folded_only_when_it_is_a_scan(self) -> None:
        silent = {"transport": "udp", "ip_protocol": 17, "state": "", "server_packets": 0}
        few = flow_table(*({**silent, "server_port": port} for port in range(5)))
        many = flow_table(*({**silent, "server_port": port} for port in range(50)))
        assert len(tables.unknown(few, NO_HEADS)) == 5
        assert len(tables.unknown(many, NO_HEADS)) == 1

    def test_an_unanswered_flow_to_a_living_port_is_not_folded_away(self) -> None:
        flows = flow_table(
            {"server_port": 7000},
            {"server_port": 7000, "state": "S0", "server_packets": 0},
            {"server_port": 1, "state": "S0", "server_packets": 0},
            {"server_port": 2, "state": "S0", "server_packets": 0},
        )
        table = tables.unknown(flows, NO_HEADS)
        assert sorted(table["flows"]) == [2, 2]
        assert row(table, server_port=7000)["flows"] == 2

    def test_silent_ports_count_once_whatever_protocols_and_flows_they_have(self) -> None:
        silent = {"transport": "udp", "ip_protocol": 17, "state": "", "server_packets": 0}
        ports = [{**silent, "server_port": port} for port in (*range(6), *range(6))]
        others = [{**silent, "ip_protocol": 136, "server_port": port} for port in range(3, 11)]
        table = tables.unknown(flow_table(*ports, *others), NO_HEADS)
        assert sorted(zip(table["flows"], table["detail"], strict=True)) == [
            (8, "8 ports, never answered: port scan or dead service"),
            (12, "6 ports, never answered: port scan or dead service"),
        ]
        fewer = tables.unknown(flow_table(*ports, *others[:-1]), NO_HEADS)
        assert len(fewer) == 13

    def test_the_most_common_note_is_the_detail(self) -> None:
        notes = ["in the dynamic band", "", "", "", "in the dynamic band", "other"]
        flows = flow_table(*({"detail": note} for note in notes))
        assert list(tables.unknown(flows, NO_HEADS)["detail"]) == ["in the dynamic band"]

    @pytest.mark.parametrize(
        ("values", "text"),
        [
            ({}, "ip.addr == 10.0.0.2 && tcp.port == 443"),
            ({"transport": "udp", "server_ip": "2001:db8::1"},
             "ipv6.addr == 2001:db8::1 && udp.port == 443"),
            ({"transport": "sctp", "server_port": 2905},
             "ip.addr == 10.0.0.2 && sctp.port == 2905"),
            ({"transport": "ip", "ip_protocol": 47, "server_port": None},
             "ip.addr == 10.0.0.2 && ip.proto == 47"),
            ({"transport": "ip", "ip_protocol": 50, "server_port": None, "server_ip": "fe80::9"},
             "ipv6.addr == fe80::9 && ipv6.nxt == 50"),
            ({"transport": "icmp", "server_port": None}, "ip.addr == 10.0.0.2 && icmp"),
            ({"transport": "icmp6", "server_port": None, "server_ip": "fe80::9"},
             "ipv6.addr == fe80::9 && icmpv6"),
        ],
    )  # fmt: skip
    def test_the_display_filter_is_wiresharks(self, values: dict[str, Any], text: str) -> None:
        table = tables.unknown(flow_table(values), NO_HEADS)
        assert list(table["display_filter"]) == [text]

    def test_first_bytes_are_the_clients_most_common_or_else_the_servers(self) -> None:
        flows = flow_table(
            *({"server_port": 1000} for _ in range(3)),
            {"server_port": 2000},
            {"server_port": 3000},
        )
        heads = pd.DataFrame(
            {
                "client_head": [
                    b"\x01\x02",
                    b"PING 1234567890123456",
                    b"PING 1234567890123999",
                    b"",
                ],
                "server_head": [b"x", b"x", b"x", b"220 hello\r\n"],
            },
            index=[1, 2, 3, 4],
        )
        table = tables.unknown(flows, heads).set_index("server_port")["first_bytes"]
        assert table[1000] == '"PING 12345678901"'
        assert table[2000] == r'"220 hello\r\n"'
        assert table[3000] == ""

    @settings(deadline=None)
    @given(st.binary(max_size=40))
    def test_a_sketch_is_one_line_of_printable_ascii(self, head: bytes) -> None:
        text = sketch(head)
        assert text.isascii()
        assert text.isprintable()
        assert bool(text) == bool(head)


class TestCapture:
    def test_health_is_in_the_order_of_outcomes_then_by_frames_and_loses_nothing(self) -> None:
        outcomes = Counter(
            {
                ("undecodable", "x"): 1,
                ("not IP", "STP"): 2,
                ("in flow", ""): 5,
                ("not IP", "ARP"): 9,
            }
        )
        health = Health(
            frames=17,
            outcomes=outcomes,
            first_frames={("not IP", "ARP"): (0, 3)},
            captures=[CaptureFile("a.pcap")],
        )
        table = tables.health(health)
        assert list(table["detail"]) == ["", "ARP", "STP", "x"]
        order = [OUTCOMES.index(outcome) for outcome in table["outcome"]]
        assert order == sorted(order)
        assert table["frames"].sum() == 17
        assert table["share"].sum() == pytest.approx(1)
        arp = row(table, detail="ARP")
        assert (arp["capture"], arp["first_frame"]) == ("a.pcap", 3)
        assert pd.isna(row(table, detail="STP")["first_frame"])

    def test_one_row_a_file_with_what_its_interfaces_say(self) -> None:
        file = CaptureFile(
            "a.pcapng", "pcapng", frames=3, first_seen=1_000, last_seen=2_000,
            interfaces=[Interface(1, "ETHERNET", snap_length=96, dropped=2),
                        Interface(1, "ETHERNET", dropped=-1), Interface(113, "LINUX_SLL")],
        )  # fmt: skip
        only = tables.captures(Health(captures=[file])).iloc[0]
        assert only["link_types"] == "ETHERNET, LINUX_SLL"
        assert (only["snap_length"], only["dropped"], only["interfaces"]) == (96, 2, 3)
        assert only["first_seen"].value == 1_000

    def test_a_file_without_frames_has_no_times(self) -> None:
        table = tables.captures(Health(captures=[CaptureFile("empty.pcap")]))
        assert table["first_seen"].isna().all()
        assert table["dropped"].isna().all()

    def test_a_warning_without_a_place_has_no_offset(self) -> None:
        health = Health(warnings=[InputWarning("a", -1, "c"), InputWarning("a", 24, "c", "f", 3)])
        assert tables.warnings(health)["offset"].tolist() == [pd.NA, 24]

    def test_a_file_name_with_a_stray_byte_is_shown_and_does_not_raise(self) -> None:
        table = tables.captures(Health(captures=[CaptureFile("bad\udcff.pcap")]))
        assert table["capture"][0] == "bad\\udcff.pcap"

    def test_coverage_counts_what_was_not_seen(self) -> None:
        flows = flow_table(
            {},
            {"client_flags": "AP", "server_flags": "A", "direction_basis": "lower_port"},
            {"server_packets": 0, "server_payload": 0},
            {"transport": "udp", "server_packets": 0, "server_payload": 0, "client_flags": ""},
        )
        counted = tables.coverage(flows)[["flows", "of"]].to_numpy().tolist()
        assert counted == [[1, 3], [1, 3], [2, 4], [1, 4]]


def test_findings_keep_their_order_and_words() -> None:
    finding = Finding(
        "scan-1", "scan", Severity.HIGH, "t", ("a", "b"), ("c",), (1, 2), 9, 5, undetermined=True
    )
    only = tables.findings((finding,)).iloc[0]
    assert (only["severity"], only["conditions"], only["flows"]) == ("high", "a; b", "1, 2")
    assert bool(only["undetermined"])


def test_tables_do_not_depend_on_the_index_or_order_of_the_flows() -> None:
    flows = flow_table(
        *(
            {"client_ip": f"10.0.0.{n % 5}", "server_ip": f"10.1.0.{n % 3}", "server_port": n % 4,
             "service": ["dns", "unknown"][n % 2], "client_bytes": n * n}
            for n in range(60)
        )
    )  # fmt: skip
    mixed = flows.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(tables.hosts(flows), tables.hosts(mixed))
    pd.testing.assert_frame_equal(tables.services(flows, NONE), tables.services(mixed, NONE))
    key = ["client_ip", "server_ip", "server_port", "service"]
    one, other = (
        tables.conversations(each).sort_values(key, ignore_index=True) for each in (flows, mixed)
    )
    pd.testing.assert_frame_equal(one, other)
    one, other = (
        tables.unknown(each, NO_HEADS).sort_values("display_filter", ignore_index=True)
        for each in (flows, mixed)
    )
    pd.testing.assert_frame_equal(one, other)


def test_no_table_changes_the_flow_table() -> None:
    flows = flow_table({}, {"service": "dns"}, {"state": "S0", "server_packets": 0})
    before = flows.copy(deep=True)
    for make in (tables.hosts, tables.conversations, tables.certainty, tables.coverage):
        make(flows)
    tables.services(flows, NONE)
    tables.unknown(flows, NO_HEADS)
    pd.testing.assert_frame_equal(flows, before)


def test_twenty_thousand_flows_make_tables_that_add_up() -> None:
    flows = flow_table(*({} for _ in range(20)))
    flows = pd.concat([flows] * 1000, ignore_index=True)
    flows["flow"] = np.arange(len(flows))
    flows["server_port"] = pd.array(np.arange(len(flows)) % 60_000, dtype="UInt16")
    table = tables.unknown(flows, NO_HEADS)
    assert len(table) == 20_000
    assert table["share"].sum() == pytest.approx(1)
    assert tables.conversations(flows)["flows"].sum() == 20_000


class TestHostFacts:
    FACTS: ClassVar = HostFacts(
        ("10.9.9.9", "10.0.0.2"),
        {
            "names": Values(np.array([0, 1]), ["x", "dc1"]),
            "name_basis": Values(np.array([0, 0]), ["DNS in frame 3"]),
            "ephemeral_band": Values(np.array([0, 1]), ["", "windows-modern"]),
            "band_ports": Values(np.array([7, 12])),
            "dynamic_range": Values(np.array([0, 0]), ["modern"]),
            "roles": Values(np.array([0, 0]), ["dns-server"]),
        },
    )

    def test_what_is_known_of_a_host_stands_in_its_row(self) -> None:
        table = made.hosts(columns(flow_table({}, {})), self.FACTS).frame()
        known = row(table, ip="10.0.0.2")
        assert (known["names"], known["name_basis"]) == ("dc1", "DNS in frame 3")
        assert (known["ephemeral_band"], known["band_ports"]) == ("windows-modern", 12)
        assert (known["dynamic_range"], known["roles"]) == ("modern", "dns-server")

    def test_a_host_of_which_nothing_is_known_has_empty_columns(self) -> None:
        table = made.hosts(columns(flow_table({})), self.FACTS).frame()
        other = row(table, ip="10.0.0.1")
        assert [other[name] for name in ("names", "ephemeral_band", "roles")] == ["", "", ""]
        assert other["band_ports"] == 0
        assert "x" not in set(table["names"])

    def test_of_a_part_of_the_flows_each_host_keeps_its_own(self) -> None:
        whole = columns(
            flow_table(
                {"client_ip": "10.0.0.7"}, {"client_ip": "10.0.0.1"}, {"server_ip": "10.0.0.8"}
            )
        )
        found = made.hosts(whole.take(np.array([1])), self.FACTS).frame()
        assert sorted(found["ip"]) == ["10.0.0.1", "10.0.0.2"]
        assert row(found, ip="10.0.0.2")["names"] == "dc1"
        assert row(found, ip="10.0.0.1")["names"] == ""
