"""The ``classify`` group: what is no command is the main job."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = ["COMMANDS", "MAIN_JOB", "MainJobGroup"]

MAIN_JOB = "main-job"
"""The hidden name of the main job; no user ever types it."""

COMMANDS: tuple[tuple[str, str], ...] = (
    (MAIN_JOB, "classifier.cli.main_job"),
    ("explain", "classifier.cli.explain"),
    ("lookup", "classifier.cli.lookup"),
    ("services", "classifier.cli.services"),
    ("signatures", "classifier.cli.signatures"),
)
"""Every command and the module whose ``command`` it is, in the order of the help."""


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
