"""Everything about hosts together, from a capture to the hosts table; and without heads."""

from __future__ import annotations

from pathlib import Path

import classifier
from classifier.pipeline import relabel
from classifier.reports.write import write_flows

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CAPTURE = SAMPLES / "office-domain-controller" / "office-domain-controller.pcap"


def hosts(analysis):
    return analysis.hosts.set_index("ip")


def test_a_domain_controller_is_described_from_its_capture():
    found = hosts(classifier.read(CAPTURE))
    known = found[found["roles"].str.contains("domain-controller")]
    assert len(known) == 1
    assert known["dynamic_range"].str.startswith("modern 49152-65535").all()
    assert (found["names"] != "").any()
    # What has no basis has no name, and the other way round.
    assert ((found["names"] == "") == (found["name_basis"] == "")).all()
    assert ((found["ephemeral_band"] == "") == (found["band_ports"] == 0)).all()


def test_a_saved_table_has_roles_and_bands_but_no_names(tmp_path):
    read = classifier.read(CAPTURE)
    saved = tmp_path / "flows.csv"
    write_flows(read.flow_table, saved)
    found, before = hosts(relabel([saved])), hosts(read)
    assert (found["names"] == "").all()
    assert list(found["ephemeral_band"]) == list(before["ephemeral_band"])
    assert (
        found["roles"].str.contains("dns-server").equals(before["roles"].str.contains("dns-server"))
    )


def test_a_range_that_the_policy_gives_a_server_is_told(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('version = 1\n[rpc.servers]\n"10.20.0.10" = "5000-5100"\n')
    found = hosts(classifier.read(CAPTURE, policy=policy))
    told = found.loc["10.20.0.10", "dynamic_range"]
    assert told == "given 5000-5100; modern 49152-65535 (3 ports announced)"
    assert (found.drop(index="10.20.0.10")["dynamic_range"] == "").all()
