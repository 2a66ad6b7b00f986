"""Numbers as sentences show them."""

from __future__ import annotations

__all__ = ["amount", "percent", "plural"]

UNITS = ("bytes", "kB", "MB", "GB", "TB")
STEP = 1000


def plural(count: int, noun: str) -> str:
    """``1 flow``, ``1,204 flows``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def percent(part: float, whole: float) -> str:
    """``12.3 %``; 0 of nothing is 0.0 %."""
    return f"{100 * part / whole if whole else 0:.1f} %"


def amount(size: int) -> str:
    """``812 bytes``, ``1.2 MB``, in steps of a thousand."""
    value, unit = float(size), 0
    while value >= STEP and unit < len(UNITS) - 1:
        value, unit = value / STEP, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if unit else f"{size} bytes"
