"""From frames to verdicts: who answers a question to all, and who only is asked from its port."""

from __future__ import annotations

import classifier
from wire import START, ethernet, ipv4, pcap, udp

SEARCH = (
    b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nST:upnp:rootdevice\r\n"
    b'Man:"ssdp:discover"\r\nMX:3\r\n\r\n'
)
ASKER, GROUP, DEVICE = "10.0.0.1", "239.255.255.250", "10.0.0.9"


def frame(source, destination, payload):
    return ethernet(ipv4(udp(source[1], destination[1], payload), source[0], destination[0]))


def flows_of(tmp_path, *frames):
    path = tmp_path / "t.pcap"
    path.write_bytes(pcap([(START + n, one) for n, one in enumerate(frames)]))
    found = classifier.read(path).flows
    return {(row.server_ip, row.server_port): row for row in found.itertuples()}


def test_an_answer_from_any_port_is_named_and_its_sender_serves(tmp_path):
    found = flows_of(
        tmp_path,
        frame((ASKER, 40_000), (GROUP, 1900), SEARCH),
        frame((DEVICE, 55_555), (ASKER, 40_000), b"cut"),
    )
    answer = found[DEVICE, 55_555]
    assert (answer.service, answer.confidence) == ("ssdp", "announced")
    assert answer.direction_basis == "announced"
    assert answer.client_ip == ASKER
    assert found[GROUP, 1900].confidence == "confirmed"


def test_another_question_from_the_same_port_is_no_answer(tmp_path):
    found = flows_of(
        tmp_path,
        frame((ASKER, 40_000), (GROUP, 1900), SEARCH),
        frame((ASKER, 40_000), (DEVICE, 31_337), b"scan"),
    )
    other = found[DEVICE, 31_337]
    assert other.service == "unknown"
    assert other.direction_basis != "announced"
