"""The notebooks are documents: they are stored without output and run from anywhere in the tree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_output(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell["cell_type"] == "code" and cell["outputs"]]


def test_the_first_look_uses_every_table_of_the_analysis():
    (first_look,) = [path for path in NOTEBOOKS if path.name == "first_look.ipynb"]
    source = first_look.read_text(encoding="utf-8")
    for table in ("flows", "services", "unknown", "violations", "health", "findings"):
        assert f"analysis.{table}" in source
