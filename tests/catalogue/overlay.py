"""A service of one's own, as an overlay of the catalogue."""

from __future__ import annotations

OVERLAY = """\
[[service]]
id = "badge-reader"
name = "Badge readers"
family = "site"
sources = ["our cabling plan"]

  [[service.port]]
  transport = ["tcp"]
  ports = [40404]

  [[service.example]]
  flow = "tcp/40404"
"""
