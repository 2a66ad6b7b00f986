"""Who asked for which service, and who was asked: counted once for several tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from build import flow_table
from classifier.model import FLOW_COLUMNS
from classifier.table import Table
from classifier.tables.contacts import Contacts
from classifier.tables.grouping import addresses, codes, counted

if TYPE_CHECKING:
    import numpy as np

FLOWS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(0, 150), st.booleans()),
    min_size=1,
    max_size=30,
)


@given(flows=FLOWS)
def test_every_contact_is_counted_and_those_that_were_answered_by_themselves(
    flows: list[tuple[int, int, int, bool]],
) -> None:
    table = Table.of(
        flow_table(
            *(
                {
                    "client_ip": f"10.0.0.{client}",
                    "server_ip": f"10.0.0.{server}",
                    "service": f"service-{service}",
                    "server_packets": int(answered),
                }
                for client, server, service, answered in flows
            )
        ),
        FLOW_COLUMNS,
    )
    names, services = addresses(table)[2], codes(table["service"])[1]
    contacts = Contacts(table)

    def told(rows: tuple[np.ndarray, int]) -> dict[tuple[int, int], int]:
        each = zip(*(part.tolist() for part in counted(rows)), strict=True)
        return {
            (int(names[address].rsplit(".", 1)[1]), int(services[service].rsplit("-", 1)[1])): count
            for address, service, count in each
        }

    def expected(*rows: tuple[int, int]) -> dict[tuple[int, int], int]:
        return {row: rows.count(row) for row in rows}

    assert told(contacts.asked()) == expected(*((row[0], row[2]) for row in flows))
    assert told(contacts.told()) == expected(*((row[1], row[2]) for row in flows))
    assert told(contacts.answered()) == expected(*((row[1], row[2]) for row in flows if row[3]))
