"""RPC over HTTP: what the proxy is asked for, and what rides on it."""

from __future__ import annotations

import pytest
import rpc_bytes as rpc
from conversation import identified, said, split_everywhere

from classifier.endpoints.rpc_over_http import read

IN = (
    b"RPC_IN_DATA /rpc/rpcproxy.dll?mail.example.com:6001 HTTP/1.1\r\n"
    b"Accept: application/rpc\r\nUser-Agent: MSRPC\r\nHost: example.com\r\n"
    b"Content-Length: 1073741824\r\n\r\n"
)
OUT = IN.replace(b"RPC_IN_DATA", b"RPC_OUT_DATA")
OK = b"HTTP/1.1 200 Success\r\nContent-Type: application/rpc\r\n\r\n"
# The first PDU of every connection (type 20, RTS): CONN/B1.
HELLO = rpc.pdu(20, b"\0" * 60, call=0)
BIND = rpc.bind((0, rpc.DRSUAPI, rpc.NDR))


def words(heard):
    return [(one.service, one.detail, one.interface, one.carried) for one in identified(heard)]


def test_the_flow_is_named_with_what_it_is_for():
    (one,) = said(read, [OUT], [OK])
    assert words([one]) == [("rpc-over-http", "to mail.example.com:6001", "", False)]
    assert (one.place.frame, one.client_is_server) == (1, False)


def test_a_bind_rides_on_the_connection_that_asks():
    for segments in split_everywhere(IN + HELLO + BIND):
        assert words(said(read, segments)) == [
            ("rpc-over-http", "to mail.example.com:6001", "", False),
            ("windows-rpc", "over RPC over HTTP", rpc.DRSUAPI, True),
        ]


def test_a_request_from_the_other_side_turns_the_flow():
    (one,) = said(read, [OK], [OUT])
    assert one.client_is_server


@pytest.mark.parametrize("target", [b"", b"?", b"?server", b"?<script>:1", b"?a:123456"])
def test_a_target_that_is_none_is_not_told(target):
    ask = b"RPC_OUT_DATA /rpc/rpcproxy.dll" + target + b" HTTP/1.1\r\n\r\n"
    assert [one.detail for one in said(read, [ask])] in ([""], [])


def test_other_requests_and_other_transports_are_not_read():
    assert said(read, [b"GET /rpc/rpcproxy.dll HTTP/1.1\r\n\r\n"], [OK]) == []
    assert said(read, [OUT[:30]], [OK]) == []
    assert said(read, [OUT], [OK], transport="udp") == []
