"""Reading a policy: the one entrance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from classifier.policy.compile import compile_policy
from classifier.policy.source import PolicySource

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue
    from classifier.policy.rules import Policy

__all__ = ["DEFAULT", "load"]

DEFAULT = Path(__file__).with_name("default.toml")
"""The policy that counts where nobody gives one."""


def load(path: str | Path | None = None, catalogue: Catalogue | None = None) -> Policy:
    """Read a policy.

    Args:
        path: A TOML file; None is the policy that is shipped.
        catalogue: Where services, families and flags are looked up, so that a misspelt one is
            refused. Without it they are taken as they are written.

    Raises:
        PolicyError: With file, line, rule, cause and fix.
    """
    return compile_policy(PolicySource.read(Path(path or DEFAULT)), catalogue)
