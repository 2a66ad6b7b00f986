"""``classify lookup``, ``services`` and ``signatures``: what a person and a script get."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from run_classify import ROOT, classify

if TYPE_CHECKING:
    from pathlib import Path

OVERLAY = """
[[service]]
id = "our-billing"
name = "Our billing"
family = "web"
sources = ["our wiki"]

  [[service.port]]
  transport = ["tcp"]
  ports = [46999]

  [[service.example]]
  flow = "tcp/46999"
"""


def test_a_port_in_the_dynamic_band_is_nobodys_and_says_whose_band_it_is() -> None:
    done = classify("lookup", "49670/tcp")
    assert done.returncode == 0
    assert done.stdout.startswith("49670/tcp: names no flow by itself\n")
    assert "49152-65535 tcp+udp, server and client ports: Windows Vista" in done.stdout


def test_a_port_names_its_service_condition_source_and_who_rides_on_it() -> None:
    text = classify("lookup", "135").stdout
    assert text.startswith("135/tcp: epmap\n  RPC endpoint mapper (epmap), primary claim\n")
    assert "KB832017#Remote Procedure Call (RPC)" in text
    assert "Active Directory (local security authority): RPC, tcp 135" in text
    assert "135/tcp epmap, DCE endpoint resolution" in text


@pytest.mark.parametrize(
    ("term", "first"),
    [
        ("kerberos", "kerberos: Kerberos"),
        ("krb5", "kerberos: Kerberos (by alias)"),
        ("ip/47", "ip/47: GRE"),
        (
            "E3514235-4B06-11D1-AB04-00C04FC2DCD2",
            "e3514235-4b06-11d1-ab04-00c04fc2dcd2: drsuapi (windows-rpc/drsuapi)",
        ),
        ("lsass", "active-directory: Active Directory (local security authority) (LSASS), a service of Windows"),  # noqa: E501
        ("0x88cc", "EtherType 0x88cc: LLDP, Link Layer Discovery Protocol"),
    ],
)  # fmt: skip
def test_every_kind_of_term_is_understood(term: str, first: str) -> None:
    done = classify("lookup", term)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == first


def test_json_is_one_line_a_term_in_order_and_an_unknown_term_is_told_by_the_exit_code() -> None:
    done = classify("lookup", "--json", "88", "no-such-thing", "ip/50")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["term"] for line in lines] == ["88", "no-such-thing", "ip/50"]
    assert [len(line["answers"]) > 0 for line in lines] == [True, False, True]
    assert lines[0]["answers"][0]["claims"][0]["service"]["id"] == "kerberos"
    assert lines[2]["answers"][0]["kind"] == "ip protocol"
    assert done.returncode == 1


def test_a_hostile_term_reaches_no_terminal() -> None:
    done = classify("lookup", "\x1b[31mred\u202e")
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert classify("lookup", "--json", "\x1b[31m\u202e").stdout.isascii()


def test_lookup_needs_neither_pandas_nor_a_capture() -> None:
    code = (
        "import sys; from classifier.cli import run; run(['lookup', '443']); "
        "sys.exit('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, cwd=ROOT)
    assert done.returncode == 0


def test_what_a_service_of_windows_needs_depends_on_the_era() -> None:
    modern = classify("services", "requirements", "lsass").stdout
    legacy = classify("services", "requirements", "LSASS", "--era", "legacy").stdout
    assert "389/tcp" in modern
    assert "389/tcp" in legacy
    assert "49152-65535/tcp" in modern
    assert "1025-5000/tcp" not in modern
    assert "1025-5000/tcp" in legacy
    assert "49152-65535/tcp" not in legacy
    mixed = classify("services", "requirements", "lsass", "--era", "mixed").stdout
    assert "1025-5000/tcp" in mixed
    assert "49152-65535/tcp" in mixed


def test_a_tunnel_takes_the_place_of_the_open_ports() -> None:
    text = classify("services", "requirements", "active-directory", "--ipsec").stdout
    assert "500/udp" in text
    assert "4500/udp" in text
    assert "esp" in text
    assert "389/tcp" not in text


def test_requirements_are_rows_for_any_firewall_and_json() -> None:
    done = classify("services", "requirements", "Net Logon", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {("epmap", "tcp", "135", "135")} <= {
        (row["service"], row["transport"], row["first_port"], row["last_port"]) for row in rows
    }
    assert {row["for"] for row in rows} == {"net-logon"}
    done = classify("services", "requirements", "lsass", "dns-server", "--format", "json")
    names = [json.loads(line)["system_service"]["id"] for line in done.stdout.splitlines()]
    assert names[0] == "active-directory"
    assert len(names) == 2


def test_dependencies_bring_what_they_need() -> None:
    alone = classify("services", "requirements", "active-directory", "--format", "csv").stdout
    both = classify(
        "services", "requirements", "active-directory", "--with-dependencies", "--format", "csv"
    ).stdout
    assert len(both.splitlines()) > len(alone.splitlines())


def test_an_unknown_service_is_wrong_usage_and_every_listed_one_is_known() -> None:
    done = classify("services", "requirements", "no such service")
    assert done.returncode == 2
    assert "classify services list" in done.stderr
    listed = [line.split()[0] for line in classify("services", "list").stdout.splitlines()]
    assert len(listed) >= 59
    assert classify("services", "requirements", *listed).returncode == 0


def test_a_right_signature_file_is_said_to_be_right_and_used(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(OVERLAY)
    done = classify("signatures", "check", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{path}: right; 1 service")
    text = classify("lookup", "46999/tcp", "--signatures", path).stdout
    assert text.startswith("46999/tcp: our-billing")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("46999]", "70000]"), "65535"),
        (("family", "famly"), "famly"),
        (('sources = ["our wiki"]', ""), "source"),
        (("[[service]]", "[[service]"), "not TOML"),
    ],
)
def test_a_wrong_signature_file_is_refused_with_its_place(
    change: tuple[str, str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(OVERLAY.replace(*change))
    done = classify("signatures", "check", path)
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_missing_or_binary_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "b.toml"
    binary.write_bytes(bytes(range(256)))
    done = classify("signatures", "check", tmp_path / "none.toml", binary)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2
