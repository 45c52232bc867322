"""`make bench`: how long the parts take, and whole syncs, as a table or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.logs import Searched, search
from benchmarks.measures import MEASURES
from benchmarks.syncs import Taken, in_own_process
from benchmarks.twins import Found, look_for

_CPU = Path("/proc/cpuinfo")


def machine() -> str:
    """The machine in general terms: processor, cores, Python."""
    names = [
        line.partition(":")[2].strip()
        for line in (_CPU.read_text(encoding="utf-8").splitlines() if _CPU.exists() else [])
        if line.startswith("model name")
    ]
    name = names[0] if names else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _chosen() -> argparse.Namespace:
    """What is to be measured, and how it is printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000, help="of the pure parts and saves")
    parser.add_argument("--rounds", type=int, default=3, help="of the pure parts and saves")
    parser.add_argument(
        "--sizes", default="1000,10000", help="linked records of the towns; may be empty"
    )
    parser.add_argument(
        "--twins", default="2000,20000", help="records of the towns of twins; may be empty"
    )
    parser.add_argument("--log", default="100000,1000", help="rows and runs of the log; or empty")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return parser.parse_args()


def main() -> int:
    """Measure, and print the best of a few rounds: it was disturbed least."""
    chosen = _chosen()
    seconds = {
        name: min(measure(chosen.records) for _ in range(chosen.rounds))
        for name, measure in MEASURES.items()
    }
    sizes = [int(size) for size in chosen.sizes.split(",") if size]
    towns = {size: in_own_process(size) for size in sizes}
    found = [look_for(int(size)) for size in chosen.twins.split(",") if size]
    rows_and_runs = [int(number) for number in chosen.log.split(",") if number]
    searched = search(*rows_and_runs) if rows_and_runs else []
    if chosen.json:
        print(
            json.dumps(
                {
                    "machine": machine(),
                    "records": chosen.records,
                    "seconds": seconds,
                    "twins": [asdict(one) for one in found],
                    "log": [asdict(one) for one in searched],
                    "towns": {
                        size: [asdict(one) for one in taken] for size, taken in towns.items()
                    },
                }
            )
        )
        return 0
    print(f"{machine()}; seconds of the processor")
    print(f"\n{chosen.records:,} times, best of {chosen.rounds}")
    for name, took in seconds.items():
        print(f"  {name:<28}{took:9.3f} s {took / chosen.records * 1_000_000:10.1f} µs each")
    _show_twins(found)
    _show_log(searched)
    for size, taken in towns.items():
        _show(size, taken)
    return 0


def _show_twins(found: list[Found]) -> None:
    print(f"\n{'twins, records':<20}   compared      each   seconds   planted  missed   false")
    for one in found:
        print(
            f"  {one.records:<18,}{one.comparisons:>11,}{one.comparisons / one.records:>10.1f}"
            f"{one.seconds:>10.2f}{one.planted:>10,}{one.missed:>8,}{one.false:>8,}"
        )


def _show_log(searched: list[Searched]) -> None:
    print(f"\n{'log':<28}     rows  statements        ms")
    for one in searched:
        print(f"  {one.name:<28}{one.rows:>7,}{one.statements:>12}{one.milliseconds:>10.1f}")


def _show(size: int, taken: list[Taken]) -> None:
    print(
        f"\n{size:,} linked records{'':14}records   seconds  of the CRM  µs each without"
        "  × json.loads   peak MB"
    )
    for one in taken:
        own = one.seconds - one.crm_seconds
        print(
            f"  {one.name:<28}{one.records:>9,}{one.seconds:10.2f}{one.crm_seconds:12.2f}"
            f"{own / one.records * 1_000_000:17.0f}{own / one.json_seconds:14.1f}"
            f"{one.peak_megabytes:10.1f}"
        )


if __name__ == "__main__":
    sys.exit(main())
