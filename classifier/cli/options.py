"""Option values: the words that may be said, and what they become.

Nothing here imports pandas or numpy: ``classify --help`` must answer at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from classifier.engine import ENGINES as _ENGINES
from classifier.engine import default_name
from classifier.engine.contract import EngineOptions, Timeouts
from classifier.errors import UsageError
from classifier.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

__all__ = [
    "ENGINES",
    "MAX_FLOWS",
    "REPORTS",
    "TIMEOUTS",
    "are_flow_tables",
    "engine_options",
    "show_version",
]

REPORTS = tuple(each.name for each in FORMATS)
ENGINES = ("auto", *(name for name, _, _ in _ENGINES))
TIMEOUTS = Timeouts.__struct_fields__
MAX_FLOWS = EngineOptions().max_flows
FLOW_TABLES = (".csv", ".jsonl", ".parquet")


def engine_options(timeouts: Sequence[str], max_flows: int) -> EngineOptions:
    """Engine options from ``NAME=SECONDS`` words.

    Raises:
        UsageError: A word is of another form, or its number makes no sense.
    """
    values = Timeouts()
    for word in timeouts:
        name, _, number = word.partition("=")
        try:
            seconds = float(number)
        except ValueError:
            seconds = -1.0
        least = 0.0 if name == "active" else 1e-9
        if name not in TIMEOUTS or not least <= seconds <= 1e9:  # noqa: PLR2004  30 years
            raise UsageError(
                f"--timeout {word}: expected NAME=SECONDS with NAME one of "
                f"{', '.join(TIMEOUTS)} and a positive number, such as tcp=600"
            )
        values = replace(values, **{name: seconds})
    return EngineOptions(timeouts=values, max_flows=max_flows)


def are_flow_tables(inputs: Sequence[str]) -> bool:
    """Whether the inputs are saved flow tables, by their endings.

    Raises:
        UsageError: Some are and some are not.
    """
    tables = [name for name in inputs if name.lower().endswith(FLOW_TABLES)]
    if tables and len(tables) < len(inputs):
        raise UsageError(
            f"{tables[0]} is a flow table and others are captures; name one kind at a time"
        )
    return bool(tables)


def show_version(context: click.Context, _parameter: click.Parameter, value: object) -> None:
    """Print version, engine and catalogue, and leave."""
    if not value or context.resilient_parsing:
        return
    import click

    from classifier import catalogue
    from classifier.model import VERSION

    knowledge = catalogue.load()
    click.echo(
        f"classify {VERSION}, engine {default_name()}, "
        f"catalogue {knowledge.version} of {knowledge.date}"
    )
    context.exit()
