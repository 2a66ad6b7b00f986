"""The command line: one command a file, each imported only when it is called.

Exit codes: 0 done, 1 findings at or above ``--fail-on`` (or a warning with ``--strict``),
2 wrong usage, 3 unreadable input or unwritable output, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from classifier.cli.commands import COMMANDS
from classifier.cli.say import say
from classifier.errors import ClassifierError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.cli.job import Job

__all__ = ["INTERRUPTED", "run"]

INTERRUPTED = 130
_COMPLETION = "_CLASSIFY_COMPLETE"
"""The variable by which a shell asks click how a word may go on."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name.

    Returns:
        The exit code.
    """
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except ClassifierError as error:
        return _failed(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _failed("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:
        _forget_stdout()
        if isinstance(error, BrokenPipeError):
            return 0  # whoever read the output has had enough: that is no error
        cause = error.strerror or str(error)
        return _failed(f"output: cannot be written: {cause}; free space or redirect it", 3)
    return code


def _run(arguments: Sequence[str]) -> int:
    result = _plain(arguments)
    if result is None:
        from classifier.cli.group import called

        result = called(arguments)
    if isinstance(result, int):
        return result
    try:
        return result.run()
    except KeyboardInterrupt:
        say("")  # ends the line on which the terminal shows ^C
        raise


def _plain(arguments: Sequence[str]) -> Job | int | None:
    if not arguments or arguments[0] in dict(COMMANDS) or os.environ.get(_COMPLETION):
        return None
    from classifier.cli.everyday import everyday

    return everyday(arguments)


def _forget_stdout() -> None:
    """What is still buffered can never be written: it must not complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(message: str, code: int) -> int:
    """One line on stderr; names of files may hold anything, so nothing reaches it unescaped."""
    from classifier.reports.escape import visible

    say(f"classify: {visible(message)}")
    return code
