"""Words of the flow table as sentences: what a basis, a direction and a state mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.model import Basis, Confidence, DirectionBasis

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BASES", "CONFIDENCES", "DIRECTIONS", "STATES"]

BASES: Mapping[str, str] = {
    Basis.PAYLOAD: "its own payload says so",
    Basis.ANNOUNCEMENT: "control traffic of this recording handed the endpoint out",
    Basis.LEARNED: "other flows, or an earlier recording, show what this endpoint serves",
    Basis.IP_PROTOCOL: "the IP protocol number is its own name",
    Basis.PORT: "the catalogue gives it the server's port, and who asked was seen",
    Basis.PORT_INFERRED: "the catalogue gives it the server's port, but who asked is inferred",
    Basis.PORT_RANGE: "the server's port lies in a range that the catalogue gives to it",
    Basis.DYNAMIC_BAND: "the server's port lies in the range that Windows RPC hands out, and the "
    "client had asked the server's endpoint mapper",
    Basis.HOST_ROLE: "what the server is for suggests it",
    Basis.IANA_PORT: "nothing but IANA's registry has a name for the server's port",
    Basis.NONE: "nothing names it",
}
"""Why a row of evidence, or a verdict, names a service."""

CONFIDENCES: Mapping[str, str] = {
    Confidence.CONFIRMED: "the payload proves it",
    Confidence.ANNOUNCED: "control traffic of the host itself said so",
    Confidence.ASSIGNED: "a port or number of its own, with a direction that was seen",
    Confidence.LIKELY: "good reasons, but no proof",
    Confidence.POSSIBLE: "one of several, or a hint",
    Confidence.UNKNOWN: "no service is named",
}
"""What each word of confidence stands for."""

DIRECTIONS: Mapping[str, str] = {
    DirectionBasis.SYN: "it sent the SYN",
    DirectionBasis.SYN_ACK: "the other side answered it with a SYN-ACK",
    DirectionBasis.ANNOUNCED: "control traffic handed out the other side's endpoint, or its own",
    DirectionBasis.PAYLOAD_ROLE: "the payload shows which side asks and which answers",
    DirectionBasis.GROUP: "one side is a multicast or broadcast address: such a one never asks",
    DirectionBasis.PEERS: "several ports talk to the other side's port, so that one serves",
    DirectionBasis.EPHEMERAL: "its port is from a range of client ports, the other side's is not",
    DirectionBasis.CATALOGUE: "the catalogue knows the other side's port, and knows it better",
    DirectionBasis.LOWER_PORT: "its port is the higher one, and nothing better is known",
    DirectionBasis.FIRST_PACKET: "it sent the first recorded packet, and nothing else tells",
}
"""Why one side is taken for the client."""

STATES: Mapping[str, str] = {
    "S0": "SYN seen, no answer",
    "S1": "established, not closed",
    "SF": "established and closed by both sides",
    "REJ": "refused: the SYN was answered by RST",
    "S2": "established, only the client closed",
    "S3": "established, only the server closed",
    "RSTO": "established, the client aborted",
    "RSTR": "established, the server aborted",
    "RSTOS0": "SYN and then RST from the client, no answer",
    "RSTRH": "SYN-ACK and then RST from the server, no SYN seen",
    "SH": "SYN and then FIN from the client, no answer",
    "SHR": "SYN-ACK and then FIN from the server, no SYN seen",
    "OTH": "the beginning was not recorded",
}
"""What each state of a TCP conversation means."""
