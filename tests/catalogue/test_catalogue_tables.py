"""The generated tables: whole, of the size that they say, and each line found again."""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections import Counter

import pytest

from classifier.catalogue import load
from classifier.catalogue.assemble import load_folder
from classifier.catalogue.locate import signature_folder, table_files
from classifier.catalogue.read import read_document
from classifier.engine.names import ethertype_name
from classifier.errors import CatalogueError

FOLDER = signature_folder()
LIST = read_document(FOLDER / "generated.toml", (FOLDER / "generated.toml").read_bytes()).generated


def lines(name):
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_generated_table_is_in_the_list_and_nothing_else():
    by_hand = {"ethertypes.csv", "rpc-programs.csv"}
    listed = {entry.file for entry in LIST}
    assert listed == {file.name for file in table_files(FOLDER)} - by_hand


@pytest.mark.parametrize("entry", LIST, ids=lambda entry: entry.file)
def test_a_table_has_the_rows_and_the_hash_of_its_source(entry):
    content = (FOLDER / entry.file).read_bytes()
    assert len(lines(entry.file)) == entry.rows
    assert hashlib.sha256(content).hexdigest() == entry.sha256
    assert (FOLDER / entry.made_by).is_file()


def test_the_sizes_are_those_of_the_sources():
    sizes = {entry.file: entry.rows for entry in LIST}
    assert sizes["iana-ports.csv"] == 11_488
    assert sizes["dcerpc-interfaces.csv"] == 741


def test_ids_of_iana_are_one_a_name_and_one_name_an_id():
    pairs = {(row["id"], row["name"]) for row in lines("iana-ports.csv")}
    assert max(Counter(identity for identity, _ in pairs).values()) == 1
    assert max(Counter(name for _, name in pairs).values()) == 1


def test_every_interface_is_found_by_its_uuid(catalogue):
    for row in lines("dcerpc-interfaces.csv"):
        found = catalogue.interface(row["uuid"])
        assert found.name == row["name"]
        assert catalogue.get(found.service).id == found.service
        assert catalogue.get(found.service).family == "windows-rpc"


def test_an_interface_is_asked_for_in_any_writing(catalogue):
    drsuapi = catalogue.interface("e3514235-4b06-11d1-ab04-00c04fc2dcd2")
    assert (drsuapi.service, drsuapi.system_service) == ("windows-rpc/drsuapi", "LSASS")
    for version in (None, 4, "4", "4.0", 4.0):
        assert catalogue.interface("{E3514235-4B06-11D1-AB04-00C04FC2DCD2}", version) == drsuapi
    assert catalogue.interface("e3514235-4b06-11d1-ab04-00c04fc2dcd2", "3.0") is None
    assert catalogue.interface("no uuid") is None


def test_an_interface_of_which_the_lists_have_no_version_fits_any(catalogue):
    assert (
        catalogue.interface("d99e6e70-fc88-11d0-b498-00a0c90312f3", "7.1").name == "ICertRequestD"
    )


def test_an_interface_of_a_service_that_has_an_entry_leads_to_it(catalogue):
    frs = catalogue.interface("897e2e5f-93f3-4376-9c9c-fd2277495c27")
    assert catalogue.get(frs.service) is catalogue.get("ms-dfsr")
    assert len(catalogue.services) > catalogue.code("ms-dfsr")


def test_an_interface_without_a_name_goes_by_its_uuid(catalogue):
    uuid = "00000002-0001-0000-c000-000000000069"
    service = catalogue.get(f"windows-rpc/{uuid}")
    assert service.name == f"kdcsvc.dll interface {uuid}"
    assert service.rides_on == ("windows-rpc",)
    assert service.port == ()


def test_all_ids_are_unique_and_lead_back_to_their_code(catalogue):
    assert len(set(catalogue.ids)) == len(catalogue.ids)
    for code in range(0, len(catalogue.ids), 97):
        name = catalogue.ids[code]
        assert catalogue.code(name) == code
        assert catalogue.get(name).id == name


def test_families_hold_the_services_without_an_entry(catalogue):
    registered = catalogue.family_ids("registered")
    assert len(registered) > 5000
    assert all(name.startswith("iana/") for name in registered)
    assert {"windows-rpc", "windows-rpc/drsuapi", "ms-dfsr"} <= catalogue.family_ids("windows-rpc")
    assert catalogue.family_ids("no-such") == set()


def test_a_name_of_iana_that_is_a_word_of_an_entry_leads_to_the_entry(catalogue):
    for word in ("http", "kerberos", "epmap", "ms-wbt-server", "domain"):
        assert f"iana/{word}" not in catalogue.codes
    assert catalogue.get("iana/rje").port[0].ports == (5,)


