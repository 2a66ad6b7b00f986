"""From frames to verdicts with the small catalogue: engine, ladder, evidence, verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier.evidence import BASES, CONFIDENCES, Context, collect
from classifier.flows.oriented import orient
from classifier.hosts.bands import infer
from classifier.payload import recognise
from classifier.verdict import decide
from knowledge import CATALOGUE
from reading import read
from wire import ACK, SECOND, START, SYN, ethernet, ethernet6, ipv4, ipv6, pcap, tcp, udp

if TYPE_CHECKING:
    from collections.abc import Callable

    from classifier.catalogue import Catalogue
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Oriented

MODERN = ((49152, 65535),)
CLIENT, SERVER = "10.0.0.1", "10.0.0.2"


@dataclass(frozen=True)
class Named:
    """The verdict on one flow."""

    server_port: int | None
    service: str
    confidence: str
    basis: str
    detail: str
    alternatives: str

    @property
    def short(self) -> tuple[str, str, str]:
        return self.service, self.confidence, self.basis


def named(
    *frames: bytes | tuple[float, bytes],
    bands: tuple[tuple[tuple[int, int], ...], ...] = (MODERN,),
    sets: Callable[[Oriented], Array] | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> list[Named]:
    """The verdict on each flow; frames are a second apart where no second is given."""
    timed = [item if isinstance(item, tuple) else (n, item) for n, item in enumerate(frames)]
    result = read(pcap([(START + round(second * SECOND), frame) for second, frame in timed]))
    flows = orient(result.columns, catalogue.ports, ["t.pcap"], result.tunnels)
    context = Context(
        catalogue, bands, sets(flows) if sets else None,
        recognised=recognise(flows, catalogue), host_bands=infer(flows),
    )  # fmt: skip
    verdict = decide(len(flows), collect(flows, context), catalogue.ids)
    ports = flows.side("port", client=False).tolist()
    detail, alternatives = verdict.detail.texts(), verdict.alternatives.texts()
    return [
        Named(
            ports[row] if flows.column("has_ports")[row] else None,
            catalogue.ids[verdict.service[row]],
            CONFIDENCES[verdict.confidence[row]].value,
            BASES[verdict.basis[row]].value,
            detail[row],
            alternatives[row],
        )
        for row in range(len(flows))
    ]


def segment(
    source: tuple[str, int], destination: tuple[str, int], flags: int, payload: bytes = b""
) -> bytes:
    """A TCP segment; initial sequence numbers are 0."""
    number = 0 if flags & SYN else 1
    inner = tcp(source[1], destination[1], payload, flags=flags, seq=number, ack=1)
    if ":" in source[0]:
        return ethernet6(ipv6(inner, source[0], destination[0], next_header=6))
    return ethernet(ipv4(inner, source[0], destination[0], protocol=6))


def connection(
    port: int,
    *,
    client: str = CLIENT,
    server: str = SERVER,
    client_port: int = 40000,
    said: tuple[bytes, bytes] = (b"\x05\x00\x0b request", b"answer"),
) -> list[bytes]:
    """A connection that was opened and used; what the client sends first begins as RPC does."""
    us, them = (client, client_port), (server, port)
    return [
        segment(us, them, SYN),
        segment(them, us, SYN | ACK),
        *(segment(us, them, ACK, text) for text in said[:1] if text),
        *(segment(them, us, ACK, text) for text in said[1:] if text),
    ]


def datagram(port: int, *, client_port: int = 40000, payload: bytes = b"x") -> bytes:
    return ethernet(ipv4(udp(client_port, port, payload), CLIENT, SERVER))
