"""What this command leaves out of the libraries that it imports, because nobody could ask for it.

Only the command does: who imports the package gets its libraries whole.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Any

__all__ = ["spare"]

DOCSTRINGS = "numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars"
"""Modules that do nothing but write docstrings into numpy, for a sixth of what its import costs.
numpy's own documentation is built with one of them left out in the same way."""


TYPES = "numpy._typing"
"""The types of numpy's annotations, for another sixth."""


LATER = "inspect", "ast", "ctypes", "pickle", "platform"
"""What numpy imports and asks for next to nothing, for yet another sixth."""

EARLIER = "textwrap", "msgspec.inspect"
"""What msgspec imports for schemas, which nobody asks for: the one compiles expressions, the other
makes some thirty classes."""

_DRESSING: dict[str, Any] = {"cleandoc": lambda text: text, "signature": lambda _: None}
"""All that numpy asks inspect for while it is imported, for docstrings and ``help()``."""


_ONE_AT_A_TIME = Lock()


def _give_way(stand_in: ModuleType) -> None:
    """Let the module itself be imported, once: two threads may ask at the same time."""
    with _ONE_AT_A_TIME:
        if sys.modules.get(stand_in.__name__) is stand_in:
            del sys.modules[stand_in.__name__]


class _Later(ModuleType):
    """Stands for a module until somebody asks for something in it."""

    def __getattr__(self, name: str) -> Any:
        """What the module has, which is imported now."""
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        if self.__name__ == "inspect" and name in _DRESSING and _numpy_is_being_imported():
            return _DRESSING[name]
        _give_way(self)
        return getattr(import_module(self.__name__), name)


def _numpy_is_being_imported() -> bool:
    spec = getattr(sys.modules.get("numpy"), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))


class _Types(ModuleType):
    """Stands for them until somebody asks for more than numpy itself does when it is imported."""

    def __getattr__(self, name: str) -> Any:
        """The word for an array, which says what some results hold; for all else they come."""
        alone = sys.modules.get(TYPES) is self
        if name == "NDArray" and alone:
            return list
        if name == "__path__":
            return [f"{folder}/_typing" for folder in sys.modules["numpy"].__path__]
        if name.startswith("__"):
            raise AttributeError(name)
        _give_way(self)
        return getattr(import_module(TYPES), name)


def spare() -> None:
    """Do so; before numpy and msgspec are imported, else it is of no use and does no harm."""
    for name in DOCSTRINGS:
        sys.modules.setdefault(name, ModuleType(name))
    sys.modules.setdefault(TYPES, _Types(TYPES))
    if hasattr(os, "uname"):
        _import_with("uuid", "platform", _system())
    for name in EARLIER:
        sys.modules.setdefault(name, _Later(name))
    _import_with("msgspec", "typing_extensions", None)
    for name in LATER:
        sys.modules.setdefault(name, _Later(name))


def _system() -> ModuleType:
    """All that uuid asks of platform, which compiles ten expressions when it is imported."""
    module = ModuleType("platform")
    module.system = lambda: os.uname().sysname  # type: ignore[attr-defined]
    return module


def _import_with(name: str, spared: str, instead: ModuleType | None) -> None:
    """Import a module that asks for another one while it is imported, and gets this instead.

    None is Python's word for a module that is not there: msgspec looks into typing_extensions
    first for names that typing has in every Python that we run on.
    """
    if spared in sys.modules:
        return
    sys.modules[spared] = instead  # type: ignore[assignment]
    try:
        import_module(name)
    finally:
        del sys.modules[spared]
