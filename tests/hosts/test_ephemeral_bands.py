"""The band that a host asks from: named where chance is ruled out, else not."""

from __future__ import annotations

import numpy as np
import pytest
from made import MadeFlows

from classifier.hosts.bands import BANDS, FEWEST_PORTS, infer, is_client_band
from classifier.model import DirectionBasis


def asking(ports, **same):
    """A host that asks a different server from each port."""
    return [
        {"client_port": port, "server": f"10.1.{n // 250}.{n % 250 + 1}", **same}
        for n, port in enumerate(ports)
    ]


def band(rows):
    return infer(MadeFlows(*rows)).word(0)


def spread(low, high, count):
    return [low + (high - low) * n // (count - 1) for n in range(count)]


@pytest.mark.parametrize(("word", "low", "high"), BANDS)
def test_a_host_that_uses_all_of_a_band_has_it(word, low, high):
    assert band(asking(spread(low, high, 40))) == word


def test_windows_that_hands_out_ports_one_after_the_other_has_its_band():
    assert band(asking(range(49_700, 49_710))) == "dynamic"
    assert band(asking(range(1_100, 1_110))) == "legacy"


def test_many_connections_to_one_server_say_no_more_than_one():
    rows = asking(range(50_000, 50_200), server="10.1.0.1")
    assert band(rows) == ""
    found = infer(MadeFlows(*rows))
    assert (found.ports[0], found.draws[0]) == (200, 1)


def test_ports_far_apart_to_one_server_were_taken_independently():
    rows = asking(spread(32_768, 60_999, 40), server="10.1.0.1")
    assert band(rows) == "linux"


def test_where_bands_overlap_few_destinations_decide_nothing():
    assert band(asking(range(50_000, 50_040), server="10.1.0.1")) == ""
    four = [
        {**row, "server": f"10.1.0.{n % 4}"} for n, row in enumerate(asking(range(50_000, 50_040)))
    ]
    assert band(four) == ""


def test_fewer_ports_than_needed_name_nothing_and_count_nothing():
    found = infer(MadeFlows(*asking(range(49_152, 49_152 + FEWEST_PORTS - 1))))
    assert found.code[0] == -1
    assert (found.ports[0], found.low[0], found.high[0]) == (0, 0, 0)


def test_one_port_in_twenty_may_be_a_program_s_own_choice():
    assert band(asking([*spread(49_152, 65_535, 39), 6_881])) == "dynamic"
    assert band(asking([*spread(49_152, 65_535, 15), 11_000])) == ""


def test_reserved_ports_do_not_count():
    assert band(asking([*spread(49_152, 65_535, 20), *range(600, 640)])) == "dynamic"


@pytest.mark.parametrize(
    "other",
    [{"rung": DirectionBasis.LOWER_PORT}, {"rung": DirectionBasis.SYN_ACK}, {"ip_protocol": 17}],
)
def test_only_connections_whose_beginning_was_seen_count(other):
    assert band(asking(spread(49_152, 65_535, 40), **other)) == ""


def test_the_ports_that_were_seen_are_told():
    found = infer(MadeFlows(*asking([50_001, 50_000, 50_001, *range(51_000, 51_010)])))
    assert (found.low[0], found.high[0], found.ports[0]) == (50_000, 51_009, 12)
    assert found.low[1] == found.high[1] == found.ports[1] == 0


def test_each_host_has_its_own():
    rows = asking(spread(49_152, 65_535, 30)) + asking(spread(1_025, 5_000, 30), client="10.0.0.9")
    flows = MadeFlows(*rows)
    found = infer(flows)
    words = {text: found.word(number) for number, text in enumerate(flows.addresses)}
    assert words["10.0.0.1"] == "dynamic"
    assert words["10.0.0.9"] == "legacy"
    assert set(words.values()) == {"dynamic", "legacy", ""}


def test_a_server_port_in_the_band_of_its_host_is_known():
    back = [
        {"client": "10.0.0.5", "server": "10.0.0.1", "server_port": port} for port in (50_505, 443)
    ]
    unnamed = {"client": "10.0.0.1", "server": "10.0.0.5", "server_port": 50_505}
    flows = MadeFlows(*asking(spread(49_152, 65_535, 30)), *back, unnamed)
    suspicious = is_client_band(flows, infer(flows))
    assert list(np.nonzero(suspicious)[0]) == [30]


def test_a_host_that_takes_any_port_makes_nothing_suspicious():
    rows = asking(spread(1_024, 65_535, 40))
    back = {"client": "10.0.0.5", "server": "10.0.0.1", "server_port": 50_505}
    flows = MadeFlows(*rows, back)
    assert infer(flows).word(0) == "any"
    assert not is_client_band(flows, infer(flows)).any()


def test_no_flows_are_no_error():
    flows = MadeFlows()
    assert len(infer(flows).code) == 0
    assert len(is_client_band(flows, infer(flows))) == 0
