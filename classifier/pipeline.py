"""The whole way on one page: captures, flows, evidence, verdicts, findings."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from classifier.endpoints import listen
from classifier.endpoints.listen import Heard
from classifier.engine.contract import EngineOptions
from classifier.errors import UsageError
from classifier.model import VERSION

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from classifier.analysis import Analysis
    from classifier.catalogue import Catalogue
    from classifier.endpoints.known import KnownEndpoint
    from classifier.endpoints.learned import Learned
    from classifier.endpoints.matching import Matches
    from classifier.engine.contract import Health
    from classifier.flows.columns import Array
    from classifier.flows.oriented import Flows, Oriented, WholeFlows
    from classifier.flows.unnamed import UnnamedHeads
    from classifier.model import Finding
    from classifier.payload import Recognised
    from classifier.policy import Policy
    from classifier.table import Table

__all__ = ["Options", "read", "relabel"]


class Options(Struct, frozen=True):
    """Everything that changes a result; all of it is recorded in the report.

    Attributes:
        engine: ``auto``, ``native``, ``portable`` or ``tshark``.
        engine_options: Timeouts and bounds.
        policy: Policy file; None is the shipped one.
        rpc_range: ``modern``, ``legacy``, ``both`` or ``LOW-HIGH``; None: as the policy says.
        known_endpoints: Endpoint maps of earlier captures, see ``save_endpoints``.
        endpoints_age: Days for which an entry of such a map is believed.
        signatures: Signature files that add to or replace shipped entries, after those in the
            user's own folder (see docs/signatures.md).
    """

    engine: str = "auto"
    engine_options: EngineOptions = field(default_factory=EngineOptions)
    policy: Path | None = None
    rpc_range: str | None = None
    signatures: tuple[Path, ...] = ()
    known_endpoints: tuple[Path, ...] = ()
    endpoints_age: float = 30


def read(
    captures: Iterable[str | os.PathLike[str]],
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Analysis:
    """Classify one or more captures as one recording.

    Args:
        captures: Files, folders, glob patterns, ``-`` for standard input.
        options: What to do how.
        progress: Called now and then with bytes read and bytes in all (0: not known).

    Raises:
        CaptureError: Nothing can be read.
        PolicyError, CatalogueError, EngineError, UsageError: Something asked for is wrong.
    """
    from classifier import engine, sources
    from classifier.engine.ahead import ReadAhead

    options = options or Options()
    inputs, notes = sources.find(list(captures))
    earlier = _known(options)
    total = sum(source.size for source in inputs)
    reader = engine.choose(options.engine)
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        if progress:
            progress(done, total)

    engine_options = _listening(options.engine_options)
    with ReadAhead(reader, inputs, engine_options, count) as ahead:
        from classifier import catalogue as knowledge
        from classifier import policy

        signatures = knowledge.overlay_files(options.signatures)
        catalogue = knowledge.load(signatures)
        rules = policy.load(options.policy, catalogue)

        # Imported here, while the engine reads; what _concluded needs as well.
        from classifier import (  # noqa: F401
            analysis,
            evidence,
            findings,
            hosts,
            payload,
            verdict,
        )
        from classifier.endpoints import known, learned, settle  # noqa: F401
        from classifier.flows import columns, oriented
        from classifier.flows.unnamed import UnnamedHeads

        patterns = payload.Patterns(catalogue)
        assert patterns.match  # compiled while the engine reads

        rows = columns.concatenate(ahead.batches())
    reading = ahead.reading
    health = reading.health
    health.notes.extend((*notes, *catalogue.notes))
    if options.engine == "auto" and health.engine != "native":
        health.notes.append(
            f"read by the {health.engine} engine; the native one, which is faster, is not built"
        )
    if health.evicted or options.engine_options.partial:
        from classifier.flows import merge

        rows = merge.join(rows, engine_options)
    flows = oriented.orient(
        rows, catalogue.ports, [capture.name for capture in health.captures], reading.tunnels
    )
    recognised = payload.recognise(flows, catalogue, patterns)
    del rows, ahead, patterns  # nobody else may hold what is large and no longer of use
    said = _said(flows, health, recognised, earlier, options)

    def heads(unnamed: Array) -> UnnamedHeads:
        client, server = (flows.heads(unnamed, client=side) for side in (True, False))
        return UnnamedHeads(unnamed + 1, client, server)

    result = _concluded(flows, heads, health, catalogue, rules, options, said)
    flows.release()
    return result


def relabel(tables: Iterable[str | os.PathLike[str]], options: Options | None = None) -> Analysis:
    """Name the flows of saved flow tables again, with today's catalogue and policy.

    Who is client and who server stays as it was. Capture health and first payload bytes are not in
    a flow table, so they are not in the result.

    Args:
        tables: Files that ``--flows`` wrote (CSV, JSON lines or Parquet); several are one.
        options: What to do how; what concerns reading is passed over.

    Raises:
        CaptureError: A file cannot be read or is no flow table.
        PolicyError, CatalogueError, UsageError: Something asked for is wrong.
    """
    from pathlib import Path

    from classifier import catalogue as knowledge
    from classifier import policy
    from classifier.endpoints import known
    from classifier.engine.contract import Health
    from classifier.flows import saved
    from classifier.flows.unnamed import UnnamedHeads

    options = options or Options()
    paths = [Path(table) for table in tables]
    catalogue = knowledge.load(knowledge.overlay_files(options.signatures))
    rules = policy.load(options.policy, catalogue)
    flows = saved.read(paths)
    names = ", ".join(path.name for path in paths)
    health = Health(engine="none")
    health.notes.append(
        f"named again from the saved flow table {names}; capture health, frames and first payload "
        f"bytes are not in it"
    )
    health.notes.extend(catalogue.notes)
    kept, dropped = known.believed(_known(options), (), _beginning(flows), options.endpoints_age)
    health.notes.extend(dropped)
    learned = tuple(map(known.as_learned, kept))
    said = _Said(Heard(), learned=learned, remembered=flows.table, endpoints=kept)
    return _concluded(flows, UnnamedHeads.none, health, catalogue, rules, options, said)


def _listening(options: EngineOptions) -> EngineOptions:
    """The options with what the announcing protocols need to hear, unless something else is."""
    if options.patterns or options.transcripts.ports:
        return options
    patterns, transcripts = listen.wanted()
    return replace(options, patterns=patterns, transcripts=transcripts, patterns_checked=True)


def _known(options: Options) -> Sequence[KnownEndpoint]:
    """The endpoint maps, read before the captures are: a wrong one must not cost a long run."""
    if not options.known_endpoints:
        return ()
    from classifier.endpoints import known

    return known.load(options.known_endpoints)


def _said(
    flows: Oriented,
    health: Health,
    recognised: Recognised,
    earlier: Sequence[KnownEndpoint],
    options: Options,
) -> _Said:
    """What payloads tell of the flows, and, where they tell it, who asked."""
    from classifier import payload
    from classifier.endpoints import known
    from classifier.endpoints.learned import learn
    from classifier.endpoints.settle import settle

    payload.settle(flows, recognised)
    heard = listen.hear(flows)
    health.notes.extend(heard.notes)
    announced = settle(flows, heard)
    names = [capture.name for capture in health.captures]
    shown = known.observe(flows, heard, names) if len(heard) else []
    kept, dropped = known.believed(earlier, shown, _beginning(flows), options.endpoints_age)
    health.notes.extend(dropped)
    learned = [*learn(flows, heard), *map(known.as_learned, kept)]
    return _Said(heard, announced, learned, endpoints=(*kept, *shown), recognised=recognised)


def _beginning(flows: Flows) -> int:
    """When the recording begins, ns since 1970 UTC; 0 where it holds nothing."""
    return int(flows.column("first_seen").min()) if len(flows) else 0


class _Said(Struct, frozen=True):
    """What payloads told: see :class:`classifier.evidence.Context`."""

    heard: Heard
    announced: Matches | None = None
    learned: Sequence[Learned] = ()
    remembered: Table | None = None
    endpoints: Sequence[KnownEndpoint] = ()
    recognised: Recognised | None = None


def _concluded(
    flows: WholeFlows,
    heads: Callable[[Array], UnnamedHeads],
    health: Health,
    catalogue: Catalogue,
    rules: Policy,
    options: Options,
    said: _Said,
) -> Analysis:
    """From flows to findings."""
    import numpy as np

    from classifier import catalogue as knowledge
    from classifier import evidence, findings, hosts, policy, verdict
    from classifier.analysis import Analysis
    from classifier.beside import both
    from classifier.grounds import Grounds
    from classifier.hosts import bands as host_bands
    from classifier.model import FLOW_COLUMNS
    from classifier.table import Table

    bands, which = _rpc_bands(options, rules, flows)
    own = host_bands.infer(flows)
    context = evidence.Context(
        catalogue,
        bands,
        which,
        said.heard,
        said.announced,
        said.learned,
        said.remembered,
        said.recognised,
        own,
    )
    collected = evidence.collect(flows, context)
    named = verdict.decide(len(flows), collected, catalogue.ids)
    table = Table(FLOW_COLUMNS, {**flows.fields, **named.columns(catalogue.ids)})

    def judged() -> tuple[UnnamedHeads, Table, tuple[Finding, ...]]:
        unnamed = heads(np.flatnonzero(verdict.unnamed(table)))
        against = policy.check(table, rules, catalogue)
        return (
            unnamed,
            against,
            findings.collect(table, unnamed, against, health, catalogue, policy=rules),
        )

    given = _given(flows, bands, which)
    (unnamed, violations, found), facts = both(
        judged,
        lambda: hosts.describe(flows, table, said.heard, own, given),
        flows=len(flows),
    )
    signatures = knowledge.overlay_files(options.signatures)
    return Analysis(
        flow_table=table,
        unnamed=unnamed,
        capture_health=health,
        findings=found,
        violation_table=violations,
        catalogue=catalogue,
        endpoints=tuple(said.endpoints),
        settings=_settings(
            replace(options, signatures=signatures), health, catalogue, rules, bands[0]
        ),
        host_facts=facts,
        grounds=Grounds(
            collected, replace(context, recognised=None, host_bands=None), options.rpc_range or ""
        ),
    )


def _rpc_bands(
    options: Options, rules: Policy, flows: Flows
) -> tuple[tuple[tuple[tuple[int, int], ...], ...], Array | None]:
    """The dynamic ranges that hold, and which of them for which flow's server."""
    from classifier import policy

    if options.rpc_range is not None:
        try:
            return (policy.parse_range(options.rpc_range),), None
        except ValueError as error:
            raise UsageError(
                f"--rpc-range: {error}; use modern, legacy, both or LOW-HIGH"
            ) from error
    if not rules.rpc.servers:
        return (rules.rpc.default,), None
    import numpy as np

    sets = [rules.rpc.default]
    which = []
    for server in flows.addresses:
        ranges = rules.rpc.of(server)
        if ranges not in sets:
            sets.append(ranges)
        which.append(sets.index(ranges))
    return tuple(sets), np.array(which, dtype=np.int64)[flows.server]


