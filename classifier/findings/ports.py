"""Server ports as people write them."""

from __future__ import annotations

__all__ = ["port_name"]


def port_name(transport: str, port: int | None) -> str:
    """``tcp/445``, or the transport alone where there are no ports."""
    return transport if port is None else f"{transport}/{port}"
