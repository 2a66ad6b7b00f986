"""A DNS message (RFC 1035 4), in which mDNS, LLMNR and NetBIOS name service speak too."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["AAAA", "PTR", "SRV", "A", "Message", "Names", "Question", "Record", "parse"]

A, PTR, AAAA, SRV = 1, 12, 28, 33

_HEADER = 12
_MOST_RECORDS = 512
"""More than any honest message has; what is beyond is not read."""
_MOST_POINTERS = 16
_LONGEST_NAME = 255
_POINTER = 0xC0


class Question(NamedTuple):
    """What is asked: name, type, class."""

    name: str
    type: int
    cls: int


class Record(NamedTuple):
    """A resource record. The data are ``message[start:start + length]``; ``ttl`` in s."""

    name: str
    type: int
    cls: int
    ttl: int
    start: int
    data: bytes


class Message(NamedTuple):
    """What could be read of a message.

    Attributes:
        id: Of the question and its answer.
        flags: The second 16 bits of the header; the highest says that it is an answer.
        questions: Of the question section.
        records: Of the other three sections, in order.
        answers: How many records the answer section should have.
        is_whole: Everything that the header counts was there, and nothing was left over.
        names: To read names inside of records' data.
    """

    id: int
    flags: int
    questions: tuple[Question, ...]
    records: tuple[Record, ...]
    answers: int
    is_whole: bool
    names: Names

    @property
    def is_answer(self) -> bool:
        """The QR bit."""
        return bool(self.flags & 0x8000)

    @property
    def opcode(self) -> int:
        """What kind of question."""
        return self.flags >> 11 & 15


class Names:
    """The names of one message; each pointer is followed once, so reading is linear.

    Args:
        data: The message.
    """

    __slots__ = ("_data", "_known")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._known: dict[int, tuple[str, ...] | None] = {}

    def labels(self, offset: int, depth: int = 0) -> tuple[tuple[str, ...] | None, int]:
        """The labels of the name at an offset, None if it is damaged; and where it ends."""
        data = self._data
        found: list[str] = []
        at, room = offset, _LONGEST_NAME
        while at < len(data):
            length = data[at]
            if length == 0:
                return tuple(found), at + 1
            if length >= _POINTER:
                if at + 1 >= len(data):
                    break
                rest = self._pointed((length & 0x3F) << 8 | data[at + 1], offset, depth)
                if rest is None:
                    break
                whole = (*found, *rest)
                return (whole if sum(map(len, whole)) < 4 * _LONGEST_NAME else None), at + 2
            room -= length + 1
            if length >= 0x40 or room < 1 or at + 1 + length > len(data):  # noqa: PLR2004
                break
            found.append(data[at + 1 : at + 1 + length].decode("utf-8", "backslashreplace"))
            at += 1 + length
        return None, len(data)

    def _pointed(self, target: int, origin: int, depth: int) -> tuple[str, ...] | None:
        """The labels that a pointer means; it must point backward (RFC 1035 4.1.4)."""
        if target >= origin or target < _HEADER or depth == _MOST_POINTERS:
            return None
        if target not in self._known:
            self._known[target] = self.labels(target, depth + 1)[0]
        return self._known[target]

    def at(self, offset: int) -> str | None:
        """The name at an offset with dots, without the last one; None if it is damaged."""
        labels, _ = self.labels(offset)
        return None if labels is None else ".".join(labels)[:253]


def parse(data: bytes) -> Message | None:
    """A message as far as it can be read; None if it is shorter than a header."""
    if len(data) < _HEADER:
        return None
    number, flags, *counts = (int.from_bytes(data[i : i + 2]) for i in range(0, _HEADER, 2))
    names = Names(data)
    questions: list[Question] = []
    records: list[Record] = []
    at = _HEADER
    is_whole = sum(counts) <= _MOST_RECORDS
    for _ in range(min(counts[0], _MOST_RECORDS)):
        labels, at = names.labels(at)
        if labels is None or at + 4 > len(data):
            is_whole = False
            break
        kind, cls = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
        questions.append(Question(".".join(labels)[:253], kind, cls))
        at += 4
    if len(questions) == counts[0]:
        for _ in range(min(sum(counts[1:]), _MOST_RECORDS)):
            record, at = _record(data, at, names)
            if record is None:
                is_whole = False
                break
            records.append(record)
    is_whole = is_whole and at == len(data)
    return Message(number, flags, tuple(questions), tuple(records), counts[1], is_whole, names)


def _record(data: bytes, at: int, names: Names) -> tuple[Record | None, int]:
    """The record at an offset, None if it is not all there; and where it ends."""
    labels, at = names.labels(at)
    if labels is None or at + 10 > len(data):
        return None, at
    kind, cls = int.from_bytes(data[at : at + 2]), int.from_bytes(data[at + 2 : at + 4])
    ttl, length = int.from_bytes(data[at + 4 : at + 8]), int.from_bytes(data[at + 8 : at + 10])
    at += 10
    if at + length > len(data):
        return None, at
    name = ".".join(labels)[:253]
    return Record(name, kind, cls, ttl, at, data[at : at + length]), at + length
