"""Heads of many batches as one: looked at one by one, taken, gathered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.engine.contract import Heads
from classifier.flows.columns import Payloads
from classifier.flows.oriented import orient
from classifier.flows.unnamed import UnnamedHeads
from classifier.model import FLOW_COLUMNS
from classifier.table import Table
from knowledge import CATALOGUE
from reading import oriented, read
from wire import START, ethernet, ipv4, pcap, udp

TEXTS = st.lists(st.binary(max_size=6), max_size=6)


def heads(texts: list[bytes]) -> Heads:
    return Heads(np.cumsum([0, *map(len, texts)], dtype=np.int64), b"".join(texts))


@pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])
@given(parts=st.lists(TEXTS, max_size=4), data=st.data())
def test_heads_taken_from_many_batches_are_those_of_their_rows(
    native: Any, parts: list[list[bytes]], data: st.DataObject
) -> None:
    texts = [text for part in parts for text in part]
    payloads = Payloads([heads(part) for part in parts])
    numbers = st.integers(0, max(len(texts) - 1, 0))
    rows = data.draw(st.lists(numbers, max_size=8)) if texts else []
    taken = payloads.take(np.array(rows, dtype=np.int64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        gathered = taken.gathered()
    assert [gathered[row] for row in range(len(rows))] == [texts[row] for row in rows]
    assert [taken[row] for row in range(len(rows))] == [texts[row] for row in rows]
    assert len(payloads) == len(texts)


@given(texts=st.lists(st.binary(max_size=6), max_size=6), size=st.integers(1, 4))
def test_what_heads_begin_with_is_filled_up_with_zeros(texts: list[bytes], size: int) -> None:
    flow = np.arange(10, 10 + len(texts))
    unnamed = UnnamedHeads(flow, heads(texts), heads([b""] * len(texts)))
    rows = np.arange(len(texts))
    begins, length = unnamed.begins(rows, size, client=True)
    assert [row.tobytes() for row in begins] == [text[:size].ljust(size, b"\0") for text in texts]
    assert length.tolist() == [min(len(text), size) for text in texts]
    assert not unnamed.begins(rows, size, client=False)[1].any()
    assert unnamed.lengths(client=True).tolist() == list(map(len, texts))


def test_heads_are_found_by_flow() -> None:
    unnamed = UnnamedHeads(np.array([3, 8]), heads([b"a", b"b"]), heads([b"", b"c"]))
    assert unnamed.of_flow(8) == (b"b", b"c")
    assert unnamed.of_flow(4) == unnamed.of_flow(9) == (b"", b"")
    again = UnnamedHeads.of(unnamed.frame())
    assert again.of_flow(8) == (b"b", b"c")


def test_flows_that_let_go_of_their_rows_keep_what_stands_in_the_table() -> None:
    result = read(pcap([(START, ethernet(ipv4(udp(40000, 53, b"question"))))]))
    before = oriented(result)
    flows = orient(result.columns, CATALOGUE.ports, ["t.pcap"], result.tunnels)
    assert flows.heads(np.array([0]), client=True)[0] == b"question"
    flows.release()
    known = [column for column in FLOW_COLUMNS if column.name in flows.fields]
    pd.testing.assert_frame_equal(Table(known, flows.fields).frame(), before)
