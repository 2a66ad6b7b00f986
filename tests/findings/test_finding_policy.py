from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier import policy
from classifier.model import FINDING_FLOWS, Severity
from classifier.policy import ATTEMPTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from classifier.model import Finding

RULES = """
version = 1
[[rule]]
id = "no-mail"
deny = ["tcp/25"]
severity = "high"
why = "Mail is elsewhere."
[[rule]]
id = "look"
deny = ["tcp/1080"]
hint = true
"""
MAIL = {"server_port": 25, "service": "web", "confidence": "assigned"}
ATTEMPT = {"state": "REJ", "server_packets": 1, "client_payload": 0}


@pytest.fixture
def rules(tmp_path: Path) -> policy.Policy:
    file = tmp_path / "rules.toml"
    file.write_text(RULES)
    return policy.load(file)


def test_all_violations_of_a_rule_are_one_finding(
    find: Callable[..., tuple[Finding, ...]], rules: policy.Policy
) -> None:
    found = find(
        *({**MAIL, "client_ip": f"10.0.1.{host}"} for host in range(60)),
        MAIL,
        MAIL,
        rules=rules,
        kind="policy",
    )
    assert [one.id for one in found] == ["policy-1"]
    assert found[0].severity is Severity.HIGH
    assert (found[0].rule, found[0].undetermined) == ("no-mail", False)
    assert found[0].flow_count == 62
    assert found[0].bytes == 62 * 4500
    assert len(found[0].flows) == FINDING_FLOWS
    assert found[0].conditions[0] == "Mail is elsewhere."
    assert "61 clients, 1 server" in found[0].title


def test_what_is_weak_or_attempted_has_a_finding_of_its_own(
    find: Callable[..., tuple[Finding, ...]], rules: policy.Policy
) -> None:
    found = find(
        MAIL,
        MAIL | ATTEMPT | {"server_ip": "10.0.0.3"},
        MAIL | {"direction_basis": "lower_port"},
        {"server_port": 1080},
        rules=rules,
        kind="policy",
    )
    assert [(one.severity.word, one.rule, one.undetermined, one.flows) for one in found] == [
        ("high", "no-mail", False, (1,)),
        ("medium", "no-mail", False, (2,)),
        ("low", "look", False, (4,)),
        ("low", "no-mail", True, (3,)),
    ]
    assert [one.id for one in found] == ["policy-1", "policy-2", "policy-3", "policy-4"]
    assert any(ATTEMPTED in condition for condition in found[1].conditions)
    assert any("too weak" in condition for condition in found[3].conditions)
    assert any("second sign" in condition for condition in found[2].conditions)


def test_the_next_step_is_a_display_filter_for_the_largest(
    find: Callable[..., tuple[Finding, ...]], rules: policy.Policy
) -> None:
    (found,) = find(
        MAIL, MAIL | {"server_ip": "fd00::9", "server_bytes": 10**6}, rules=rules, kind="policy"
    )
    assert found.next_steps[0].endswith(
        "ip.addr == 10.0.0.1 && ipv6.addr == fd00::9 && tcp.port == 25"
    )


@pytest.mark.parametrize(
    ("client", "step"),
    [
        ("198.51.100.7", "Close tcp/25 on 10.0.0.2 to the internet, or block it at the edge."),
        ("10.0.0.1", "Find out which program on 10.0.0.1 does this, and stop it."),
    ],
)
def test_what_to_do_depends_on_which_side_is_ours(
    find: Callable[..., tuple[Finding, ...]], rules: policy.Policy, client: str, step: str
) -> None:
    (found,) = find(MAIL | {"client_ip": client}, rules=rules, kind="policy")
    assert step in found.next_steps


def test_an_internet_of_the_policy_counts_before_the_shipped_one(
    find: Callable[..., tuple[Finding, ...]], tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(RULES + '[zones]\ninternet = ["!10.0.0.0/8", "!198.51.100.0/24"]\n')
    (found,) = find(MAIL | {"client_ip": "198.51.100.7"}, rules=policy.load(file), kind="policy")
    assert found.next_steps[1].startswith("Find out which program on 198.51.100.7")
