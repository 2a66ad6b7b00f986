"""The report as one self-contained HTML page: no request leaves it, and it reads without script.

Everything untrusted goes through the template engine, which escapes it; before that, ``finalize``
makes control and bidi characters visible. Style and script stand beside this file and are put
inline; the content security policy allows this one script by its hash and nothing from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from classifier.reports.escape import visible
from classifier.reports.sections import sections
from classifier.reports.sections.blocks import Limits
from classifier.reports.title import TIMES, figures, headline, summary
from classifier.reports.words import percent, written

if TYPE_CHECKING:
    from classifier.analysis import Analysis
    from classifier.reports.sections.blocks import Block

__all__ = ["render"]

LIMITS = Limits(rows=1000, flows=2000, cards=200, explained=500)
FIRST_ROWS = 25
"""Rows that a table paints at first where the script runs; a button shows the rest."""

TONES = {
    **dict.fromkeys(("critical", "high", "medium", "low", "info"), "severity"),
    **dict.fromkeys(("confirmed", "announced", "assigned"), "sure"),
    **dict.fromkeys(("likely", "possible"), "guess"),
    "unknown": "none",
}
"""Words that are shown as a badge -> class of the badge; the word is in the text as well."""


def render(analysis: Analysis) -> str:
    """The report as HTML."""
    script = _beside("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=headline(analysis),
            summary=summary(analysis),
            times=TIMES,
            figures=figures(analysis),
            sections=sections(analysis, LIMITS),
            version=analysis.settings.get("version", ""),
            first_rows=FIRST_ROWS,
            style=Markup(_beside("report.css")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=digest,
        )
    )


@cache
def _environment() -> Environment:
    """The template engine: escapes everything, refuses names that do not exist."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        loader=FunctionLoader(_beside),
    )
    environment.filters |= {
        "form": _form,
        "percent": percent,
        "tone": lambda word: TONES.get(word, "none"),
        "written": written,
    }
    return environment


def _finalize(value: object) -> object:
    """Every text that the template puts out, made visible; our own markup is left alone."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _form(block: Block) -> str:
    """Which kind of block it is, as the template asks for it."""
    return type(block).__name__.lower()


def _beside(name: str) -> str:
    """A file beside this one."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
