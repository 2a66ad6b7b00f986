"""The policy asked about flow tables that are DataFrames, as tests write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier import policy
from classifier.model import FLOW_COLUMNS
from classifier.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from classifier.catalogue import Catalogue
    from classifier.policy.judge import Judgement


def judge(flows: pd.DataFrame, rules: policy.Policy, catalogue: Catalogue) -> Judgement:
    return policy.judge(Table.of(flows, FLOW_COLUMNS), rules, catalogue)


def check(flows: pd.DataFrame, rules: policy.Policy, catalogue: Catalogue) -> pd.DataFrame:
    return policy.check(Table.of(flows, FLOW_COLUMNS), rules, catalogue).frame()
