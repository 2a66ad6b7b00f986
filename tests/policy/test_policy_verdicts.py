from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
from checking import check, judge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from build import flow_table
from classifier.policy import ATTEMPTED, VIOLATION_COLUMNS, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier import policy
    from classifier.catalogue import Catalogue

SURE = {"service": "smtp", "confidence": "confirmed"}
GUESS = {"service": "smtp", "confidence": "possible"}
OUT = {"server_ip": "192.0.2.1"}


def rule(text: str, number: int = 1) -> str:
    return f'\n[[rule]]\nid = "r{number}"\n{text}\n'


@pytest.fixture
def verdict(written: Callable[..., policy.Policy], catalogue: Catalogue) -> Callable[..., str]:
    """The verdict on one flow, as a word."""

    def verdict(text: str, **flow: Any) -> str:
        judged = judge(flow_table(flow), written(text), catalogue)
        return Verdict(judged.verdict[0]).word

    return verdict


@pytest.mark.parametrize(
    ("selector", "flow", "expected"),
    [
        ("smtp", SURE, "violation"),
        ("smtp", GUESS, "undetermined"),
        ("smtp", {"service": "dns", "confidence": "confirmed"}, "allowed"),
        ("family:mail", SURE, "violation"),
        ("family:mail", GUESS, "undetermined"),
        ("family:mail", {"service": "dns", "confidence": "confirmed"}, "allowed"),
        ("flag:obsolete", {"service": "pop2", "confidence": "likely"}, "violation"),
        ("flag:obsolete", SURE, "allowed"),
        ("flag:trojan-overlap", {"server_port": 9899}, "violation"),
        ("flag:trojan-overlap", {"server_port": 9899, "transport": "udp"}, "allowed"),
        ("flag:trojan-overlap", {"server_port": 9900}, "allowed"),
        ("flag:trojan-overlap", {"server_port": 7000}, "allowed"),
        (
            "flag:trojan-overlap",
            {"server_port": 3128, "direction_basis": "lower_port"},
            "undetermined",
        ),
        ("windows-rpc/*", {"service": "windows-rpc/svcctl", "confidence": "likely"}, "violation"),
        ("windows-rpc/*", {"service": "windows-rpc", "confidence": "likely"}, "allowed"),
        ("tcp/25", {"server_port": 25}, "violation"),
        ("tcp/25", {"server_port": 25, "direction_basis": "catalogue"}, "violation"),
        ("tcp/25", {"server_port": 25, "direction_basis": "lower_port"}, "undetermined"),
        ("tcp/25", {"server_port": 25, "direction_basis": "first_packet"}, "undetermined"),
        ("tcp/25", {"server_port": 25, "transport": "udp"}, "allowed"),
        ("tcp/25", {"client_port": 25}, "allowed"),
        ("udp/137-139", {"server_port": 139, "transport": "udp"}, "violation"),
        ("udp/137-139", {"server_port": 140, "transport": "udp"}, "allowed"),
        ("ip/47", {"ip_protocol": 47, "transport": "ip", "server_port": None}, "violation"),
        ("ip/47", {"ip_protocol": 50, "transport": "ip", "server_port": None}, "allowed"),
        ("unknown", {}, "violation"),
        ("unknown", GUESS, "allowed"),
        ("*", {}, "violation"),
        ("*", GUESS, "violation"),
    ],
)
def test_a_selector_chooses_its_flows_and_weighs_their_evidence(
    verdict: Callable[..., str], selector: str, flow: dict[str, Any], expected: str
) -> None:
    assert verdict(rule(f'deny = ["{selector}"]'), **flow) == expected


@pytest.mark.parametrize(
    ("minimum", "confidence", "expected"),
    [
        ("possible", "possible", "violation"),
        ("likely", "likely", "violation"),
        ("assigned", "likely", "undetermined"),
        ("confirmed", "announced", "undetermined"),
        ("confirmed", "confirmed", "violation"),
    ],
)
def test_the_policy_sets_how_sure_a_service_must_be(
    written: Callable[..., policy.Policy],
    catalogue: Catalogue,
    minimum: str,
    confidence: str,
    expected: str,
) -> None:
    text = f'version = 1\nmin_confidence = "{minimum}"\n' + rule('deny = ["smtp"]')
    flows = flow_table({"service": "smtp", "confidence": confidence})
    judged = judge(flows, written(text, head=""), catalogue)
    assert Verdict(judged.verdict[0]).word == expected


