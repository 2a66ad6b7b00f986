from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier import policy
from classifier.catalogue import Catalogue, Port, Service

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICES = (
    Service(id="unknown", name="Unknown", family="unknown"),
    Service(id="smtp", name="SMTP", family="mail", flags=("cleartext",)),
    Service(id="pop2", name="POP2", family="mail", flags=("obsolete",)),
    Service(id="dns", name="DNS", family="name-resolution"),
    Service(
        id="squid",
        name="Squid",
        family="web",
        port=(
            Port(transport=("tcp",), ports=(3128, "9898-9899"), flags=("trojan-overlap",)),
            Port(transport=("tcp",), ports=(7000,), role="client", flags=("trojan-overlap",)),
        ),
    ),
    Service(id="windows-rpc", name="Windows RPC", family="windows-rpc"),
    Service(id="windows-rpc/svcctl", name="SVCCTL", family="windows-rpc"),
    Service(id="windows-rpc/netlogon", name="NETLOGON", family="windows-rpc"),
)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """A catalogue of a few services, so that these tests do not change with the real one."""
    return Catalogue(
        services=SERVICES,
        bands=(),
        ip_protocol_names=tuple(f"protocol {number}" for number in range(256)),
        name="test",
        version="1",
        date="2026-01-01",
        digest="",
        families={service.family: "" for service in SERVICES},
        flags={"cleartext": "", "obsolete": "", "trojan-overlap": ""},
        eras={},
    )


ZONES = """
version = 1
[zones]
internal = ["10.0.0.0/8", "fc00::/7"]
internet = ["!internal"]
"""


@pytest.fixture
def written(tmp_path: Path, catalogue: Catalogue) -> Callable[..., policy.Policy]:
    """Make a policy of TOML text; the text begins after the zones unless told otherwise."""

    def write(text: str, head: str = ZONES) -> policy.Policy:
        file = tmp_path / "rules.toml"
        file.write_text(head + text, encoding="utf-8")
        return policy.load(file, catalogue)

    return write
