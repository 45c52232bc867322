"""The command line, `xtiger`: one file per subject, each loaded only when its command runs."""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper

#: How many objects come into being before Python looks for circles among them. A sync makes many
#: and hardly any circle: looking as often as usual takes a third of its time.
GC_THRESHOLD = (50_000, 20, 20)


def main() -> None:
    """The console script."""
    # Loaded here, so that `import xtiger.cli` costs nothing.
    from xtiger.cli.root import run

    gc.set_threshold(*GC_THRESHOLD)  # the process is ours: a CRM's own is left as it is
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without our arrows and dots shows a question mark instead of a trace.
            stream.reconfigure(errors="replace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # `xtiger plan | head`: the reader has enough; Python's own flush at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
