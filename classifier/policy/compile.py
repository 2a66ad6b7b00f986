"""From the file as it is written to a policy that can be asked; every name is resolved here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import Confidence, Severity
from classifier.policy.compile_rules import compile_rules, is_name
from classifier.policy.place import Place
from classifier.policy.rpc import RpcRanges
from classifier.policy.rules import Policy, Rule
from classifier.policy.selectors import Kind, Selector
from classifier.policy.zones import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classifier.catalogue import Catalogue
    from classifier.policy.language import RpcEntry
    from classifier.policy.source import PolicySource
    from classifier.policy.zones import Zone

__all__ = ["compile_policy"]

VERSION = 1
CONFIDENCES = tuple(word.value for word in Confidence if word is not Confidence.UNKNOWN)
UNEXPECTED = "unexpected"
DEFAULTS = ("allow", UNEXPECTED)


UNEXPECTED_RULE = Rule(
    "default:unexpected",
    allow=False,
    selectors=(Selector("*", Kind.SERVICE, "*"),),
    severity=Severity.LOW,
    why="No rule of the policy allows it.",
)
"""Stands at the end. It goes by service, so that what is not named for sure is undetermined."""


def compile_policy(source: PolicySource, catalogue: Catalogue | None) -> Policy:
    """Compile a policy.

    Args:
        source: The file.
        catalogue: Where services, families and flags are looked up; None takes them as written.

    Raises:
        PolicyError: With file, line, rule, cause and fix.
    """
    written = source.parse()
    here = Place(source, ())
    if written.version != VERSION:
        here.at("version").fail(f"version {written.version} is not known", f"write {VERSION}")
    minimum = here.at("min_confidence").choose(written.min_confidence, CONFIDENCES)
    default = here.at("default").choose(written.default, DEFAULTS)
    zones = compile_zones(here.at("zones"), written.zones)
    rules = compile_rules(here, written, zones, catalogue)
    if default == UNEXPECTED:
        rules.append(UNEXPECTED_RULE)
    rpc = compile_rpc(here.at("rpc"), written.rpc, zones)
    name = written.name or source.file.stem
    return Policy(name, source.file, tuple(rules), zones, Confidence(minimum), rpc)


def compile_zones(here: Place, written: Mapping[str, list[str]]) -> dict[str, Zone]:
    """All zones, each after those that it names."""
    zones: dict[str, Zone] = dict(BUILT_IN)
    waiting = dict(written)
    for name in written:
        if name in BUILT_IN:
            here.at(name).fail(f"the zone {name!r} is built in", "take another name")
        if not is_name(name):
            here.at(name).fail(f"{name!r} is no name", "use small letters, digits and -")
    while waiting:
        ready = [
            name
            for name, entries in waiting.items()
            if not any(entry.removeprefix("!").strip() in waiting for entry in entries)
        ]
        if not ready:
            here.at(next(iter(waiting))).fail(
                f"these zones name each other: {', '.join(waiting)}", "break the circle"
            )
        for name in ready:
            zones[name] = here.at(name).zone(waiting.pop(name), zones)
    return zones


def compile_rpc(here: Place, written: RpcEntry, zones: Mapping[str, Zone]) -> RpcRanges:
    """The dynamic RPC ranges."""
    servers = here.at("servers")
    return RpcRanges(
        here.at("range").range(written.range),
        tuple(
            (servers.at(name).zone([name], zones), servers.at(name).range(text))
            for name, text in written.servers.items()
        ),
    )
