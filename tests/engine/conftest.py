from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:  # noqa: ARG001
    """Bytes of frames and files make no readable names."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None
