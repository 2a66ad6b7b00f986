"""Announcements that repeat themselves."""

from __future__ import annotations

from classifier.endpoints.announcement import Announcement, Place
from classifier.endpoints.once import Once


def at(second: int, *, port: int = 1, service: str = "rtp", lifetime: int = 300) -> Announcement:
    place = Place(0, 1, 0, second * 1_000_000_000)
    return Announcement("a", port, "udp", service, "", place, "a", lifetime=lifetime)


def test_the_first_is_said_and_its_repetition_is_not():
    once = Once()
    assert [once.first(at(0)), once.first(at(1)), once.first(at(149))] == [True, False, False]


def test_what_keeps_an_endpoint_valid_is_said():
    once = Once()
    assert [once.first(at(0)), once.first(at(150)), once.first(at(160))] == [True, True, False]


def test_what_is_valid_for_ever_is_said_once():
    once = Once()
    assert [once.first(at(0, lifetime=0)), once.first(at(9_999, lifetime=0))] == [True, False]


def test_another_port_or_service_is_another_endpoint():
    once = Once()
    assert once.first(at(0))
    assert once.first(at(0, port=2))
    assert once.first(at(0, service="rtcp"))
