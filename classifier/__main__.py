"""``python -m classifier`` and the ``classify`` command."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    from classifier.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
