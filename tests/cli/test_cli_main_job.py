"""The main job on the command line: what goes in, what comes out, with which exit code."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from run_classify import OFFICE, TROUBLE, classify, environment

from classifier.model import FLOW_COLUMNS


def test_the_default_is_a_text_report_on_the_terminal():
    done = classify(OFFICE)
    assert done.returncode == 0
    assert done.stdout.startswith("Traffic report: ")
    assert "CAPTURE HEALTH" in done.stdout
    assert "kerberos" in done.stdout
    assert "\x1b" not in done.stdout, "no colour where nobody looks at a terminal"


def test_html_without_output_goes_to_a_file_beside_the_user(tmp_path):
    done = classify(OFFICE, "--report", "html", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == ""
    page = tmp_path / "office-domain-controller.report.html"
    assert f"wrote {page.name}" in done.stderr
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir()] == [page.name]


def test_json_on_the_terminal_is_one_document():
    report = json.loads(classify(OFFICE, "--report", "json").stdout)
    assert report["schema"] == 1
    assert report["settings"]["engine"] in {"native", "portable"}
    services = {service["service"] for service in report["services"]}
    assert {"kerberos", "ldap", "smb", "epmap", "windows-rpc/samr", "dns", "ntp"} <= services


def test_csv_is_the_flow_table():
    rows = list(csv.reader(io.StringIO(classify(OFFICE, "--report", "csv").stdout)))
    assert rows[0] == [column.name for column in FLOW_COLUMNS]
    assert len(rows) > 50


def test_several_reports_go_into_a_folder_with_all_tables(tmp_path):
    done = classify(OFFICE, "--report", "md", "--report", "csv", "-o", tmp_path / "out")
    assert done.returncode == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    stem = "office-domain-controller.report"
    assert {f"{stem}.md", f"{stem}.flows.csv", f"{stem}.services.csv"} <= names


def test_two_reports_do_not_fit_on_one_terminal():
    done = classify(OFFICE, "--report", "json", "--report", "md")
    assert done.returncode == 2
    assert "name a folder with -o" in done.stderr


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_the_flow_table_is_written_by_its_ending(tmp_path, ending):
    path = tmp_path / f"flows.{ending}"
    done = classify(OFFICE, "--flows", path, "--quiet")
    assert done.returncode == 0
    assert done.stderr == ""
    if ending == "jsonl":
        first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
        assert list(first) == [column.name for column in FLOW_COLUMNS]
    elif ending == "csv":
        assert path.read_text(encoding="utf-8").startswith("flow,first_seen,")
    else:
        assert path.read_bytes()[:4] == b"PAR1"


def test_an_unknown_ending_of_the_flow_table_is_refused_before_reading(tmp_path):
    done = classify(OFFICE, "--flows", tmp_path / "flows.xlsx")
    assert done.returncode == 2
    assert ".csv, .jsonl, .parquet" in done.stderr
    assert not list(tmp_path.iterdir())


def test_standard_input_is_a_dash():
    done = classify("-", "--report", "json", stdin=OFFICE.read_bytes())
    assert json.loads(done.stdout)["captures"][0]["capture"] == "standard input"


def test_a_compressed_capture_gives_the_same_flows(tmp_path):
    packed = tmp_path / "office.pcap.gz"
    packed.write_bytes(gzip.compress(OFFICE.read_bytes()))
    plain, other = (
        json.loads(classify(path, "--report", "json").stdout)["services"]
        for path in (OFFICE, packed)
    )
    assert plain == other


def test_a_folder_and_a_glob_are_one_recording(tmp_path):
    (tmp_path / "a.pcap").write_bytes(OFFICE.read_bytes())
    (tmp_path / "b.pcap").write_bytes(TROUBLE.read_bytes())
    (tmp_path / "notes.txt").write_text("no capture")
    folder = json.loads(classify(tmp_path, "--report", "json").stdout)
    pattern = json.loads(classify(tmp_path / "*.pcap", "--report", "json").stdout)
    assert folder["flows"] == pattern["flows"]
    assert len(folder["captures"]) == 2


def test_fail_on_turns_findings_into_exit_code_1():
    assert classify(TROUBLE, "--fail-on", "high").returncode == 1
    assert classify(TROUBLE, "--fail-on", "critical").returncode == 0
    assert classify(OFFICE, "--fail-on", "medium").returncode == 0


def test_a_cut_file_is_a_warning_and_with_strict_exit_code_1(tmp_path):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(OFFICE.read_bytes()[:-7])
    done = classify(cut, "--report", "json")
    assert done.returncode == 0
    assert "the file ends inside a record" in done.stderr
    assert "byte " in done.stderr
    assert classify(cut, "--strict", "--report", "json").returncode == 1
    assert classify(cut, "--strict", "--report", "json", "--quiet").stderr == ""


def test_the_rpc_range_moves_the_band():
    legacy = OFFICE.parent.parent / "legacy-rpc" / "legacy-rpc.pcap"

    def detail(value: str) -> str:
        done = classify(legacy, "--report", "json", "--rpc-range", value)
        flows = json.loads(done.stdout)["flows"]
        return next(flow["detail"] for flow in flows if flow["server_port"] == 1090)

    assert detail("legacy") == "in the dynamic band 1025-5000"
    assert "dynamic band" not in detail("modern")
    assert detail("1024-1100") == "in the dynamic band 1024-1100"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rpc-range", "5000-1025"], "--rpc-range"),
        (["--rpc-range", "old"], "modern, legacy, both or LOW-HIGH"),
        (["--timeout", "tcp=soon"], "NAME=SECONDS"),
        (["--timeout", "telnet=5"], "NAME=SECONDS"),
        (["--timeout", "udp=0"], "NAME=SECONDS"),
        (["--timeout", "udp=nan"], "NAME=SECONDS"),
        (["--policy", "does-not-exist.toml"], "does-not-exist.toml"),
        (["--report", "pdf"], "pdf"),
        (["--engine", "turbo"], "turbo"),
        (["--max-flows", "0"], "max-flows"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments, says):
    done = classify(OFFICE, *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_nothing_named_is_wrong_usage():
    done = classify()
    assert done.returncode == 2
    assert "CAPTURE" in done.stderr


@pytest.mark.parametrize("name", ["text.pcap", "empty.pcap", "no-such-file.pcap"])
def test_unreadable_input_is_one_line_and_exit_code_3(tmp_path, name):
    (tmp_path / "text.pcap").write_text("Dear diary")
    (tmp_path / "empty.pcap").write_bytes(b"")
    done = classify(tmp_path / name, "--report", "html", cwd=tmp_path)
    assert done.returncode == 3
    assert name in done.stderr
    assert ";" in done.stderr, "it says what to do"
    assert len(done.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.glob("*.html"))


def test_one_bad_file_among_several_is_a_warning(tmp_path):
    bad = tmp_path / "bad.pcap"
    bad.write_text("no capture at all")
    done = classify(OFFICE, bad, "--report", "json")
    assert done.returncode == 0
    assert "bad.pcap: not read" in done.stderr
    assert json.loads(done.stdout)["flows"]


def test_a_folder_without_captures_is_an_error(tmp_path):
    (tmp_path / "readme.txt").write_text("nothing here")
    done = classify(tmp_path)
    assert done.returncode == 3
    assert "no capture in this folder" in done.stderr


def test_a_file_name_cannot_reach_the_terminal_raw(tmp_path):
    name = tmp_path / "a\x1b[31m\nred.pcap"
    name.write_bytes(b"")
    done = classify(name)
    assert done.returncode == 3
    assert "\x1b" not in done.stderr
    assert "\\x1b[31m" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_input_is_never_overwritten(tmp_path):
    capture = tmp_path / "office.pcap"
    capture.write_bytes(OFFICE.read_bytes())
    for option in (["-o", capture], ["--flows", capture]):
        done = classify(capture, *option)
        assert done.returncode == 2
    assert capture.read_bytes() == OFFICE.read_bytes()


def test_an_unwritable_output_is_an_error_and_leaves_nothing(tmp_path):
    done = classify(OFFICE, "--report", "html", "-o", tmp_path / "no" / "such" / "report.html")
    assert done.returncode == 3
    assert "cannot be written" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_full_disk_on_the_terminal_is_an_error():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "classifier", str(OFFICE)],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert b"Traceback" not in done.stderr
    assert b"cannot be written" in done.stderr


@pytest.mark.parametrize("option", ["", "--max-flows 5000"], ids=["plain", "left to click"])
def test_a_closed_pipe_is_silent_and_no_error(option):
    done = subprocess.run(
        f"{sys.executable} -m classifier {OFFICE} --report json {option} | head -c 10; "
        "exit ${PIPESTATUS[0]}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.stderr == b""
    assert len(done.stdout) == 10
    assert done.returncode == 0


def test_the_version_names_engine_and_catalogue():
    done = classify("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("classify ")
    assert "engine " in done.stdout
    assert "catalogue " in done.stdout


def test_options_may_stand_before_the_capture():
    assert classify("--report", "json", OFFICE).returncode == 0


def test_a_capture_that_is_called_like_a_command_is_still_a_capture(tmp_path):
    odd = tmp_path / "main-job"
    odd.write_bytes(OFFICE.read_bytes())
    done = classify("main-job", "--report", "json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["captures"][0]["capture"] == "main-job"


def test_a_frame_number_leads_back_to_the_capture():
    report = json.loads(classify(OFFICE, "--report", "json").stdout)
    frames = report["captures"][0]["frames"]
    assert all(1 <= flow["first_frame"] <= frames for flow in report["flows"])
