"""What is wrong with a file is said in one line: file, line, entry, cause, fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier.catalogue import load
from classifier.catalogue.lines import entry_at
from classifier.errors import CatalogueError
from classifier.toml_places import line_of, path_of

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
# A site's own services.

[[service]]
id = "first-one"
name = "First"
family = "web"
sources = ["RFC 1"]

  [[service.port]]
  transport = ["tcp"]
  ports = [40000]

  [[service.example]]
  flow = "tcp/40000"

[[service]]
id = "second-one"
name = "Second"
family = "site"
sources = ["a page"]

  [[service.port]]
  transport = ["tcp"]
  ports = [40001]

  [[service.port]]
  transport = ["udp"]
  ports = [40002, "40010-40020"]
  strength = "weak"

  [[service.used_by]]
  service = "Rider"
  protocol = "Riding"
  transport = ["udp"]
  ports = [40002]
  sources = ["RFC 2"]

  [[service.example]]
  flow = "tcp/40001"
"""

BAD = {
    "port above 65535": ('[40002, "', '[99999, "', 28, "ports: ", "1 to 65535"),
    "port zero": ('[40002, "', '[0, "', 28, "ports: ", "1 to 65535"),
    "range out of order": ("40010-40020", "40020-40010", 28, "out of order", '"40010-40020"'),
    "range out of bounds": ("40010-40020", "40010-70000", 28, "out of bounds", "65535"),
    "range that is no range": ("40010-40020", "40010+", 28, "ports: ", '"6881-6889"'),
    "unknown field of an entry": ('name = "Second"', 'title = "Second"', 18, "title", "README"),
    "unknown field of a port": ("strength", "strenght", 29, "unknown field strenght", "README"),
    "unknown strength": ('"weak"', '"feeble"', 29, "strength: ", '"secondary"'),
    "unknown transport": (
        '["udp"]\n  ports = [40002, ',
        '["dccp"]\n  ports = [1, ',
        27,
        "transport",
        "sctp",
    ),
    "unknown family": ('family = "site"', 'family = "sight"', 19, "family sight", "directory"),
    "unknown flag": ('strength = "weak"', 'flags = ["bad"]', 29, "flag bad", "trojan-overlap"),
    "unknown era": ('strength = "weak"', 'era = "stone"', 29, "era stone", "legacy"),
    "unknown band": (
        'strength = "weak"',
        'bands = ["x"]\n  classify = false',
        29,
        "band x",
        "modern",
    ),
    "band that classifies": (
        'strength = "weak"',
        'bands = ["modern"]',
        26,
        "names no service",
        "classify = false",
    ),
    "duplicate id": ('"second-one"', '"first-one"', 17, "id first-one is taken", "another"),
    "the reserved id": ('"second-one"', '"unknown"', 17, "id unknown is taken", "another"),
    "bad id": ('"second-one"', '"Second One"', 17, "id: ", "windows-rpc/drsuapi"),
    "missing name": ('name = "Second"\n', "", 16, "name is missing", "add name"),
    "missing sources": ('sources = ["a page"]\n', "", 16, "no source", "sources ="),
    "rider without source": ('  sources = ["RFC 2"]\n', "", 31, "no source", "sources ="),
    "no example": (
        '\n  [[service.example]]\n  flow = "tcp/40001"\n',
        "",
        16,
        "no example",
        "flow =",
    ),
    "no ports": ("  ports = [40001]\n", "", 22, "no ports", "ports ="),
    "need that is no entry": (
        'name = "Second"',
        'name = "Second"\nneeds = ["ldpa"]',
        19,
        "needs ldpa",
        "id of an entry",
    ),
    "transport as IP protocol": (
        'name = "Second"',
        'name = "Second"\nip_protocols = [6]',
        19,
        "6 is tcp",
        "service.port",
    ),
    "IP protocol above 255": (
        'name = "Second"',
        'name = "Second"\nip_protocols = [300]',
        19,
        "ip_protocols",
        "255",
    ),
    "bad example": ('flow = "tcp/40001"', 'flow = "tcp:40001"', 39, "flow: ", '"tcp/88"'),
    "not TOML": ('strength = "weak"', 'strength = "weak', 29, "not TOML", "toml.io"),
}


def complaint(file: Path, text: str) -> str:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load([file])
    return str(caught.value)


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


def test_the_file_that_the_bad_ones_are_made_of_is_good(overlay: Path) -> None:
    overlay.write_text(GOOD, encoding="utf-8")
    assert {"first-one", "second-one"} < set(load([overlay]).ids)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_entry_is_named_with_file_line_cause_and_fix(case: str, overlay: Path) -> None:
    old, new, line, cause, fix = BAD[case]
    assert GOOD.count(old) == 1, "the case does not change one place"
    message = complaint(overlay, GOOD.replace(old, new))
    place, _, rest = message.partition(": ")
    assert place == f"{overlay}:{line}"
    entry = {"duplicate id": "first-one", "the reserved id": "unknown", "bad id": "Second One"}
    assert rest.startswith(f"entry {entry.get(case, 'second-one')}: ")
    assert cause in rest
    assert fix in rest.rpartition("; ")[2]
    assert "\n" not in message


def test_a_missing_id_is_named_with_its_line(overlay: Path) -> None:
    message = complaint(overlay, GOOD.replace('id = "second-one"\n', ""))
    assert message == f"{overlay}:16: id is missing; add id = …"


def test_a_table_that_nobody_knows_is_named_with_its_line(overlay: Path) -> None:
    message = complaint(overlay, GOOD + '\n[[servce]]\nid = "x"\n')
    assert message.startswith(f"{overlay}:41: entry x: unknown field servce; ")


def test_an_overlay_cannot_declare_families(overlay: Path) -> None:
    header = '[catalogue]\nname = "x"\nversion = "1"\ndate = "2026-01-01"\n'
    tables = "families = {}\nflags = {}\neras = {}\n"
    message = complaint(overlay, header + tables)
    assert message.startswith(f"{overlay}:1: an overlay declares [catalogue]; ")


def test_bytes_that_are_not_text_are_named_with_their_line(overlay: Path) -> None:
    overlay.write_bytes(GOOD.replace("Second", "S\udcffcond").encode("utf-8", "surrogateescape"))
    with pytest.raises(CatalogueError, match=r"site.toml:18: not UTF-8; save the file as UTF-8"):
        load([overlay])


def test_a_file_that_is_not_there_is_named(overlay: Path) -> None:
    with pytest.raises(CatalogueError, match=r"site.toml: cannot be read \(No such file"):
        load([overlay])


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("$", 1),
        ("$.service[0]", 3),
        ("$.service[1]", 16),
        ("$.service[1].id", 17),
        ("$.service[1].port[1]", 26),
        ("$.service[1].port[1].ports[0]", 28),
        ("$.service[1].used_by[0].sources", 36),
        ("$.service[1].nonsense", 16),
        ("$.service[...]", 3),
    ],
)
def test_a_place_in_the_data_is_a_line_of_the_file(path: str, line: int) -> None:
    assert line_of(GOOD, path_of(path)) == line


def test_a_line_knows_its_entry() -> None:
    assert entry_at(GOOD, 11) == "first-one"
    assert entry_at(GOOD, 16) == "second-one"
    assert entry_at(GOOD, 35) == "second-one"
    assert entry_at(GOOD, 1) == ""
