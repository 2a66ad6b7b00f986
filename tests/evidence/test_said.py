"""What was bound, announced or learned becomes a name, as sure as it deserves."""

from __future__ import annotations

import pytest
from weighing import CLIENT, MODERN, SERVER, connection, segment

from classifier import catalogue as knowledge
from classifier.endpoints import Announcement, Identification, Place
from classifier.endpoints.learned import Learned, learn
from classifier.endpoints.listen import Heard
from classifier.endpoints.settle import settle
from classifier.evidence import BASES, CONFIDENCES, Context, collect
from classifier.flows.oriented import orient
from classifier.verdict import decide
from reading import read
from wire import ACK, SECOND, START, SYN, pcap

DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2"
SAMR = "12345778-1234-abcd-ef00-0123456789ac"
IREMUNKNOWN2 = "00000143-0000-0000-c000-000000000046"
NOBODYS = "11111111-2222-3333-4444-555555555555"
PORT = 49667
THIRD = "10.0.0.3"


@pytest.fixture(scope="module")
def catalogue():
    return knowledge.load(())


def place(flow: int = 1, frame: int = 25, second: float = 0) -> Place:
    return Place(flow, frame, 0, START + round(second * SECOND))


def bound(interface: str, flow: int = 1, frame: int = 30, **others: object) -> Identification:
    return Identification("windows-rpc", "", place(flow, frame), interface=interface, **others)


def handed_out(interface: str = "", frame: int = 25, **others: object) -> Announcement:
    fields = {"host": SERVER, "port": PORT, "transport": "tcp", "service": "windows-rpc",
              "detail": "", "speaker": SERVER, "lifetime": 0}  # fmt: skip
    where = others.pop("place", place(0, frame))
    return Announcement(**{**fields, **others}, place=where, interface=interface)


def verdict(catalogue, *said: object, learned=(), client: str = CLIENT, refused: bool = False):
    """The verdict on flow 1, to the dynamic port; flow 0 is the control flow."""
    flow = connection(PORT, client=client, client_port=41000)
    frames = [*connection(135, client_port=40000), *(flow[:1] if refused else flow)]
    result = read(pcap([(START + n * SECOND, frame) for n, frame in enumerate(frames)]))
    flows = orient(result.columns, catalogue.ports, ["t.pcap"], result.tunnels)
    heard = Heard()
    for one in said:
        heard.add(one)
    matches = settle(flows, heard)
    context = Context(
        catalogue, (MODERN,), heard=heard, announced=matches,
        learned=[*learn(flows, heard), *learned],
    )  # fmt: skip
    made = decide(len(flows), collect(flows, context), catalogue.ids)
    return (
        catalogue.ids[made.service[1]],
        CONFIDENCES[made.confidence[1]].value,
        BASES[made.basis[1]].value,
        made.detail.texts()[1],
        made.alternatives.texts()[1],
    )


def test_a_bind_confirms_and_says_where_it_was_handed_out(catalogue) -> None:
    service, confidence, basis, detail, _ = verdict(
        catalogue, bound(DRSUAPI), handed_out(DRSUAPI, frame=25)
    )
    assert (service, confidence, basis) == ("windows-rpc/drsuapi", "confirmed", "payload")
    assert detail == "drsuapi; bind in frame 30, handed out in frame 25"


def test_of_several_binds_the_first_that_is_not_machinery_names_the_flow(catalogue) -> None:
    service, confidence, _, detail, others = verdict(
        catalogue, bound(IREMUNKNOWN2, frame=28), bound(SAMR, frame=30), bound(DRSUAPI, frame=31)
    )
    assert (service, confidence) == ("windows-rpc/samr", "confirmed")
    assert detail == "samr, drsuapi, IRemUnknown2; bind in frame 28"
    assert others.startswith("windows-rpc/drsuapi;windows-rpc/iremunknown2")


def test_an_interface_that_nobody_knows_is_rpc_by_its_number(catalogue) -> None:
    service, confidence, _, detail, _ = verdict(catalogue, bound(NOBODYS))
    assert (service, confidence) == ("windows-rpc", "confirmed")
    assert detail == f"interface {NOBODYS}; bind in frame 30"


def test_what_only_rides_on_a_flow_does_not_name_it(catalogue) -> None:
    assert verdict(catalogue, bound(SAMR, carried=True))[0] != "windows-rpc/samr"


def test_an_endpoint_that_was_handed_out_is_announced(catalogue) -> None:
    service, confidence, basis, detail, _ = verdict(catalogue, handed_out(DRSUAPI))
    assert (service, confidence, basis) == ("windows-rpc/drsuapi", "announced", "announcement")
    assert detail == "drsuapi, handed out in frame 25"