def test_iana_names_only_ports_that_no_entry_claims(catalogue):
    for transport, table in catalogue.registered.items():
        offsets = catalogue.ports.offsets[transport]
        claimed = (offsets[1:] - offsets[:-1]) > 0
        assert table.shape == (65536,)
        assert not (claimed & (table > 0)).any()
    assert catalogue.ids[catalogue.registered["tcp"][5]] == "iana/rje"
    assert catalogue.registered["udp"][68] == 0, "an entry gives it to the client's end"


def test_a_port_that_an_overlay_claims_is_no_longer_named_by_iana(tmp_path):
    overlay = tmp_path / "site.toml"
    overlay.write_text(
        '[[service]]\nid = "ours"\nname = "Ours"\nfamily = "site"\nsources = ["us"]\n'
        '[[service.port]]\ntransport = ["tcp"]\nports = [5]\n'
        '[[service.example]]\nflow = "tcp/5"\n',
        encoding="utf-8",
    )
    assert load([overlay]).registered["tcp"][5] == 0
    assert load([overlay]).registered["udp"][5] > 0


def test_an_overlay_may_not_take_an_id_of_iana(tmp_path):
    overlay = tmp_path / "site.toml"
    overlay.write_text(
        '[[service]]\nid = "iana/rje"\nname = "Ours"\nfamily = "site"\nsources = ["us"]\n'
        '[[service.example]]\nflow = "tcp/5"\n',
        encoding="utf-8",
    )
    with pytest.raises(CatalogueError, match=r"site.toml:2: entry iana/rje: id iana/rje is taken"):
        load([overlay])


@pytest.mark.parametrize(
    ("table", "content", "message"),
    [
        ("iana-ports.csv", b"a,b\n", r"iana-ports.csv:1: the columns are not port,transport"),
        (
            "iana-ports.csv",
            b"port,transport,id,name,description\n0,tcp,x,x,\n",
            r"csv:2: .*the port is none",
        ),
        ("iana-ports.csv", b"port,transport,id,name,description\n1,tcp\n", r"csv:2: 2 fields"),
        ("iana-ports.csv", b"\xff\xfe\n", r"iana-ports.csv: not a CSV file"),
        ("dcerpc-interfaces.csv", b"uuid\n", r"dcerpc-interfaces.csv:1: the columns"),
    ],
)
def test_a_damaged_table_is_refused_with_its_line(tmp_path, table, content, message):
    folder = tmp_path / "signatures"
    folder.mkdir()
    shutil.copy(FOLDER / "catalogue.toml", folder)
    (folder / table).write_bytes(content)
    with pytest.raises(CatalogueError, match=message):
        load_folder(folder)


def test_ethertypes_are_in_order_and_each_says_who_defines_it():
    rows = lines("ethertypes.csv")
    assert len(rows) == 106
    numbers = [int(row["number"], 16) for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(0x0200 <= number <= 0xFFFF for number in numbers)
    assert all(row["name"] and row["title"] and row["source"] for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_rpc_programs_are_in_order_and_lead_to_services_of_the_catalogue():
    rows = lines("rpc-programs.csv")
    numbers = [int(row["number"]) for row in rows]
    assert numbers == sorted(set(numbers))
    assert all(number < 1 << 32 for number in numbers)
    assert all(row["name"] and row["source"] for row in rows)
    assert {row["service"] for row in rows} <= {service.id for service in load().services}


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0x0806, "ARP"),
        (0x88CC, "LLDP"),
        (0x8892, "PROFINET"),
        (0x88F7, "PTP"),
        (0x888E, "EAPOL"),
        (0x1234, "EtherType 0x1234"),
    ],
)
def test_frames_that_are_not_ip_are_counted_by_that_name(number, name):
    assert ethertype_name(number) == name


WITHOUT_INTERFACE = {
    "Hyper-V service",  # WMI
    "Remote Storage",
    "Remote Storage Notification",
}
"""Services on dynamic ports for which the lists have no interface of their own."""


def test_services_on_dynamic_ports_have_an_interface_where_the_lists_know_one(catalogue):
    known = {row.system_service for row in catalogue.bulk.interfaces.values()} - {""}
    on_demand = {
        (user.service, user.system_service)
        for user in catalogue.get("windows-rpc").used_by
        if user.bands and not user.service.startswith("Randomly")
    }
    assert len(on_demand) >= 17
    without = {name for name, short in on_demand if not {name, short} & known}
    assert without == WITHOUT_INTERFACE


def test_every_system_service_of_an_interface_can_be_looked_up(catalogue):
    for name in {row.system_service for row in catalogue.bulk.interfaces.values()} - {""}:
        assert "system service" in {answer.kind for answer in catalogue.find(name)}, name


def test_what_is_known_in_brief_is_what_the_entry_says(catalogue):
    for name in ["unknown", *catalogue.ids[1::50], "windows-rpc", "iana/rje"]:
        brief, entry = catalogue.brief(name), catalogue.get(name)
        assert (brief.id, brief.name, brief.family) == (entry.id, entry.name, entry.family)
        assert brief.flags == entry.flags
    with pytest.raises(KeyError):
        catalogue.brief("no-such-service")
