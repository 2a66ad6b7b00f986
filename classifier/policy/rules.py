"""A policy that is ready to be asked: zones are address sets, words are selectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from classifier.model import Confidence, Severity
from classifier.policy.rpc import RpcRanges
from classifier.policy.zones import ANY, Zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from classifier.policy.selectors import Selector

__all__ = ["Policy", "Rule"]


class Rule(Struct, frozen=True):
    """One rule. Equal when every field is equal.

    Attributes:
        id: Unique in its policy; ``expect:NAME`` and ``default:unexpected`` where it was made of
            the table ``expect`` or of ``default``.
        allow: True: what matches is allowed. False: it is a violation, or a hint.
        selectors: What it is about; one that matches is enough.
        client, server: Where the two sides must be.
        both_ways: The sides may be the other way round as well.
        exceptions: Pairs of client and server zone that it is not about.
        severity: Of a violation.
        why: For the reader of the report.
        hint: It only points at something; never a violation.
        source: Where the advice comes from.
        answered: Only flows in which the server sent something.
    """

    id: str
    allow: bool
    selectors: tuple[Selector, ...]
    client: Zone = ANY
    server: Zone = ANY
    both_ways: bool = False
    exceptions: tuple[tuple[Zone, Zone], ...] = ()
    severity: Severity = Severity.MEDIUM
    why: str = ""
    hint: bool = False
    source: str = ""
    answered: bool = False


class Policy(Struct, frozen=True):
    """A whole policy.

    Attributes:
        name: For reports.
        path: The file it was read from.
        rules: In order; the first that matches a flow decides it.
        zones: By name, the built-in ones included.
        min_confidence: Weaker evidence raises no violation.
        rpc: The dynamic RPC ranges of the servers.
    """

    name: str
    path: Path
    rules: tuple[Rule, ...]
    zones: Mapping[str, Zone]
    min_confidence: Confidence = Confidence.LIKELY
    rpc: RpcRanges = field(default_factory=RpcRanges)

    def zones_of_rules(self) -> Iterator[Zone]:
        """Every zone that a rule asks about; some more than once."""
        for rule in self.rules:
            yield rule.client
            yield rule.server
            for pair in rule.exceptions:
                yield from pair
