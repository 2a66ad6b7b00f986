"""What the two documents say about signatures is true."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import msgspec
import pytest

from classifier.catalogue import schema
from classifier.catalogue.assemble import load_folder
from classifier.catalogue.locate import signature_folder
from classifier.errors import CatalogueError

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "signatures.md").read_text(encoding="utf-8")
README = (ROOT / "signatures" / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", GUIDE, re.DOTALL)


def test_the_guide_gives_the_output_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = next(text for kind, text in BLOCKS if kind == "toml")
    (tmp_path / "site.toml").write_text(entry, encoding="utf-8")
    names: dict[str, object] = {}
    places = [n for n, (kind, _) in enumerate(BLOCKS) if kind == "python"]
    assert len(places) == 3
    for place in places:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(BLOCKS[place][1], "docs/signatures.md", "exec"), names)
        assert out.getvalue() == BLOCKS[place + 1][1]

    error = next(text for kind, text in BLOCKS if text.startswith("site.toml:"))
    wrong = entry.replace("40410-40419", "40419-40410")
    (tmp_path / "site.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_folder(signature_folder(), [Path("site.toml")])
    assert str(caught.value) == error.strip()


@pytest.mark.parametrize(
    "struct",
    [
        schema.Service,
        schema.Port,
        schema.UsedBy,
        schema.Example,
        schema.Caveat,
        schema.Band,
        schema.IpProtocol,
        schema.SystemService,
        schema.Dependency,
        schema.Tunnel,
        schema.Opening,
        schema.Overlap,
        schema.Payload,
        schema.Generated,
        schema.Header,
    ],
    ids=lambda struct: struct.__name__,
)
def test_every_field_is_explained(struct: type[msgspec.Struct]) -> None:
    rows = {"port", "used_by", "example", "counter_example"}
    fields = {field.name for field in msgspec.structs.fields(struct)} - rows
    assert {name for name in fields if f"`{name}`" not in README} == set()


def test_every_table_is_explained() -> None:
    tables = ("service", "service.port", "service.used_by", "band", "ip_protocol")
    more = ("system_service", "dependency", "tunnel", "tunnel.open", "overlap", "generated")
    for table in (*tables, *more, "payload"):
        assert f"[[{table}]]" in README
