"""The commands of ``classify``, by name."""

from __future__ import annotations

__all__ = ["COMMANDS", "MAIN_JOB"]

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