@pytest.mark.parametrize(
    ("sides", "flow", "expected"),
    [
        ('from = ["internal"]\nto = ["internet"]', OUT, "violation"),
        ('from = ["internal"]\nto = ["internet"]', {}, "allowed"),
        ('from = ["internet"]\nto = ["internal"]', OUT, "allowed"),
        ('from = ["internet"]\nto = ["internal"]\nboth_ways = true', OUT, "violation"),
        ('to = ["internet"]', {"server_ip": "239.1.1.1"}, "allowed"),
        ('to = ["group"]', {"server_ip": "239.1.1.1"}, "violation"),
        ('to = ["192.0.2.0/24", "!192.0.2.1"]', OUT, "allowed"),
        ('to = ["internet"]', {"server_ip": "::ffff:10.0.0.2"}, "allowed"),
        ('from = ["internet"]', {"client_ip": "2001:db8::1"}, "violation"),
        # Who asked is a guess: only a rule that does not tell the sides apart can be sure.
        ("", OUT | {"direction_basis": "first_packet"}, "violation"),
        ('to = ["internet"]', OUT | {"direction_basis": "first_packet"}, "undetermined"),
        (
            'to = ["internet"]\nboth_ways = true\nfrom = ["internal"]',
            OUT | {"direction_basis": "first_packet"},
            "violation",
        ),
        (
            'except = [{ to = ["10.0.0.1"] }]',
            {"direction_basis": "first_packet"},
            "undetermined",
        ),
    ],
)
def test_a_rule_looks_where_it_says(
    verdict: Callable[..., str], sides: str, flow: dict[str, Any], expected: str
) -> None:
    assert verdict(rule(f'deny = ["*"]\n{sides}'), **flow) == expected


ALLOW = rule('allow = ["smtp"]', 1)
DENY = rule('deny = ["smtp"]', 2)
DENY_PORT = rule('deny = ["tcp/443"]', 3)
HINT = rule('deny = ["tcp/443"]\nhint = true', 4)


@pytest.mark.parametrize(
    ("rules", "flow", "expected"),
    [
        (ALLOW + DENY, SURE, "allowed"),
        (DENY + ALLOW, SURE, "violation"),
        (DENY + ALLOW, GUESS, "undetermined"),
        (ALLOW + DENY, GUESS, "undetermined"),
        (ALLOW, GUESS, "allowed"),
        # A guess can neither raise a violation nor take away one that is certain.
        (DENY + DENY_PORT, GUESS, "violation"),
        (ALLOW + DENY_PORT, GUESS, "undetermined"),
        (DENY_PORT + ALLOW, GUESS, "violation"),
        (HINT, {}, "hint"),
        (HINT + DENY_PORT, {}, "hint"),
        (DENY_PORT + HINT, {}, "violation"),
        (DENY + HINT, GUESS, "undetermined"),
        (HINT, {"direction_basis": "lower_port"}, "allowed"),
    ],
)
def test_the_first_rule_that_is_about_a_flow_decides_it(
    verdict: Callable[..., str], rules: str, flow: dict[str, Any], expected: str
) -> None:
    assert verdict(rules, **flow) == expected


def test_an_undetermined_flow_names_the_rule_that_it_may_break(
    written: Callable[..., policy.Policy], catalogue: Catalogue
) -> None:
    loaded = written(rule('deny = ["dns"]', 1) + DENY + DENY_PORT)
    table = check(flow_table(GUESS | {"server_port": 25}), loaded, catalogue)
    assert table[["rule", "verdict"]].values.tolist() == [["r2", "undetermined"]]


@pytest.mark.parametrize(
    ("exception", "flow", "expected"),
    [
        ('{ from = ["10.0.0.1"] }', OUT, "allowed"),
        ('{ from = ["10.0.0.9"] }', OUT, "violation"),
        ('{ from = ["10.0.0.1"], to = ["192.0.2.1"] }', OUT, "allowed"),
        ('{ from = ["10.0.0.1"], to = ["192.0.2.2"] }', OUT, "violation"),
        ('{ from = ["192.0.2.1"] }', OUT, "violation"),
        ('{ from = ["10.0.0.9"] }, { to = ["internet"] }', OUT, "allowed"),
    ],
)
def test_an_exception_excepts_its_hosts_and_no_others(
    verdict: Callable[..., str], exception: str, flow: dict[str, Any], expected: str
) -> None:
    assert verdict(rule(f'deny = ["*"]\nexcept = [{exception}]'), **flow) == expected


