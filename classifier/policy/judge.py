"""Every flow against the policy: allowed, violation, undetermined, or a hint.

The first rule that is about a flow decides it. Where an earlier rule only *may* be about it, both
outcomes are kept in view: if they agree the flow has that verdict, if not it is undetermined.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from classifier.policy.attempts import attempted
from classifier.policy.concern import concerned
from classifier.policy.facts import Facts
from classifier.policy.match import match
from classifier.policy.vocabulary import meanings

if TYPE_CHECKING:
    import numpy.typing as npt

    from classifier.catalogue import Catalogue
    from classifier.policy.rules import Policy
    from classifier.table import Table

__all__ = ["Judgement", "Verdict", "judge", "judge_objectionable"]


class Verdict(IntEnum):
    """What a policy says about a flow; every flow has exactly one."""

    ALLOWED = 0
    VIOLATION = 1
    UNDETERMINED = 2  # the evidence is too weak to say
    HINT = 3  # worth a look together with other signs

    @property
    def word(self) -> str:
        """The verdict as reports write it."""
        return self.name.lower()


class Judgement(Struct, frozen=True):
    """The verdicts on a flow table; one element a flow, in its order.

    Attributes:
        verdict: :class:`Verdict` as a number.
        rule: Index into ``Policy.rules`` of the rule that is broken or may be, or that hints;
            -1 where the flow is allowed.
        attempted: A TCP connection that never came about.
    """

    verdict: npt.NDArray[np.uint8]
    rule: npt.NDArray[np.int32]
    attempted: npt.NDArray[np.bool_]


NO_RULE = -1


def judge(flows: Table, policy: Policy, catalogue: Catalogue) -> Judgement:
    """Give every flow its verdict.

    Args:
        flows: Columns as in :data:`classifier.model.FLOW_COLUMNS`.
        policy: From :func:`classifier.policy.load`.
        catalogue: Says which services have a family or flag.
    """
    rows, own_verdict, own_rule = judge_objectionable(flows, policy, catalogue)
    verdict = np.full(len(flows), Verdict.ALLOWED, dtype=np.uint8)
    rule = np.full(len(flows), NO_RULE, dtype=np.int32)
    verdict[rows], rule[rows] = own_verdict, own_rule
    return Judgement(verdict, rule, attempted(flows))


def judge_objectionable(
    flows: Table, policy: Policy, catalogue: Catalogue
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """The flows that are not allowed, which as a rule are few.

    Returns:
        Their rows, ascending; and verdict and rule of each, as in :class:`Judgement`.
    """
    means = meanings(policy, flows["service"].labels or (), catalogue)
    rows = concerned(flows, means)
    facts, same = Facts.of(flows, policy.min_confidence, policy.zones_of_rules(), rows)
    decided_by = np.full(len(facts), NO_RULE, dtype=np.int32)
    perhaps_denied_by = np.full(len(facts), NO_RULE, dtype=np.int32)
    perhaps_allowed = np.zeros(len(facts), dtype=np.bool_)
    for index, rule in enumerate(policy.rules):
        undecided = decided_by == NO_RULE
        sure, perhaps = match(rule, facts, means)
        decided_by[sure & undecided] = index
        perhaps &= undecided
        if rule.allow:
            perhaps_allowed |= perhaps
        elif not rule.hint:  # a hint on weak evidence says nothing at all
            perhaps_denied_by[perhaps & (perhaps_denied_by == NO_RULE)] = index

    kinds = [_outcome(rule.allow, rule.hint) for rule in policy.rules]
    verdict = np.array([*kinds, Verdict.ALLOWED], dtype=np.uint8)[decided_by]
    denied = verdict == Verdict.VIOLATION
    verdict[denied & perhaps_allowed] = Verdict.UNDETERMINED
    doubt = ~denied & (perhaps_denied_by != NO_RULE)
    verdict[doubt] = Verdict.UNDETERMINED
    decided_by[doubt] = perhaps_denied_by[doubt]
    objectionable = np.flatnonzero((verdict != Verdict.ALLOWED)[same.code])
    kind = same.code[objectionable]
    return rows[objectionable], verdict[kind], decided_by[kind]


def _outcome(allow: bool, hint: bool) -> Verdict:  # noqa: FBT001 - the two fields of a rule
    if allow:
        return Verdict.ALLOWED
    return Verdict.HINT if hint else Verdict.VIOLATION
