"""From an engine's rows to the flow table: joining, direction, states, ids.

Everything here is a function of columns that does not care which engine made them or where it
runs.
"""
