"""Whether a rule is about a flow: yes, perhaps, or no, for all flows at once.

*Perhaps* is what keeps a guess from becoming an accusation. A service rests on the confidence of
its verdict, a port on knowing which side is the server. ``*``, ``unknown`` and ``ip/N`` are plain
facts; only a rule that tells the two sides apart makes them depend on who asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.policy.selectors import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from classifier.policy.facts import Facts
    from classifier.policy.rules import Rule
    from classifier.policy.selectors import Selector
    from classifier.policy.vocabulary import Meaning

    Mask = npt.NDArray[np.bool_]

__all__ = ["match"]


def match(rule: Rule, facts: Facts, means: Mapping[Selector, Meaning]) -> tuple[Mask, Mask]:
    """Hold a rule against every flow.

    Args:
        rule: The rule.
        facts: The flows.
        means: What the rule's selectors are about.

    Returns:
        Two masks without a common flow: the rule is about it, and the rule may be about it.
    """
    place = _place(rule, facts)
    sure = np.zeros(len(facts), dtype=np.bool_)
    perhaps = np.zeros(len(facts), dtype=np.bool_)
    if not place.any():
        return sure, perhaps
    for selector in rule.selectors:
        chosen = _choose(selector, facts, means[selector])
        if selector.kind in (Kind.EVERYTHING, Kind.UNKNOWN, Kind.PROTOCOL):
            certain = facts.sided | _indifferent(rule, facts)
        elif selector.kind is Kind.PORT:
            certain = facts.sided
        else:
            certain = facts.known
        sure |= chosen & certain
        perhaps |= chosen
        if selector.kind is Kind.FLAG:
            ports = facts.on_ports(means[selector].ports)
            sure |= ports & facts.sided
            perhaps |= ports
    sure &= place
    return sure, perhaps & place & ~sure


def _place(rule: Rule, facts: Facts) -> Mask:
    """Whether the two sides are where the rule wants them, exceptions left out."""
    place = facts.between(rule.client, rule.server)
    if rule.both_ways:
        place = place | facts.between(rule.server, rule.client)
    for client, server in rule.exceptions:
        place = place & ~facts.between(client, server)
        if rule.both_ways:
            place = place & ~facts.between(server, client)
    return place & facts.answered if rule.answered else place


def _indifferent(rule: Rule, facts: Facts) -> Mask:
    """Whether the rule would be about the flow just as well if its sides were swapped."""
    if rule.both_ways:
        return np.ones(len(facts), dtype=np.bool_)
    swapped = facts.between(rule.server, rule.client)
    for client, server in rule.exceptions:
        swapped = swapped & ~facts.between(server, client)
    return swapped


def _choose(selector: Selector, facts: Facts, means: Meaning) -> Mask:
    """The flows that a selector is about, wherever they are; of a flag, those by service."""
    match selector.kind:
        case Kind.EVERYTHING:
            return np.ones(len(facts), dtype=np.bool_)
        case Kind.PORT:
            return facts.on_ports(means.ports)
        case Kind.PROTOCOL:
            return np.equal(facts.protocol, selector.low)
        case _:
            return facts.serves(means.services)
