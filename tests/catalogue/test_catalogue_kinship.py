"""Who speaks whose protocol, and who only rides on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from classifier.catalogue import Catalogue, Service
from classifier.catalogue.kinship import Kinship, kin

if TYPE_CHECKING:
    from collections.abc import Sequence


def codes_of(services: Sequence[Service]) -> dict[str, int]:
    return {service.id: code for code, service in enumerate(services)}


def relations(*services: Service) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    kinship = Kinship.of(kin(services), codes_of(services))
    names = [service.id for service in services]

    def named(relation: dict[int, frozenset[int]]) -> dict[str, set[str]]:
        return {names[code]: {names[other] for other in of} for code, of in relation.items()}

    return named(dict(kinship.spoken)), named(dict(kinship.carried_by))


def entry(name: str, **more: tuple[str, ...]) -> Service:
    return Service(id=name, name=name, family="test", **more)


def test_speaking_goes_on_over_steps_and_riding_anywhere_makes_it_riding() -> None:
    spoken, carried = relations(
        entry("a"),
        entry("b", speaks=("a",)),
        entry("c", speaks=("b",)),
        entry("d", rides_on=("c",)),
        entry("e", speaks=("d",)),
    )
    assert spoken == {"b": {"a"}, "c": {"b", "a"}, "e": {"d"}}
    assert carried == {"d": {"c", "b", "a"}, "e": {"c", "b", "a"}}


def test_the_flag_says_that_tls_is_spoken() -> None:
    spoken, _ = relations(entry("tls"), entry("dtls"), entry("s", flags=("tls",)))
    assert spoken == {"s": {"tls", "dtls"}}


def test_what_only_encrypts_is_no_other_that_only_encrypts() -> None:
    assert relations(entry("tls"), entry("quic", flags=("tls",))) == ({}, {})


def test_what_is_both_spoken_and_ridden_on_is_spoken() -> None:
    spoken, carried = relations(entry("a"), entry("b", speaks=("a",), rides_on=("a",)))
    assert (spoken, carried) == ({"b": {"a"}}, {})


def test_rings_end() -> None:
    spoken, _ = relations(entry("a", speaks=("b",)), entry("b", speaks=("a",)))
    assert spoken == {"a": {"b"}, "b": {"a"}}


LINKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=12)


@given(LINKS)
def test_no_service_is_its_own_kin_and_no_relation_is_twofold(
    links: list[tuple[int, int, bool]],
) -> None:
    services = [
        entry(
            f"s{n}",
            speaks=tuple(f"s{other}" for one, other, speaks in links if one == n and speaks),
            rides_on=tuple(f"s{other}" for one, other, speaks in links if one == n and not speaks),
        )
        for n in range(6)
    ]
    kinship = Kinship.of(kin(services), codes_of(services))
    for code in range(6):
        spoken = kinship.spoken.get(code, frozenset())
        carried = kinship.carried_by.get(code, frozenset())
        assert code not in spoken | carried
        assert not spoken & carried


def test_the_shipped_entries_know_their_kin(catalogue: Catalogue) -> None:
    kinship, code = catalogue.kinship, catalogue.code
    assert code("ldap") in kinship.spoken[code("global-catalog")]
    assert code("tls") in kinship.spoken[code("https-alternates")]
    assert code("http") in kinship.carried_by[code("elasticsearch")]
    assert kinship.akin(code("http"), code("websocket"))
    assert kinship.akin(code("websocket"), code("http-alternates")), "both are HTTP"
    assert not kinship.akin(code("http"), code("ssh"))
    assert not kinship.akin(code("ldap"), code("http"))
    assert not kinship.akin(code("https"), code("imaps")), "TLS alone makes nobody kin"
