"""The tables of a report: pure, vectorised aggregates over the flow table, one a file.

Every function is columns in, columns out: no Python per flow, no state, the same answer on one
core or on the merged rows of many. Their columns are declared in :mod:`classifier.tables.columns`.
"""

from classifier.tables.capture import captures, coverage, health, interfaces, warnings
from classifier.tables.conversation import conversations
from classifier.tables.finding import findings, violations
from classifier.tables.host import hosts
from classifier.tables.service import certainty, services
from classifier.tables.worklist import unknown

__all__ = [
    "captures",
    "certainty",
    "conversations",
    "coverage",
    "findings",
    "health",
    "hosts",
    "interfaces",
    "services",
    "unknown",
    "violations",
    "warnings",
]
