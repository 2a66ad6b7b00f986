"""The tshark program: where it is, which version, what is asked of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

from classifier.engine.tshark.frame import FIELDS
from classifier.errors import EngineError

__all__ = ["OLDEST", "PREFERENCES", "arguments", "find", "version"]

OLDEST = (3, 6)
"""The first version whose fields and preferences are those that we name."""

PREFERENCES: tuple[str, ...] = (
    # Frames one by one: no layer may wait for another frame or speak of one.
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "tcp.desegment_tcp_streams:FALSE",
    "tcp.reassemble_out_of_order:FALSE",
    "sctp.reassembly:FALSE",
    # What would only cost time and memory.
    "tcp.analyze_sequence_numbers:FALSE",
    "tcp.calculate_timestamps:FALSE",
    "udp.calculate_timestamps:FALSE",
    "tcp.relative_sequence_numbers:FALSE",
    # What decides whether and where a layer is found.
    "ip.tso_support:TRUE",
    "ipv6.tso_support:TRUE",
    "ipv6.exthdr_under_root_protocol_tree:TRUE",
)
_DECODE_AS = (
    "udp.port==8472,vxlan",  # Linux' first VXLAN port, which IANA gave to OTV
    "ethertype==0x9200,vlan",  # a tag before 802.1ad had its own
)
_FIX = "or use --engine portable"


@cache
def find() -> str:
    """The path of tshark, a version that will do.

    Raises:
        EngineError: There is none, or it is too old, or it does not start.
    """
    path = shutil.which("tshark")
    if path is None:
        raise EngineError(
            "engine tshark: tshark is not on the PATH; install it (apt-get install tshark), " + _FIX
        )
    known = version(path)
    if known < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise EngineError(
            f"engine tshark: {path} is {'.'.join(map(str, known))}, older than {wanted}; "
            f"upgrade it, {_FIX}"
        )
    return path


@cache
def version(path: str) -> tuple[int, ...]:
    """Major, minor and patch version of a tshark.

    Raises:
        EngineError: It does not start or does not say.
    """
    try:
        done = subprocess.run(  # noqa: S603  the path is our own finding
            [path, "--version"], capture_output=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(
            f"engine tshark: {path} does not start ({error}); reinstall it "
            f"(apt-get install --reinstall tshark), {_FIX}"
        ) from error
    found = re.search(rb"(\d+)\.(\d+)\.(\d+)", done.stdout)
    if found is None:
        raise EngineError(f"engine tshark: {path} names no version; reinstall it, {_FIX}")
    return tuple(int(part) for part in found.groups())


def arguments() -> list[str]:
    """The arguments besides those that pyshark gives: preferences and fields."""
    given = []
    for preference in PREFERENCES:
        given += ["-o", preference]
    for rule in _DECODE_AS:
        given += ["-d", rule]
    for field in FIELDS:
        given += ["-e", field]
    return given
