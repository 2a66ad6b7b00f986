"""Server ports as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["port_name", "port_numbers"]


def port_numbers(column: pd.Series) -> list[int | None]:
    """A column of ports as plain numbers; None where there is no port."""
    return [
        None if missing else int(port) for port, missing in zip(column, column.isna(), strict=True)
    ]


def port_name(transport: str, port: int | None) -> str:
    """``tcp/445``, or the transport alone where there are no ports."""
    return transport if port is None else f"{transport}/{port}"