def test_an_exception_holds_both_ways_where_the_rule_does(verdict: Callable[..., str]) -> None:
    text = rule('deny = ["*"]\nboth_ways = true\nexcept = [{ from = ["10.0.0.1"] }]')
    assert verdict(text, **OUT) == "allowed"
    assert verdict(text, client_ip="192.0.2.1", server_ip="10.0.0.1") == "allowed"
    assert verdict(text, client_ip="192.0.2.1", server_ip="10.0.0.9") == "violation"


def test_what_is_excepted_from_one_rule_goes_on_to_the_next(verdict: Callable[..., str]) -> None:
    text = rule('deny = ["*"]\nhint = true\nexcept = [{ from = ["10.0.0.1"] }]') + rule(
        'deny = ["tcp/443"]', 2
    )
    assert verdict(text) == "violation"


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ({"service": "dns", "confidence": "confirmed", "server_ip": "10.0.0.53"}, "allowed"),
        ({"service": "dns", "confidence": "confirmed", "server_ip": "10.0.0.54"}, "violation"),
        ({"service": "dns", "confidence": "possible", "server_ip": "10.0.0.54"}, "undetermined"),
        (
            {
                "service": "dns",
                "confidence": "assigned",
                "server_ip": "10.0.0.54",
                "server_packets": 0,
            },
            "allowed",
        ),
        (SURE, "allowed"),
    ],
)
def test_only_expected_hosts_serve_what_is_expected_of_them(
    verdict: Callable[..., str], flow: dict[str, Any], expected: str
) -> None:
    assert verdict('[expect]\ndns = ["10.0.0.53"]', **flow) == expected


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (SURE, "allowed"),
        ({"service": "dns", "confidence": "confirmed"}, "violation"),
        ({"service": "dns", "confidence": "possible"}, "undetermined"),
        ({}, "undetermined"),
        (GUESS, "undetermined"),
    ],
)
def test_what_no_rule_allows_can_be_unexpected(
    written: Callable[..., policy.Policy], catalogue: Catalogue, flow: dict[str, Any], expected: str
) -> None:
    text = 'version = 1\ndefault = "unexpected"\n' + ALLOW
    judged = judge(flow_table(flow), written(text, head=""), catalogue)
    assert Verdict(judged.verdict[0]).word == expected


ATTEMPT = {"state": "S0", "server_packets": 0, "client_payload": 0, "client_flags": "S"}


@pytest.mark.parametrize(
    ("flow", "severity", "attempted"),
    [
        ({}, "medium", False),
        (ATTEMPT, "low", True),
        (ATTEMPT | {"state": "REJ", "server_packets": 1}, "low", True),
        (ATTEMPT | {"client_payload": 9}, "medium", False),  # one side of a real connection
        (ATTEMPT | {"state": "OTH", "client_flags": "A"}, "medium", False),
        (ATTEMPT | {"transport": "udp"}, "medium", False),
    ],
)
def test_an_attempt_is_reported_a_step_lower(
    written: Callable[..., policy.Policy],
    catalogue: Catalogue,
    flow: dict[str, Any],
    severity: str,
    *,
    attempted: bool,
) -> None:
    loaded = written(rule('deny = ["*"]\nwhy = "Because."'))
    table = check(flow_table(flow), loaded, catalogue)
    assert table["severity"].tolist() == [severity]
    assert table["verdict"].tolist() == ["violation"]
    assert table["why"].tolist() == [f"Because. {ATTEMPTED}" if attempted else "Because."]


def test_the_undetermined_and_hints_are_never_more_than_low(
    written: Callable[..., policy.Policy], catalogue: Catalogue
) -> None:
    loaded = written(rule('deny = ["smtp"]\nseverity = "critical"') + HINT)
    table = check(flow_table(GUESS, {}), loaded, catalogue)
    assert sorted(zip(table["verdict"], table["severity"], strict=True)) == [
        ("hint", "low"),
        ("undetermined", "low"),
    ]


def test_flows_of_one_pair_of_hosts_and_service_are_one_row(
    written: Callable[..., policy.Policy], catalogue: Catalogue
) -> None:
    loaded = written(rule('deny = ["smtp"]'))
    flows = flow_table(
        SURE | {"client_bytes": 1, "server_bytes": 2, "confidence": "likely"},
        SURE | {"client_bytes": 10, "server_bytes": 20, "client_port": 50001},
        GUESS | {"client_bytes": 100, "server_bytes": 200},
        SURE | {"client_bytes": 1000, "server_bytes": 2000, "server_ip": "10.0.0.3"},
    )
    table = check(flows, loaded, catalogue)
    assert table["verdict"].tolist() == ["violation", "violation", "undetermined"]
    assert table["flows"].tolist() == [1, 2, 1]
    assert table["bytes"].tolist() == [3000, 33, 300]
    assert table["confidence"].tolist() == ["confirmed", "confirmed", "possible"]
    assert table["example_flow"].tolist() == [4, 2, 3]
    assert table["first_seen"].tolist()[1] == flows["first_seen"].iloc[0]
    assert table["last_seen"].tolist()[1] == flows["last_seen"].iloc[1]


