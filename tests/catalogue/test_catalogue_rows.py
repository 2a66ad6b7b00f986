"""What the cache keeps as rows comes back as it was."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from classifier.catalogue import rows, schema
from classifier.catalogue.locate import read_bytes, signature_files, signature_folder
from classifier.catalogue.read import read_document

DOCUMENTS = [read_document(file, read_bytes(file)) for file in signature_files(signature_folder())]


def there_and_back(entry: msgspec.Struct, form: object) -> object:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(rows.row_of(entry)), type=form)


def test_every_shipped_entry_survives() -> None:
    services = [service for document in DOCUMENTS for service in document.service]
    assert len(services) > 900
    for service in services:
        assert rows.service_of(there_and_back(service, rows.ServiceRow)) == service


def test_every_shipped_payload_band_and_header_survives() -> None:
    payloads = tuple(payload for document in DOCUMENTS for payload in document.payload)
    assert rows.payloads_of(there_and_back(each, rows.PayloadRow) for each in payloads) == payloads
    bands = tuple(band for document in DOCUMENTS for band in document.band)
    assert rows.bands_of(there_and_back(each, rows.BandRow) for each in bands) == bands
    (header,) = (document.catalogue for document in DOCUMENTS if document.catalogue)
    assert rows.header_of(there_and_back(header, rows.HeaderRow)) == header


@pytest.mark.parametrize(
    ("row", "struct"),
    [
        (rows.HeaderRow, schema.Header),
        (rows.BandRow, schema.Band),
        (rows.PayloadRow, schema.Payload),
        (rows.ServiceRow, schema.Service),
        (rows.PortRow, schema.Port),
        (rows.UsedByRow, schema.UsedBy),
        (rows.PairRow, schema.Example),
        (rows.PairRow, schema.Caveat),
    ],
)
def test_a_row_has_as_many_places_as_its_struct_has_fields(row, struct) -> None:
    assert len(get_args(row)) == len(struct.__struct_fields__)
