"""``classify explain``: why a flow has its name."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from classifier.cli import main_job
from classifier.cli import options as words

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.explain import Explanation

__all__ = ["command"]

_EPILOG = """\b
Exit codes:
  0    done
  2    no such flow, wrong usage, policy or signature file
  3    unreadable input

\b
Examples:
  classify explain capture.pcap --flow 27
  classify explain capture.pcap --flow "10.0.0.5:50112>10.0.0.1:49670"
  classify explain capture.pcap --flow "udp:[2001:db8::5]:5353>[ff02::fb]:5353" --json
"""

_READING = (
    "policy", "signatures", "rpc_range", "known_endpoints", "endpoints_age", "engine", "timeouts",
    "max_flows", "quiet",
)  # fmt: skip
"""Options of the main job that change a result: a flow has its number only under the same ones."""

_SEVERAL = 10
"""Flows that are listed where several fit."""
_NARROWEST = 40
_WIDTH = 100


@click.command(
    name="explain", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "--flow",
    "word",
    required=True,
    metavar="FLOW",
    help="Number of the flow, as in the reports, or its endpoints: client:port>server:port.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def command(
    captures: tuple[str, ...],
    word: str,
    as_json: bool,
    policy: Path | None,
    signatures: tuple[Path, ...],
    rpc_range: str | None,
    known_endpoints: tuple[Path, ...],
    endpoints_age: float,
    engine: str,
    timeouts: tuple[str, ...],
    max_flows: int,
    quiet: bool,
) -> int:
    """Say why a flow has its name: the evidence with its frames, what lost and why.

    CAPTURE is what the main job takes, a saved flow table too; of that only what it remembers is
    told. Options that change a result must be the same, for a flow to have the same number.
    """
    from classifier.cli import outputs
    from classifier.explain import choose, explain
    from classifier.pipeline import Options

    options = Options(
        engine=engine,
        engine_options=words.engine_options(timeouts, max_flows),
        policy=policy,
        rpc_range=rpc_range,
        signatures=signatures,
        known_endpoints=known_endpoints,
        endpoints_age=endpoints_age,
    )
    analysis = outputs.analysed(captures, options, quiet=quiet)
    found = choose(analysis, word)
    if len(found) > 1 and not quiet:
        _several(word, found)
    explanation = explain(analysis, found[0])
    click.echo(_json(explanation) if as_json else "\n".join(_wrapped(explanation)))
    return 0


command.params.extend(each for each in main_job.command.params if each.name in _READING)


def _several(word: str, found: list[int]) -> None:
    """Say on stderr that several flows fit."""
    from classifier.reports.escape import visible

    more = f" and {len(found) - _SEVERAL:,} more" if len(found) > _SEVERAL else ""
    click.echo(
        visible(
            f"classify: --flow {word}: {len(found):,} flows fit; this is the first. The others "
            f"are {', '.join(map(str, found[1:_SEVERAL]))}{more}: name one by its number"
        ),
        err=True,
    )


def _json(explanation: Explanation) -> str:
    import msgspec

    from classifier.reports.escape import json_text, surrogates_escaped

    plain = surrogates_escaped(msgspec.to_builtins(explanation))
    return json_text(msgspec.json.encode(plain).decode())


def _wrapped(explanation: Explanation) -> list[str]:
    """The lines, as wide as the terminal; what is broken goes on under its beginning."""
    from classifier.reports.layout import wrap

    room = shutil.get_terminal_size((_WIDTH, 24)).columns if sys.stdout.isatty() else _WIDTH
    room = max(room, _NARROWEST)
    lines = []
    for line in explanation.lines():
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        if text.startswith(("carve: ", "display filter: ")):
            lines.append(line)  # to be copied: a line break would be part of it
            continue
        first, *rest = wrap(text, room - indent - 2)
        lines.append(" " * indent + first)
        lines.extend(" " * (indent + 2) + each for each in rest)
    return lines
