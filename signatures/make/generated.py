"""The list of generated tables, ``generated.toml``: written by the scripts beside this file."""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
LIST = FOLDER / "generated.toml"
HEAD = """\
# The tables here that a script made: from what, when, and how to tell that they are whole.
# Written by the scripts in make/: run them again instead of editing here.
"""


def write(name: str, columns: list[str], rows: list[list[str]], facts: dict[str, object]) -> None:
    """Write one table, and its line in the list.

    Args:
        name: File name of the table.
        columns: Its header line.
        rows: The lines below.
        facts: ``date``, ``licence``, ``made_by`` and ``sources``, as ``generated.toml`` has them.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    content = text.getvalue().encode()
    (FOLDER / name).write_bytes(content)
    known = tomllib.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else {}
    entries = {entry["file"]: entry for entry in known.get("generated", [])}
    digest = hashlib.sha256(content).hexdigest()
    entries[name] = {"file": name, "rows": len(rows), "sha256": digest, **facts}
    parts = [HEAD, *(_entry(entries[key]) for key in sorted(entries))]
    LIST.write_text("\n".join(parts), encoding="utf-8")
    print(f"{name}: {len(rows)} rows, sha256 {digest}")


def _entry(entry: dict[str, object]) -> str:
    lines = ["[[generated]]"]
    for key, value in entry.items():
        written = (
            "[" + ", ".join(f'"{item}"' for item in value) + "]"
            if isinstance(value, list)
            else str(value)
            if isinstance(value, int)
            else f'"{value}"'
        )
        lines.append(f"{key} = {written}")
    return "\n".join(lines) + "\n"
