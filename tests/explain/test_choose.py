"""Which flow a person means, and what is said if there is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_captures import analysis_of

from classifier.errors import UsageError
from classifier.explain import choose

TROUBLE = "office-trouble/office-trouble.pcap"
OFFICE = "office-domain-controller/office-domain-controller.pcap"


def test_a_number_is_the_flow_of_that_id():
    assert choose(analysis_of(TROUBLE), "15") == [15]
    assert choose(analysis_of(TROUBLE), " 15 ") == [15]


@pytest.mark.parametrize(
    "word",
    [
        "198.51.100.66:47394>10.30.0.10:49154",
        "tcp:198.51.100.66:47394>10.30.0.10:49154",
        "tcp 198.51.100.66:47394 > 10.30.0.10:49154",
    ],
)
def test_endpoints_are_a_flow(word):
    assert choose(analysis_of(TROUBLE), word) == [15]


def test_ipv6_stands_in_brackets_and_in_any_spelling():
    for address in ("2001:db8:20::21", "2001:DB8:20:0:0:0:0:21"):
        word = f"udp:[{address}]:54738>[2001:db8:20::10]:53"
        assert choose(analysis_of(OFFICE), word) == [11]


@pytest.mark.parametrize("client", ["2001:db8:20::21", "[2001:db8:20::21]"])
def test_without_ports_every_flow_of_the_hosts_fits_in_order_of_time(client):
    found = choose(analysis_of(OFFICE), f"icmp6:{client}>2001:db8:20::10")
    assert found[0] == 7
    assert found == sorted(found)
    flows = analysis_of(OFFICE).flow_table
    assert choose(analysis_of(OFFICE), f"{client}>2001:db8:20::10")[0] == 7
    assert len(found) < len(flows)


def test_a_transport_that_does_not_fit_finds_nothing():
    with pytest.raises(
        UsageError, match=r"no such flow; near it are 15 \(tcp:198.51.100.66:47394>"
    ):
        choose(analysis_of(TROUBLE), "udp:198.51.100.66:47394>10.30.0.10:49154")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("10.30.0.10:49154>198.51.100.66:47394", 15),  # the other way round
        ("198.51.100.66:1>10.30.0.10:49154", 15),  # another client port
        ("198.51.100.66:47394>10.30.0.10:1", 15),  # another server port
        ("192.0.2.99:1>10.30.0.10:49154", 15),  # another client
        ("10.30.0.10:20>192.0.2.99:1", 28),  # another server
    ],
)
def test_what_is_near_is_named(word, near):
    with pytest.raises(UsageError, match=f"near it are {near} "):
        choose(analysis_of(TROUBLE), word)


def test_an_unknown_number_says_which_there_are():
    with pytest.raises(UsageError, match="--flow 0: no such flow; they go from 1 to 158"):
        choose(analysis_of(TROUBLE), "0")


def test_hosts_that_are_not_there_have_nothing_near():
    with pytest.raises(UsageError, match="none between these hosts"):
        choose(analysis_of(TROUBLE), "192.0.2.99:1>192.0.2.98:2")


@pytest.mark.parametrize(
    "word", ["", "abc", "1-2", "10.0.0.1:1", "10.0.0.1:1>", "10.0.0.1:70000>10.0.0.2:1",
             "10.0.0.1:1>10.0.0.2:1>10.0.0.3:1", "300.0.0.1:1>10.0.0.2:1", "[10.0.0.1:1>::1",
             "\uff19"]
)  # fmt: skip
def test_other_words_are_answered_with_the_form(word):
    with pytest.raises(UsageError, match=r"client:port>server:port"):
        choose(analysis_of(TROUBLE), word)


@given(st.text("0123456789.:>[]abcdef/tcpu ", max_size=60) | st.text(max_size=30))
def test_any_word_is_flows_or_an_error_of_ours(word):
    with suppress(UsageError):
        assert choose(analysis_of(TROUBLE), word)
