from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier import policy
from classifier.errors import PolicyError
from classifier.model import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULE = """
[[rule]]
id = "first"
deny = ["smtp"]

[[rule]]
id = "second"
deny = ["dns"]
"""


def line_with(file: Path, needle: str) -> int:
    lines = file.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if needle in line)


@pytest.mark.parametrize(
    ("text", "mark", "cause", "fix"),
    [
        (RULE + "foo = 1", "foo", "unknown field `foo`", "docs/policy.md"),
        (RULE + "allows = []", "allows", "unknown field `allows`", "did you mean allow"),
        (RULE + 'from = "any"', "from =", "expected `array`", "docs/policy.md"),
        (RULE + "hint = 3", "hint", "expected `bool`", "docs/policy.md"),
        (RULE + 'from = ["intrenal"]', "from =", "'intrenal'", "did you mean internal"),
        (RULE + 'to = ["10.0.0.1/8"]', "to =", "10.0.0.1/8", "write 10.0.0.0/8"),
        (RULE + "to = []", "to =", "empty list of addresses", "any"),
        (RULE + 'allow = ["dns"]', 'deny = ["dns"]', "both allow and deny", "one of the two"),
        (RULE + 'severity = "hihg"', "severity", "'hihg'", "did you mean high"),
        (RULE + 'hint = true\nseverity = "high"', "severity", "hint", "low"),
        (RULE + "except = [{ }]", "except", "without from and to", "at least one"),
        (RULE + 'except = [{ who = ["any"] }]', "except", "unknown field `who`", ""),
        (RULE.replace('"dns"', '"dsn"'), "dsn", "no service 'dsn'", "did you mean dns"),
        (RULE.replace('"dns"', '"family:mial"'), "mial", "no family 'mial'", "did you mean mail"),
        (RULE.replace('"dns"', '"flag:gone"'), "gone", "no flag 'gone'", "of the catalogue"),
        (RULE.replace('"dns"', '"smb/*"'), "smb/", "no service 'smb/*'", ""),
        (RULE.replace('"dns"', '"tcp/70000"'), "70000", "no port", "65535"),
        (RULE.replace('"dns"', '"tcp/30-20"'), "30-20", "no port", ""),
        (RULE.replace('"dns"', '"ip/256"'), "256", "no IP protocol", "255"),
        (RULE.replace('"dns"', '"SMTP!"'), "SMTP!", "selects nothing", "family:NAME"),
        (RULE.replace('["dns"]', "[]"), "deny = []", "empty list of services", "*"),
    ],
)
def test_a_mistake_in_a_rule_names_file_line_rule_and_cure(
    written: Callable[..., policy.Policy],
    tmp_path: Path,
    *,
    text: str,
    mark: str,
    cause: str,
    fix: str,
) -> None:
    with pytest.raises(PolicyError) as raised:
        written(text)
    file = tmp_path / "rules.toml"
    message = str(raised.value)
    assert message.startswith(f"{file}, line {line_with(file, mark)}: rule 'second': ")
    assert cause in message
    assert fix in message.rpartition(";")[2]
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "mark", "cause"),
    [
        ('version = 1\nnmae = "x"', "nmae", "unknown field `nmae`; did you mean name?"),
        ("version = 2", "version", "version 2 is not known; write 1"),
        ('version = "1"', "version", "expected `int`"),
        ('version = 1\ndefault = "deny"', "default", "write one of allow, unexpected"),
        ('version = 1\nmin_confidence = "unknown"', "min_conf", "'unknown' is not known"),
        ('version = 1\n[zones]\nlan = ["10.0.0.0/8"]\nany = ["::/0"]', "any =", "built in"),
        ('version = 1\n[zones]\na = ["b"]\nb = ["!a"]', "a =", "name each other: a, b"),
        ('version = 1\n[zones]\n"my lan" = ["10.0.0.0/8"]', "my lan", "no name"),
        ("version = 1\n[zones]\nlan = [10]", "lan", "expected `str`"),
        ('version = 1\n[rpc]\nrange = "new"', "range", "modern, legacy, both or LOW-HIGH"),
        ('version = 1\n[rpc.servers]\n"10.0.0.1" = "5-6"', "10.0.0.1", "no range"),
        ('version = 1\n[rpc.servers]\ndc = "both"', "dc", "'dc' is no address"),
        ('version = 1\n[expect]\ndsn = ["10.0.0.1"]', "dsn", "did you mean dns"),
        ('version = 1\n[expect]\ndns = ["10.0.0.1/8"]', "dns", "write 10.0.0.0/8"),
        ("version = 1\n[[rule]]\ndeny = ['dns']", "[[rule]]", "missing required field `id`"),
        ("version = 1\n[[rule]]\nid = 'x'", "[[rule]]", "neither allow nor deny"),
        ("version = 1\n[[rule]]\nid = 'A b'\ndeny = ['*']", "id", "small letters"),
        ("version = 1\n[[rule]]\nid = 'a'\nallow = ['*']\nhint = true", "hint", "no hint"),
        ("version = 1\n[[rule]]\nid = 'a'\nallow = ['*']\nseverity = 'low'", "severity", "no sev"),
        ("version = 1\n= 2", "= 2", "not TOML"),
        ("version = 1\nversion = 1\n", "version = 1", "not TOML"),
    ],
)
def test_a_mistake_elsewhere_names_file_and_line(
    written: Callable[..., policy.Policy], tmp_path: Path, text: str, mark: str, cause: str
) -> None:
    with pytest.raises(PolicyError) as raised:
        written(text, head="")
    message = str(raised.value)
    file = tmp_path / "rules.toml"
    assert message.startswith(f"{file}, line ")
    if not message.startswith(f"{file}, line {line_with(file, mark)}: "):
        assert "not TOML" in message  # tomllib finds some mistakes only at the end
    assert cause in message


