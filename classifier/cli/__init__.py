"""The command line: one command a file, each imported only when it is called.

Exit codes: 0 done, 1 findings at or above ``--fail-on`` (or a warning with ``--strict``),
2 wrong usage, 3 unreadable input or unwritable output, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from classifier.cli.group import MainJobGroup
from classifier.errors import ClassifierError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["INTERRUPTED", "run"]

INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name.

    Returns:
        The exit code.
    """
    try:
        return _run(arguments)
    except click.ClickException as error:
        return _failed(error.format_message(), error.exit_code)
    except ClassifierError as error:
        return _failed(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        return _failed("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:
        _forget_stdout()
        if isinstance(error, BrokenPipeError):
            return 0  # whoever read the output has had enough: that is no error
        cause = error.strerror or str(error)
        return _failed(f"output: cannot be written: {cause}; free space or redirect it", 3)


def _run(arguments: Sequence[str]) -> int:
    group = MainJobGroup(name="classify")
    try:
        code = group.main(list(arguments), prog_name="classify", standalone_mode=False)
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    sys.stdout.flush()
    return int(code or 0)


def _forget_stdout() -> None:
    """What is still buffered can never be written: it must not complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(message: str, code: int) -> int:
    """One line on stderr; names of files may hold anything, so nothing reaches it unescaped."""
    from classifier.reports.escape import visible

    click.echo(f"classify: {visible(message)}", err=True)
    return code
