"""The knowledge of the project: ``signatures/`` read, checked and made ready for lookup.

Nothing here imports pandas; numpy only when the port table is first asked for.
"""

from __future__ import annotations

from classifier.catalogue.assemble import load
from classifier.catalogue.bands import bands_of, default_bands
from classifier.catalogue.catalogue import Catalogue, Claim
from classifier.catalogue.interfaces import Interface
from classifier.catalogue.locate import overlay_files
from classifier.catalogue.ports import PortTable
from classifier.catalogue.schema import STRENGTHS, TRANSPORTS, Band, Port, Service

__all__ = [
    "STRENGTHS",
    "TRANSPORTS",
    "Band",
    "Catalogue",
    "Claim",
    "Interface",
    "Port",
    "PortTable",
    "Service",
    "bands_of",
    "default_bands",
    "load",
    "overlay_files",
]
