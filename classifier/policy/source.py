"""One policy file: its text, its typed content, and errors that name the line."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from msgspec import Struct

from classifier.catalogue.cache import recall, remember
from classifier.errors import PolicyError
from classifier.policy import language
from classifier.policy.language import ExceptionEntry, PolicyFile, RpcEntry, RuleEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classifier.toml_places import Path as Keys

__all__ = ["PolicySource", "did_you_mean"]

TOML_PLACE = r" \(at (?:line (\d+), column \d+|end of document)\)$"
FIELDS_FIX = "the fields and their types are in docs/policy.md"


def did_you_mean(word: str, words: Iterable[str], otherwise: str) -> str:
    """The fix for a word that is not known: the words most like it, else the given advice."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(words), n=3, cutoff=0.6)
    return f"did you mean {' or '.join(close)}?" if close else otherwise


class _Kept(Struct, frozen=True, array_like=True):
    """What was read of a policy, with the text that it was read of."""

    form: str
    written: PolicyFile


class PolicySource(Struct, frozen=True):
    """A policy file in memory.

    Attributes:
        file: Its path, as errors show it.
        text: What it holds.
    """

    file: Path
    text: str

    @classmethod
    def read(cls, file: Path) -> PolicySource:
        """Read a file.

        Raises:
            PolicyError: It cannot be read, or is not UTF-8.
        """
        try:
            return cls(file, file.read_bytes().decode("utf-8-sig"))
        except OSError as error:
            cause = error.strerror or str(error)
            raise PolicyError(f"{file}: cannot be read: {cause}; check name and rights") from None
        except UnicodeDecodeError as error:
            cause = f"byte {error.start} is not UTF-8"
            raise PolicyError(f"{file}: {cause}; save the file as UTF-8") from None

    def fail(self, keys: Keys, cause: str, fix: str, rule: str = "") -> NoReturn:
        """Raise for what stands at ``keys``."""
        from classifier.toml_places import line_of

        self._fail(line_of(self.text, keys), cause, fix, rule)

    def parse(self) -> PolicyFile:
        """The typed content. It is kept, as tomllib takes longer than all that follows.

        Raises:
            PolicyError: Not TOML, an unknown field, a missing one, or one of the wrong type.
        """
        form = self._form()
        key = f"policy-{zlib.crc32(form.encode()):08x}"
        try:
            kept = msgspec.msgpack.decode(recall(key) or b"", type=_Kept)
            if kept.form == form:
                return kept.written
        except msgspec.MsgspecError:  # nothing is kept, or it is of another form
            pass
        written = self._parsed()
        remember(key, msgspec.msgpack.encode(_Kept(form, written)))
        return written

    def _form(self) -> str:
        """The text, and which code reads it."""
        facts = Path(language.__file__).stat()
        return f"{facts.st_size}:{facts.st_mtime_ns}\n{self.text}"

    def _parsed(self) -> PolicyFile:
        import tomllib

        try:
            data = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(TOML_PLACE, str(error))
            line = int(place[1]) if place and place[1] else len(self.text.splitlines()) or 1
            cause = re.sub(TOML_PLACE, "", str(error))
            self._fail(line, f"not TOML: {cause}", "docs/policy.md has an example")
        try:
            return msgspec.convert(data, PolicyFile)
        except msgspec.ValidationError as error:
            from classifier.toml_places import path_in

            keys = _with_hidden_key(data, path_in(str(error)))
            cause = str(error).partition(" - at `$")[0]
            fix = FIELDS_FIX
            if "unknown field" in cause:
                fix = did_you_mean(str(keys[-1]), _fields_at(keys[:-1]), FIELDS_FIX)
            self.fail(keys, cause[0].lower() + cause[1:], fix, _rule_at(data, keys))

    def _fail(self, line: int, cause: str, fix: str, rule: str = "") -> NoReturn:
        about = f"rule {rule!r}: " if rule else ""
        raise PolicyError(f"{self.file}, line {line}: {about}{cause}; {fix}")


def _fields_at(table: Keys) -> list[str]:
    """The fields that a table may have, as they are written."""
    match table:
        case ("rule", _, "except", *_):
            struct: type[msgspec.Struct] = ExceptionEntry
        case ("rule", *_):
            struct = RuleEntry
        case ("rpc", *_):
            struct = RpcEntry
        case _:
            struct = PolicyFile
    return [field.encode_name for field in msgspec.structs.fields(struct)]


FREE_TABLES: dict[Keys, Any] = {
    ("zones",): list[str],
    ("expect",): list[str],
    ("rpc", "servers"): str,
}
"""Tables whose keys are the writer's own, and what each key holds."""


def _with_hidden_key(data: dict[str, Any], keys: Keys) -> Keys:
    """The path with the key that msgspec writes as ``[...]`` in tables of free keys."""
    if keys in FREE_TABLES:
        table: Any = data
        for key in keys:
            table = table[key]
        for key, value in table.items() if isinstance(table, dict) else ():
            try:
                msgspec.convert(value, FREE_TABLES[keys])
            except msgspec.ValidationError:
                return (*keys, key)
    return keys


def _rule_at(data: dict[str, Any], keys: Keys) -> str:
    """The id of the rule in which a mistake lies, else its number, else nothing."""
    match keys:
        case ("rule", int(index), *_):
            rule = data["rule"][index]
            number = f"number {index + 1}"
            return str(rule.get("id", number)) if isinstance(rule, dict) else number
        case _:
            return ""
