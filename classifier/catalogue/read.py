"""A signature file into structs; whatever is wrong with its form is said with file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from classifier.catalogue.lines import entry_at
from classifier.catalogue.plain import plain_tables
from classifier.catalogue.schema import Document
from classifier.errors import CatalogueError
from classifier.toml_places import line_of, path_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["complaint", "read_document"]

FIXES = {
    "id": 'write lower-case words joined by "-", "/" before a part, as in windows-rpc/drsuapi',
    "ports": 'write numbers from 1 to 65535, or a range in quotes such as "6881-6889"',
    "transport": 'write a list of "tcp", "udp", "sctp"',
    "role": 'write "server", "client" or "peer"',
    "strength": 'write "primary", "secondary" or "weak"',
    "expect": 'write "best", "candidate" or "hint"',
    "flow": 'write transport/port as in "tcp/88" or "tcp/88 client", or "ip/47"',
    "ip_protocols": "write IP protocol numbers from 0 to 255",
    "number": "write an IP protocol number from 0 to 255",
    "needs": 'write service ids, "a|b" where either will do',
    "date": 'write a date such as "2026-01-31"',
}
"""What to write instead, by the field at fault."""

_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_MISSING = re.compile(r"missing required field `([^`]+)`")
_PLACE = re.compile(r" - at `(\$[^`]*)`$")
_TOML_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


def complaint(file: Path, text: str, path: str, cause: str, fix: str) -> CatalogueError:
    """The error for one place of one file, as ``FILE:LINE: entry ID: cause; fix``."""
    line = line_of(text, path_of(path))
    entry = entry_at(text, line)
    return CatalogueError(f"{file}:{line}: {f'entry {entry}: ' if entry else ''}{cause}; {fix}")


def read_document(file: Path, data: bytes) -> Document:
    """One signature file, checked for its form: types, unknown fields, allowed words.

    Args:
        file: Its path, for messages only.
        data: Its content.

    Raises:
        CatalogueError: It is not TOML, or not of the form in ``schema.py``.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogueError(f"{file}:{line}: not UTF-8; save the file as UTF-8") from error
    tables = plain_tables(text)
    if tables is None:
        tables = _toml_tables(file, text)
    try:
        return msgspec.convert(tables, Document)
    except msgspec.ValidationError as error:
        raise _form_error(file, text, str(error)) from error


def _toml_tables(file: Path, text: str) -> dict[str, Any]:
    """What tomllib reads."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n")
        entry = entry_at(text, line)
        raise CatalogueError(
            f"{file}:{line}: {f'entry {entry}: ' if entry else ''}not TOML: "
            f"{_TOML_LINE.sub('', str(error))}; see https://toml.io for the syntax"
        ) from error


def _form_error(file: Path, text: str, message: str) -> CatalogueError:
    """What msgspec says, with its place turned into a line and a fix that fits the field."""
    place = _PLACE.search(message)
    path = place[1] if place else "$"
    cause = _PLACE.sub("", message)
    if unknown := _UNKNOWN.search(message):
        return complaint(
            file,
            text,
            f"{path}.{unknown[1]}",
            f"unknown field {unknown[1]}",
            "remove it or correct its name; signatures/README.md lists the fields",
        )
    if missing := _MISSING.search(message):
        return complaint(file, text, path, f"{missing[1]} is missing", f"add {missing[1]} = …")
    field = re.findall(r"[A-Za-z_]\w*", path)
    name = field[-1] if field else ""
    return complaint(
        file,
        text,
        path,
        f"{name}: {cause[:1].lower()}{cause[1:]}",
        FIXES.get(name, "signatures/README.md says what the field takes"),
    )
