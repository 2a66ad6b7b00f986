from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from classifier import policy
from classifier.catalogue.cache import KEEP, cache_folder, remember
from classifier.errors import PolicyError
from classifier.policy.source import PolicySource

if TYPE_CHECKING:
    from pathlib import Path

TEXT = 'version = 1\n[[rule]]\nid = "one"\ndeny = ["dns"]\nexcept = [{ to = ["10.0.0.1"] }]\n'


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def kept() -> list[Path]:
    return sorted(cache_folder().glob("policy-*.msgpack"))


def test_a_policy_that_was_read_once_is_read_without_tomllib(tmp_path, monkeypatch):
    source = PolicySource(tmp_path / "own.toml", TEXT)
    first = source.parse()
    assert len(kept()) == 1
    monkeypatch.setitem(sys.modules, "tomllib", None)  # to import it is an error now
    assert source.parse() == first
    with pytest.raises(ImportError):
        PolicySource(tmp_path / "own.toml", TEXT + "\n").parse()


def test_what_was_kept_is_of_the_text_not_of_the_name(tmp_path):
    file = tmp_path / "own.toml"
    for rule in ("one", "two"):
        file.write_text(TEXT.replace('"one"', f'"{rule}"'), encoding="utf-8")
        assert [each.id for each in policy.load(file).rules] == [rule]


def test_a_policy_with_a_mistake_is_not_kept(tmp_path):
    with pytest.raises(PolicyError, match="unknown field"):
        PolicySource(tmp_path / "own.toml", TEXT + "else = 1\n").parse()
    assert not kept()


@pytest.mark.parametrize("garbage", [b"", b"\x93\x01\x02\x03", b"\x81\xa7version\xa1x"])
def test_what_is_kept_in_another_form_is_read_again(tmp_path, garbage):
    source = PolicySource(tmp_path / "own.toml", TEXT)
    first = source.parse()
    (file,) = kept()
    whole = file.read_bytes()
    remember(file.name.removesuffix(".msgpack"), garbage)
    assert source.parse() == first
    assert file.read_bytes() == whole


def test_only_the_last_few_are_kept_and_no_catalogue_goes_for_them(tmp_path):
    remember("catalogue-one", b"")
    for number in range(KEEP + 3):
        PolicySource(tmp_path / "own.toml", f"{TEXT}# {number}\n").parse()
    assert len(kept()) == KEEP
    assert (cache_folder() / "catalogue-one.msgpack").exists()
