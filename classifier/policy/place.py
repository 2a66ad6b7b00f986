"""Reading single values at a place of the policy file; every mistake knows where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from classifier.policy import selectors
from classifier.policy.rpc import parse_range
from classifier.policy.selectors import SelectorError
from classifier.policy.source import did_you_mean
from classifier.policy.zones import ZoneError, compile_zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classifier.catalogue import Catalogue
    from classifier.policy.rpc import Range
    from classifier.policy.selectors import Selector
    from classifier.policy.source import PolicySource
    from classifier.policy.zones import Zone
    from classifier.toml_places import Path as Keys

__all__ = ["Place"]


class Place(Struct, frozen=True):
    """Where in the file we are.

    Attributes:
        source: The file.
        keys: The way from its root.
        rule: The id of the rule, else empty.
    """

    source: PolicySource
    keys: Keys
    rule: str = ""

    def at(self, *keys: str | int) -> Place:
        """A place below this one."""
        return replace(self, keys=(*self.keys, *keys))

    def of_rule(self, number: int, rule: str) -> Place:
        """The place of a rule, which errors from here on name."""
        return replace(self, keys=("rule", number), rule=rule)

    def fail(self, cause: str, fix: str) -> NoReturn:
        """Raise for what stands here."""
        self.source.fail(self.keys, cause, fix, self.rule)

    def choose(self, word: str, words: Sequence[str]) -> str:
        """A word of a fixed list."""
        if word not in words:
            fix = did_you_mean(word, words, f"write one of {', '.join(words)}")
            self.fail(f"{self.keys[-1]} {word!r} is not known", fix)
        return word

    def zone(self, entries: Sequence[str], zones: Mapping[str, Zone]) -> Zone:
        """A list of addresses, blocks and zones as one zone."""
        if not entries:
            self.fail("an empty list of addresses", "name at least one, or any")
        try:
            return compile_zone(entries, zones)
        except ZoneError as error:
            self.fail(str(error), did_you_mean(error.entry, zones, error.fix))

    def select(self, words: Sequence[str], catalogue: Catalogue | None) -> tuple[Selector, ...]:
        """A list of what a rule is about."""
        if not words:
            self.fail("an empty list of services", "name at least one, or *")
        try:
            chosen = tuple(selectors.parse(word) for word in words)
            if catalogue is not None:
                for selector in chosen:
                    selectors.verify(selector, catalogue)
        except SelectorError as error:
            self.fail(str(error), error.fix)
        return chosen

    def range(self, text: str) -> tuple[Range, ...]:
        """A range of dynamic ports."""
        try:
            return parse_range(text)
        except ValueError as error:
            self.fail(str(error), "write modern, legacy, both or LOW-HIGH, as in 50000-50999")
