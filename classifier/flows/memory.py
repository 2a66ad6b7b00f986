"""The engine's memory behind arrays: compiled code reads it where it is, and copies all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classifier import compiled

if TYPE_CHECKING:
    from classifier.flows.columns import Array

__all__ = ["memory_of"]


def memory_of(array: Array) -> Any:
    """The engine's memory, if an array shows all of it; else the array, contiguous."""
    shown: Any = array
    while isinstance(shown, np.ndarray):
        shown = shown.base
    memory = shown.obj if isinstance(shown, memoryview) else None
    is_all = (
        compiled.native is not None
        and isinstance(memory, compiled.native.Buffer)
        and len(memory) == array.nbytes
    )
    return memory if is_all else np.ascontiguousarray(array)
