"""What holds for every test, wherever it runs."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

# Nobody's own signature files change a result.
os.environ["CLASSIFY_SIGNATURES"] = ""

# The background job of a shell ignores interrupts, and so would every program that a test starts
# and interrupts: it would never end.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more about the machine than about the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
