"""One root error, one class a stage.

Every message names the place (file, byte offset, line, frame), the cause and what to do.
The command line prints the message in one line and exits with the class's ``exit_code``.
"""

from __future__ import annotations

__all__ = [
    "CaptureError",
    "CatalogueError",
    "ClassifierError",
    "EngineError",
    "OutputError",
    "PolicyError",
    "UsageError",
]


class ClassifierError(Exception):
    """Root of all errors that this project raises on purpose."""

    exit_code = 3


class CaptureError(ClassifierError, ValueError):
    """An input cannot be read as a capture. Message: file, byte offset, cause, fix."""


class EngineError(ClassifierError, RuntimeError):
    """The engine that was asked for cannot run here. Message: engine, cause, fix."""

    exit_code = 2


class CatalogueError(ClassifierError, ValueError):
    """A signature file is wrong. Message: file, line, entry, cause, fix."""

    exit_code = 2


class PolicyError(ClassifierError, ValueError):
    """A policy file is wrong. Message: file, line, rule, cause, fix."""

    exit_code = 2


class OutputError(ClassifierError, OSError):
    """A report or flow table cannot be written. Message: path, cause, fix."""


class UsageError(ClassifierError, ValueError):
    """Options that do not fit together or have a wrong value. Message: option, cause, fix."""

    exit_code = 2
