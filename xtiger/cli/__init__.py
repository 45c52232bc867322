"""The command line, `xtiger`: one file per subject, each loaded only when its command runs."""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    # Loaded here, so that `import xtiger.cli` costs nothing.
    from xtiger.cli.root import run

    sys.exit(run(sys.argv[1:]))
