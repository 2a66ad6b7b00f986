"""The JSON Schema says the same as the code that reads signature files."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from classifier.catalogue.locate import signature_files, signature_folder

FOLDER = signature_folder()
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

ENTRY = {"id": "one", "name": "One", "family": "web", "sources": ["RFC 1"]}


def test_the_schema_is_what_its_script_makes():
    place = Path(__file__).resolve().parents[2] / "signatures" / "make" / "schema.py"
    spec = importlib.util.spec_from_file_location("make_schema", place)
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert (FOLDER / "schema.json").read_text(encoding="utf-8") == make.text()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", signature_files(FOLDER), ids=lambda file: file.name)
def test_every_shipped_file_is_valid(file):
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "no such field"},
        {"id": "Not Kebab"},
        {"port": [{"transport": ["dccp"], "ports": [1]}]},
        {"port": [{"transport": ["tcp"], "ports": [65536]}]},
        {"port": [{"transport": ["tcp"], "ports": [0]}]},
        {"port": [{"ports": [1]}]},
        {"ip_protocols": [256]},
    ],
    ids=str,
)
def test_what_the_loader_refuses_is_invalid(wrong):
    assert VALIDATOR.is_valid({"service": [ENTRY]})
    assert not VALIDATOR.is_valid({"service": [{**ENTRY, **wrong}]})


def test_every_field_has_a_meaning():
    for name, struct in SCHEMA["$defs"].items():
        for field, form in struct["properties"].items():
            assert form.get("description", "").strip(), f"{name}.{field}"
