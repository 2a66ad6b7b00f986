"""Pairs of numbers counted in a table of fixed size: a bound, so that few are looked at closely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

__all__ = ["places_of_pairs"]


def places_of_pairs(one: Array, other: Array, bits: int) -> Array:
    """A number below ``1 << bits`` for each pair, the same for equal pairs (Knuth 6.4); int64.

    Different pairs may share one: what is counted by place is at least what each pair has.

    Args:
        one: Whole numbers.
        other: The other ones, as many.
        bits: From 1 to 32.
    """
    mixed = one.astype(np.uint32) * np.uint32(0x9E3779B1)
    mixed += other.astype(np.uint32) * np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0xC2B2AE35)
    mixed >>= np.uint32(32 - bits)
    return mixed.astype(np.int64)
