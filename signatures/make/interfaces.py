"""Make ``dcerpc-interfaces.csv`` from a table of DCE/RPC interfaces.

The source is tab-separated with a header line and the columns uuid, version, name, spec,
host_binary, kb_service. What it lacks is decided here: the id under which a flow is named.

    python signatures/make/interfaces.py interfaces.tsv --date 2026-11-21 --source "…"
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from pathlib import Path

import generated

COLUMNS = ["uuid", "version", "service", "name", "specification", "binary", "system_service"]

SAME_AS = {
    "epmapper": "epmap",
    "frstransport": "ms-dfsr",
    "exchange-mapi": "exchange-store",
    "exchange-rfr": "exchange-referral",
}
"""Interfaces whose service has an entry of its own: one service, one id."""

HOSTS = {
    "gpsvc.dll": "Group Policy",
    "mspadmin.exe": "ISA/TMG Server",
    "tssdis.exe": "Tssdis",
    "tssdjet.dll": "Tssdis",
    "wspsrv.exe": "ISA/TMG Server",
}
"""Programs that serve one service of Windows alone, where the source does not say which."""


def kebab(name: str) -> str:
    """A name as the last part of an id."""
    return re.sub(r"[^a-z0-9]+", "-", name.removesuffix(" interface").lower()).strip("-")


def main() -> None:
    """Read the source, give every interface an id, write the table sorted by UUID."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("interfaces", type=Path)
    parser.add_argument("--date", required=True)
    parser.add_argument("--source", required=True, action="append")
    asked = parser.parse_args()
    with asked.interfaces.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = Counter(kebab(row["name"]) for row in rows)
    made = []
    for row in sorted(rows, key=lambda row: row["uuid"]):
        uuid, name = row["uuid"].lower(), row["name"].removesuffix(" interface")
        word = kebab(row["name"])
        if row["spec"].startswith("[MS-WMI]") or "wbem" in word:
            service = "windows-rpc/wmi"  # one service of many interfaces: people look for WMI
        elif not word:
            service = f"windows-rpc/{uuid}"
        elif names[word] > 1:  # two interfaces of one name
            service = f"windows-rpc/{word}-{uuid[:8]}"
        else:
            service = SAME_AS.get(word, f"windows-rpc/{word}")
        binary = row["host_binary"]
        specification = row["spec"].strip().rstrip(":")
        made.append(
            [uuid, row["version"], service, name, specification, binary,
             row["kb_service"] or HOSTS.get(binary.partition(" ")[0].lower(), "")]
        )  # fmt: skip
    generated.write(
        "dcerpc-interfaces.csv",
        COLUMNS,
        made,
        {
            "date": asked.date,
            "licence": "facts of open specifications; list of names BSD-3-Clause",
            "made_by": "make/interfaces.py",
            "sources": asked.source,
        },
    )


if __name__ == "__main__":
    main()