@pytest.mark.parametrize("rows", [(), ({},), ({"transport": "ip", "server_port": None},)])
def test_the_table_has_its_columns_whatever_is_in_it(
    written: Callable[..., policy.Policy], catalogue: Catalogue, rows: tuple[dict[str, Any], ...]
) -> None:
    table = check(flow_table(*rows), written(rule('deny = ["*"]')), catalogue)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == {
        column.name: column.dtype for column in VIOLATION_COLUMNS
    }
    assert len(table) == len(rows)


services = st.sampled_from(["unknown", "smtp", "dns", "pop2", "windows-rpc/svcctl"])
addresses = st.sampled_from(["10.0.0.1", "10.0.0.2", "192.0.2.1", "fd00::1", "224.0.0.1"])
flows_of = st.lists(
    st.fixed_dictionaries(
        {
            "service": services,
            "confidence": st.sampled_from(["confirmed", "likely", "possible", "unknown"]),
            "direction_basis": st.sampled_from(["syn", "catalogue", "lower_port"]),
            "client_ip": addresses,
            "server_ip": addresses,
            "server_port": st.sampled_from([25, 53, 3128, None]),
            "transport": st.sampled_from(["tcp", "udp", "ip"]),
            "server_packets": st.sampled_from([0, 3]),
            "state": st.sampled_from(["S0", "SF", ""]),
        }
    ),
    max_size=12,
)
rules_of = st.lists(
    st.tuples(
        st.sampled_from(["allow", "deny", "hint"]),
        st.sampled_from(
            ["smtp", "family:mail", "flag:trojan-overlap", "tcp/25", "unknown", "*", "ip/6"]
        ),
        st.sampled_from(["any", "internal", "internet", "group"]),
        st.sampled_from(["any", "internal", "internet", "group"]),
        st.booleans(),
    ),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=flows_of, rules=rules_of)
def test_every_flow_has_one_verdict_and_the_table_counts_each_once(
    written: Callable[..., policy.Policy],
    catalogue: Catalogue,
    rows: list[dict[str, Any]],
    rules: list[tuple[str, str, str, str, bool]],
) -> None:
    text = "".join(
        rule(
            f'{"allow" if verb == "allow" else "deny"} = ["{selector}"]\n'
            f'from = ["{client}"]\nto = ["{server}"]\nboth_ways = {str(both).lower()}\n'
            + ("hint = true" if verb == "hint" else ""),
            number,
        )
        for number, (verb, selector, client, server, both) in enumerate(rules)
    )
    flows = flow_table(*rows)
    loaded = written(text)
    judged = judge(flows, loaded, catalogue)
    table = check(flows, loaded, catalogue)
    assert len(judged.verdict) == len(flows)
    assert set(judged.verdict.tolist()) <= set(Verdict)
    counted = table.groupby("verdict")["flows"].sum()
    for verdict in (Verdict.VIOLATION, Verdict.UNDETERMINED, Verdict.HINT):
        assert counted.get(verdict.word, 0) == (judged.verdict == verdict).sum()
    assert ((judged.rule >= 0) == (judged.verdict != Verdict.ALLOWED)).all()
    accused = np.flatnonzero(judged.verdict == Verdict.VIOLATION)
    for row in accused:
        accuser = loaded.rules[judged.rule[row]]
        assert not accuser.allow
        assert not accuser.hint
    # What is left out because no rule can be about it has the verdict that it would have had.
    everyone = patch("classifier.policy.judge.concerned", lambda flows, _: np.arange(len(flows)))
    with everyone:
        all_judged = judge(flows, loaded, catalogue)
    assert np.array_equal(all_judged.verdict, judged.verdict)
    assert np.array_equal(all_judged.rule, judged.rule)
    # Evidence that grows sure makes a verdict certain: nothing stays undetermined.
    sure = flow_table(
        *({**row, "confidence": "confirmed", "direction_basis": "syn"} for row in rows)
    )
    assert Verdict.UNDETERMINED not in judge(sure, loaded, catalogue).verdict
