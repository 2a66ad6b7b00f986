from __future__ import annotations

import pytest
from weighing import CLIENT, SERVER, connection, datagram, named, segment

from wire import ACK, SYN, ethernet, ipv4, sctp


def one(*frames: bytes):
    (only,) = named(*frames)
    return only


def test_a_port_of_a_service_with_a_direction_that_was_seen_is_assigned() -> None:
    assert one(*connection(135)).short == ("epmap", "assigned", "port")


def test_a_port_of_a_service_with_an_inferred_direction_is_likely() -> None:
    middle = connection(135)[2:]
    assert one(*middle).short == ("epmap", "likely", "port_inferred")
    assert one(datagram(53)).short == ("dns", "likely", "port_inferred")


def test_a_direction_that_a_group_address_tells_was_seen() -> None:
    from wire import udp

    frame = ethernet(ipv4(udp(40000, 1900, b"x"), CLIENT, "239.255.255.250"))
    assert one(frame).short == ("ssdp", "assigned", "port")


def test_a_secondary_claim_earns_a_step_less() -> None:
    seen, inferred = connection(7001), connection(7001)[2:]
    assert one(*seen).short == ("other-use", "likely", "port")
    assert one(*inferred).short == ("other-use", "possible", "port_inferred")


def test_a_weak_claim_is_only_possible() -> None:
    assert one(*connection(50001)).short == ("hint", "possible", "port")


def test_a_better_claim_wins_and_the_others_are_alternatives() -> None:
    verdict = one(*connection(80))
    assert verdict.short == ("http", "assigned", "port")
    assert verdict.alternatives == "other-use;hint"


def test_a_wide_range_is_only_possible_and_never_beats_a_fixed_port() -> None:
    assert one(*connection(7500)).short == ("wide", "possible", "port_range")
    verdict = one(*connection(7001))
    assert (verdict.service, verdict.alternatives) == ("other-use", "wide")
    weak = one(*connection(7006))
    assert (weak.short, weak.alternatives) == (("hint", "possible", "port"), "wide")


def test_equal_claims_are_possible_and_both_are_shown() -> None:
    verdict = one(*connection(7000))
    assert verdict.short == ("first-claim", "possible", "port")
    assert verdict.alternatives == "second-claim;wide"


def test_of_equal_claims_the_narrower_one_is_shown_first() -> None:
    verdict = one(*connection(7002))
    assert verdict.short == ("first-claim", "possible", "port")
    assert verdict.alternatives == "narrow-range;wide"


@pytest.mark.parametrize("client_port", [53, 80, 135, 5060, 7500])
def test_the_clients_port_never_names_a_flow(client_port: int) -> None:
    verdict = one(*connection(9999, client_port=client_port))
    assert (verdict.server_port, verdict.service) == (9999, "unknown")
    assert verdict.alternatives == ""


def test_a_claim_is_of_one_transport() -> None:
    assert one(datagram(80)).service == "unknown"
    frame = ethernet(ipv4(sctp(40000, 3868), CLIENT, SERVER, protocol=132))
    assert one(frame).short == ("diameter", "likely", "port_inferred")


def test_the_end_of_a_client_is_no_claim() -> None:
    assert one(datagram(68)).service == "unknown"


def test_port_0_and_port_65535_are_looked_up_like_the_others() -> None:
    for port in (0, 65535):
        assert one(*connection(port, client_port=3000)).service == "unknown"


def test_an_unanswered_syn_still_tells_the_service_that_was_asked_for() -> None:
    syn = segment((CLIENT, 40000), (SERVER, 80), SYN)
    assert one(syn).short == ("http", "assigned", "port")
    assert one(segment((SERVER, 80), (CLIENT, 40000), SYN | ACK)).short == (
        "http", "assigned", "port",
    )  # fmt: skip


def asks_from(low: int) -> list[bytes]:
    """The server as a client of ten others, from one port after the other."""
    return [
        frame
        for number in range(10)
        for frame in connection(
            9, client=SERVER, server=f"10.0.1.{number + 1}", client_port=low + number
        )
    ]


def test_a_port_that_the_host_may_have_taken_at_random_is_only_possible() -> None:
    us, them = (CLIENT, 40_000), (SERVER, 50_000)
    late = [segment(us, them, ACK, b"x"), segment(them, us, ACK, b"y")]
    (alone,) = [one for one in named(*late) if one.server_port == 50_000]
    assert (alone.service, alone.confidence) == ("high-port", "likely")
    verdicts = named(*asks_from(51_000), *late)
    (doubtful,) = [one for one in verdicts if one.server_port == 50_000]
    assert (doubtful.service, doubtful.confidence) == ("high-port", "possible")


def test_a_port_whose_service_was_seen_to_be_asked_stays_as_sure() -> None:
    verdicts = named(*asks_from(51_000), *connection(50_000))
    (sure,) = [one for one in verdicts if one.server_port == 50_000]
    assert sure.confidence == "assigned"
