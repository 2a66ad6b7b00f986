"""Forms of selectors, one by one, at their edges."""

from __future__ import annotations

import pytest

from classifier.policy.compile_rules import is_name
from classifier.policy.selectors import Kind, SelectorError, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", (Kind.EVERYTHING, "", 0, 0)),
        ("unknown", (Kind.UNKNOWN, "", 0, 0)),
        ("tcp/25", (Kind.PORT, "tcp", 25, 25)),
        ("udp/137-139", (Kind.PORT, "udp", 137, 139)),
        ("sctp/0-65535", (Kind.PORT, "sctp", 0, 65535)),
        ("ip/47", (Kind.PROTOCOL, "ip", 47, 47)),
        ("family:mail", (Kind.FAMILY, "mail", 0, 0)),
        ("flag:obsolete", (Kind.FLAG, "obsolete", 0, 0)),
        ("windows-rpc/*", (Kind.SERVICE, "windows-rpc/*", 0, 0)),
        ("*sql?", (Kind.SERVICE, "*sql?", 0, 0)),
        ("tcp", (Kind.SERVICE, "tcp", 0, 0)),
        ("tcp/", (Kind.SERVICE, "tcp/", 0, 0)),
        ("tcp/25-", (Kind.SERVICE, "tcp/25-", 0, 0)),
        ("tcp/25-26-27", (Kind.SERVICE, "tcp/25-26-27", 0, 0)),
        ("ip/4-7", (Kind.SERVICE, "ip/4-7", 0, 0)),
        ("dccp/25", (Kind.SERVICE, "dccp/25", 0, 0)),
    ],
)
def test_every_form_is_told_from_the_others(
    text: str, expected: tuple[Kind, str, int, int]
) -> None:
    selector = parse(text)
    assert (selector.kind, selector.name, selector.low, selector.high) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "tcp/65536", "tcp/9-8", "tcp/\u00b2", "tcp /25", "ip/256"),
        *("tcp/" + "9" * 5000, "udp/1-" + "9" * 5000, "ip/" + "1" * 5000),
        *("family:", "family:Mail", "flag:a b", "vendor:x"),
        *("-a", "/a", ".a", "_a", "Smtp", "smtp\n", "caf\u00e9"),
    ],
)
def test_what_has_none_of_the_forms_is_refused(text: str) -> None:
    with pytest.raises(SelectorError):
        parse(text)


def test_names_are_of_small_letters_digits_and_hyphens() -> None:
    assert all(map(is_name, ["a", "0", "dmz-2", "a-"]))
    assert not any(map(is_name, ["", "-a", "A", "a b", "a_b", "a\n", "\u00e9"]))
