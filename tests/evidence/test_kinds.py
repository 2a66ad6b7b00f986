"""Flows that look the same are weighed once; each gets the name that it would get alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from msgspec.structs import replace
from weighing import MODERN, Named, connection, datagram, named, segment

from classifier import evidence
from classifier.catalogue import Port, Service
from classifier.catalogue.schema import Payload
from classifier.evidence.kinds import kinds
from knowledge import CATALOGUE
from wire import ACK, RST, SYN, ethernet, icmp, ipv4

if TYPE_CHECKING:
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented

A, B, C = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def shows(service: str, pattern: str) -> Payload:
    return Payload(
        id=f"{service}/{pattern}", service=service, transport=("tcp", "udp"), side="client",
        pattern=pattern, shows=f"{service}: {pattern}", examples=("-",), strength="strong",
    )  # fmt: skip


SMALL = replace(
    CATALOGUE,
    services=(
        *CATALOGUE.services,
        Service(id="early", name="Early", family="test", port=(Port(("tcp",), (1030,)),)),
        Service(id="ssh", name="SSH", family="test"),
        Service(id="both", name="Both", family="test"),
    ),
    given_payloads=(
        shows("ssh", "^SSH-"),
        shows("both", "^SSH-b"),
        shows("http", "^GET /"),
        shows("http", "^PUT /"),
    ),
)
"""As the small catalogue; patterns prove services, and one flow may show two of them."""
SMALL.registered["tcp"][600] = SMALL.codes["ntp"]


def said(first: bytes, client_port: int, port: int = 4444) -> list[bytes]:
    return connection(port, client_port=client_port, said=(first, b"answer"))


def other(payload: bytes, number: int) -> bytes:
    return ethernet(ipv4(payload, A, B, protocol=number))


def refused(port: int) -> list[bytes]:
    asked = segment((A, 40009), (B, port), SYN)
    return [asked, segment((B, port), (A, 40009), RST | ACK)]


def asks(host: str, ports: range) -> list[bytes]:
    """Connections of a host from many ports, which show from which band it asks."""
    ways = zip(ports, range(len(ports)), strict=True)
    return [segment((host, own), (f"10.0.1.{n % 30}", 5060), SYN) for own, n in ways]


def joined_late(server: str) -> list[bytes]:
    """Packets of a connection whose beginning was not recorded."""
    return [segment((A, 60000), (server, 1030), ACK, b"x"),
            segment((server, 1030), (A, 60000), ACK, b"y")]  # fmt: skip


def odd_servers(flows: Oriented) -> Array:
    return np.array([int(flows.addresses[host][-1]) % 2 for host in flows.server.tolist()])


PAIRS = {
    "port": (connection(80, client_port=40001), connection(5060, client_port=40002)),
    "protocol": (connection(80), [datagram(80)]),
    "protocol without ports": ([other(b"12345678", 2)], [other(b"12345678", 89)]),
    "ICMP type": ([other(icmp(8), 1)], [other(icmp(13), 1)]),
    "direction": (connection(80, client_port=40001), connection(80, client_port=40002)[2:]),
    "answer": (connection(600), refused(600)),
    "payload": (said(b"SSH-2.0", 40001), said(b"GET /", 40002)),
    "what payload shows": (said(b"PUT /", 40001), said(b"GET /", 40002)),
    "one or two things": (said(b"SSH-2.0", 40001), said(b"SSH-b", 40002)),
    "host's own band": (
        joined_late(B), [*joined_late(C), *asks(C, range(1025, 5000, 90))],
    ),
}  # fmt: skip


def verdicts(frames: list[bytes], *, apart: bool = False, **options: object) -> list[Named]:
    """What each flow is named, kind by kind or one by one."""
    with pytest.MonkeyPatch.context() as patch:
        if apart:
            patch.setattr(evidence, "kinds", lambda flows, context, _: kinds(
                flows, context, np.arange(len(flows))
            ))  # fmt: skip
        return list(named(*frames, catalogue=SMALL, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("case", PAIRS)
def test_flows_that_differ_in_what_a_source_looks_at_are_weighed_apart(case: str) -> None:
    one, two = PAIRS[case]
    together = verdicts([*one, *two])
    assert together == verdicts([*one, *two], apart=True)
    assert len({str(verdict) for verdict in together}) > 1


def test_bands_of_single_servers_make_kinds() -> None:
    frames = [*connection(49667, server=B), *connection(49667, server=C)]
    options = {"bands": (MODERN, ((1025, 5000),)), "sets": odd_servers}
    together = verdicts(frames, **options)
    assert together == verdicts(frames, apart=True, **options)
    assert len({str(verdict) for verdict in together}) == 2


def test_what_a_flow_has_to_do_with_others_is_its_own() -> None:
    asked = [*connection(135, client_port=40003), *connection(50600, client_port=40001)]
    _, likely, unknown = verdicts([*asked, *connection(50600, client=C, client_port=40002)])
    assert (likely.service, unknown.service) == ("windows-rpc", "unknown")


def test_what_looks_the_same_is_one_kind() -> None:
    frames = [connection(80, client_port=port, server=server)
              for port, server in ((40001, B), (40002, B), (40003, C))]  # fmt: skip
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence, "kinds", lambda *all_: seen.append(kinds(*all_)) or seen[-1])
        first, *others = named(*(frame for each in frames for frame in each), catalogue=SMALL)
    assert others == [first, first]
    assert seen[0].of.tolist() == [0, 0, 0]
    assert len(seen[0].flows) == 1
