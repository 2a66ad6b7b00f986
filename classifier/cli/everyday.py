"""The everyday command line, understood without click.

Click and what it imports cost as much as all other imports before reading begins. It keeps the
help, the messages and everything unusual: whatever is not plain here is left to it, right or wrong.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.cli import options as words
from classifier.cli.job import Job
from classifier.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["everyday"]

FLAGS = {"--strict": "strict", "--quiet": "quiet", "-q": "quiet"}

VALUES = {
    "--report": "reports",
    "--output": "output",
    "-o": "output",
    "--flows": "flows_file",
    "--policy": "policy",
    "--signatures": "signatures",
    "--rpc-range": "rpc_range",
    "--engine": "engine",
    "--timeout": "timeouts",
    "--fail-on": "fail_on",
}
"""Options with a value, and the attribute of :class:`Job` that it becomes."""

CHOICES = {
    "reports": words.REPORTS,
    "engine": words.ENGINES,
    "fail_on": tuple(severity.word for severity in Severity),
}
FILES = {"flows_file", "policy", "signatures"}
REPEATED = {"reports", "signatures", "timeouts"}


def everyday(arguments: Sequence[str]) -> Job | None:
    """The main job that plain arguments ask for.

    Args:
        arguments: Without the program's name; the first is no command's name.

    Returns:
        None for all that click has to look at: other options, mistakes, shortened forms.
    """
    values: dict[str, object] = {}
    captures: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "-" or not argument.startswith("-"):
            captures.append(argument)
        elif argument in FLAGS:
            values[FLAGS[argument]] = True
        else:
            option, equals, value = argument.partition("=")
            name = VALUES.get(option)
            if name is None or (equals and not option.startswith("--")):
                return None
            text = value if equals else next(rest, "")
            if not _is_plain(name, text) or (name in values and name not in REPEATED):
                return None
            given = Path(text) if name in FILES else text
            if name in REPEATED:
                earlier = values.get(name, ())
                assert isinstance(earlier, tuple)
                values[name] = (*earlier, given)
            else:
                values[name] = given
    if not captures or not all(captures):
        return None
    return Job(captures=tuple(captures), **values)  # type: ignore[arg-type]  # by VALUES and FLAGS


def _is_plain(name: str, text: str) -> bool:
    """Whether a value of an option is one that click takes as it is."""
    if not text or (text.startswith("-") and text != "-"):
        return False
    if name in CHOICES:
        return text in CHOICES[name]
    if name in FILES and os.path.lexists(text):
        return Path(text).is_file() and os.access(text, os.R_OK)
    return True
