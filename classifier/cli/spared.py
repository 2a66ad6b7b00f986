"""What this command leaves out of the libraries that it imports, because nobody could ask for it.

Only the command does: who imports the package gets its libraries whole.
"""

from __future__ import annotations

import sys
from types import ModuleType

__all__ = ["spare"]

DOCSTRINGS = "numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars"
"""Modules that do nothing but write docstrings into numpy, for a sixth of what its import costs.
numpy's own documentation is built with one of them left out in the same way."""


def spare() -> None:
    """Do so; before numpy and msgspec are imported, else it is of no use and does no harm."""
    for name in DOCSTRINGS:
        sys.modules.setdefault(name, ModuleType(name))
    if "typing_extensions" in sys.modules:
        return
    # msgspec looks there first for names that typing has in every Python that we run on.
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # Python's word for: none
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules["typing_extensions"]
