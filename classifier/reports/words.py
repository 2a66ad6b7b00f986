"""Numbers as people read them: sizes, shares, durations, times. JSON and CSV do without."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["FORMS", "count", "duration", "moment", "number", "percent", "plural"]
__all__ += ["size", "written"]

NOTHING = "–"  # noqa: RUF001 - an en dash: nothing to say
UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")
STEP = 1000
MINUTE, HOUR, DAY = 60, 3600, 86_400
SECOND = 1_000_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLENTY = 100  # from here on a number needs no decimals, below PLENTY / 10 it needs two


def count(value: int) -> str:
    """A number of things, thousands apart: ``12,345``."""
    return f"{value:,}"


def number(value: object) -> str:
    """A number that names something (a port, a frame, a flow): no thousands apart."""
    return str(value)


def size(value: float) -> str:
    """Bytes in powers of 1000, three digits: ``1.23 MB``, ``999 B``."""
    amount, unit = float(value), 0
    while amount >= STEP - 0.5 and unit < len(UNITS) - 1:
        amount, unit = amount / STEP, unit + 1
    if unit == 0:
        return f"{amount:.0f} B"
    digits = 0 if amount >= PLENTY - 0.05 else 1 if amount >= PLENTY / 10 - 0.005 else 2
    return f"{amount:.{digits}f} {UNITS[unit]}"


def percent(share: float) -> str:
    """A share of 0 to 1: ``12.3 %``. Only nothing is ``0 %`` and only all is ``100 %``."""
    if share <= 0:
        return "0 %"
    if share >= 1:
        return "100 %"
    if share < 0.001:  # noqa: PLR2004 - less than the last digit
        return "<0.1 %"
    return ">99.9 %" if share > 0.999 else f"{share * 100:.1f} %"  # noqa: PLR2004


def moment(value: int) -> str:
    """A time, given in ns since 1970 UTC, to the second: ``2026-01-05 09:00:01``."""
    return (EPOCH + timedelta(seconds=value // SECOND)).strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float) -> str:
    """A span of time in its two largest units: ``2 h 13 min``, ``3.2 s``, ``450 ms``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, below, part in ((DAY, "d", HOUR, "h"), (HOUR, "h", MINUTE, "min")):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name}" + (f" {rest} {part}" if rest else "")
    rest = whole % MINUTE
    return f"{whole // MINUTE} min" + (f" {rest} s" if rest else "")


def plural(value: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 flow``, ``2,000 flows``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def _text(value: object) -> str:
    """Any value as text; truth as a word."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


FORMS: Mapping[str, Callable[..., str]] = {
    "text": _text,
    "address": _text,
    "code": _text,
    "file": _text,
    "word": _text,
    "number": number,
    "count": count,
    "bytes": size,
    "share": percent,
    "time": moment,
}
"""How a value is written, by the kind of its field (:class:`classifier.reports.sections.Field`)."""


def written(kind: str, value: object) -> str:
    """A value as a cell shows it; a dash for null, nothing for empty text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    return FORMS[kind](value)
