"""``python -m classifier`` and the ``classify`` command."""

from __future__ import annotations

import gc
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    # One job, in which next to nothing lies in a circle: looking for such costs more than it frees.
    gc.disable()
    # Nothing here multiplies matrices; numpy's library for that would start threads that wait.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from classifier.cli import run
    from classifier.cli.spared import spare

    spare()
    code = run(sys.argv[1:])
    gc.freeze()  # else Python looks for circles several times when it ends
    sys.exit(code)


if __name__ == "__main__":
    main()
