"""``classify lookup``: everything that the catalogue knows about a term."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from classifier.catalogue.answers import Answer

__all__ = ["command"]

_EPILOG = """\b
Exit codes:
  0    every term is known
  1    a term is not known
  2    wrong usage or signature file

\b
Examples:
  classify lookup 49670/tcp
  classify lookup 135 kerberos ip/47
  classify lookup --json e3514235-4b06-11d1-ab04-00c04fc2dcd2
"""


@click.command(
    name="lookup", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.argument("terms", nargs=-1, required=True, metavar="TERM...")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a term, in order.")
@click.option(
    "--signatures",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Signature file laid over the shipped ones (TOML); may be repeated.",
)
def command(terms: tuple[str, ...], as_json: bool, signatures: tuple[Path, ...]) -> int:
    """Say what is known about ports, services, protocols and interfaces.

    TERM is a port (135, 49670/tcp, udp/53), a range (6881-6889), an IP protocol (ip/47), an
    EtherType (0x88cc), the UUID of a DCE/RPC interface, or a name: of a service, of what Wireshark,
    Zeek or IANA call it, or of a service of Windows.
    """
    from classifier import catalogue
    from classifier.catalogue.lookup import find

    knowledge = catalogue.load(signatures)
    missing = False
    for number, term in enumerate(terms):
        answers = find(knowledge, term)
        missing = missing or not any(map(_says_something, answers))
        if as_json:
            click.echo(_json(term, answers))
        else:
            if number:
                click.echo()
            click.echo("\n".join(_text(term, answers)))
    return int(missing)


def _says_something(answer: Answer) -> bool:
    """A port of which nothing is known is an answer, but an empty one."""
    from classifier.catalogue.answers import PortAnswer

    return not isinstance(answer, PortAnswer) or bool(
        answer.claims or answer.registered or answer.riders or answer.bands
    )


def _json(term: str, answers: tuple[Answer, ...]) -> str:
    import msgspec

    from classifier.reports.escape import json_text, surrogates_escaped

    found = [{"kind": answer.kind, **msgspec.to_builtins(answer)} for answer in answers]
    line = {"term": surrogates_escaped(term), "answers": found}
    return json_text(msgspec.json.encode(line).decode())


def _text(term: str, answers: tuple[Answer, ...]) -> list[str]:
    from classifier.reports.answers import lines
    from classifier.reports.escape import visible

    if not answers:
        return [f"{visible(term)}: nothing is known by this name or number"]
    found: list[str] = []
    for answer in answers:
        found.extend(visible(line) for line in lines(answer))
    return found
