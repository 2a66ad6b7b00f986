"""Make ``schema.json``, the JSON Schema of the signature files.

Types and allowed values come from the code that reads the files, meanings from the tables of
``README.md``, so that each is written once.

    python signatures/make/schema.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from classifier.catalogue.schema import Document

FOLDER = Path(__file__).resolve().parent.parent
TABLES = {
    "Header": "catalogue",
    "Service": "service",
    "Port": "service.port",
    "UsedBy": "service.used_by",
    "Example": "service.example",
    "Caveat": "service.counter_example",
    "Band": "band",
    "IpProtocol": "ip_protocol",
    "SystemService": "system_service",
    "Dependency": "dependency",
    "Tunnel": "tunnel",
    "Opening": "tunnel.open",
    "Overlap": "overlap",
    "Payload": "payload",
    "Generated": "generated",
}
"""The table of a signature file that each struct describes."""

_NAME = re.compile(r"`([a-z0-9_.\[\]]+)`")
_ROW = re.compile(r"^\| (?P<fields>(?:`\w+`(?:, )?)+) \| (?P<meaning>.*) \|$")


def meanings(readme: str) -> dict[str, dict[str, str]]:
    """What the README says of each field, by table and field."""
    found: dict[str, dict[str, str]] = {}
    here: list[str] = []
    for line in readme.splitlines():
        if line.startswith("#"):
            here = [n.strip("[]") for n in _NAME.findall(line) if n.startswith("[")]
        elif row := _ROW.match(line):
            text = row["meaning"].replace("\\|", "|")
            for table in here:
                for field in _NAME.findall(row["fields"]):
                    found.setdefault(table, {})[field] = text
    return found


def schema() -> dict[str, Any]:
    """The schema, with a description for each field."""
    made = msgspec.json.schema(Document)
    told = meanings((FOLDER / "README.md").read_text(encoding="utf-8"))
    for struct, table in TABLES.items():
        for field, form in made["$defs"][struct]["properties"].items():
            form["description"] = told[table][field]
    tables = made["$defs"]["Document"]["properties"]
    for table, form in tables.items():
        form["description"] = f"Tables [[{table}]]"
    tables["catalogue"]["description"] = "The table [catalogue], in catalogue.toml only"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Signature file of pcap-service-classifier",
        **made,
    }


def text() -> str:
    """The content of ``schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (FOLDER / "schema.json").write_text(text(), encoding="utf-8")
