"""The samples, each read once for all tests about explanations."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import classifier

if TYPE_CHECKING:
    from classifier.analysis import Analysis

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
READABLE = {
    f"{folder.parent.name}/{name}": folder.parent / name
    for folder in sorted(SAMPLES.glob("*/expected.toml"))
    for name, facts in tomllib.loads(folder.read_text(encoding="utf-8"))["capture"].items()
    if "error" not in facts
}
"""Every sample that can be read, by folder and name."""


@cache
def analysis_of(name: str) -> Analysis:
    """What a sample gives."""
    return classifier.read(READABLE[name])
