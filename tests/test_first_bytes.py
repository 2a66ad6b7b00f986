"""The sketches of many beginnings: each is what it would be alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.engine.contract import Heads
from classifier.flows.unnamed import UnnamedHeads
from classifier.tables.firstbytes import common, sketch

HEADS = st.lists(
    st.one_of(st.binary(max_size=40), st.text('ab"\\\r\n\x00é', max_size=20)), max_size=8
)


def heads(texts: list[bytes]) -> Heads:
    return Heads(np.cumsum([0, *map(len, texts)], dtype=np.int64), b"".join(texts))


@given(texts=HEADS, missing=st.integers(0, 3))
def test_every_flow_of_its_own_shows_the_sketch_of_what_its_client_sent(
    texts: list[bytes | str], missing: int
) -> None:
    sent = [text.encode() if isinstance(text, str) else text for text in texts]
    flows = np.arange(5, 5 + len(sent))
    said = UnnamedHeads(flows, heads(sent), heads([b"server"] * len(sent)))
    rows = np.arange(5 - missing, 5 + len(sent))  # the first of them have no heads
    found = common(rows, said, np.arange(len(rows)), len(rows)).texts().tolist()
    expected = [sketch(text) if text else '"server"' for text in sent]
    assert found == [""] * missing + expected
