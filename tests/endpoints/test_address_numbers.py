"""Addresses as text are found among those of a recording, whichever way they are written."""

from __future__ import annotations

from ipaddress import ip_address
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.endpoints.index import _packed, address_numbers
from classifier.flows.addresses import Addresses

if TYPE_CHECKING:
    from classifier.flows.oriented import Flows


def recorded(*texts: str) -> Flows:
    addresses = [ip_address(text) for text in texts]
    data = b"".join(address.packed.ljust(16, b"\0") for address in addresses)
    version = np.array([address.version for address in addresses], dtype=np.uint8)
    packed = np.frombuffer(data, dtype=np.uint8).reshape(-1, 16)
    return SimpleNamespace(addresses=Addresses(packed, version))  # type: ignore[return-value]


def test_addresses_have_the_numbers_of_the_recording_and_strangers_none() -> None:
    flows = recorded("10.0.0.1", "fe80::1", "a00:1::", "10.0.0.0")
    asked = ["fe80:0::1", "fe80::1", "10.0.0.1", "10.0.0.2", "a00:1::", "", "no address"]
    assert address_numbers(flows, asked) == {
        "10.0.0.1": 0,
        "fe80::1": 1,
        "fe80:0::1": 1,
        "a00:1::": 2,
    }
    assert address_numbers(flows, []) == {}
    assert address_numbers(flows, ["10.0.0.2"]) == {}


def test_the_scope_of_an_address_does_not_count() -> None:
    assert address_numbers(recorded("fe80::1"), ["fe80::1%eth0"]) == {"fe80::1%eth0": 0}


texts = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.text("0123456789abcf.:%/ \0٣", max_size=20),
    st.text(max_size=8),
)


@given(texts)
def test_a_text_is_an_address_if_the_standard_library_says_so(text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError:
        assert _packed(text) == b""
    else:
        assert _packed(text) == bytes([address.version]) + address.packed.ljust(16, b"\0")
