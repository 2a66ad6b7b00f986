"""Make ``iana-ports.csv`` from a table of IANA's port registry.

The source is a CSV with a header line and the columns port, transport, name, description: the
registry at https://www.iana.org/assignments/service-names-port-numbers (CC0), or a package of it.
Entries without a name and ranges are left out; ranges that matter are entries written by hand.

    python signatures/make/iana.py ports.csv --date 2026-09-17 --source "IANA: …"
"""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path

import generated

COLUMNS = ["port", "transport", "id", "name", "description"]
TAKEN = ["port", "transport", "name", "description"]
TRANSPORTS = ("tcp", "udp", "sctp", "dccp")
LAST_PORT = 65535


def main() -> None:
    """Read the source, keep what has a name and one port, write the table sorted by port."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("registry", type=Path)
    parser.add_argument("--date", required=True, help="of the registry, as 2026-09-17")
    parser.add_argument("--source", required=True, action="append")
    asked = parser.parse_args()
    with asked.registry.open(newline="", encoding="utf-8") as file:
        rows = [[(row[key] or "").strip() for key in TAKEN] for row in csv.DictReader(file)]
    kept = [
        row
        for row in rows
        if row[0].isdigit() and 1 <= int(row[0]) <= LAST_PORT and row[1] in TRANSPORTS and row[2]
    ]
    for row in kept:
        row[3] = " ".join(row[3].split())
    kept.sort(key=lambda row: (int(row[0]), TRANSPORTS.index(row[1]), row[2]))
    ids = _ids({row[2] for row in kept})
    kept = [[port, transport, ids[name], name, text] for port, transport, name, text in kept]
    generated.write(
        "iana-ports.csv",
        COLUMNS,
        kept,
        {
            "date": asked.date,
            "licence": "CC0-1.0",
            "made_by": "make/iana.py",
            "sources": asked.source,
        },
    )
    print(f"left out: {len(rows) - len(kept)} entries without a name or one port")


def _ids(names: set[str]) -> dict[str, str]:
    """The last part of an id for each name; a name that is written as one keeps it."""
    ids: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (_kebab(name) != name.lower(), name)):
        word = _kebab(name)
        while word in ids.values():  # sql*net beside sql-net
            word += "-other"
        ids[name] = word
    return ids


def _kebab(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


if __name__ == "__main__":
    main()
