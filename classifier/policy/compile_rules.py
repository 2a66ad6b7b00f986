"""Rules as they are written, made ready to be asked: every word and zone resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from classifier.model import Severity
from classifier.policy.rules import Rule
from classifier.policy.zones import ANY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classifier.catalogue import Catalogue
    from classifier.policy.language import ExceptionEntry, PolicyFile, RuleEntry
    from classifier.policy.place import Place
    from classifier.policy.zones import Zone

__all__ = ["compile_rules", "is_name"]

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")

SEVERITIES = tuple(severity.word for severity in Severity)


def is_name(text: str) -> bool:
    """Whether a text is an id of a rule or a name of a zone, as one writes it."""
    return LETTERS.issuperset(text) and text[:1] not in ("", "-")


def compile_rules(
    here: Place, written: PolicyFile, zones: Mapping[str, Zone], catalogue: Catalogue | None
) -> list[Rule]:
    """The rules of a file in their order, then what it expects.

    Raises:
        PolicyError: With file, line, rule, cause and fix.
    """
    compiler = _Compiler(zones, catalogue)
    rules: list[Rule] = []
    ids: dict[str, int] = {}
    for number, entry in enumerate(written.rule):
        place = here.of_rule(number, entry.id)
        if entry.id in ids:
            cause = f"rule number {ids[entry.id] + 1} has this id too"
            place.at("id").fail(cause, "give each its own")
        ids[entry.id] = number
        rules.append(compiler.rule(place, entry))
    for name, servers in written.expect.items():
        rules += compiler.expectation(here.at("expect", name), name, servers)
    return rules


class _Compiler(Struct, frozen=True):
    """Makes rules; holds what their words mean."""

    zones: Mapping[str, Zone]
    catalogue: Catalogue | None

    def rule(self, here: Place, entry: RuleEntry) -> Rule:
        """One ``[[rule]]``."""
        if not is_name(entry.id):
            here.at("id").fail("this is no id", "use small letters, digits and -")
        if (entry.allow is None) == (entry.deny is None):
            both = entry.allow is not None
            cause = "it has both allow and deny" if both else "it has neither allow nor deny"
            here.at("deny").fail(cause, "write one of the two")
        verb = "deny" if entry.allow is None else "allow"
        words = entry.deny if entry.allow is None else entry.allow
        return Rule(
            id=entry.id,
            allow=verb == "allow",
            selectors=here.at(verb).select(words or [], self.catalogue),
            client=here.at("from").zone(entry.from_, self.zones),
            server=here.at("to").zone(entry.to, self.zones),
            both_ways=entry.both_ways,
            exceptions=tuple(
                self.exception(here.at("except"), exception) for exception in entry.except_
            ),
            severity=self.severity(here, entry),
            why=entry.why,
            hint=entry.hint,
            source=entry.source,
        )

    def severity(self, here: Place, entry: RuleEntry) -> Severity:
        """How urgent a violation is; a hint is never more than low, and allowing has none."""
        if entry.allow is not None and (entry.severity is not None or entry.hint):
            word = "hint" if entry.hint else "severity"
            here.at(word).fail(f"an allow rule has no {word}", "take it out")
        word = entry.severity or (Severity.LOW if entry.hint else Severity.MEDIUM).word
        severity = Severity(SEVERITIES.index(here.at("severity").choose(word, SEVERITIES)))
        if entry.hint and severity > Severity.LOW:
            here.at("severity").fail(f"a hint cannot be {word}", "write low or info")
        return severity

    def exception(self, here: Place, entry: ExceptionEntry) -> tuple[Zone, Zone]:
        """One exception: its client zone and its server zone."""
        if not entry.from_ and not entry.to:
            here.fail("an exception without from and to", "name at least one of the two")
        client = here.zone(entry.from_, self.zones) if entry.from_ else ANY
        return client, here.zone(entry.to, self.zones) if entry.to else ANY

    def expectation(self, here: Place, name: str, servers: list[str]) -> tuple[Rule, Rule]:
        """A line of ``[expect]`` as two rules: these may serve it, nobody else does."""
        chosen = here.select([name], self.catalogue)
        expected = here.zone(servers, self.zones)
        why = f"The server is not among those expected to serve {name}."
        return (
            Rule(f"expect:{name}", allow=True, selectors=chosen, server=expected),
            Rule(f"expect:{name}", allow=False, selectors=chosen, why=why, answered=True),
        )
