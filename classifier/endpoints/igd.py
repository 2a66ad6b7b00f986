"""UPnP internet gateways: a program has its router open a port (WANIPConnection).

SOAP over HTTP on any port of the router. A mapping counts where the router answered with success.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from classifier.endpoints.announcement import Announcement, Identification, LookedFor
from classifier.endpoints.natmap import Mapping, announcements
from classifier.endpoints.stream import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classifier.endpoints.announcement import Conversation, Place

__all__ = ["read"]

_SERVICE = "upnp"
_REQUEST = re.compile(rb"([A-Z-]{3,12}) [^\r\n ]{1,1000} HTTP/1\.[01]\r\n")
_STATUS = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d)[ \r]")
"""Of a final answer: 100 comes before another one."""
_ACTION = re.compile(
    rb"<(?:\w{1,20}:)?((?:Add(?:Any)?PortMapping|DeletePortMapping|Get\w{1,40}Mapping\w{0,10}"
    rb"|GetExternalIPAddress)(?:Response)?)[\s>]"
)
_FIELD = re.compile(rb"<(New\w{1,40})(?:\s[^<>]{0,200})?>([^<>]{0,300})<")
_ERROR = re.compile(rb"<errorCode>\s{0,20}(\d{1,4})")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))
_LONGEST = 65_536
"""A message is no longer."""

Said = Announcement | Identification | LookedFor


def read(conversation: Conversation) -> Iterator[Said]:
    """What a router maps for its control point, or tells of its mappings."""
    if conversation.transport != "tcp":
        return
    requests = list(_messages(conversation, _REQUEST, client=True))
    answers = list(_messages(conversation, _STATUS, client=False))
    outer, identified, done = "", False, set()
    # HTTP answers in the order of the questions; bytes that are missing put an end to that.
    for (_, asked, asked_at), (status, told, told_at) in zip(requests, answers, strict=False):
        action = _ACTION.search(asked)
        if action is None:
            continue
        name = action[1].decode()
        if not identified:
            identified = True
            yield Identification(_SERVICE, name, asked_at)
        results = _fields(told)
        outer = _address(results.get("NewExternalIPAddress", "")) or outer
        answer = _ACTION.search(told)
        if status == b"200" and answer is not None and answer[1].decode() == f"{name}Response":
            found = _mapping(name, _fields(asked), results, conversation.client_ip, outer)
            if found is not None and found not in done:
                done.add(found)
                yield from announcements(
                    found, told_at, asker=conversation.client_ip, router=conversation.server_ip
                )
        elif status != b"200" and name.startswith("Add"):
            yield _refused(_fields(asked), told, told_at)


def _messages(
    conversation: Conversation, beginning: re.Pattern[bytes], *, client: bool
) -> Iterator[tuple[bytes, bytes, Place]]:
    """Method or status, the bytes, and the place of each message of one side."""
    for run in runs(conversation, client=client):
        starts = [found for found in beginning.finditer(run.data) if _begins(found)]
        for number, found in enumerate(starts, 1):
            begin = found.start()
            end = starts[number].start() if number < len(starts) else len(run.data)
            yield found[1], run.data[begin : min(end, begin + _LONGEST)], run.place(begin)


def _begins(found: re.Match[bytes]) -> bool:
    """Whether a line stands where a message may begin: at first, or behind a body or a head."""
    before = found.string[max(0, found.start() - 1) : found.start()]
    return before in (b"", b"\n", b">")


def _fields(message: bytes) -> dict[str, str]:
    """The arguments of an action by name."""
    found = {}
    for name, value in _FIELD.findall(message):
        text = value.decode("utf-8", "replace").strip()
        for entity, character in _ENTITIES:
            text = text.replace(entity, character)
        found[name.decode()] = text
    return found


def _mapping(
    name: str, arguments: dict[str, str], results: dict[str, str], asker: str, outer: str
) -> Mapping | None:
    """What an action that succeeded tells of a mapping; None: nothing."""
    if not name.endswith("PortMapping") and not name.endswith("PortMappingEntry"):
        return None
    if name.startswith("Delete"):
        return None
    fields = {**arguments, **results}
    if "NewReservedPort" in results:  # AddAnyPortMapping: the router chose another one
        fields["NewExternalPort"] = results["NewReservedPort"]
    transport = fields.get("NewProtocol", "").lower()
    port, outer_port = (_port(fields.get(f"New{end}Port", "")) for end in ("Internal", "External"))
    if transport not in ("tcp", "udp") or not port or not outer_port:
        return None
    lease = fields.get("NewLeaseDuration", "0")
    return Mapping(
        host=_address(fields.get("NewInternalClient", "")) or asker,
        port=port,
        transport=transport,
        outer_host=outer,
        outer_port=outer_port,
        lifetime=int(lease) if lease.isascii() and lease.isdigit() and len(lease) < 10 else 0,  # noqa: PLR2004
        text=fields.get("NewPortMappingDescription", ""),
        peer=_address(fields.get("NewRemoteHost", "")),
    )


def _refused(fields: dict[str, str], told: bytes, place: Place) -> LookedFor:
    error = _ERROR.search(told)
    reason = f"UPnP error {int(error[1])}" if error else "an HTTP error"
    port = _port(fields.get("NewInternalPort", ""))
    protocol = "udp" if fields.get("NewProtocol", "").lower() == "udp" else "tcp"
    return LookedFor("unknown", f"mapping of {protocol} port {port} refused: {reason}", place)


def _port(text: str) -> int:
    """1 to 65535, else 0."""
    digits = text.isascii() and text.isdigit() and len(text) < 6  # noqa: PLR2004
    return int(text) if digits and int(text) <= 0xFFFF else 0  # noqa: PLR2004


def _address(text: str) -> str:
    """An address in its usual form; empty where it is none or any."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return "" if address.is_unspecified else str(address)
