"""`make bench`: how long the pure parts take for 10,000 records, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import platform
import sys

from benchmarks.measures import MEASURES


def main() -> int:
    """Measure what is asked for and print the best of a few rounds: it was disturbed least."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(MEASURES)}; all when left out")
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.names) - set(MEASURES))
    if unknown:
        parser.error(f"there is no measurement {unknown[0]!r}; known: {', '.join(MEASURES)}")
    found = {
        name: min(MEASURES[name](chosen.records) for _ in range(chosen.rounds))
        for name in chosen.names or MEASURES
    }
    if chosen.json:
        python = platform.python_version()
        print(json.dumps({"records": chosen.records, "python": python, "seconds": found}))
        return 0
    print(
        f"{chosen.records:,} records, best of {chosen.rounds}, Python {platform.python_version()}"
    )
    for name, seconds in found.items():
        each = seconds / chosen.records * 1_000_000
        print(f"  {name:<12}{seconds:8.3f} s {each:10.1f} µs each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
