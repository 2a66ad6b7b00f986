"""What the native engine is told to look for in payloads, and what it found there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifier import _native
from classifier.engine.content import Matches, Transcripts
from classifier.engine.contract import Heads
from classifier.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from classifier.engine.content import HeadRows, Pattern
    from classifier.engine.contract import EngineOptions

__all__ = ["NativeMatcher", "given", "matches", "request", "transcripts"]

# Of the fields of Transcripts, but for the last, which is the data.
_NAMES = Transcripts.__struct_fields__[:-1]
_DTYPES = "u4", "u4", "u4", "i8", "i8", "i8", "u1", "u4", "i8", "i8", "i8"
_LONGEST = (1 << 64) - 1

_Pair = tuple[_native.Buffer, _native.Buffer]


class NativeMatcher:
    """Holds patterns against heads. See :class:`classifier.engine.content.Match`.

    Raises:
        EngineError: A pattern cannot be used.
    """

    def __init__(self, patterns: Sequence[Pattern], *, checked: bool = False) -> None:
        if not checked:
            _check(patterns)
        try:
            self._matcher = _native.Matcher([_fields(pattern) for pattern in patterns])
        except _native.PatternError as error:  # too large together
            raise EngineError(str(error)) from error

    def __call__(self, heads: Heads, ip_protocols: npt.NDArray[np.uint8]) -> Matches:
        """The numbers of the patterns that match each head."""
        import numpy as np

        offsets = np.ascontiguousarray(heads.offsets, dtype=np.int64)
        protocols = np.ascontiguousarray(ip_protocols, dtype=np.uint8)
        return matches(self._matcher.match(offsets.data, heads.data, protocols.data))

    def sets(
        self, parts: Sequence[HeadRows], ip_protocols: npt.NDArray[np.uint8], most: int
    ) -> tuple[npt.NDArray[np.unsignedinteger[Any]], list[tuple[int, ...]]]:
        """The same for many heads, of which few differ in what matches them."""
        import numpy as np

        protocols = np.ascontiguousarray(ip_protocols, dtype=np.uint8)
        code, sets = self._matcher.sets(list(map(given, parts)), protocols.data, most)
        width = len(code) // len(protocols) if len(protocols) else 1
        return _array(code, f"u{width}"), [tuple(numbers) for numbers in sets]

    def beside(self) -> NativeMatcher:
        """The same patterns for another thread."""
        other = NativeMatcher.__new__(NativeMatcher)
        other._matcher = self._matcher.beside()  # noqa: SLF001  one of its own kind
        return other


def request(options: EngineOptions) -> dict[str, Any]:
    """The arguments of a reading that say what to look for.

    Raises:
        EngineError: A pattern cannot be used.
    """
    if not options.patterns_checked:
        _check(options.patterns)
    transcripts = options.transcripts
    return {
        "patterns": [_fields(pattern) for pattern in options.patterns],
        "ports": list(transcripts.ports),
        "flow_bytes": min(transcripts.flow_bytes, _LONGEST),
        "total_bytes": min(transcripts.total_bytes, _LONGEST),
    }


def _check(patterns: Sequence[Pattern]) -> None:
    from classifier.engine.patterns import check  # of use for patterns of others only

    check(patterns)


def matches(pair: _Pair) -> Matches:
    """The matches of one side of a batch."""
    offsets, numbers = pair
    return Matches(_array(offsets, "i8"), _array(numbers, "u4"))


def transcripts(buffers: list[_native.Buffer]) -> Transcripts:
    """The transcripts of a batch."""
    *columns, offsets, data = buffers
    pairs = zip(_NAMES, columns, _DTYPES, strict=True)
    arrays = {name: _array(values, dtype) for name, values, dtype in pairs}
    return Transcripts(**arrays, data=Heads(_array(offsets, "i8"), memoryview(data)))


def given(heads: HeadRows) -> _native.Heads | tuple[Any, Any]:
    """Heads as compiled code takes them: those that are in its own memory are not copied."""
    import numpy as np

    if isinstance(heads, Heads):
        return np.ascontiguousarray(heads.offsets, dtype=np.int64).data, _owner(heads.data)
    assert isinstance(heads, _native.Heads)  # of the portable engine they are the former
    return heads


def _owner(data: bytes | bytearray | memoryview) -> Any:
    """What a view shows all of: the engine reads its own memory without a copy."""
    owner: Any = data.obj if isinstance(data, memoryview) else data
    return owner if len(owner) == len(data) else data


def _array(values: _native.Buffer, dtype: str) -> npt.NDArray[Any]:
    import numpy as np  # while the engine reads: it need not wait for numpy to begin

    return np.frombuffer(memoryview(values), dtype=dtype)


def _fields(pattern: Pattern) -> _native.Pattern:
    return (
        pattern.number,
        pattern.expression,
        pattern.ip_protocol,
        pattern.head_bytes,
        pattern.transcript,
    )
