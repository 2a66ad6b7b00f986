"""The endpoint map: what is kept of one capture for the next, and what is no longer believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import classifier
from classifier.endpoints import known
from classifier.endpoints.known import KnownEndpoint
from classifier.errors import UsageError
from classifier.pipeline import Options, relabel

DRSUAPI = "e3514235-4b06-11d1-ab04-00c04fc2dcd2"
SAMR = "12345778-1234-abcd-ef00-0123456789ac"
LEGACY = Path(__file__).parent.parent.parent / "samples" / "legacy-rpc" / "legacy-rpc.pcap"
WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
MOMENT = int(WHEN.timestamp()) * 1_000_000_000


def entry(*interfaces: str, port: int = 49667, **others: object) -> KnownEndpoint:
    fields = {"server": "10.0.0.2", "transport": "tcp", "service": "windows-rpc",
              "last_seen": WHEN, "capture": "old.pcap"}  # fmt: skip
    return KnownEndpoint(port=port, interfaces=interfaces, **{**fields, **others})


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    entries = [entry(SAMR, DRSUAPI), entry(port=2049, service="nfs", server="2001:db8::1")]
    known.save(tmp_path / "map.json", entries)
    assert known.load([tmp_path / "map.json"]) == entries


def test_of_one_endpoint_in_two_maps_the_latest_counts(tmp_path: Path) -> None:
    for name, interface, days in (("a", SAMR, 0), ("b", DRSUAPI, -1)):
        seen = WHEN + timedelta(days=days)
        known.save(tmp_path / name, [entry(interface, last_seen=seen)])
    for order in ("ab", "ba"):
        assert known.load([tmp_path / name for name in order]) == [entry(SAMR)]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda text: text[:-9], "no endpoint map"),
        (lambda text: text.replace('"port": 49667', '"port": 0'), "endpoints[0].port"),
        (lambda text: text.replace('"port"', '"prot"'), "prot"),
        (lambda text: text.replace("10.0.0.2", "10.0.0.256"), "10.0.0.256"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "version"),
        (lambda text: text.replace("2026-11-01", "yesterday"), "last_seen"),
        (lambda _: "[" * 100_000, "no endpoint map"),
    ],
    ids=["cut", "port", "unknown field", "address", "version", "time", "nested"],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(change, cause, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    known.save(path, [entry(SAMR)])
    path.write_text(change(path.read_text()))
    with pytest.raises(UsageError, match=r"map\.json: .*--save-endpoints") as error:
        known.load([path])
    assert cause in str(error.value)


def test_a_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        known.load([tmp_path / "none.json"])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_map_or_an_error(data: bytes) -> None:
    class Some:
        def read_bytes(self) -> bytes:
            return data

        def __str__(self) -> str:
            return "some.json"

    with pytest.raises(UsageError):
        known.load([Some()])  # type: ignore[list-item]


@pytest.mark.parametrize("days", [-31, 31])
def test_an_entry_that_is_too_far_away_is_dropped_with_a_note(days: int) -> None:
    old = entry(SAMR, last_seen=WHEN + timedelta(days=days))
    kept, (note,) = known.believed([old], [], MOMENT, 30)
    assert kept == []
    assert "10.0.0.2:49667/tcp was not used: it was seen 31 days away, in old.pcap" in note
    assert known.believed([old], [], MOMENT, 32) == ([old], [])


def test_an_entry_that_the_recording_contradicts_is_dropped_with_a_note() -> None:
    kept, (note,) = known.believed([entry(SAMR)], [entry(DRSUAPI)], MOMENT, 30)
    assert kept == []
    assert f"this recording shows {DRSUAPI} there" in note


def test_an_entry_that_the_recording_confirms_in_part_stays() -> None:
    old = entry(SAMR, DRSUAPI)
    assert known.believed([old], [entry(DRSUAPI)], MOMENT, 30) == ([old], [])


def test_an_interface_that_moved_to_another_port_is_dropped_with_a_note() -> None:
    kept, (note,) = known.believed([entry(SAMR, DRSUAPI)], [entry(SAMR, port=49700)], MOMENT, 30)
    assert kept == [entry(DRSUAPI)]
    assert f"was not used for {SAMR}: this recording shows it at port 49700" in note
    assert known.believed([entry(SAMR)], [entry(SAMR, port=49700)], MOMENT, 30)[0] == []


def test_an_interface_that_is_at_both_ports_did_not_move() -> None:
    shown = [entry(SAMR, port=49700), entry(SAMR)]
    assert known.believed([entry(SAMR)], shown, MOMENT, 30) == ([entry(SAMR)], [])


def test_everything_that_was_seen_of_an_endpoint_becomes_one_entry() -> None:
    later = WHEN + timedelta(hours=1)
    both = [entry(SAMR), entry(DRSUAPI, last_seen=later, capture="new.pcap")]
    for order in (both, both[::-1]):
        assert known.merged(order) == [entry(SAMR, DRSUAPI, last_seen=later, capture="new.pcap")]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A sample cut in two: what tells of the ports, and a later connection that tells nothing."""
    import struct

    data = LEGACY.read_bytes()
    folder = tmp_path_factory.mktemp("parts")
    records, at = [], 24
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        records.append(data[at : at + 16 + size])
        at += 16 + size
    silent = [record for record in records if bytes([10, 40, 0, 22]) in record]
    first, second = folder / "first.pcap", folder / "second.pcap"
    first.write_bytes(data[:24] + b"".join(r for r in records if r not in silent))
    second.write_bytes(data[:24] + b"".join(silent))
    return first, second


def test_a_second_capture_of_the_same_servers_is_named_by_the_first(parts, tmp_path) -> None:
    first, second = parts
    known.save(tmp_path / "map.json", known.merged(classifier.read([first]).endpoints))
    saved = {(one["server"], one["port"]): one["interfaces"]
             for one in json.loads((tmp_path / "map.json").read_text())["endpoints"]}  # fmt: skip
    assert DRSUAPI in saved["10.40.0.10", 1026]

    def named(**options: object) -> tuple[str, str, str]:
        flows = classifier.read(second, **options).flows
        (flow,) = flows[flows["server_port"] == 1026].itertuples()
        return flow.service, flow.confidence, flow.basis

    assert named()[0] == "unknown"
    with_map = named(known_endpoints=(tmp_path / "map.json",))
    assert with_map == ("windows-rpc/drsuapi", "likely", "learned")
    long_ago = named(known_endpoints=(tmp_path / "map.json",), endpoints_age=0)
    assert long_ago[0] == "unknown"


def test_a_saved_flow_table_is_named_by_an_endpoint_map_too(parts, tmp_path: Path) -> None:
    first, second = parts
    known.save(tmp_path / "map.json", known.merged(classifier.read([first]).endpoints))
    table = classifier.read([second]).flows
    table.loc[table["server_port"] != 1026, "ip_protocol"] = 47  # GRE has no key in a table
    table.to_parquet(tmp_path / "flows.parquet")
    for days, service in ((30, "windows-rpc/drsuapi"), (0, "unknown")):
        options = Options(known_endpoints=(tmp_path / "map.json",), endpoints_age=days)
        named = relabel([tmp_path / "flows.parquet"], options)
        (flow,) = named.flows[named.flows["server_port"] == 1026].itertuples()
        assert flow.service == service
