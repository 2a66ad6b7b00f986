"""The same tests for every engine."""

from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

import reading

if TYPE_CHECKING:
    from collections.abc import Callable

# Where no Rust toolchain is, the native engine is left out, as in the Makefile; in CI it fails.
ENGINES = ["portable"]
if find_spec("classifier._native") or os.environ.get("CI"):
    ENGINES.append("native")


@pytest.fixture(params=ENGINES)
def read(request: pytest.FixtureRequest) -> Callable[..., reading.Result]:
    """``reading.read`` with this engine."""
    return partial(reading.read, engine=request.param)
