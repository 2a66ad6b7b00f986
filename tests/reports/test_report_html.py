from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace
from report_cases import HOSTILE, analysis, hostile, nothing, office

import classifier
from build import flow_table
from classifier.reports import html, render
from classifier.reports.escape import visible
from classifier.reports.html import LIMITS
from classifier.reports.sections import flows as flows_section
from classifier.reports.sections import sections
from classifier.reports.title import headline

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "legacy-rpc" / "legacy-rpc.pcap"
VOID = {"meta", "link", "input", "br"}
TAGS = {
    "a", "article", "aside", "b", "body", "caption", "code", "dd", "details", "div", "dl", "dt",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "head", "header", "html", "li",
    "link", "main", "meta", "nav", "p", "pre", "script", "section", "span", "style", "summary",
    "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "data-first",
    "data-v", "href", "http-equiv", "id", "lang", "name", "rel", "role", "scope", "style",
    "tabindex",
}  # fmt: skip


class Page(HTMLParser):
    """Collects tags, attributes and text, and checks that tags are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.inside: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"style", "script"}:
            self.inside[self.open[-1]] = data
        else:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment was injected: {data}")


CASES = {"hostile": hostile, "office": office, "nothing": nothing}


@pytest.fixture(scope="module", params=CASES)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(render("html", CASES[request.param]()))


@pytest.fixture(scope="module")
def hostile_page() -> Page:
    return Page(render("html", hostile()))


def test_only_our_own_tags_and_attributes_are_there(page: Page) -> None:
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert sum(tag == "script" for tag, _ in page.tags) == 1


def test_attribute_values_hold_no_untrusted_text(hostile_page: Page) -> None:
    style = re.compile(r"(--part:[\d.]+%|flex-grow:[\d.]+)")
    number = re.compile(r"-?[\d.]+(e-\d+)?")
    for tag, attributes in hostile_page.tags:
        for name, value in attributes.items():
            assert value is not None
            if name == "style":
                assert style.fullmatch(value)
            elif name in {"data-v", "data-first"}:
                assert number.fullmatch(value)
            elif name == "class":
                assert re.fullmatch(r"[a-z -]*", value), (tag, value)
            assert "evil" not in value


def test_the_page_asks_for_nothing_from_anywhere(page: Page) -> None:
    for _, attributes in page.tags:
        for name in ("href", "src", "action", "data", "srcset"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,"))
    for text in page.inside.values():
        assert "//" not in text.replace("// An enhancement", "")
        assert "@import" not in text
        assert "url(" not in text


def test_the_security_policy_allows_our_script_by_its_hash_and_nothing_else(page: Page) -> None:
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in page.tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    digest = base64.b64encode(hashlib.sha256(page.inside["script"].encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "script-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_every_hostile_text_arrives_as_text_and_made_visible(hostile_page: Page) -> None:
    shown = "\n".join(hostile_page.text)
    for bad in HOSTILE:
        assert visible(bad) in shown


def test_no_control_or_bidi_character_reaches_the_page() -> None:
    for line in render("html", hostile()).split("\n"):
        assert visible(line) == line


def test_template_syntax_in_a_capture_is_not_evaluated(hostile_page: Page) -> None:
    assert any("{{7*7}}" in text for text in hostile_page.text)


def test_every_table_has_a_caption_and_scoped_headings(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption")
    assert all(attributes.get("scope") == "col" for tag, attributes in page.tags if tag == "th")


def test_ids_are_unique_and_every_link_of_the_menu_has_its_target(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] or "" for tag, attributes in page.tags if tag == "a"]
    assert links
    assert {link[1:] for link in links} <= set(ids)


def test_the_menu_has_every_section_and_the_page_reads_without_script() -> None:
    found = sections(office(), LIMITS)
    text = render("html", office())
    assert [f'href="#{each.key}"' in text for each in found] == [True] * len(found)
    body = re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL)
    assert "hidden" not in re.sub(r"<style>.*</style>|aria-hidden", "", body, flags=re.DOTALL)
    assert body.count("<tr>") > 400


def test_severity_and_guesses_are_words_and_not_colour_alone() -> None:
    shown = Page(render("html", office())).text
    for word in ("critical", "high", "medium", "low", "undetermined", "guess", "likely"):
        assert word in shown


def test_many_flows_are_cut_and_the_rest_is_counted() -> None:
    flows = flow_table(*({"client_bytes": number} for number in range(LIMITS.flows + 7)))
    text = render("html", analysis(flows))
    assert "7 more rows are left out here" in text
    assert "--flows FILE" in text


def test_the_number_of_a_flow_leads_to_the_reasons_for_its_name() -> None:
    found = classifier.read(SAMPLE)
    page = Page(render("html", found))
    panels = [attributes["id"] for tag, attributes in page.tags if tag == "aside"]
    assert len(panels) == len(found.flow_table)
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert {f"#{panel}" for panel in panels} <= links
    shown = "".join(page.text)
    assert found.explain(2).text() in shown
    assert "The number leads to the reasons for a flow's name." in shown


def test_only_the_first_flows_carry_their_reasons_and_the_page_says_so(monkeypatch) -> None:
    monkeypatch.setattr(html, "LIMITS", replace(LIMITS, explained=3))
    page = Page(render("html", classifier.read(SAMPLE)))
    assert sum(tag == "aside" for tag, _ in page.tags) == 3
    assert any("The number of the first 3 leads to the reasons" in text for text in page.text)


def test_hostile_reasons_arrive_as_text_and_made_visible(monkeypatch) -> None:
    monkeypatch.setattr(flows_section, "_explained", lambda *_: (HOSTILE,))
    page = Page(render("html", hostile()))
    shown = "".join(page.text)
    assert "\n".join(visible(bad) for bad in HOSTILE) in shown


def test_without_evidence_there_are_no_panels() -> None:
    assert "<aside" not in render("html", office())


def test_the_title_names_the_recording() -> None:
    assert headline(office()) in Page(render("html", office())).text
