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
    group = MainJobGroup(name="classify")
    try:
        code = group.main(list(arguments), prog_name="classify", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        _say(error.format_message())
        return error.exit_code
    except ClassifierError as error:
        _say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; nothing was written")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has had enough: no error, and no complaint at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        _say(f"output: cannot be written: {error.strerror or error}; free space or redirect it")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3


def _say(message: str) -> None:
    """One line on stderr; names of files may hold anything, so nothing reaches it unescaped."""
    from classifier.reports.escape import visible

    click.echo(f"classify: {visible(message)}", err=True)
