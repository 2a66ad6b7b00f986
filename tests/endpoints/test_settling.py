"""Which flows use announced endpoints, and what that says about who asked."""

from __future__ import annotations

import pytest

from classifier.endpoints import Announcement, Identification, Place
from classifier.endpoints.listen import Heard
from classifier.endpoints.matching import EARLY, MOST_CLAIMS, claims, match
from classifier.endpoints.settle import settle
from classifier.flows.direction import RUNGS
from classifier.flows.oriented import Oriented, orient
from knowledge import CATALOGUE
from reading import read
from wire import ACK, SECOND, START, SYN, ethernet, ipv4, pcap, tcp, udp

CLIENT, SERVER, THIRD = "10.0.0.1", "10.0.0.2", "10.0.0.3"


def segment(source: tuple[str, int], target: tuple[str, int], flags: int = ACK) -> bytes:
    return ethernet(
        ipv4(tcp(source[1], target[1], b"x", flags=flags), source[0], target[0], protocol=6)
    )


def datagram(source: tuple[str, int], target: tuple[str, int]) -> bytes:
    return ethernet(ipv4(udp(source[1], target[1], b"x"), source[0], target[0]))


def flows_of(*frames: tuple[float, bytes]) -> Oriented:
    result = read(pcap([(START + round(second * SECOND), frame) for second, frame in frames]))
    return orient(result.columns, CATALOGUE.ports, ["t.pcap"], result.tunnels)


def said(
    host: str = SERVER, port: int = 50000, second: float = 1, *, flow: int = 0, **others: object
) -> Announcement:
    fields = {"transport": "tcp", "service": "ftp-data", "detail": "", "lifetime": 0}
    place = Place(flow, 10 + round(second), 0, START + round(second * SECOND))
    return Announcement(
        host=host, port=port, place=place, **{"speaker": SERVER, **fields, **others}
    )


CONTROL = (0, segment((CLIENT, 40000), (SERVER, 21), SYN))
"""Flow 0, in which it is said."""


def found(flows: Oriented, *announcements: Announcement) -> list[tuple[int, int, int]]:
    """Flow, frame and rank of each match."""
    matches = match(flows, claims(announcements))
    return sorted(
        zip(matches.flow.tolist(), matches.frame.tolist(), matches.rank.tolist(), strict=True)
    )


def test_a_flow_to_an_announced_port_is_found() -> None:
    flows = flows_of(CONTROL, (2, segment((CLIENT, 40001), (SERVER, 50000), SYN)))
    assert found(flows, said()) == [(1, 11, 0)]


@pytest.mark.parametrize(
    "other",
    [{"port": 50001}, {"host": THIRD}, {"transport": "udp"}, {"transport": "gre"},
     {"host": "not an address"}, {"host": ""}],
    ids=["port", "host", "transport", "call id", "name", "nothing"],
)  # fmt: skip
def test_another_endpoint_is_not_found(other: dict[str, object]) -> None:
    flows = flows_of(CONTROL, (2, segment((CLIENT, 40001), (SERVER, 50000), SYN)))
    assert found(flows, said(**other)) == []


def test_an_announcement_that_comes_late_explains_what_came_before_it() -> None:
    flows = flows_of(CONTROL, (2, segment((CLIENT, 40001), (SERVER, 50000), SYN)))
    assert found(flows, said(second=9)) == [(1, 19, 1)]


def test_the_last_thing_that_the_client_was_told_fits_best() -> None:
    flows = flows_of(CONTROL, (5, segment((CLIENT, 40001), (SERVER, 50000), SYN)))
    told = [said(second=second, detail=str(second)) for second in (1, 3, 9)]
    assert found(flows, *told) == [(1, 11, 1), (1, 13, 0), (1, 19, 1)]


def test_what_is_said_again_is_found_at_the_last_time_before_the_flow() -> None:
    flows = flows_of(CONTROL, (5, segment((CLIENT, 40001), (SERVER, 50000), SYN)))
    assert found(flows, said(second=1), said(second=4), said(second=8)) == [(1, 14, 0)]


def test_what_another_client_was_told_fits_less() -> None:
    flows = flows_of(CONTROL, (2, segment((THIRD, 40001), (SERVER, 50000), SYN)))
    assert found(flows, said()) == [(1, 11, 2)]


def test_each_client_is_shown_what_it_was_told_itself() -> None:
    flows = flows_of(
        CONTROL,
        (1, segment((THIRD, 40000), (SERVER, 21), SYN)),
        (5, segment((CLIENT, 40001), (SERVER, 50000), SYN)),
        (6, segment((THIRD, 40001), (SERVER, 50000), SYN)),
    )
    told = [said(second=2, flow=0), said(second=3, flow=1)]
    assert found(flows, *told) == [(2, 12, 0), (3, 13, 0)]


def test_a_lifetime_ends() -> None:
    flows = flows_of(
        CONTROL,
        (4, segment((CLIENT, 40001), (SERVER, 50000), SYN)),
        (9, segment((CLIENT, 40002), (SERVER, 50000), SYN)),
    )
    assert found(flows, said(lifetime=3)) == [(1, 11, 0)]


def test_a_flow_that_ended_before_its_announcement_is_not_explained_by_a_short_lived_one() -> None:
    early = EARLY / SECOND
    flows = flows_of(
        CONTROL,
        (1, segment((CLIENT, 40001), (SERVER, 50000), SYN)),
        (30 - early, segment((CLIENT, 40002), (SERVER, 50000), SYN)),
    )
    assert found(flows, said(second=30, lifetime=60)) == [(2, 40, 1)]


