"""Stages 1 to 3: captures to rows of flows. The contract, and the engines that keep it.

An engine is chosen by name; ``auto`` takes the fastest that runs here. All give the same rows.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from classifier.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.engine.content import Match, Pattern
    from classifier.engine.contract import Engine

__all__ = ["ENGINES", "choose", "default_name", "matcher"]

ENGINES: tuple[tuple[str, str, str], ...] = (
    # name, module, class; fastest first
    ("native", "classifier.engine.native", "NativeEngine"),
    ("portable", "classifier.engine.portable", "PortableEngine"),
    ("tshark", "classifier.engine.tshark", "TsharkEngine"),
)


def default_name() -> str:
    """The engine that ``auto`` takes: native where it was built, else portable."""
    return "native" if find_spec("classifier._native") else "portable"


def choose(name: str = "auto") -> Engine:
    """The engine with this name.

    Raises:
        EngineError: There is none, or it cannot run here.
    """
    wanted = default_name() if name == "auto" else name
    if wanted == "native" and not find_spec("classifier._native"):
        raise EngineError(
            "engine native: not built here; install a Rust toolchain and reinstall, "
            "or use --engine portable"
        )
    for known, module, attribute in ENGINES:
        if known == wanted:
            engine: Engine = getattr(import_module(module), attribute)()
            return engine
    names = ", ".join(known for known, _, _ in ENGINES)
    raise EngineError(f"engine {name}: there is no such engine; choose auto, {names}")


def matcher(patterns: Sequence[Pattern], *, checked: bool = False) -> Match:
    """What holds patterns against heads outside of an engine: after reading, of joined rows.

    Args:
        patterns: What to look for.
        checked: Whether their numbers and syntax were checked before; to do so takes longer than
            to compile them.

    Raises:
        EngineError: A pattern cannot be used.
    """
    if default_name() == "native":
        from classifier.engine.native_content import NativeMatcher

        return NativeMatcher(patterns, checked=checked)
    from classifier.engine.portable.matching import Matcher

    return Matcher(patterns, checked=checked)
