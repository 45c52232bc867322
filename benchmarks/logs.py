"""How long each list and search of the log takes, and how many statements, with many rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import event

from xtiger.db.cipher import Cipher, new_key
from xtiger.db.store import SqlStore
from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.plans import Cause, Difference
from xtiger.model.runs import Outcome, Run
from xtiger.model.verbs import ResultName

START = datetime(2026, 1, 1, tzinfo=UTC)
_MODULES = ("Organizations", "Contacts", "Products", "Invoices", "Payments")
#: Of a hundred rows that many end so.
_RESULTS: tuple[ResultName, ...] = (
    *(("updated",) * 60 + ("created",) * 25 + ("excluded",) * 8),
    *(("held",) * 4 + ("conflict",) * 2 + ("failed",)),
)
#: Rows that are written at once.
_PART = 2_000


@dataclass(frozen=True, slots=True)
class Searched:
    """What one list or search took."""

    name: str
    rows: int
    statements: int
    milliseconds: float


@contextmanager
def filled(rows: int, runs: int) -> Iterator[SqlStore]:
    """A store whose log has so many rows of so many runs, the newest an hour old."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore.open(f"sqlite:///{Path(folder) / 'log.db'}", Cipher([new_key()]))
        try:
            store.migrate()
            for number in range(runs):
                begun = START + timedelta(hours=number)
                by = "Ann" if number % 10 == 0 else ""
                run = Run(f"r{number}", "c1", _MODULES, begun, state="done", started_by=by)
                store.save_run(run if by else replace(run, trigger="schedule"))
            for first in range(0, rows, _PART):
                last = min(first + _PART, rows)
                store.add_outcomes(row(one, one * runs // rows) for one in range(first, last))
            yield store
        finally:
            store.close()


def row(number: int, run: int) -> Outcome:
    """One entry of the log of such a number and run."""
    result = _RESULTS[number * 37 % 100]
    stands = result in ("held", "conflict", "failed", "excluded")
    module = _MODULES[number % len(_MODULES)]
    crm_id = str(number % 20_000)
    return Outcome(
        *("c1", f"r{run}", module, "Contact", crm_id, f"x{crm_id}", f"Firm {number}", result),
        flow="" if stands else "to_xero",
        cause=Cause("tax_unknown" if result == "failed" else "not_selected") if stands else None,
        differences=(Difference("Name", "Name", "a", "b", "a", "to_xero"),),
        at=START + timedelta(hours=run, seconds=number % 3600),
    )


def searches(rows: int, runs: int) -> Mapping[str, Mapping[str, Any]]:
    """Name → filters of each search that the page and the command offer."""
    middle = START + timedelta(hours=runs // 2)
    return {
        "newest page": {},
        "page 100": {"offset": min(4_950, rows // 2)},
        "one day": {"since": middle, "until": middle + timedelta(days=1)},
        "module": {"module": "Invoices"},
        "result": {"results": ("failed",)},
        "several results": {"results": ("held", "conflict", "failed")},
        "direction": {"flows": ("to_xero", "both")},
        "cause": {"codes": ("tax_unknown",)},
        "run": {"run_id": f"r{runs // 2}"},
        "person": {"by": "Ann"},
        "text": {"text": f"firm {rows // 2}"},
        "text that nothing has": {"text": "nobody"},
        "one record": {"module": "Invoices", "crm_id": "8"},
    }


def search(rows: int, runs: int) -> list[Searched]:
    """Each list and search once; the chain as a whole and a cut after them."""
    with filled(rows, runs) as store:
        asked: list[str] = []
        event.listen(store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        calls: dict[str, Callable[[], Any]] = {
            name: partial(store.outcomes, connections=["c1"], limit=51, **filters)
            for name, filters in searches(rows, runs).items()
        }
        calls["runs"] = lambda: store.runs(["c1"], 50)
        found = []
        for name, call in calls.items():
            asked.clear()
            begun = perf_counter()
            got = call()
            took = perf_counter() - begun
            found.append(Searched(name, len(got), len(asked), took * 1_000))
        begun = perf_counter()
        assert store.broken_audit_row() is None
        found.append(Searched("whole chain", rows, 0, (perf_counter() - begun) * 1_000))
        begun = perf_counter()
        gone = store.cut_log(KeepTimes(1), START + timedelta(hours=runs), 2_000)
        found.append(Searched("one part of a cut", gone, 0, (perf_counter() - begun) * 1_000))
        return found
