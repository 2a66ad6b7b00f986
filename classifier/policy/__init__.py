"""Policy: who may talk to whom over which service, written by people, checked on every flow.

``load`` reads the language (docs/policy.md), ``check`` gives the table of what breaks it,
``judge`` the verdict of every single flow.
"""

from __future__ import annotations

from classifier.policy.attempts import attempted
from classifier.policy.check import ATTEMPTED, VIOLATION_COLUMNS, check
from classifier.policy.judge import Verdict, judge
from classifier.policy.load import DEFAULT, load
from classifier.policy.rpc import parse_range
from classifier.policy.rules import Policy, Rule

__all__ = [
    "ATTEMPTED",
    "DEFAULT",
    "VIOLATION_COLUMNS",
    "Policy",
    "Rule",
    "Verdict",
    "attempted",
    "check",
    "judge",
    "load",
    "parse_range",
]
