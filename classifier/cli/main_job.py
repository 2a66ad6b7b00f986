"""The main job as a command of click: its options, their help, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from classifier.cli import options as words
from classifier.cli.job import Job
from classifier.model import Severity

__all__ = ["command"]

_EPILOG = """\b
Exit codes:
  0    done
  1    a finding at or above --fail-on, or a warning about an input with --strict
  2    wrong usage, policy or signature file
  3    unreadable input or unwritable output
  130  interrupted

\b
Examples:
  classify capture.pcap
  classify captures/ --report html -o report.html
  tcpdump -w - | classify -
  classify flows.parquet --policy ours.toml
"""


class _MainJob(click.Command):
    """Shown as ``classify``: its own name is hidden."""

    def make_context(
        self,
        info_name: str | None,  # noqa: ARG002  click's signature
        args: list[str],
        parent: click.Context | None = None,  # noqa: ARG002  click's signature
        **extra: Any,
    ) -> click.Context:
        """A context that stands alone, so that usage and errors say ``classify``."""
        return super().make_context("classify", args, None, **extra)


@click.command(
    cls=_MainJob, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option(
    "--report",
    "reports",
    type=click.Choice(words.REPORTS),
    multiple=True,
    help="Format of the report; may be repeated.  [default: text]",
)
@click.option(
    "-o",
    "--output",
    metavar="PATH",
    help="Where the report goes: a file, a folder (for several reports), or - for the terminal. "
    "Without it HTML goes to a file beside you and the rest to the terminal.",
)
@click.option(
    "--flows",
    "flows_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the flow table: .csv, .jsonl or .parquet.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Policy to check against (TOML).  [default: the shipped one]",
)
@click.option(
    "--signatures",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Signature file laid over the shipped ones (TOML); may be repeated.",
)
@click.option(
    "--rpc-range",
    metavar="modern|legacy|both|LOW-HIGH",
    help="Ports that Windows RPC servers hand out.  [default: as the policy says, else both]",
)
@click.option(
    "--known-endpoints",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Endpoint map of an earlier capture of the same servers (JSON); may be repeated.",
)
@click.option(
    "--endpoints-age",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    metavar="DAYS",
    help="How far from this capture an entry of an endpoint map may be to be believed.",
)
@click.option(
    "--save-endpoints",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the endpoint map: which server port was seen to serve which interfaces.",
)
@click.option(
    "--engine",
    type=click.Choice(words.ENGINES),
    default="auto",
    show_default=True,
    help="What reads the captures.",
)
@click.option(
    "--timeout",
    "timeouts",
    multiple=True,
    metavar="NAME=SECONDS",
    help=f"Silence that ends a flow; NAME is one of {', '.join(words.TIMEOUTS)}. Repeatable.",
)
@click.option(
    "--max-flows",
    type=click.IntRange(min=1),
    default=words.MAX_FLOWS,
    show_default=True,
    help="Flows followed at a time; beyond it the longest idle is put out.",
)
@click.option(
    "--fail-on",
    type=click.Choice([severity.word for severity in Severity]),
    help="Exit with 1 if a finding is at least this severe.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 if there is a warning about an input.")
@click.option("-q", "--quiet", is_flag=True, help="No warnings and no progress on stderr.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=words.show_version,
    help="Show the version, the engine and the catalogue's date.",
)
def command(**values: Any) -> Job:
    """Name the service of every flow in packet captures, and report what is unknown or forbidden.

    CAPTURE is a pcap or pcapng file (compressed or not), a folder, a glob pattern, or
    - for standard input. Several are one recording, in order of time. A flow table that --flows
    wrote (.csv, .jsonl, .parquet) is named again, without reading the capture.

    Other commands: classify explain, classify lookup, classify services, classify signatures; each
    has --help.
    """
    return Job(**values)
