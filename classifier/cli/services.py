"""``classify services``: what services of Windows need from the network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifier.catalogue.requirements import Requirement, Requirements

__all__ = ["command"]

ERAS = ("modern", "legacy", "mixed")
FORMATS = ("text", "json", "csv")

_EPILOG = """\b
Exit codes:
  0    done
  2    no such service, or wrong usage

\b
Examples:
  classify services requirements lsass
  classify services requirements active-directory --era mixed --with-dependencies
  classify services requirements "Net Logon" --ipsec --format csv
"""


@click.group(name="services", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Say what services of Windows need from the network (Microsoft KB 832017)."""


@command.command(name="list")
def list_services() -> None:
    """List the services of Windows that are known, with their short names."""
    from classifier import catalogue
    from classifier.reports.escape import visible

    systems = catalogue.load().rest.system_services
    wide = max((len(system.id) for system in systems), default=0)
    for system in sorted(systems, key=lambda system: system.id):
        short = f" ({system.system_service})" if system.system_service else ""
        click.echo(visible(f"{system.id:{wide}}  {system.name}{short}"))


@command.command(name="requirements", epilog=_EPILOG)
@click.argument("names", nargs=-1, required=True, metavar="SERVICE...")
@click.option(
    "--era", type=click.Choice(ERAS), default="modern", show_default=True,
    help="Which servers there are: Vista and Server 2008 or later, earlier ones, or both.",
)  # fmt: skip
@click.option("--ipsec", is_flag=True, help="What a tunnel needs that replaces the open ports.")
@click.option(
    "--with-dependencies", "dependencies", is_flag=True,
    help="Also what the services need that this one depends on.",
)  # fmt: skip
@click.option(
    "--format", "shape", type=click.Choice(FORMATS), default="text", show_default=True,
    help="text, one JSON line a service, or rows for any firewall.",
)  # fmt: skip
@click.option(
    "--signatures", type=click.Path(path_type=Path), multiple=True, metavar="FILE",
    help="Signature file laid over the shipped ones (TOML); may be repeated.",
)  # fmt: skip
def requirements(
    names: tuple[str, ...],
    era: str,
    ipsec: bool,
    dependencies: bool,
    shape: str,
    signatures: tuple[Path, ...],
) -> None:
    """Say which ports and protocols must be open for services of Windows.

    SERVICE is its name as Windows writes it, its short name, or its id: see classify services list.
    The ports are the server's; traffic goes to them from any port, and comes back.
    """
    from classifier import catalogue
    from classifier.catalogue.requirements import requirements as find

    knowledge = catalogue.load(signatures)
    found = []
    for name in names:
        try:
            needs = find(knowledge, name, era, ipsec=ipsec, dependencies=dependencies)
        except KeyError as error:
            raise click.UsageError(_unknown(name, str(error.args[0]))) from error
        found.append(needs)
    write = {"text": _text, "json": _json, "csv": _csv}[shape]
    click.echo(write(found), nl=False)


def _unknown(name: str, cause: str) -> str:
    if cause != name:
        return cause
    return f"{name}: no service of Windows has this name; see classify services list"


def _text(found: list[Requirements]) -> str:
    from classifier.reports.escape import visible

    lines: list[str] = []
    for needs in found:
        system = needs.system_service
        short = f" ({system.system_service})" if system.system_service else ""
        how = f", through {needs.tunnel.name}" if needs.tunnel else ""
        lines += [""] * bool(lines)
        lines.append(f"{system.name}{short}, {needs.era.value} Windows{how}")
        if needs.tunnel and needs.tunnel.summary:
            lines.append(f"  {needs.tunnel.summary}")
        wide = max((len(_where(row)) for row in needs.rows), default=0)
        for row in needs.rows:
            lines.append(f"  {_where(row):{wide}}  {_what(row)}")
        if not needs.rows:
            lines.append("  it needs no open ports")
        if needs.dependencies:
            names = [row.on + f" ({row.condition})" * bool(row.condition)
                     for row in needs.dependencies]  # fmt: skip
            lines.append(f"  depends on: {', '.join(names)}")
        sources = dict.fromkeys(source for row in needs.rows for source in row.sources)
        if sources:
            lines.append(f"  source: {'; '.join(sources)}")
    return "".join(f"{visible(line)}\n" for line in lines)


def _where(row: Requirement) -> str:
    if not row.low:
        return row.transport
    return f"{_ports(row)}/{row.transport}"


def _ports(row: Requirement) -> str:
    if not row.low:
        return ""
    return f"{row.low}" if row.low == row.high else f"{row.low}-{row.high}"


def _what(row: Requirement) -> str:
    notes = [row.condition] if row.condition else []
    if row.era:
        notes.append(f"{row.era} Windows")
    if row.band:
        notes.append("dynamic ports")
    if not row.needed:
        notes.insert(0, "if used")
    return row.protocol + (f" ({'; '.join(notes)})" if notes else "")


def _json(found: list[Requirements]) -> str:
    import msgspec

    from classifier.reports.escape import json_text

    return "".join(json_text(msgspec.json.encode(needs).decode()) + "\n" for needs in found)


def _csv(found: list[Requirements]) -> str:
    import csv
    import io

    from classifier.reports.escape import csv_cell

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["for", "service", "protocol", "transport", "first_port", "last_port", "direction",
         "dynamic", "era", "needed", "condition", "sources"]
    )  # fmt: skip
    for needs in found:
        for row in needs.rows:
            cells = [
                row.system_service, row.service, row.protocol, row.transport,
                str(row.low or ""), str(row.high or ""), "to server",
                "yes" if row.band else "no", row.era, "yes" if row.needed else "if used",
                row.condition, "; ".join(row.sources),
            ]  # fmt: skip
            writer.writerow([csv_cell(cell) for cell in cells])
    return out.getvalue()