def test_the_interface_that_this_client_was_told_last_names_the_flow(catalogue) -> None:
    asked = (
        handed_out(DRSUAPI, place=place(0, 2, 1)),
        handed_out(SAMR, place=place(0, 3, 2)),
    )
    service, confidence, _, _, others = verdict(catalogue, *asked)
    assert (service, confidence) == ("windows-rpc/samr", "announced")
    assert "windows-rpc/drsuapi" in others


def test_a_port_of_several_interfaces_is_rpc_with_the_set(catalogue) -> None:
    service, confidence, _, detail, others = verdict(
        catalogue, handed_out(DRSUAPI), handed_out(SAMR)
    )
    assert (service, confidence) == ("windows-rpc", "announced")
    assert detail == "one of drsuapi, samr: all on this port, handed out in frame 25"
    assert {"windows-rpc/drsuapi", "windows-rpc/samr"} <= set(others.split(";"))


def test_what_a_host_says_of_another_one_is_only_likely(catalogue) -> None:
    service, confidence, _, detail, _ = verdict(catalogue, handed_out(DRSUAPI, speaker=THIRD))
    assert (service, confidence) == ("windows-rpc/drsuapi", "likely")
    assert detail == "drsuapi, handed out in frame 25 by 10.0.0.3 for another host"


def test_a_port_that_is_only_mapped_leaves_a_note(catalogue) -> None:
    service, confidence, _, _, _ = verdict(
        catalogue, handed_out(service="unknown", detail="port mapping"), client=THIRD
    )
    assert (service, confidence) == ("unknown", "unknown")


@pytest.mark.parametrize("refused", [False, True])
def test_a_port_that_is_known_from_elsewhere_is_likely_unless_it_refuses(catalogue, refused):
    known = Learned(SERVER, PORT, "tcp", "windows-rpc", (DRSUAPI,), "old.pcap of 2026")
    service, confidence, basis, detail, _ = verdict(
        catalogue, learned=[known], client=THIRD, refused=refused
    )
    if refused:
        assert service == "unknown"
        return
    assert (service, confidence, basis) == ("windows-rpc/drsuapi", "likely", "learned")
    assert detail == "this port serves drsuapi, as old.pcap of 2026 shows"


def test_a_known_port_of_several_interfaces_is_rpc(catalogue) -> None:
    known = Learned(SERVER, PORT, "tcp", "windows-rpc", (DRSUAPI, SAMR, IREMUNKNOWN2), "x")
    service, _, basis, detail, _ = verdict(catalogue, learned=[known], client=THIRD)
    assert (service, basis) == ("windows-rpc", "learned")
    assert detail == "this port serves drsuapi, samr, as x shows"


def test_another_connections_bind_names_one_without(catalogue) -> None:
    # Flow 0 binds on port 135's flow here only to be another flow: it must not name flow 1.
    assert verdict(catalogue, bound(DRSUAPI, flow=0), client=THIRD)[0] == "unknown"


def test_calls_without_a_bind_give_way_to_which_interface_it_is(catalogue) -> None:
    calls = Identification("windows-rpc", "calls whose bind was not recorded", place(1, 9))
    assert verdict(catalogue, calls)[:3] == ("windows-rpc", "confirmed", "payload")
    known = Learned(SERVER, PORT, "tcp", "windows-rpc", (DRSUAPI,), "x")
    assert verdict(catalogue, calls, learned=[known])[:3] == (
        "windows-rpc/drsuapi", "likely", "learned",
    )  # fmt: skip
    assert verdict(catalogue, calls, handed_out(DRSUAPI))[:3] == (
        "windows-rpc/drsuapi", "announced", "announcement",
    )  # fmt: skip


def test_a_bind_is_learned_for_the_endpoint_that_took_it() -> None:
    us, them = (CLIENT, 40000), (SERVER, PORT)
    frames = [segment(us, them, SYN), segment(them, us, SYN | ACK)]
    result = read(pcap([(START, frame) for frame in frames]))
    flows = orient(result.columns, knowledge.load(()).ports, ["t.pcap"], result.tunnels)
    heard = Heard(identifications=[bound(DRSUAPI, 0, 7), bound(SAMR, 0, 9), bound(SAMR, 0, 5)])
    assert learn(flows, heard) == [
        Learned(SERVER, PORT, "tcp", "windows-rpc", (DRSUAPI, SAMR), "frame 7")
    ]
