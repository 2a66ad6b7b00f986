"""What holds for every test: nobody's own signature files change a result."""

from __future__ import annotations

import os

os.environ["CLASSIFY_SIGNATURES"] = ""
