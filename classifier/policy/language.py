"""The policy file as it is written: typed, nothing more, nothing else accepted.

What the words mean is decided in :mod:`classifier.policy.load`. TOML's own names are kept:
``from`` and ``except`` are Python keywords, hence the underscores.

Annotations are evaluated here, at once: those that are text cost msgspec 20 µs each.
"""

from msgspec import Struct, field

__all__ = ["ExceptionEntry", "PolicyFile", "RpcEntry", "RuleEntry"]


class ExceptionEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Traffic that a rule is not about: these clients, these servers, or the two together."""

    from_: list[str] = field(name="from", default_factory=list)
    to: list[str] = field(default_factory=list)


class RuleEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One ``[[rule]]``. The first rule that matches a flow decides it."""

    id: str
    allow: list[str] | None = None
    deny: list[str] | None = None
    from_: list[str] = field(name="from", default_factory=lambda: ["any"])
    to: list[str] = field(default_factory=lambda: ["any"])
    both_ways: bool = False
    except_: list[ExceptionEntry] = field(name="except", default_factory=list)
    severity: str | None = None
    why: str = ""
    hint: bool = False
    source: str = ""


class RpcEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[rpc]``: where Windows servers put their dynamic RPC ports."""

    range: str = "both"
    servers: dict[str, str] = field(default_factory=dict)


class PolicyFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    version: int
    name: str = ""
    default: str = "allow"
    min_confidence: str = "likely"
    zones: dict[str, list[str]] = field(default_factory=dict)
    expect: dict[str, list[str]] = field(default_factory=dict)
    rpc: RpcEntry = field(default_factory=RpcEntry)
    rule: list[RuleEntry] = field(default_factory=list)