def test_an_id_that_is_taken_names_the_second_line(
    written: Callable[..., policy.Policy], tmp_path: Path
) -> None:
    with pytest.raises(PolicyError) as raised:
        written(RULE.replace("second", "first"))
    lines = (tmp_path / "rules.toml").read_text(encoding="utf-8").splitlines()
    second = max(number for number, line in enumerate(lines, 1) if line == 'id = "first"')
    assert f"line {second}: rule 'first': rule number 1 has this id too" in str(raised.value)


def test_a_file_that_cannot_be_read_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"none\.toml: cannot be read: No such file"):
        policy.load(tmp_path / "none.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'name = "caf\xe9"')
    with pytest.raises(PolicyError, match=r"latin\.toml: byte 11 is not UTF-8; save"):
        policy.load(latin)


def test_text_in_long_strings_is_not_taken_for_tables(
    written: Callable[..., policy.Policy], tmp_path: Path
) -> None:
    text = '\n[[rule]]\nid = "a"\nwhy = """\n[[rule]]\nseverity = 1\n"""\ndeny = ["dsn"]\n'
    with pytest.raises(PolicyError) as raised:
        written(text)
    line = line_with(tmp_path / "rules.toml", "dsn")
    assert f"line {line}: rule 'a'" in str(raised.value)


def test_without_a_catalogue_services_are_taken_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('version = 1\n[[rule]]\nid = "a"\ndeny = ["no-such-service"]\n')
    assert [rule.id for rule in policy.load(file).rules] == ["a"]


def test_what_is_not_written_has_a_default(written: Callable[..., policy.Policy]) -> None:
    loaded = written(
        '[[rule]]\nid = "a"\ndeny = ["*"]\n[[rule]]\nid = "b"\ndeny = ["*"]\nhint = true'
    )
    assert loaded.name == "rules"
    assert loaded.min_confidence is Confidence.LIKELY
    assert [rule.severity for rule in loaded.rules] == [Severity.MEDIUM, Severity.LOW]
    assert loaded.rpc.of("10.0.0.1") == ((1025, 5000), (49152, 65535))


def test_a_server_can_have_an_rpc_range_of_its_own(written: Callable[..., policy.Policy]) -> None:
    loaded = written(
        '[rpc]\nrange = "modern"\n[rpc.servers]\n"10.0.0.9" = "50000-50999"\ninternal = "both"\n'
    )
    assert loaded.rpc.of("10.0.0.9") == ((50000, 50999),)
    assert loaded.rpc.of("10.0.0.8") == ((1025, 5000), (49152, 65535))
    assert loaded.rpc.of("192.0.2.1") == ((49152, 65535),)


def test_zones_may_be_named_before_they_are_defined(written: Callable[..., policy.Policy]) -> None:
    text = 'version = 1\n[zones]\nall = ["a", "b"]\na = ["!b"]\nb = ["10.0.0.0/8"]\n'
    loaded = written(text, head="")
    assert "10.0.0.1" in loaded.zones["all"]
    assert "8.8.8.8" in loaded.zones["all"]
    assert "10.0.0.1" not in loaded.zones["a"]
