"""How one of our flows stands to what a truth file says of it."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from truth import APPS, LABELS, RPC, Ours, TruthFlow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from classifier.catalogue.schema import Service

__all__ = ["Knowledge", "Mark", "marks"]

RIGHT, OXID, TUNNEL, PLAIN, WRONG, UNNAMED, MISSING, UNMAPPED = (
    "right", "by OXID", "as tunnel", "no interface", "wrong", "unnamed", "missing", "not mapped",
)  # fmt: skip
GOOD = (RIGHT, OXID, TUNNEL)
CARRIERS = {"epm": {"epmap"}, "smb-pipe": {"smb", "netbios-ssn"}}
GRE = 47


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict on one flow.

    Attributes:
        truth: The flow as others know it.
        word: What it is called there: kind of RPC flow, label, dissector.
        verdict: One of the words above.
        ours: Our flow; None if we do not have it.
    """

    truth: TruthFlow
    word: str
    verdict: str
    ours: dict[str, Any] | None

    @property
    def named(self) -> str:
        """Our name for it, with the reason that carried it."""
        if self.ours is None:
            return "(no such flow)"
        basis = "" if self.ours["service"] == "unknown" else f" [{self.ours['basis']}]"
        return f"{self.ours['service']}{basis}"

    def __str__(self) -> str:
        """What was said of it, and what we say."""
        ours = self.ours or {}
        said = ", ".join(self.truth.line.get("bind_uuids") or self.truth.line.get("epm_uuids", ()))
        return (
            f"{self.verdict:12} {self.truth} is {self.word}{said and f' ({said})'}: {self.named} "
            f"{ours.get('confidence', '')} {ours.get('detail', '')!r}"
            f" not {ours.get('alternatives') or '-'}"
        )


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What names of others mean here.

    Attributes:
        interfaces: Services by UUID of the DCE/RPC interface, lower case.
        labels, announced: Service ids by label, as in ``labels.toml``.
        wrappers: Words of labels that yield to others.
    """

    interfaces: dict[str, set[str]]
    labels: dict[str, list[str]]
    announced: dict[str, list[str]]
    wrappers: frozenset[str]

    @classmethod
    def read(cls, labels: Path, interfaces: Path) -> Knowledge:
        """From a label map and the catalogue's table of interfaces."""
        with labels.open("rb") as file:
            table = tomllib.load(file)
        services: dict[str, set[str]] = {}
        with interfaces.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                services.setdefault(row["uuid"].lower(), set()).add(row["service"])
        return cls(services, table["labels"], table["announced"], frozenset(table["wrappers"]))

    def meant(self, line: dict[str, Any]) -> tuple[str, list[str]]:
        """The label by which a line is counted, and the services that agree with it."""
        words = line["labels"] if "labels" in line else line["label"].split(",")
        words = [word.lower() for word in words]
        words = [word for word in words if word not in self.wrappers] or words
        known = {}
        for word in words:
            for part in (word, word.split(".")[0]):
                if part in self.labels:
                    known[part] = self.labels[part]
                    break
        if not known:
            return ",".join(words), []
        return ",".join(known), [service for services in known.values() for service in services]

    def announces(self, line: dict[str, Any]) -> set[str]:
        """The dissectors of a line whose flows control traffic announces."""
        return {app.split("/")[0] for app in line["apps"]} & self.announced.keys()


def marks(
    truths: Iterable[TruthFlow], ours: Ours, knowledge: Knowledge, entries: dict[str, Service]
) -> Iterator[Mark]:
    """A mark for every question that the truth flows of one capture ask.

    Args:
        truths: Of this capture.
        ours: Our flows of it.
        knowledge: What the names of others mean.
        entries: The catalogue's by id.
    """
    for truth in truths:
        if truth.question == RPC:
            found = ours.find(truth)
            yield Mark(truth, truth.line["kind"], rpc(truth.line, found, knowledge), found)
        elif truth.question == LABELS:
            word, accepted = knowledge.meant(truth.line)
            found = ours.find(truth)
            verdict = agreement(found, accepted, entries)
            if verdict == MISSING and not ours.tunnels.isdisjoint(accepted):
                verdict = TUNNEL  # only what is innermost is a flow here
            yield Mark(truth, word, verdict, found)
        elif truth.question == APPS:
            yield from announced(truth, ours, knowledge, entries)


def rpc(line: dict[str, Any], ours: dict[str, Any] | None, knowledge: Knowledge) -> str:
    """Whether a flow has the name of an interface that was bound on it or mapped to it."""
    if ours is None:
        return MISSING
    uuids = {uuid.lower() for field in ("bind_uuids", "epm_uuids") for uuid in line.get(field, ())}
    accepted = set().union(*(knowledge.interfaces.get(uuid, set()) for uuid in uuids))
    service, detail = ours["service"], (ours["detail"] or "").lower()
    if service == "unknown":
        return UNNAMED
    if service in accepted or service in CARRIERS.get(line["kind"], ()):
        return RIGHT
    if service == "windows-rpc":
        # An interface that has no line in the table can be told by its UUID only.
        if any(uuid in detail for uuid in uuids - knowledge.interfaces.keys()):
            return RIGHT
        return OXID if "oxid" in detail or "object exporter" in detail else PLAIN
    return WRONG


def agreement(ours: dict[str, Any] | None, accepted: list[str], entries: dict[str, Service]) -> str:
    """Whether a flow has one of the accepted names, or a name that rides on one."""
    if not accepted:
        return UNMAPPED
    if ours is None:
        return MISSING
    if ours["service"] == "unknown":
        return UNNAMED
    return RIGHT if accepts(ours["service"], accepted, entries) else WRONG


def accepts(service: str, accepted: list[str], entries: dict[str, Service]) -> bool:
    """Whether a service is one of these, a part of one, or carried by one."""
    waiting, seen = [service], set()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if any(current == each or current.startswith(f"{each}/") for each in accepted):
            return True
        entry = entries.get(current)
        if entry is not None:
            if any(f"flag:{flag}" in accepted for flag in entry.flags):
                return True
            waiting.extend(entry.rides_on)
    return False


def announced(
    truth: TruthFlow, ours: Ours, knowledge: Knowledge, entries: dict[str, Service]
) -> Iterator[Mark]:
    """Flows whose endpoint another one handed out. PPTP's control flow stands for its GRE flows."""
    words = knowledge.announces(truth.line)
    if "pptp" in words:
        hosts = {host for host, _ in truth.ends[1]}
        for row in ours.rows:
            if row["ip_protocol"] == GRE and {row["client_ip"], row["server_ip"]} == hosts:
                verdict = agreement(row, knowledge.announced["pptp"], entries)
                # The IP protocol says GRE of every flow; only the call says what it is for.
                yield Mark(truth, "pptp", UNNAMED if row["service"] == "gre" else verdict, row)
    words -= {"pptp"}
    if words:
        found = ours.find(truth)
        accepted = [service for word in sorted(words) for service in knowledge.announced[word]]
        yield Mark(truth, "+".join(sorted(words)), agreement(found, accepted, entries), found)
