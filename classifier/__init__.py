"""Names the service of every flow in a packet capture.

>>> import classifier
>>> analysis = classifier.read("capture.pcap")  # doctest: +SKIP
>>> analysis.services  # doctest: +SKIP

The result's tables are pandas DataFrames: ``flows``, ``services``, ``hosts``, ``conversations``,
``unknown``, ``violations``, ``health``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

    from classifier.analysis import Analysis
    from classifier.engine.contract import EngineOptions, Timeouts
    from classifier.errors import CaptureError, ClassifierError
    from classifier.model import FLOW_COLUMNS, Confidence, Finding

__all__ = [
    "FLOW_COLUMNS",
    "Analysis",
    "CaptureError",
    "ClassifierError",
    "Confidence",
    "EngineOptions",
    "Finding",
    "Timeouts",
    "read",
]

_HOMES = {
    "Analysis": "classifier.analysis",
    "EngineOptions": "classifier.engine.contract",
    "Timeouts": "classifier.engine.contract",
    "CaptureError": "classifier.errors",
    "ClassifierError": "classifier.errors",
    "FLOW_COLUMNS": "classifier.model",
    "Confidence": "classifier.model",
    "Finding": "classifier.model",
}


def read(
    *captures: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    engine: str = "auto",
    engine_options: EngineOptions | None = None,
    policy: str | Path | None = None,
    rpc_range: str | None = None,
    signatures: Iterable[str | Path] = (),
    known_endpoints: Iterable[str | Path] = (),
    endpoints_age: float = 30,
) -> Analysis:
    """Classify one or more captures as one recording.

    Args:
        captures: Files, folders or glob patterns, or lists of them.
        engine: ``auto``, ``native``, ``portable`` or ``tshark``.
        engine_options: Timeouts and bounds; the defaults are those of the command line.
        policy: Policy file (TOML); None is the shipped one.
        rpc_range: Ports that Windows RPC servers hand out: ``modern``, ``legacy``, ``both`` or
            ``LOW-HIGH``; None: as the policy says.
        signatures: Signature files that add to or replace shipped entries.
        known_endpoints: Endpoint maps of earlier captures, as ``--save-endpoints`` writes them.
        endpoints_age: Days by which an entry of such a map may be away from this recording.

    Raises:
        CaptureError: Nothing can be read. The other errors of :mod:`classifier.errors` where an
            option, policy or signature file is wrong.
    """
    import os
    from pathlib import Path

    from classifier.engine.contract import EngineOptions
    from classifier.pipeline import Options
    from classifier.pipeline import read as run

    paths: list[str | os.PathLike[str]] = []
    for capture in captures:
        if isinstance(capture, (str, os.PathLike)):
            paths.append(capture)
        else:
            paths.extend(capture)
    return run(
        paths,
        Options(
            engine=engine,
            engine_options=engine_options or EngineOptions(),
            policy=Path(policy) if policy is not None else None,
            rpc_range=rpc_range,
            signatures=tuple(Path(path) for path in signatures),
            known_endpoints=tuple(Path(path) for path in known_endpoints),
            endpoints_age=endpoints_age,
        ),
    )


def __getattr__(name: str) -> Any:  # PEP 562: `import classifier` must not import pandas
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
