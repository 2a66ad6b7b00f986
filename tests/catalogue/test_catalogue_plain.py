"""The fast reader of plain TOML says what tomllib says, or nothing."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.catalogue.locate import signature_files, signature_folder
from classifier.catalogue.plain import plain_tables

LINES = (
    "[[a]]", "  [[a.b]]", "[[b]]", "[c]", "[c.d]", "[a]", "[a.b]", "[[c]]", "x = 1", "  y = true",
    'x = "text"', "a = [1, 2]", 'a = ["1-2", 3]', "b = []", "b = [1, 2,]", "x = 01", "x = -1",
    "x = 1_000", "x = 1.5", 'x = "\\u00e9"', "x = 'lit'", 'x = """', "# note", "#", "", "  ",
    "x = 1 # one", 'x = "a#b"', "x.y = 1", '"x" = 1', "x=1", "x = [", "]", "é = 1", 'x = "é\t"',
    'x = "\x7f"', "# \x00", "x = inf", "1 = 2", "x = 9999999999", "c = 1", "[ a ]", "[[a]] # b",
    "x = 0", "\r", "x = 'a\\x00\"'", "x = ['a', 'b\\n']", "x = ['a', 1]", "x = ['a' 'b']",
    "x = '''",
)  # fmt: skip


@pytest.mark.parametrize("file", signature_files(signature_folder()), ids=lambda file: file.name)
def test_every_shipped_file_is_plain_and_read_as_tomllib_reads_it(file):
    text = file.read_text(encoding="utf-8")
    assert plain_tables(text) == tomllib.loads(text)


@given(st.lists(st.sampled_from(LINES), max_size=12))
def test_what_is_read_is_what_tomllib_reads(lines):
    text = "\n".join(lines)
    tables = plain_tables(text)
    if tables is not None:
        assert tables == tomllib.loads(text)


@given(st.text(alphabet="[]a.b= \"'#1,\n\\\t\r\x7f", max_size=40))
def test_no_text_is_read_in_another_way(text):
    tables = plain_tables(text)
    if tables is not None:
        assert tables == tomllib.loads(text)


@pytest.mark.parametrize(
    "text", ['x = "a\\nb"', "x = 1 # c", "x.y = 1", "x = 1\nx = 2", "[a]\n[a]"]
)
def test_what_is_not_plain_is_left_to_tomllib(text):
    assert plain_tables(text) is None
