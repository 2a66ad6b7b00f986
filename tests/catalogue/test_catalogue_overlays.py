"""A user's own folder of signature files, and what the report says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import classifier
from classifier.catalogue import load, overlay_files
from classifier.catalogue.locate import user_folder
from classifier.errors import CatalogueError

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "legacy-rpc" / "legacy-rpc.pcap"
ENTRY = """\
[[service]]
id = "epmap"
name = "Our mapper"
family = "site"
sources = ["us"]

  [[service.port]]
  transport = ["tcp"]
  ports = [135]

  [[service.example]]
  flow = "tcp/135"

[[service]]
id = "windows-rpc"
name = "Our RPC"
family = "site"
sources = ["us"]

  [[service.counter_example]]
  flow = "tcp/1"
  why = "no port"
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CLASSIFY_SIGNATURES", str(folder))
    return folder


def test_files_of_the_folder_come_by_name_before_those_that_are_named(own):
    for name in ("b.toml", "a.toml", "note.txt"):
        (own / name).touch()
    named = Path("z.toml")
    assert overlay_files([named]) == (own / "a.toml", own / "b.toml", named)


def test_a_report_lists_them_and_says_what_they_replace(own):
    file = own / "ours.toml"
    file.write_text(ENTRY, encoding="utf-8")
    analysis = classifier.read(SAMPLE)
    assert analysis.settings["signatures"] == [str(file)]
    notes = analysis.capture_health.notes
    assert f"{file}: entry epmap replaces the shipped one" in notes
    assert analysis.catalogue.get("epmap").name == "Our mapper"


def test_what_is_named_replaces_what_is_in_the_folder(own, tmp_path):
    (own / "ours.toml").write_text(ENTRY, encoding="utf-8")
    named = tmp_path / "named.toml"
    named.write_text(ENTRY.replace("Our mapper", "Theirs"), encoding="utf-8")
    catalogue = load(overlay_files([named]))
    assert catalogue.get("epmap").name == "Theirs"
    assert f"{named}: entry epmap replaces the one of {own / 'ours.toml'}" in catalogue.notes


def test_a_bad_file_in_the_folder_stops_the_run(own):
    (own / "ours.toml").write_text(ENTRY.replace("[135]", "[0]"), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"ours.toml:9: entry epmap: .*1 to 65535"):
        classifier.read(SAMPLE)


def test_the_folder_stands_where_the_system_keeps_settings(monkeypatch, tmp_path):
    monkeypatch.delenv("CLASSIFY_SIGNATURES")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert user_folder() == tmp_path / "pcap-service-classifier" / "signatures"
    assert overlay_files() == (), "it need not exist"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_folder() == tmp_path / ".config" / "pcap-service-classifier" / "signatures"
    monkeypatch.setenv("CLASSIFY_SIGNATURES", "")
    assert user_folder() is None


def test_an_overlay_is_remembered_with_its_notes_and_its_place(own, tmp_path):
    first, second = own / "ours.toml", tmp_path / "ours.toml"
    first.write_text(ENTRY, encoding="utf-8")
    second.write_text(ENTRY, encoding="utf-8")
    for _ in range(2):
        assert str(first) in load([first]).notes[0]
        assert str(second) in load([second]).notes[0]


def test_an_overlay_may_bring_a_tunnel_and_a_service_of_windows(own):
    file = own / "ours.toml"
    file.write_text(
        '[[system_service]]\nid = "our-service"\nname = "Ours"\nsources = ["us"]\n'
        '[[tunnel]]\nid = "ours"\nname = "Ours"\nreplaces = ["our-service"]\nsources = ["us"]\n'
        '[[tunnel.open]]\nservice = "wireguard"\ntransport = ["udp"]\nports = [51820]\n',
        encoding="utf-8",
    )
    (answer,) = load([file]).find("our-service")
    assert answer.tunnels[0].open[0].ports == (51820,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[[dependency]]\nservice = "lsass"\non = "net-logon"\nsources = ["us"]\n',
            r":2: service lsass, which is no \[\[system_service\]\]; use the id",
        ),
        (
            (
                '[[overlap]]\ntransport = ["tcp"]\nports = [1]\nservices = ["http", "htpp"]\n'
                'why = "so"\n'
            ),
            r":4: services htpp, which is no entry; ",
        ),
        (
            (
                '[[tunnel]]\nid = "t"\nname = "T"\nreplaces = ["*"]\nsources = ["us"]\n'
                '[[tunnel.open]]\nservice = "nothing"\ntransport = ["udp"]\n'
            ),
            r":7: entry t: service nothing, which is no entry; ",
        ),
        ('[[system_service]]\nid = "x"\nname = "X"\n', r":1: entry x: no source; "),
    ],
)
def test_a_name_of_nothing_is_refused_with_its_line(own, text, message):
    file = own / "ours.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load([file])
