"""DCE/RPC interfaces as services, for the sources of evidence that meet them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classifier.catalogue import Catalogue

__all__ = ["FAMILY", "is_machinery", "service_of", "title_of"]

FAMILY = "windows-rpc"
"""The service of what is RPC, whatever its interface."""

_MACHINERY = frozenset(
    (
        "00000000-0000-0000-c000-000000000046",  # IUnknown
        "00000131-0000-0000-c000-000000000046",  # IRemUnknown
        "00000143-0000-0000-c000-000000000046",  # IRemUnknown2
        "000001a0-0000-0000-c000-000000000046",  # IRemoteSCMActivator
        "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57",  # IActivation
        "99fcfec4-5260-101b-bbcb-00aa0021347a",  # IObjectExporter
        "afa8bd80-7d8a-11c9-bef4-08002b102989",  # mgmt: every server has it
    )
)
"""Interfaces of RPC and DCOM themselves: any other one on the flow tells more (MS-DCOM, C706)"""


def is_machinery(uuid: str) -> bool:
    """Whether an interface only serves RPC or DCOM itself."""
    return uuid in _MACHINERY


def service_of(uuid: str, service: str, catalogue: Catalogue) -> int:
    """The code of a service, more exactly where an interface says which.

    Args:
        uuid: Of the interface; empty where there is none.
        service: Id of the service otherwise.
        catalogue: What knows them; code 0 is of a service that it does not know.
    """
    found = catalogue.interface(uuid) if uuid else None
    return catalogue.codes.get(found.service if found else service, 0)


def title_of(uuid: str, catalogue: Catalogue) -> str:
    """What people call an interface: its name, else its UUID."""
    found = catalogue.interface(uuid)
    return found.title if found else f"interface {uuid}"