def test_only_the_peer_may_use_what_was_announced_for_it() -> None:
    flows = flows_of(
        CONTROL,
        (2, segment((CLIENT, 40001), (SERVER, 50000), SYN)),
        (3, segment((THIRD, 40001), (SERVER, 50000), SYN)),
    )
    assert [row for row, *_ in found(flows, said(peer=THIRD))] == [2]


def test_a_control_flow_is_not_its_own_data() -> None:
    flows = flows_of(CONTROL)
    assert found(flows, said(port=21)) == []


def test_endless_claims_on_one_endpoint_are_cut() -> None:
    flows = flows_of(CONTROL, (2, segment((CLIENT, 40001), (SERVER, 50000), SYN)))
    assert len(found(flows, *(said(detail=str(n)) for n in range(1000)))) == MOST_CLAIMS


def settled(flows: Oriented, *announcements: Announcement) -> list[tuple[str, str]]:
    """The server and what decided so, of every flow that matches."""
    matches = settle(flows, Heard(announcements=list(announcements)))
    return [
        (flows.addresses[int(flows.server[row])], RUNGS[int(flows.rung[row])][0].value)
        for row in matches.flow.tolist()
    ]


def test_an_announcement_turns_a_flow_of_which_the_beginning_is_missing() -> None:
    # The lower port is the client's: nothing but the announcement tells.
    frames = [CONTROL, (2, datagram((SERVER, 50000), (CLIENT, 40001)))]
    assert settled(flows_of(*frames), said(transport="udp")) == [(SERVER, "announced")]


def test_an_announcement_that_agrees_makes_the_direction_known() -> None:
    frames = [CONTROL, (2, datagram((CLIENT, 60001), (SERVER, 50000)))]
    assert settled(flows_of(*frames), said(transport="udp")) == [(SERVER, "announced")]


def test_the_answering_side_serves_where_the_asking_one_was_announced() -> None:
    # A TFTP server answers from a new port to the one that asked.
    frames = [CONTROL, (2, datagram((SERVER, 50000), (CLIENT, 1069)))]
    said_so = said(CLIENT, 1069, transport="udp", speaker=CLIENT, host_is_client=True)
    assert settled(flows_of(*frames), said_so) == [(SERVER, "announced")]


def test_a_handshake_is_believed_before_an_announcement() -> None:
    frames = [CONTROL, (2, segment((SERVER, 50000), (CLIENT, 40001), SYN))]
    flows = flows_of(*frames)
    assert settled(flows, said()) == []
    assert RUNGS[int(flows.rung[1])][0].value == "syn"


def test_what_is_said_of_a_third_host_turns_nothing() -> None:
    frames = [CONTROL, (2, datagram((THIRD, 50000), (CLIENT, 40001)))]
    flows = flows_of(*frames)
    before = flows.server.tolist()
    settle(flows, Heard(announcements=[said(THIRD, transport="udp")]))
    assert flows.server.tolist() == before
    assert RUNGS[int(flows.rung[1])][0].value != "announced"


def test_where_both_ends_were_announced_the_direction_stays() -> None:
    frames = [CONTROL, (2, datagram((SERVER, 50000), (CLIENT, 40001)))]
    flows = flows_of(*frames)
    before = flows.server.tolist()
    both = said(transport="udp"), said(CLIENT, 40001, transport="udp", speaker=CLIENT)
    assert len(settled(flows, *both)) == 2
    assert flows.server.tolist() == before


def test_of_two_announced_ends_the_one_that_was_told_last_counts() -> None:
    frames = [CONTROL, (5, datagram((SERVER, 50000), (CLIENT, 40001)))]
    flows = flows_of(*frames)
    first = said(transport="udp", second=1)
    last = said(CLIENT, 40001, transport="udp", speaker=CLIENT, second=3, service="t38")
    for order in ((first, last), (last, first)):
        matches = settle(flows, Heard(announcements=list(order)))
        best = matches.claim[matches.rank == 0].tolist()
        assert [matches.claims[number].first.service for number in best] == ["t38"]


def test_payload_that_shows_who_serves_turns_a_flow() -> None:
    flows = flows_of((0, datagram((SERVER, 50000), (CLIENT, 40001))))
    before = int(flows.server[0])
    role = Identification("sip", "", Place(0, 1, 0, START), client_is_server=True)
    settle(flows, Heard(identifications=[role]))
    assert int(flows.server[0]) != before
    assert RUNGS[int(flows.rung[0])][0].value == "payload_role"
    assert (flows.side("port", client=True)[0], flows.side("port", client=False)[0]) in {
        (50000, 40001),
        (40001, 50000),
    }
    assert flows.side("port", client=False)[0] == (
        50000 if flows.addresses[int(flows.server[0])] == SERVER else 40001
    )


def test_a_turned_flow_keeps_every_count_with_its_endpoint() -> None:
    frames = [CONTROL, *[(n, datagram((SERVER, 50000), (CLIENT, 40001))) for n in (2, 3, 4)]]
    flows = flows_of(*frames, (5, datagram((CLIENT, 40001), (SERVER, 50000))))
    settle(flows, Heard(announcements=[said(transport="udp")]))
    assert flows.addresses[int(flows.server[1])] == SERVER
    assert flows.fields["server_packets"].data[1] == 3
    assert flows.fields["client_packets"].data[1] == 1
