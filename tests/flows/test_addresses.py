"""Addresses are written as the C library writes them, in Rust and in Python."""

from __future__ import annotations

from ipaddress import ip_address
from socket import AF_INET6, inet_ntop
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier import compiled
from classifier.flows.addresses import Addresses
from classifier.policy.addresses import Addresses as Asked

WORDS = st.lists(st.sampled_from((0, 0, 0, 1, 0xFFFF, 0x2001)), min_size=8, max_size=8)
SIX = st.one_of(
    st.binary(min_size=16, max_size=16),
    WORDS.map(lambda words: b"".join(word.to_bytes(2) for word in words)),
)
BOTH = pytest.mark.parametrize("native", [compiled.native, None], ids=["as built", "in Python"])


def recorded(*packed: bytes) -> Addresses:
    data = b"".join(address.ljust(16, b"\0") for address in packed)
    version = [4 if len(address) == 4 else 6 for address in packed]
    return Addresses(np.frombuffer(data, "u1").reshape(-1, 16), np.array(version, "u1"))


@BOTH
@given(six=st.lists(SIX, max_size=5), four=st.lists(st.binary(min_size=4, max_size=4), max_size=5))
@example(six=[bytes(12) + b"\1\2\3\4", bytes(10) + b"\xff\xff\1\2\3\4", bytes(16)], four=[])
def test_every_address_is_written_as_the_c_library_does(
    native: Any, six: list[bytes], four: list[bytes]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "native", native)
        addresses = recorded(*six, *four)
        one_by_one = [addresses[number] for number in range(len(addresses))]
        expected = [inet_ntop(AF_INET6, each) for each in six] + [
            str(ip_address(each)) for each in four
        ]
        assert one_by_one == list(addresses) == expected
        assert addresses[:2] == expected[:2]
        assert addresses.lines("'").decode() == "".join(f"'{text}'\n" for text in expected)
        assert addresses.padded().tolist() == [text.encode() for text in expected]
        assert [expected[number] for number in addresses.order()] == sorted(expected)


@given(st.lists(SIX | st.binary(min_size=4, max_size=4), min_size=1, max_size=8))
def test_a_policy_sees_the_same_address_with_and_without_its_text(packed: list[bytes]) -> None:
    addresses = recorded(*packed)
    direct, parsed = Asked.of(addresses), Asked.of(list(addresses))
    assert direct.packed.tolist() == parsed.packed.tolist()
    assert direct.valid.all()
    assert parsed.valid.all()
