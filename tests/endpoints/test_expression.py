"""Expressions that are compiled when they are used."""

from __future__ import annotations

import re

import pytest

from classifier.endpoints import (
    ftp,
    ftp_address,
    headed,
    irc,
    rtsp,
    rtsp_transport,
    sdp,
    sip,
    tftp,
)
from classifier.endpoints.expression import expression


def test_it_is_compiled_once():
    assert expression(rb"(?s)a.b") is expression(rb"(?s)a.b")
    assert expression(rb"(?s)a.b").fullmatch(b"a\nb")


@pytest.mark.parametrize(
    "module", [ftp, ftp_address, headed, irc, rtsp, rtsp_transport, sdp, sip, tftp]
)
def test_readers_of_text_have_none_compiled_when_they_are_imported(module):
    assert not [name for name, value in vars(module).items() if isinstance(value, re.Pattern)]