def _given(
    flows: Flows, bands: Sequence[tuple[tuple[int, int], ...]], which: Array | None
) -> dict[str, tuple[tuple[int, int], ...]]:
    """The ranges of single servers that the policy names, by address."""
    if which is None:
        return {}
    import numpy as np

    rows = np.flatnonzero(which)
    known = dict(zip(flows.server[rows].tolist(), which[rows].tolist(), strict=True))
    return {flows.addresses[server]: bands[number] for server, number in known.items()}


def _settings(
    options: Options,
    health: Health,
    catalogue: Catalogue,
    rules: Policy,
    bands: Sequence[tuple[int, int]],
) -> dict[str, object]:
    """What was run and how, by name, ready for JSON."""
    from datetime import UTC, datetime

    limits = options.engine_options
    return {
        "generated_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": VERSION,
        "python": ".".join(map(str, sys.version_info[:3])),
        "engine": health.engine,
        "captures": [capture.name for capture in health.captures],
        "catalogue": f"{catalogue.name} {catalogue.version}",
        "catalogue_date": catalogue.date,
        "catalogue_digest": catalogue.digest,
        "signatures": [str(path) for path in options.signatures],
        "policy": rules.name,
        "known_endpoints": [str(path) for path in options.known_endpoints],
        "rpc_range": ", ".join(f"{low}-{high}" for low, high in bands),
        "timeouts": asdict(limits.timeouts),
        "max_flows": limits.max_flows,
        "head_bytes": limits.head_bytes,
        "time_zone": "UTC",
    }
