"""A flow table that ``--flows`` wrote is an input too: named again, reported again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from run_classify import OFFICE, TROUBLE, classify

from classifier import pipeline
from classifier.errors import CaptureError

if TYPE_CHECKING:
    from pathlib import Path

OURS = """
[[service]]
id = "our-beacon"
name = "Our beacon"
family = "web"
sources = ["our wiki"]

  [[service.port]]
  transport = ["tcp"]
  ports = [23456]

  [[service.example]]
  flow = "tcp/23456"
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The flow table of a sample in every format."""
    folder = tmp_path_factory.mktemp("saved")
    for ending in ("csv", "jsonl", "parquet"):
        assert classify(TROUBLE, "-q", "--flows", folder / f"flows.{ending}").returncode == 0
    return folder


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_same_knowledge_gives_the_same_table(ending: str, saved: Path, tmp_path: Path) -> None:
    done = classify(saved / f"flows.{ending}", "-q", "--flows", tmp_path / f"again.{ending}")
    assert done.returncode == 0
    before, after = (saved / f"flows.{ending}"), (tmp_path / f"again.{ending}")
    assert before.read_bytes() == after.read_bytes()


def test_new_knowledge_names_what_was_unknown(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OURS)
    for signatures, found in (((), False), (("--signatures", tmp_path / "ours.toml"), True)):
        done = classify(saved / "flows.csv", "-q", "--report", "json", *signatures)
        services = {flow["service"] for flow in json.loads(done.stdout)["flows"]}
        assert ("our-beacon" in services) == found


def test_findings_are_those_of_the_capture_but_for_what_only_a_capture_has(saved: Path) -> None:
    kinds = []
    for source in (TROUBLE, saved / "flows.parquet"):
        report = json.loads(classify(source, "-q", "--report", "json").stdout)
        kinds.append([(one["kind"], one["title"]) for one in report["findings"]
                      if one["kind"] in ("policy", "scan")])  # fmt: skip
    assert kinds[0] == kinds[1] != []


@pytest.mark.parametrize("report", ["text", "html", "json", "csv", "md"])
def test_every_report_says_where_the_flows_are_from(
    report: str, saved: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    assert classify(saved / "flows.jsonl", "--report", report, "-o", out).returncode == 0
    text = out.read_text()
    assert report == "csv" or "named again from the saved flow table" in " ".join(text.split())


def test_several_tables_are_one_with_new_numbers(saved: Path, tmp_path: Path) -> None:
    classify(OFFICE, "-q", "--flows", tmp_path / "office.csv")
    both = pipeline.relabel([saved / "flows.jsonl", tmp_path / "office.csv"])
    one, other = (
        pipeline.relabel([path]) for path in (saved / "flows.jsonl", tmp_path / "office.csv")
    )
    assert len(both.flows) == len(one.flows) + len(other.flows)
    assert both.flows["flow"].tolist() == list(range(1, len(both.flows) + 1))
    assert set(both.flows["capture"]) == {str(TROUBLE), str(OFFICE)}


def test_tables_and_captures_do_not_mix(saved: Path) -> None:
    done = classify(saved / "flows.csv", TROUBLE)
    assert done.returncode == 2
    assert "one kind at a time" in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("client_ip", "client", "client_ip"),
        ("10.30.0.10", "10.30.0.x", "10.30.0.x"),
        (",tcp,6,", ",tcp,666,", "666"),
        (",tcp,6,", ",tcp,,", "row"),
        ("T", "?", "first_seen"),
        (",syn,", ",psychic,", "psychic"),
    ],
)
def test_a_damaged_table_is_refused_with_its_place(
    old: str, new: str, said: str, saved: Path, tmp_path: Path
) -> None:
    path = tmp_path / "flows.csv"
    path.write_text((saved / "flows.csv").read_text().replace(old, new))
    done = classify(path)
    assert done.returncode == 3
    assert str(path) in done.stderr
    assert said in done.stderr


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("data", [b"", b"\0" * 50, b"{", b"PAR1", b"a,b\n1\n", bytes(range(256))])
def test_no_bytes_are_a_traceback(data: bytes, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"flows.{ending}"
    path.write_bytes(data)
    with pytest.raises(CaptureError):
        pipeline.relabel([path])
