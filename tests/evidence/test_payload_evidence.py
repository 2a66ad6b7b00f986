"""What payload proves, and how it goes together with the claims on the server's port."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from weighing import connection, datagram, named

from classifier.catalogue import Port, Service
from classifier.catalogue.schema import Payload
from knowledge import CATALOGUE

TCP = ("tcp",)


def entry(name: str, *ports: Port, **more: object) -> Service:
    return Service(id=name, name=name, family="test", port=ports, **more)  # type: ignore[arg-type]


def shows(service: str, side: str, pattern: str, strength: str = "strong") -> Payload:
    return Payload(
        id=f"{service}/{side}{pattern}",
        service=service,
        transport=("tcp", "udp"),
        side=side,  # type: ignore[arg-type]
        pattern=pattern,
        shows=f"{service} {side}",
        examples=("-",),
        strength=strength,  # type: ignore[arg-type]
    )


SMALL = replace(
    CATALOGUE,
    flags={"tls": "encrypted"},
    services=(
        *CATALOGUE.services,
        entry("tls"),
        entry("quic", Port(TCP, (4433,)), flags=("tls",)),
        entry("https", Port(TCP, (443,)), flags=("tls",)),
        entry("port-tls", Port(TCP, (8883,), flags=("tls",)), Port(TCP, (1883,))),
        entry("web-elsewhere", Port(TCP, (8000,)), speaks=("http",)),
        entry("web-elsewhere-tls", Port(TCP, (8443,)), speaks=("https",)),
        entry("search", Port(TCP, (9200,)), rides_on=("http",)),
        entry("rival", Port(TCP, (9200,)), Port(TCP, (5140,))),
        entry("weak-search", Port(TCP, (9300,), strength="weak"), rides_on=("http",)),
        entry("upgrade", rides_on=("http",)),
        entry("short", Port(TCP, (600,)), Port(TCP, (602,), strength="weak")),
        entry("short-too", Port(TCP, (601,)), speaks=("short",)),
    ),
    given_payloads=(
        shows("http", "client", "^GET "),
        shows("http", "server", "^HTTP/1"),
        shows("upgrade", "client", "^GET /upgrade"),
        shows("tls", "client", r"^\x16\x03"),
        shows("short", "client", "^Q", "hint"),
        shows("short", "server", "^A", "hint"),
        shows("short", "server", "^W", "weak"),
    ),
)
GET, HELLO = b"GET / HTTP/1.1\r\n", b"\x16\x03\x01"


def one(*frames: bytes):
    (only,) = named(*frames, catalogue=SMALL)
    return only


def says(port: int, client: bytes, server: bytes = b""):
    return one(*connection(port, said=(client, server)))


def test_payload_names_a_flow_on_a_port_of_nobody() -> None:
    verdict = says(9999, GET)
    assert verdict.short == ("http", "confirmed", "payload")
    assert verdict.detail == "http client"


def test_payload_beats_the_port_whose_claims_become_alternatives() -> None:
    verdict = says(135, GET)
    assert verdict.short == ("http", "confirmed", "payload")
    assert verdict.alternatives == "epmap"


def test_payload_that_the_port_expects_makes_it_sure() -> None:
    verdict = says(80, GET)
    assert verdict.short == ("http", "confirmed", "payload")
    assert verdict.alternatives == "other-use;hint"


def test_what_the_server_says_is_enough() -> None:
    assert says(9999, b"?", b"HTTP/1.1 200 OK\r\n").short == ("http", "confirmed", "payload")


@pytest.mark.parametrize(
    ("port", "service"), [(443, "https"), (8883, "port-tls"), (8443, "web-elsewhere-tls")]
)
def test_tls_proves_what_is_encrypted_on_its_port(port: int, service: str) -> None:
    assert says(port, HELLO).short == (service, "confirmed", "payload")


def test_encryption_on_the_port_of_another_encryption_is_not_that() -> None:
    verdict = says(4433, HELLO)
    assert (verdict.short, verdict.alternatives) == (("tls", "confirmed", "payload"), "quic")


@pytest.mark.parametrize("port", [1883, 9999, 80])
def test_tls_on_another_port_is_tls(port: int) -> None:
    assert says(port, HELLO).short == ("tls", "confirmed", "payload")


def test_what_speaks_the_protocol_on_its_own_port_is_proved_by_it() -> None:
    verdict = says(8000, GET)
    assert (verdict.short, verdict.alternatives) == (("web-elsewhere", "confirmed", "payload"), "")


def test_what_rides_on_it_stays_as_sure_as_its_port_and_goes_before_rivals() -> None:
    verdict = says(9200, GET)
    assert verdict.short == ("search", "assigned", "port")
    assert (verdict.detail, verdict.alternatives) == ("http client", "rival")


def test_a_weak_claim_to_ride_on_it_does_not_stay() -> None:
    verdict = says(9300, GET)
    assert (verdict.short, verdict.alternatives) == (
        ("http", "confirmed", "payload"), "weak-search",
    )  # fmt: skip


def test_the_more_special_of_two_that_match_is_told() -> None:
    verdict = says(9999, b"GET /upgrade HTTP/1.1\r\n")
    assert (verdict.service, verdict.alternatives) == ("upgrade", "")


def test_a_hint_alone_names_nothing() -> None:
    assert says(9999, b"Question").service == "unknown"
    assert says(135, b"Question").short == ("epmap", "assigned", "port")


@pytest.mark.parametrize(("port", "service"), [(600, "short"), (601, "short-too")])
def test_a_hint_and_the_port_together_prove(port: int, service: str) -> None:
    assert says(port, b"Question").short == (service, "confirmed", "payload")


def test_hints_of_both_sides_together_prove() -> None:
    assert says(9999, b"Question", b"Answer").short == ("short", "confirmed", "payload")


def test_what_is_weak_proves_with_the_port_alone() -> None:
    assert says(9999, b"Question", b"Weak").service == "unknown"
    assert says(600, b"?", b"Weak").short == ("short", "confirmed", "payload")


def test_a_weak_claim_on_the_port_agrees_with_no_hint() -> None:
    assert says(602, b"Question").short == ("short", "possible", "port")


def test_hints_from_the_wrong_sides_of_a_seen_connection_prove_nothing() -> None:
    assert says(9999, b"Answer", b"Question").service == "unknown"
    assert says(600, b"Answer").short == ("short", "assigned", "port")


def test_a_hint_beside_a_proof_is_not_told() -> None:
    verdict = says(9999, GET, b"Answer")
    assert (verdict.service, verdict.alternatives) == ("http", "")


def test_datagrams_are_looked_at_too() -> None:
    assert one(datagram(9999, payload=GET)).short == ("http", "confirmed", "payload")
