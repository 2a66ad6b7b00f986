from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from classifier import policy
from classifier.errors import PolicyError
from classifier.model import Confidence, Severity
from classifier.policy.language import ExceptionEntry, PolicyFile, RpcEntry, RuleEntry

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```toml\n(.*?)```", DOC, re.DOTALL)


@pytest.mark.parametrize("struct", [PolicyFile, RuleEntry, ExceptionEntry, RpcEntry])
def test_every_field_is_documented(struct: type[msgspec.Struct]) -> None:
    names = [field.encode_name for field in msgspec.structs.fields(struct)]
    written = {"zones": "`[zones]`", "expect": "`[expect]`", "rpc": "`[rpc]`", "rule": "`[[rule]]`"}
    assert [name for name in names if written.get(name, f"`{name}`") not in DOC] == []


def test_every_column_and_word_is_documented() -> None:
    words = [column.name for column in policy.VIOLATION_COLUMNS]
    words += [severity.word for severity in Severity]
    words += [word.value for word in Confidence if word is not Confidence.UNKNOWN]
    assert [word for word in words if f"`{word}`" not in DOC] == []


def test_the_example_uses_every_field_and_loads(tmp_path: Path) -> None:
    assert EXAMPLE
    data = tomllib.loads(EXAMPLE[1])
    assert set(data) == {field.encode_name for field in msgspec.structs.fields(PolicyFile)}
    used = {name for rule in data["rule"] for name in rule}
    assert {field.encode_name for field in msgspec.structs.fields(RuleEntry)} - used == {"allow"}
    file = tmp_path / "mine.toml"
    file.write_text(EXAMPLE[1], encoding="utf-8")
    assert [rule.id for rule in policy.load(file).rules] == [
        "smtp-out",
        "smb-edge",
        "proxy-ports",
        "expect:dns",
        "expect:dns",
    ]


def test_the_error_in_the_docs_is_the_real_one(tmp_path: Path) -> None:
    assert EXAMPLE
    file = tmp_path / "mine.toml"
    file.write_text(EXAMPLE[1].replace('from = ["internal"]', 'from = ["intrenal"]', 1))
    with pytest.raises(PolicyError) as raised:
        policy.load(file)
    assert str(raised.value).removeprefix(f"{tmp_path}/") in DOC


def test_every_rule_of_the_shipped_policy_is_in_the_docs_with_its_severity() -> None:
    table = DOC.partition("## What the shipped policy says")[2]
    documented = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) \|", table, re.MULTILINE)
    rules = policy.load().rules
    assert documented == [(r.id, "hint" if r.hint else r.severity.word) for r in rules]
