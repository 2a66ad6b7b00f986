# ruff: noqa: PYI021  the contract of the compiled engine is documented here, as it has no source
# in Python.
"""The compiled engine (``rust/``): captures to columns of flows, layers 2 to 4, no service.

It is used through :mod:`classifier.engine.native` only, which turns what it gives into the types
of :mod:`classifier.engine.contract`. One reading goes like this::

    reading = Reading(...)
    for path in files:
        reading.open(path)
        while batch := reading.next_batch():
            ...
        known = reading.close()
    reading.finish()
    while batch := reading.next_batch():
        ...
    reading.outcomes()
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, final

from typing_extensions import Buffer as SupportsBuffer

__version__: str
"""Of the crate."""

COLUMNS: list[str]
"""Names of the columns of a batch; equal to those of ``contract.BATCH_COLUMNS``, in that order."""

Pattern: TypeAlias = tuple[int, bytes, int | None, int, bool]
"""The fields of ``content.Pattern``, in order."""

def is_supported(link_type: int) -> bool:
    """Whether frames of this LINKTYPE_ number are decoded."""

def address_numbers(
    parts: list[tuple[SupportsBuffer, SupportsBuffer]], /
) -> tuple[Buffer, Buffer, Buffer]:
    """The different addresses of rows, in order of first appearance.

    Args:
        parts: Addresses as bytes, 16 each, IPv4 in the first four; and uint8, the version of each:
            4 or 6. A :class:`Buffer` is read where it is.

    Returns:
        The addresses, the version of each, and int32, the number of each row's, over all parts.
    """

def address_texts(packed: SupportsBuffer, version: SupportsBuffer, /) -> list[str]:
    """Addresses as ``socket.inet_ntop`` writes them.

    Args:
        packed: 16 bytes each, IPv4 in the first four.
        version: uint8, 4 or 6.
    """

def address_lines(packed: SupportsBuffer, version: SupportsBuffer, quote: bytes, /) -> bytes:
    """The same texts, each between quotes and ended by a line feed."""

def address_order(packed: SupportsBuffer, version: SupportsBuffer, /) -> Buffer:
    """The numbers of addresses (int64) in the order of their texts."""

def is_made_of(data: SupportsBuffer, allowed: bytes, /) -> bool:
    """Whether a buffer holds allowed bytes only.

    Args:
        data: The buffer.
        allowed: 256 bytes; not 0 where the byte of that number is allowed.
    """

def community_ids(
    packed: SupportsBuffer,
    version: SupportsBuffer,
    protocol: SupportsBuffer,
    sides: tuple[SupportsBuffer, SupportsBuffer],
    ports: tuple[SupportsBuffer, SupportsBuffer],
    /,
) -> Buffer:
    """Community IDs (version 1, seed 0) of flows. The GIL is released piece by piece.

    What there is one of for each flow is an array of numpy.

    Args:
        packed: Addresses as bytes, 16 each, IPv4 in the first four.
        version: uint8, of each address: 4 or 6.
        protocol: uint8, IP protocol numbers, one a flow.
        sides: int32, numbers of the addresses of source and destination of each flow.
        ports: uint16, source and destination; for ICMP type and code.

    Returns:
        30 ASCII bytes a flow.

    Raises:
        ValueError: Columns differ in length, or there is no address of such a number.
    """

def gather(
    parts: Sequence[Heads | tuple[SupportsBuffer, SupportsBuffer]], rows: SupportsBuffer, /
) -> tuple[Buffer, Buffer]:
    """Byte strings of some rows, one after the other.

    Args:
        parts: Heads, or offsets (int64, one more than rows) and bytes of the strings, part by part.
        rows: int64, numbers of rows counted over all parts.

    Returns:
        Offsets (int64, one more than rows) and bytes.

    Raises:
        ValueError: There is no such row.
    """

def group(keys: list[tuple[SupportsBuffer, int]], /) -> tuple[Buffer, Buffer]:
    """Number the rows that are equal in every key, in order of first appearance.

    Args:
        keys: Columns as bytes, each with the bytes of one value.

    Returns:
        The number of each row's group, and the first row of each group (int64).
    """

def repeats(keys: list[tuple[SupportsBuffer, int]], /) -> tuple[Buffer, Buffer]:
    """The rows that are equal in every key to a row before.

    Args:
        keys: Columns as bytes, each with the bytes of one value.

    Returns:
        The numbers of these rows, ascending, and for each the first row that is equal (int64).
    """

def folded(
    folds: list[str],
    size: int,
    parts: list[
        tuple[SupportsBuffer, SupportsBuffer | None, list[tuple[int, SupportsBuffer | int]]]
    ],
    /,
) -> list[Buffer]:
    """Some values (int64) for each of ``size`` groups.

    The GIL is released piece by piece, and so are columns read.

    Args:
        folds: For each value ``sum``, ``least`` or ``most``. A group without rows has the sum 0,
            the largest number there is, or the smallest.
        size: Number of groups.
        parts: Rows: the group of each; where its values stand, or None where they are as many, in
            order; and columns: the number of a fold, and what the rows add to it, one value a row
            or the same for all. Arrays are of numpy, of whole numbers, in one dimension.

    Raises:
        IndexError: There is no such group or fold, or columns differ in length.
        ValueError: There is no such word, or no such type of array.
    """

def joined(
    columns: tuple[SupportsBuffer, SupportsBuffer, SupportsBuffer],
    size: int,
    limit: int,
    text: Callable[[int], str],
    /,
) -> tuple[Buffer, list[str]]:
    """One text for each of ``size`` groups: its members, heaviest first, ``, `` between them.

    Args:
        columns: Arrays of numpy, one row a member: its group, ascending; its number; and its
            weight. Of equal weights the first row comes first.
        size: Number of groups.
        limit: So many members are shown, then how many more there are: ``a, b +3``.
        text: The text of a member; asked for once.

    Returns:
        For each group the number of its text (int32), and the texts. The first one is empty, that
        of groups without members; the others differ.

    Raises:
        IndexError: There is no such group, they are not in order, or columns differ in length.
        ValueError: No such type of array.
    """

def listed(
    rows: SupportsBuffer,
    bits: int,
    size: int,
    limit: int,
    last: int,
    text: Callable[[int], str],
    /,
) -> tuple[Buffer, list[str]]:
    """One text for each of ``size`` groups: its different members, as :func:`joined` tells them.

    A member weighs as much as it has rows. The GIL is released piece by piece.

    Args:
        rows: An array of numpy, uint32 or int64, sorted: group and member of each row in one
            number.
        bits: Of a member; the group stands above them.
        size: Number of groups.
        limit: So many members are shown.
        last: This member comes behind all others.
        text: The text of a member; asked for once.

    Raises:
        IndexError: There is no such group, or rows are not in order.
        BufferError: No such type of array.
    """

def sketches(rows: SupportsBuffer, width: int, lengths: SupportsBuffer, /) -> list[str]:
    r"""Bytes as ASCII text: quoted where they are mostly printable, else in hexadecimal.

    Args:
        rows: So many bytes for each.
        width: How many.
        lengths: How many of them count; an array of numpy, whole numbers.
    """

@final
class RowLabels:
    """Labels that several columns have, made ready once; see :class:`RowWriter`.

    Args:
        lines: The labels, ready to be written, each ended by a line feed.
        null: What stands for null.
    """

    def __init__(self, lines: bytes, null: bytes, /) -> None: ...
    @staticmethod
    def of_addresses(packed: SupportsBuffer, version: SupportsBuffer, null: bytes, /) -> RowLabels:
        """Labels that are the texts of addresses.

        Args:
            packed: 16 bytes each, IPv4 in the first four.
            version: uint8, 4 or 6.
            null: What stands for null.
        """

@final
class RowOrder:
    """Where the rows of an engine go.

    Args:
        rows: int64, for each place the number of its row.

    Raises:
        ValueError: A number stands there twice, or is none of a row.
    """

    def __init__(self, rows: SupportsBuffer, /) -> None: ...
    @staticmethod
    def of(parts: Sequence[SupportsBuffer], /) -> tuple[RowOrder, Buffer] | None:
        """The order of numbers of which no two are equal. The GIL is released meanwhile.

        Args:
            parts: int64, the number of each row, part by part. A :class:`Buffer` is read where it
                is.

        Returns:
            The order, and for each place the number of its row (int64); None if two numbers are
            equal, or they lie far apart: then they are to be sorted.

        Raises:
            BufferError: A part has other values than these.
        """

    def place(self, kind: str, parts: Sequence[SupportsBuffer], to: SupportsBuffer, /) -> None:
        """Put each value of a column in its place. The GIL is released meanwhile.

        Args:
            kind: ``u1``, ``u2``, ``u4``, ``i2``, ``i4`` or ``i8``, as numpy calls it.
            parts: The column, part by part. A :class:`Buffer` is read where it is.
            to: Where all of them go.

        Raises:
            ValueError: There is no such type, or there are more values than rows.
            BufferError: Something has another type or length.
        """

    def place_sides(
        self,
        kind: str,
        parts: tuple[Sequence[SupportsBuffer], Sequence[SupportsBuffer]],
        stays: SupportsBuffer,
        to: tuple[SupportsBuffer, SupportsBuffer],
        /,
    ) -> None:
        """Put the values of both sides of rows in their places. The GIL is released meanwhile.

        Args:
            kind: As in :meth:`place`.
            parts: Two columns, part by part, with parts as long as each other's.
            stays: uint8, for each place: not 0 where the first column's value goes to the first
                array and the second's to the second, 0 where it is the other way round.
            to: Where all of them go.

        Raises:
            ValueError: There is no such type, or there are more values than rows.
            BufferError: Something has another type or length.
        """

@final
class RowWriter:
    """Writes the rows of one table as text; see :mod:`classifier.reports.rows`.

    Args:
        columns: For each, what stands before its value; its kind; its labels; bytes of a value.
            A ``signed`` or ``unsigned`` number has 1, 2, 4 or 8 bytes; a ``time`` is an int64, ns
            since 1970 UTC; a ``label`` a signed index into the labels, which are ready to be
            written and each ended by a line feed, or :class:`RowLabels` (negative: null); a
            ``text`` so many bytes, ready to be written, with NUL behind.
        null: What stands for null: 8 bytes at most.
        quote: What stands before and after a time and a text: one byte at most.
        end: What stands after the last value of a row.

    Raises:
        ValueError: There is no such kind, or null or the quote is too long.
    """

    def __init__(
        self,
        columns: list[tuple[bytes, str, bytes | RowLabels, int]],
        null: bytes,
        quote: bytes,
        end: bytes,
        /,
    ) -> None: ...
    def write(
        self, rows: int, values: list[tuple[SupportsBuffer, SupportsBuffer | None]], /
    ) -> Buffer:
        """The text of some rows. The GIL is released while it is made.

        The memory of a text that nobody holds any more is used for the next one.

        Args:
            rows: How many.
            values: For each column its values as bytes (numpy: ``view("u1")``), and, where some
                are null, one byte a row that is not 0 where it is.

        Raises:
            ValueError: Other columns than declared, another number of values than rows, or an
                index beyond the labels.
        """

class NotACaptureError(ValueError):
    """An input is neither pcap nor pcapng.

    Attributes:
        args: Its first bytes (decompressed, at most 32), enough to name a known stranger; and why
            decompression ended within them, else an empty string.
    """

    args: tuple[bytes, str]

class CancelledError(Exception):
    """A reading was cancelled while, or before, it was asked for a batch."""

class PatternError(ValueError):
    """A pattern cannot be used. The message begins with its number."""

@final
class Buffer(SupportsBuffer):
    """The values of one column: read-only bytes in the machine's byte order.

    It has the buffer protocol: ``numpy.frombuffer`` reads the values where they are, and they live
    as long as anything that refers to them.
    """

    def __len__(self) -> int:
        """Bytes."""

@final
class Heads:
    """First payload bytes, one ``bytes`` object a row, which stay in the engine's memory."""

    def __len__(self) -> int:
        """Rows."""

    def __getitem__(self, row: int, /) -> bytes:
        """The head of one row.

        Raises:
            IndexError: There is no such row.
            OverflowError: The number is negative.
        """

