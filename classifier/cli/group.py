"""The ``classify`` group: what is no command is the main job."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from classifier.cli.commands import COMMANDS, MAIN_JOB
from classifier.cli.job import Job
from classifier.errors import ClassifierError

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

__all__ = ["MainJobGroup", "called"]


class MainJobGroup(click.Group):
    """``classify capture.pcap`` is the main job; ``classify lookup …`` would be a command.

    A capture that is called like a command is named by its path: ``./lookup``.
    """

    commands: MutableMapping[str, click.Command]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the main job's name in front unless a command is named."""
        named = [name for name, _ in COMMANDS if name != MAIN_JOB]
        named.extend(name for name in self.commands if name not in named)
        if not args or args[0] not in named:
            args = [MAIN_JOB, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order of the help."""
        return [name for name, _ in COMMANDS] + super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command when it is called."""
        for name, module in COMMANDS:
            if name == cmd_name:
                command: click.Command = import_module(module).command
                return command
        return super().get_command(ctx, cmd_name)


class _RefusedError(ClassifierError):
    """What click found wrong with the command line."""

    def __init__(self, error: click.ClickException) -> None:
        super().__init__(error.format_message())
        self.exit_code = error.exit_code


def called(arguments: Sequence[str]) -> int | Job:
    """Run the command that arguments name; the main job is only understood.

    Args:
        arguments: Without the program's name.

    Returns:
        The exit code, or the main job, ready to run.

    Raises:
        ClassifierError: The command line is wrong, or whatever the command raises.
        KeyboardInterrupt: The user has had enough.
    """
    group = MainJobGroup(name="classify")
    try:
        result = group.main(list(arguments), prog_name="classify", standalone_mode=False)
    except click.exceptions.Exit as leave:
        result = leave.exit_code
    except click.ClickException as error:
        raise _RefusedError(error) from error
    except click.Abort as error:
        raise KeyboardInterrupt from error
    return result if isinstance(result, Job) else int(result or 0)
