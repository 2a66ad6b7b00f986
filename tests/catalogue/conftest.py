"""The shipped catalogue, read once, with a cache that is not the user's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from classifier.catalogue import Catalogue, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session", autouse=True)
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("cache")
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(home)
    yield home
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="session")
def catalogue(cache_home: Path) -> Catalogue:  # noqa: ARG001 - the cache must be set up first
    return load()
