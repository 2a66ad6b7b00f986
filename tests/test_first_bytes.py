"""The sketches of many beginnings: each is what it would be alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import compiled
from classifier.engine.contract import Heads
from classifier.flows.unnamed import UnnamedHeads
from classifier.tables.firstbytes import common, sketch

HEADS = st.lists(
    st.one_of(st.binary(max_size=40), st.text('ab"\\\r\n\x00é', max_size=20)), max_size=8
)


def heads(texts: list[bytes]) -> Heads:
    return Heads(np.cumsum([0, *map(len, texts)], dtype=np.int64), b"".join(texts))


NATIVE = pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])


@NATIVE
@given(texts=HEADS, missing=st.integers(0, 3))
def test_every_flow_of_its_own_shows_the_sketch_of_what_its_client_sent(
    native: Any, texts: list[bytes | str], missing: int
) -> None:
    sent = [text.encode() if isinstance(text, str) else text for text in texts]
    flows = np.arange(5, 5 + len(sent))
    said = UnnamedHeads(flows, heads(sent), heads([b"server"] * len(sent)))
    rows = np.arange(5 - missing, 5 + len(sent))  # the first of them have no heads
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        found = common(rows, said, np.arange(len(rows)), len(rows)).texts().tolist()
    expected = [sketch(text) if text else '"server"' for text in sent]
    assert found == [""] * missing + expected


@NATIVE
def test_each_of_very_many_beginnings_has_its_own_sketch(
    native: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [b"%d" % row for row in range(20_000)]
    flows = np.arange(len(sent))
    said = UnnamedHeads(flows, heads(sent), heads([b""] * len(sent)))
    monkeypatch.setattr(compiled, "native", native)
    found = common(flows, said, flows, len(flows)).texts().tolist()
    assert found == [f'"{text.decode()}"' for text in sent]
