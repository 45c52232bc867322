"""The command line, `xtiger`: one file per subject, each loaded only when its command runs."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper


def main() -> None:
    """The console script."""
    # Loaded here, so that `import xtiger.cli` costs nothing.
    from xtiger.cli.root import run

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without our arrows and dots shows a question mark instead of a trace.
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # `xtiger plan | head`: whoever read has enough; Python's own flush at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
