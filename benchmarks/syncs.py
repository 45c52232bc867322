"""What planning and pulling take in a town of linked records; `python -m benchmarks.syncs SIZE`.

It runs in a process of its own, since the memory that a process has used is never given back.
Seconds are those of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.town import Town, make_town
from tests.xero.twin import page
from xtiger.cli import GC_THRESHOLD
from xtiger.model.runs import Run

#: Changed records of a pull are this many at most.
PULLED = 10_000
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one step took."""

    name: str
    records: int
    seconds: float
    #: How much of this the CRM itself took.
    crm_seconds: float
    #: `json.loads` of the same pages.
    json_seconds: float
    #: Memory above what the town itself takes.
    peak_megabytes: float


def in_own_process(size: int) -> list[Taken]:
    """Each step in a town of this size."""
    command = [sys.executable, "-m", "benchmarks.syncs", str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [Taken(**json.loads(line)) for line in done.stdout.splitlines()]


def steps(size: int) -> Iterator[Taken]:
    """Plan with nothing changed, plan all again, pull contacts, pull new and changed invoices."""
    _say(f"{size:,} linked records: making them")
    with TemporaryDirectory() as home, make_town(Path(home), size) as town:
        xt, http = town.world.xt, town.http
        contacts = http.whole["Contacts"]
        yield _taken(town, "plan, nothing changed", "Contacts", contacts, lambda: xt.sync.plan(()))
        yield _taken(
            town, "plan, all read again", "Contacts", contacts, lambda: xt.sync.plan((), full=True)
        )
        town.settle()
        count = min(size, PULLED)
        for name, plural, changed in (
            (
                "pull changed contacts",
                "Contacts",
                lambda: town.contacts(EmailAddress="new@example.com")[:count],
            ),
            ("pull new invoices", "Invoices", lambda: town.invoices(count)),
            ("pull changed invoices", "Invoices", lambda: town.invoices(count, "More work")),
        ):
            yield from _pulled(town, name, plural, changed)


def _pulled(
    town: Town, name: str, plural: str, changed: Callable[[], list[bytes]]
) -> Iterator[Taken]:
    """A sync of what changed in Xero; raises RuntimeError unless every record of it was written."""
    town.world.clock.sleep(180)
    town.http.changed[plural] = changed()
    runs: list[Run] = []
    yield _taken(
        town,
        name,
        plural,
        town.http.changed[plural],
        lambda: runs.append(town.world.xt.sync.run(())),
    )
    wrote = sum(
        results.get("created", 0) + results.get("updated", 0) for results in runs[0].counts.values()
    )
    if wrote != len(town.http.changed[plural]):
        raise RuntimeError(f"{name}: {runs[0].counts}")
    town.http.changed[plural] = []


def _say(text: str) -> None:
    """Show what goes on; figures alone go to standard output."""
    print(text, file=sys.stderr, flush=True)


def _taken(
    town: Town, name: str, plural: str, elements: list[bytes], work: Callable[[], object]
) -> Taken:
    _say(f"{town.size:,} linked records: {name}")
    town.world.clock.sleep(180)
    gc.collect()
    before, crm_before = _memory_anew(), town.crm.seconds
    begin = process_time()
    work()
    seconds = process_time() - begin
    crm_seconds = town.crm.seconds - crm_before
    peak = _peak() - before
    now = town.world.clock.now()
    numbers = range(1, -(-len(elements) // 1_000) + 1)
    pages = [page(plural, elements, number, now) for number in numbers]
    return Taken(name, len(elements), seconds, crm_seconds, _json(pages), round(peak, 1))


def _json(pages: Sequence[bytes]) -> float:
    begin = process_time()
    for one in pages:
        json.loads(one)
    return process_time() - begin


def _memory_anew() -> float:
    """Megabytes in use now, from which the peak is counted anew where the system can do that."""
    if not _CLEAR.exists():
        return _peak()
    _CLEAR.write_text("5", encoding="ascii")
    return _peak()


def _peak() -> float:
    """The most megabytes in use."""
    if _STATUS.exists():
        lines = _STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith("VmHWM"))
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1_048_576 if sys.platform == "darwin" else 1_024)


if __name__ == "__main__":
    gc.set_threshold(*GC_THRESHOLD)  # as `xtiger sync` does
    # A line each, so that a run that is broken off leaves what it had.
    for step in steps(int(sys.argv[1])):
        print(json.dumps(asdict(step)), flush=True)
