from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from report_cases import few, nothing, office

from classifier import reports
from classifier.errors import UsageError
from classifier.reports.sections import sections
from classifier.reports.sections.blocks import Limits, Table
from classifier.reports.sections.endpoints import carriers, endpoints
from classifier.reports.words import FORMS

TITLES = [
    "Capture health",
    "Findings",
    "Services",
    "Unknown traffic",
    "Policy",
    "Hosts",
    "Endpoints",
    "Conversations",
    "Flows",
    "Settings",
]
SOME = Limits(rows=3, flows=3, cards=1)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    analysis = office()
    return {each.name: reports.render(each.name, analysis) for each in reports.FORMATS}


def test_the_registry_names_each_format_once_with_its_own_module_and_suffix() -> None:
    names = [each.name for each in reports.FORMATS]
    assert names == ["html", "text", "json", "csv", "md"]
    for what in ("module", "suffix", "meaning"):
        assert len({getattr(each, what) for each in reports.FORMATS}) == len(names)


def test_an_unknown_format_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(
        UsageError, match="'pdf' is not known; use one of html, text, json, csv, md"
    ):
        reports.render("pdf", nothing())


def test_sections_stand_in_the_same_order_in_every_format_for_people(
    texts: dict[str, str],
) -> None:
    found = {
        "html": re.findall(r"<h2[^>]*>([^<]+)</h2>", texts["html"]),
        "md": re.findall(r"^## (.+)$", texts["md"], re.MULTILINE),
        "text": [
            line.split(" (")[0].capitalize()
            for line, under in zip(
                texts["text"].splitlines(), texts["text"].splitlines()[1:], strict=False
            )
            if under.startswith("──")
        ],
    }
    assert found == dict.fromkeys(found, TITLES)


def test_capture_health_comes_before_everything_else_and_says_whether_frames_add_up(
    texts: dict[str, str],
) -> None:
    for name in ("html", "text", "md"):
        flat = " ".join(texts[name].split())
        assert flat.index("every frame is accounted for") < flat.index("Mail sent past the relay")


def test_counters_that_do_not_add_up_are_said_aloud() -> None:
    analysis = office()
    analysis.capture_health.frames += 5
    text = reports.render("text", analysis)
    assert "accounted for: please report this as a bug" in " ".join(text.split())
    assert "every frame is accounted for" not in text


def test_guesses_and_sure_services_are_never_in_one_table() -> None:
    (services,) = (each for each in sections(office(), SOME) if each.key == "services")
    by_key = {block.key: block for block in services.blocks if isinstance(block, Table)}
    assert "remote-control" not in {row[0] for row in by_key["services-sure"].rows}
    assert {row[0] for row in by_key["services-guessed"].rows} == {"remote-control"}
    assert by_key["services-guessed"].tone == "guess"


def test_violations_undetermined_and_hints_are_apart() -> None:
    (policy,) = (each for each in sections(office(), SOME) if each.key == "policy")
    keys = [block.key for block in policy.blocks if isinstance(block, Table)]
    assert keys == ["policy-violation", "policy-undetermined", "policy-hint"]


def test_rows_that_are_left_out_are_counted() -> None:
    for section in sections(office(), SOME):
        for block in section.blocks:
            if isinstance(block, Table) and block.key != "coverage":  # its four rows are fixed
                assert len(block.rows) == min(block.total, 3)
                assert block.left_out == block.total - len(block.rows)
    (flows,) = (each for each in sections(office(), SOME) if each.key == "flows")
    (table,) = flows.blocks
    assert isinstance(table, Table)
    assert table.total == 200


def test_every_key_is_unique_and_an_html_id_and_every_kind_is_known() -> None:
    found = sections(office(), SOME)
    tables = [block for each in found for block in each.blocks if isinstance(block, Table)]
    keys = [each.key for each in found] + [table.key for table in tables]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z][a-z-]*", key) for key in keys)
    assert {field.kind for table in tables for field in table.fields} <= set(FORMS)


def test_endpoints_are_written_so_that_port_and_address_cannot_be_confused() -> None:
    found = office().table("conversations")
    written = endpoints(found, "server", carriers(found))
    assert "[2001:db8:4:11::8a2e:370:7334]:443/tcp" in set(written)
    assert "10.20.0.10:53/udp" in set(written)
    assert "224.0.0.5 ip 89" in set(written)


@pytest.mark.parametrize("name", [each.name for each in reports.FORMATS])
def test_a_capture_without_frames_has_a_report_in_every_format(name: str) -> None:
    assert reports.render(name, nothing())


@pytest.mark.parametrize("name", [each.name for each in reports.FORMATS])
def test_one_flow_has_a_report_in_every_format(name: str) -> None:
    assert "10.0.0.2" in reports.render(name, few(1))


@pytest.mark.parametrize("name", [each.name for each in reports.FORMATS])
def test_a_report_is_the_same_every_time(name: str, texts: dict[str, str]) -> None:
    assert reports.render(name, office()) == texts[name]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("classifier.reports", {"pandas", "jinja2"}),
        ("classifier.reports.write", {"pandas", "jinja2"}),
        ("classifier.reports.text", {"pandas", "jinja2"}),
        ("classifier.reports.html", {"pandas", "matplotlib", "plotly", "IPython"}),
        ("classifier.reports.json", {"pandas", "jinja2"}),
        ("classifier.reports.csv", {"pandas", "jinja2"}),
    ],
)
def test_importing_a_format_costs_only_what_it_needs(module: str, unwanted: set[str]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert not set(run.stdout.split()) & unwanted