@final
class Batch:
    """Rows of flows.

    Attributes:
        rows: How many.
        columns: One buffer a column, in the order of :data:`COLUMNS`, with the types of the
            contract.
        a_head, b_head: The heads of a side.
        a_matches, b_matches: Offsets (int64, one more than rows) and numbers (uint32) of the
            patterns that match them.
        transcripts: One buffer for each field of ``content.Transcripts``, in order; ``data`` is
            two, offsets (int64) and bytes.
    """

    rows: int
    columns: list[Buffer]
    a_head: Heads
    b_head: Heads
    a_matches: tuple[Buffer, Buffer]
    b_matches: tuple[Buffer, Buffer]
    transcripts: list[Buffer]

@final
class Matcher:
    """Tells which patterns match heads that no reading gave. Not to be used by two threads at once.

    Raises:
        PatternError: A pattern cannot be used.
    """

    def __init__(self, patterns: list[Pattern], /) -> None: ...
    def match(
        self, offsets: SupportsBuffer, data: SupportsBuffer, ip_protocols: SupportsBuffer, /
    ) -> tuple[Buffer, Buffer]:
        """The matches of rows.

        Args:
            offsets: int64, one more than there are rows; of the heads in ``data``.
            data: The bytes of the heads.
            ip_protocols: uint8 a row.

        Returns:
            As ``Batch.a_matches``.

        Raises:
            ValueError: The lengths do not fit.
            BufferError: A buffer has other values than these.
        """

    def sets(
        self,
        parts: Sequence[Heads | tuple[SupportsBuffer, SupportsBuffer]],
        ip_protocols: SupportsBuffer,
        most: int,
        /,
    ) -> tuple[Buffer, list[list[int]]]:
        """Sets of matches, and which row has which. The GIL is released while it looks.

        Args:
            parts: Heads, or offsets (int64, one more than rows) and bytes of them, part by part.
            ip_protocols: uint8 a row, counted over all parts.
            most: So many numbers of each head are told, the lowest ones.

        Returns:
            For each row the index of its set (uint8; uint32 if there are more than 256 sets), and
            the sets; the first is empty.

        Raises:
            ValueError: The lengths do not fit.
            BufferError: A buffer has other values than these.
        """

    def beside(self) -> Matcher:
        """The same patterns for another thread; what is compiled is shared."""

