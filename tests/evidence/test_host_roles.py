"""RPC by the role of the server: only where everything fits, and nothing denies it."""

from __future__ import annotations

import numpy as np
import pytest
from weighing import CLIENT, SERVER, connection, named, segment

from wire import ACK, RST, SYN

LIKELY = ("windows-rpc", "likely", "host_role")
UNKNOWN = ("unknown", "unknown", "none")
DYNAMIC = 49_667
BOTH = ((1025, 5000), (49152, 65535))


def windows(*ports: int, client: str = CLIENT) -> list[bytes]:
    """Uses of a server's Windows ports."""
    return [
        frame
        for number, port in enumerate(ports)
        for frame in connection(port, client=client, client_port=41_000 + number)
    ]


def dynamic(*frames, port: int = DYNAMIC, **options):
    """The verdict on the flow to the dynamic port."""
    (verdict,) = [found for found in named(*frames, **options) if found.server_port == port]
    return verdict


def test_a_client_of_a_domain_controller_speaks_rpc_with_its_dynamic_ports() -> None:
    verdict = dynamic(*windows(88, 445), *connection(DYNAMIC))
    assert verdict.short == LIKELY
    assert verdict.detail == (
        "in the dynamic band 49152-65535 of a Windows server that this client uses"
    )


def test_it_does_so_also_before_it_uses_the_other_ports() -> None:
    assert dynamic(*connection(DYNAMIC), *windows(389, 445)).short == LIKELY


@pytest.mark.parametrize("ports", [(), (445,), (88,), (88, 389), (80, 443)])
def test_a_server_that_does_not_look_like_windows_is_no_reason(ports) -> None:
    assert dynamic(*windows(*ports), *connection(DYNAMIC)).short == UNKNOWN


def test_another_client_s_contacts_are_no_reason() -> None:
    other = windows(88, 445, client="10.0.0.9")
    assert dynamic(*other, *connection(DYNAMIC)).short == UNKNOWN


def test_a_port_that_refused_is_no_reason() -> None:
    refused = [
        segment((CLIENT, 40_000), (SERVER, DYNAMIC), SYN),
        segment((SERVER, DYNAMIC), (CLIENT, 40_000), RST | ACK),
    ]
    assert dynamic(*windows(88, 445), *refused).short == UNKNOWN


def test_a_contact_with_the_endpoint_mapper_says_more() -> None:
    verdict = dynamic(*windows(135, 445), *connection(DYNAMIC))
    assert verdict.short == ("windows-rpc", "likely", "dynamic_band")


@pytest.mark.parametrize("payload", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02", b"\x05\x02\x00"])
@pytest.mark.parametrize("ports", [(88, 445), (135, 445)])
def test_what_begins_otherwise_is_no_rpc_whoever_serves_it(payload, ports) -> None:
    told = dynamic(*windows(*ports), *connection(DYNAMIC, said=(payload, b"answer")))
    assert told.service != "windows-rpc"


def test_without_first_bytes_the_role_decides() -> None:
    silent = [one for one in connection(DYNAMIC) if b"request" not in one]
    assert dynamic(*windows(88, 445), *silent).short == LIKELY


def test_a_fixed_port_in_the_band_keeps_its_name() -> None:
    verdict = dynamic(*windows(88, 445), *connection(50_000), port=50_000)
    assert verdict.service == "high-port"


def test_the_old_band_needs_a_host_that_is_known_to_use_it() -> None:
    frames = [*windows(88, 445), *connection(4444)]
    assert dynamic(*frames, port=4444, bands=(BOTH,)).short == UNKNOWN
    assert dynamic(*frames, port=4444, bands=(((1025, 5000),),)).short == LIKELY
    given = dynamic(
        *frames,
        port=4444,
        bands=(BOTH, ((1025, 5000),)),
        sets=lambda flows: np.ones(len(flows), int),
    )
    assert given.short == LIKELY


def test_a_host_that_asks_from_the_old_band_also_serves_there() -> None:
    asks = [
        frame
        for number in range(10)
        for frame in connection(
            80, client=SERVER, server=f"10.0.1.{number + 1}", client_port=1100 + number
        )
    ]
    frames = [*windows(88, 445), *asks, *connection(4444)]
    assert dynamic(*frames, port=4444, bands=(BOTH,)).short == LIKELY
