"""``classify explain``: what a person and a script get."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import pytest
from run_classify import OFFICE, ROOT, SAMPLES, TROUBLE, classify

from classifier.explain.explanation import Explanation, Reason, Source

if TYPE_CHECKING:
    from pathlib import Path

LEGACY = SAMPLES / "legacy-rpc" / "legacy-rpc.pcap"


def test_the_documented_explanation_is_what_the_command_prints() -> None:
    text = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    block = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    command, *shown = block.splitlines()
    flow = re.search(r'--flow "(.*)"$', command)
    assert flow
    done = classify("explain", command.split()[3], "--flow", flow[1], "-q", cwd=ROOT)
    assert done.stdout.splitlines() == shown


def test_the_help_is_as_documented() -> None:
    shown = classify("explain", "--help").stdout
    assert shown.strip() in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_field_of_the_json_is_documented() -> None:
    text = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8").split("## As JSON")[1]
    for noun in (Explanation, Reason, Source):
        for name in noun.__struct_fields__:
            assert f"`{name}`" in text, name


def test_json_is_one_object_with_the_same_content() -> None:
    done = classify("explain", TROUBLE, "--flow", "15", "--json", "-q")
    (line,) = done.stdout.splitlines()
    told = json.loads(line)
    assert told["service"] == "windows-rpc/srvsvc"
    assert told["ladder"][0]["frame"] == 207
    assert told["ladder"][0]["outcome"] == "names"
    assert dict(told["facts"])["server"] == "10.30.0.10"


def test_no_line_is_wider_than_the_terminal_but_what_is_to_be_copied() -> None:
    done = classify("explain", TROUBLE, "--flow", "15", "-q")
    lines = [line.strip() for line in done.stdout.splitlines()]
    whole = [line for line in lines if line.startswith(("carve: ", "display filter: "))]
    assert len(whole) == 2
    assert max(map(len, set(lines) - {*whole})) <= 100


def test_several_flows_that_fit_are_listed_and_the_first_is_told() -> None:
    done = classify("explain", OFFICE, "--flow", "10.20.0.21>10.20.0.10")
    assert done.returncode == 0
    assert done.stdout.startswith("Flow 8: udp:10.20.0.21:33206>10.20.0.10:123\n")
    assert "flows fit; this is the first. The others are 9, 13, 15," in done.stderr
    assert " more: name one by its number" in done.stderr
    assert classify("explain", OFFICE, "--flow", "10.20.0.21>10.20.0.10", "-q").stderr == ""


@pytest.mark.parametrize("word", ["999", "10.0.0.1:1>10.0.0.2:2", "nonsense", "\x1b[31m"])
def test_what_is_no_flow_is_one_line_and_exit_code_2(word: str) -> None:
    done = classify("explain", LEGACY, "--flow", word, "-q")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("classify: --flow ")
    assert "\x1b" not in line


def test_a_flow_must_be_named() -> None:
    done = classify("explain", LEGACY)
    assert done.returncode == 2
    assert "--flow" in done.stderr


def test_options_that_change_a_result_are_those_of_the_main_job() -> None:
    done = classify("explain", LEGACY, "--flow", "4", "--rpc-range", "2000-3000", "-q")
    assert "is outside of the ranges of Windows RPC, 2000-3000" in done.stdout
    assert classify("explain", LEGACY, "--flow", "4", "--rpc-range", "x").returncode == 2


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_saved_flow_table_tells_what_it_remembers(ending: str, tmp_path: Path) -> None:
    saved = tmp_path / f"flows.{ending}"
    assert classify(LEGACY, "--flows", saved, "-o", tmp_path / "r.txt", "-q").returncode == 0
    done = classify("explain", saved, "--flow", "2", "-q")
    assert done.returncode == 0
    assert (
        "1. windows-rpc/drsuapi, confirmed (payload): drsuapi, mgmt; bind in frame" in done.stdout
    )
    assert "What control traffic said" not in done.stdout
    assert "carve:" in done.stdout  # the table names the capture


def test_a_hostile_file_name_is_quoted_and_made_visible(tmp_path: Path) -> None:
    bad = tmp_path / "a'b; \x1b[31m.pcap"
    shutil.copy(LEGACY, bad)
    done = classify("explain", bad, "--flow", "2", "-q")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert r"\x1b[31m.pcap" in done.stdout
    plain = json.loads(classify("explain", bad, "--flow", "2", "-q", "--json").stdout)
    assert plain["carve"].startswith("tshark -r '")


def test_a_damaged_capture_is_explained_as_far_as_it_was_read() -> None:
    done = classify("explain", SAMPLES / "damaged" / "hostile-text.pcapng", "--flow", "1")
    assert done.returncode == 0
    assert done.stdout.startswith("Flow 1: ")