@final
class Reading:
    """One run over the files of one recording. Two threads at a time: only for :meth:`cancel`.

    Args:
        tcp, closed, udp, icmp, other, active: The timeouts of the contract, in nanoseconds.
        max_flows: Bound of the live table.
        batch_rows: Rows in a full batch.
        head_bytes: How much payload of each direction is kept, at most 65,535.
        partial: The files are a part of a recording; rows are left for the fold to join.
        patterns: What to look for in heads.
        ports: (IP protocol number, port): flows with it on either side get a transcript.
        flow_bytes: Payload kept of one direction of one flow in a transcript.
        total_bytes: Payload kept in all transcripts.
        threads: 1: the calling thread does it all. 2 and more: it reads, and a thread of its own
            has the flow table; what comes out is the same. 0: two, once that is
            worth it and where there are two processors.

    Raises:
        PatternError: A pattern cannot be used.
        ValueError: ``head_bytes`` is too large.
        OverflowError: A number does not fit.
    """

    def __init__(
        self,
        *,
        tcp: int,
        closed: int,
        udp: int,
        icmp: int,
        other: int,
        active: int,
        max_flows: int,
        batch_rows: int,
        head_bytes: int,
        partial: bool,
        patterns: list[Pattern] = ...,
        ports: list[tuple[int, int]] = ...,
        flow_bytes: int = ...,
        total_bytes: int = ...,
        threads: int = 0,
    ) -> None: ...
    def open(self, source: bytes | Callable[[int], bytes], /) -> None:
        """Go on with the next file, and recognise its compression and format.

        Args:
            source: The path of a regular file, as ``os.fsencode`` gives it; or what reads at most
                so many bytes, and none at the end, where Python has to wait for them.

        Raises:
            NotACaptureError: It is no capture.
            OSError: It cannot be read, with ``errno`` and ``strerror``.
            RuntimeError: The last file was not closed, or :meth:`finish` was called.

        The number of the file counts up also if it could not be opened.
        """

    def next_batch(self, progress: Callable[[int], object] | None = None) -> Batch | None:
        """The next full batch; None at the end of the file, and after :meth:`finish` of the rows.

        After :meth:`finish` there is at least one batch, be it empty. With two threads a batch
        that was filled by one file may come while the next one is read. The GIL is released while
        reading; signals are looked at ten times a second. A source in Python is called by the
        calling thread.

        Args:
            progress: Called now and then with the stored bytes read since the last call.

        Raises:
            CancelledError: :meth:`cancel` was called.
            KeyboardInterrupt: And whatever else a signal handler, the source or ``progress``
                raises. Nothing is left behind; the reading cannot go on.
            RuntimeError: Another thread is using the reading.
        """

    def cancel(self) -> None:
        """Give the reading up: its thread ends, its file is closed.

        A :meth:`next_batch` that another thread is in raises within 0.2 s and does so itself.
        A source in Python that waits for bytes is not woken.
        """

    def close(self) -> dict[str, Any]:
        """Be done with the file.

        Returns:
            The fields of ``contract.CaptureFile`` but its name, with interfaces as tuples (link
            type, name, description, snap length, frames, dropped), and ``warnings`` as tuples
            (offset, cause, fix, count).
        """

    def finish(self) -> None:
        """The recording is over."""

    def outcomes(self) -> list[tuple[str, str, int, int, int, int]]:
        """Where the frames went, in order of the first of each kind; known after the last batch.

        Returns:
            Outcome as in the contract; its detail, or ``EtherType``, ``LLC`` or ``link type``;
            the number that goes with these, else -1; frames; number of the file and of the frame
            of the first one.
        """

    def partial(self) -> list[tuple[str, str, int]]:
        """Layer, reason and frames of frames in flows that could be decoded only in part.

        Known after the last batch, like :attr:`evicted` and :attr:`tunnels`: a ``RuntimeError``
        before.
        """

    @property
    def evicted(self) -> int:
        """Flows put out of the live table early because it was full."""

    @property
    def transcript_dropped(self) -> int:
        """Payload bytes that the bounds of transcripts left out."""

    @property
    def tunnels(self) -> list[str]:
        """Descriptions of tunnels by the index that stands in the ``tunnel`` column."""
