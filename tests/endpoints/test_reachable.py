"""Which host a said address means."""

from __future__ import annotations

import pytest

from classifier.endpoints.reachable import address, reachable

PUBLIC, OTHER = "203.0.114.7", "203.0.114.8"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("10.0.0.256", ""),
        ("name.example", ""),
        ("", ""),
    ],
)
def test_an_address_is_written_as_in_the_flow_table(text, expected):
    assert address(text) == expected


@pytest.mark.parametrize(
    ("said", "speaker", "expected"),
    [
        ("10.0.0.9", "10.0.0.1", ("10.0.0.9",)),
        ("10.0.0.9", PUBLIC, ("10.0.0.9", PUBLIC)),
        (PUBLIC, "10.0.0.1", (PUBLIC,)),
        (PUBLIC, OTHER, (PUBLIC,)),
        (PUBLIC, PUBLIC, (PUBLIC,)),
        ("0.0.0.0", PUBLIC, (PUBLIC,)),
        ("127.0.0.1", PUBLIC, (PUBLIC,)),
        ("127.0.0.1", "127.0.0.1", ("127.0.0.1",)),
        ("239.1.1.1", PUBLIC, ("239.1.1.1",)),
        ("name", PUBLIC, (PUBLIC,)),
        ("::", "::1", ("::1",)),
        ("fd00::1", "2606:4700::1", ("fd00::1", "2606:4700::1")),
    ],
)
def test_only_a_private_address_of_a_public_host_means_two(said, speaker, expected):
    assert reachable(said, speaker) == expected
