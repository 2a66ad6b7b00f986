from __future__ import annotations

import numpy as np
import pytest
from weighing import CLIENT, MODERN, SERVER, connection, datagram, named, segment

from wire import ACK, RST, SYN

LIKELY = ("windows-rpc", "likely", "dynamic_band")
NOTE = "in the dynamic band 49152-65535"
MAPPER = connection(135, client_port=41000)
DYNAMIC = 49667


def dynamic(*frames, port: int = DYNAMIC, **options):
    """The verdict on the flow to the dynamic port."""
    (verdict,) = [found for found in named(*frames, **options) if found.server_port == port]
    return verdict


def test_a_port_in_the_band_alone_is_unknown_with_a_note() -> None:
    verdict = dynamic(*connection(DYNAMIC))
    assert verdict.short == ("unknown", "unknown", "none")
    assert verdict.detail == NOTE


def test_after_a_contact_with_the_endpoint_mapper_it_is_likely_rpc() -> None:
    verdict = dynamic(*MAPPER, *connection(DYNAMIC))
    assert verdict.short == LIKELY
    assert verdict.detail == f"{NOTE}; its endpoint mapper (135/tcp) was asked from frame 1 on"


def test_the_first_contact_is_the_one_that_is_named() -> None:
    first, later = MAPPER, connection(135, client_port=41001)
    verdict = dynamic(*connection(9999), *first, *later, *connection(DYNAMIC))
    assert "from frame 5 on" in verdict.detail


def test_a_contact_afterwards_explains_nothing() -> None:
    assert dynamic(*connection(DYNAMIC), *MAPPER).service == "unknown"


def test_a_contact_with_another_server_explains_nothing() -> None:
    other = connection(135, server="10.0.0.3", client_port=41000)
    assert dynamic(*other, *connection(DYNAMIC)).service == "unknown"


def test_a_contact_by_another_client_explains_nothing() -> None:
    other = connection(135, client="10.0.0.3")
    assert dynamic(*other, *connection(DYNAMIC)).service == "unknown"


@pytest.mark.parametrize(
    "refused",
    [
        MAPPER[:1],
        [MAPPER[0], segment((SERVER, 135), (CLIENT, 41000), RST | ACK)],
        [MAPPER[0], segment((CLIENT, 41000), (SERVER, 135), RST)],
    ],
    ids=["no answer", "refused", "given up"],
)
def test_an_endpoint_mapper_that_did_not_take_the_connection_told_no_port(
    refused: list[bytes],
) -> None:
    assert dynamic(*refused, *connection(DYNAMIC)).service == "unknown"


@pytest.mark.parametrize(
    "refused",
    [
        [segment((CLIENT, 40000), (SERVER, DYNAMIC), SYN)],
        [
            segment((CLIENT, 40000), (SERVER, DYNAMIC), SYN),
            segment((SERVER, DYNAMIC), (CLIENT, 40000), RST | ACK),
        ],
    ],
    ids=["no answer", "refused"],
)
def test_a_dynamic_port_that_did_not_take_the_connection_is_not_named(
    refused: list[bytes],
) -> None:
    verdict = dynamic(*MAPPER, *refused)
    assert (verdict.service, verdict.detail) == ("unknown", NOTE)


def test_udp_in_the_band_is_not_rpc() -> None:
    verdict = dynamic(*MAPPER, datagram(DYNAMIC, client_port=60000))
    assert (verdict.service, verdict.detail) == ("unknown", "")


def test_the_clients_port_in_the_band_says_nothing() -> None:
    verdict = dynamic(*MAPPER, *connection(9999, client_port=DYNAMIC), port=9999)
    assert (verdict.service, verdict.detail) == ("unknown", "")


def test_a_fixed_entry_beats_the_band_and_a_weak_hint_does_not() -> None:
    fixed = dynamic(*MAPPER, *connection(50000), port=50000)
    assert (fixed.short, fixed.alternatives) == (("high-port", "assigned", "port"), "windows-rpc")
    weak = dynamic(*MAPPER, *connection(50001), port=50001)
    assert (weak.short, weak.alternatives) == (LIKELY, "hint")


def test_ends_of_a_band_belong_to_it() -> None:
    for port, service in ((4999, "unknown"), (5000, "windows-rpc"), (5010, "windows-rpc"),
                          (5011, "unknown")):  # fmt: skip
        frames = [*MAPPER, *connection(port)]
        assert dynamic(*frames, port=port, bands=(((5000, 5010),),)).service == service


def test_with_several_bands_the_one_that_holds_the_port_is_named() -> None:
    both = (((1025, 5000), (49152, 65535)),)
    verdicts = named(*connection(1026), *connection(DYNAMIC), *connection(9999), bands=both)
    assert [verdict.detail for verdict in verdicts] == [
        "in the dynamic band 1025-5000", NOTE, "",
    ]  # fmt: skip


def test_where_bands_overlap_the_first_one_is_named() -> None:
    bands = (((50000, 50999), (49152, 65535)),)
    assert dynamic(*connection(50500), port=50500, bands=bands).detail == (
        "in the dynamic band 50000-50999"
    )


def test_each_server_has_its_own_band() -> None:
    frames = [
        *connection(DYNAMIC),
        *connection(DYNAMIC, server="10.0.0.9"),
        *connection(5005),
        *connection(5005, server="10.0.0.9"),
    ]
    verdicts = named(
        *frames,
        bands=(MODERN, ((5000, 5010),)),
        sets=lambda flows: np.array([0, 1, 0, 1])[: len(flows)],
    )
    assert [verdict.detail for verdict in verdicts] == [
        NOTE, "", "", "in the dynamic band 5000-5010",
    ]  # fmt: skip


def test_ipv6_servers_are_told_apart_by_their_whole_address() -> None:
    ends = {"client": "fd00::1", "server": "fd00::2"}
    other = {"client": "fd00::1", "server": "fd00::2:0:2"}
    asked = connection(135, client_port=41000, **ends)
    assert dynamic(*asked, *connection(DYNAMIC, **ends)).short == LIKELY
    assert dynamic(*asked, *connection(DYNAMIC, **other)).service == "unknown"


def test_a_contact_in_the_middle_of_a_recording_counts() -> None:
    assert dynamic(*MAPPER[2:], *connection(DYNAMIC)).short == LIKELY
