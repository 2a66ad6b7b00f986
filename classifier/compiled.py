"""The compiled functions over columns, where they were built: numpy arrays in, buffers out.

Whoever uses one has the same in Python beside it, for an installation without a Rust toolchain.
"""

from __future__ import annotations

from typing import Any

__all__ = ["native"]

native: Any
"""The module ``classifier._native``, or None where it was not built."""

try:
    from classifier import _native as native
except ImportError:
    native = None
