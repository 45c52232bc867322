"""Creates in the CRM that are announced in the store, so that a crash makes no record twice.

The CRM and the store are two databases: between the CRM's commit and our link a run may die.
The announcement holds what was to be written; the next run saves it again under the same key,
which the host answers with the record made before, and links that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xtiger.engine.bench import Scope, Workbench
from xtiger.engine.booking import answered_crm
from xtiger.engine.observe import remember_crm
from xtiger.links import Base, Link, Pair
from xtiger.plans import Item
from xtiger.records import Record, Write


@dataclass(frozen=True, slots=True)
class Made:
    """One announced create."""

    xero_id: str
    #: CRM field name → value.
    values: dict[str, Any]
    #: Row key → Xero's value that it was made of.
    xero: dict[str, Any]


def made_name(bench: Workbench, module: str) -> str:
    """The setting that holds the creates under way of a module."""
    return f"crm_creates:{bench.connection_id}:{module}"


def create_key(bench: Workbench, kind: str, xero_id: str) -> str:
    """The key under which the host makes a record once."""
    return f"{bench.connection_id}:{kind}:{xero_id}"


def announce(bench: Workbench, module: str, items: Sequence[Item]) -> None:
    """Remember the creates of one part before they are written; call in a transaction."""
    if not items:
        return
    rows = [[item.xero_id, dict(item.to_crm or {}), dict(item.xero_values)] for item in items]
    bench.store.save_setting(made_name(bench, module), rows)


def finish_creates(bench: Workbench, scope: Scope) -> int:
    """Finish the creates that a run left open; answers how many were linked."""
    rows = bench.store.setting(made_name(bench, scope.name)) if bench.writes else None
    if not rows:
        return 0
    linked = bench.store.links_by_xero(bench.connection_id, scope.kind, [row[0] for row in rows])
    open_ = [Made(*row) for row in rows if row[0] not in linked]
    results = bench.host.save(scope.name, [
        Write(made.values, key=create_key(bench, scope.kind, made.xero_id)) for made in open_
    ]) if open_ else ()  # fmt: skip
    ids = [result.ref.id for result in results if result.ref and not result.problem]
    records = bench.host.get(scope.name, ids) if ids else {}
    taken = bench.store.links_by_crm(bench.connection_id, scope.name, ids)
    with bench.store.transaction():
        remember_crm(bench, scope, records.values())
        for made, result in zip(open_, results, strict=True):
            if result.ref and not result.problem and result.ref.id not in taken:
                _link(bench, scope, made, result.ref.id, records.get(result.ref.id))
        bench.store.save_setting(made_name(bench, scope.name), None)
    return len(ids)


def _link(bench: Workbench, scope: Scope, made: Made, crm_id: str, record: Record | None) -> None:
    """Link a record made before; the base holds only what the CRM still has as it was written.

    What differs was cut by the CRM or edited since: without base it is judged as a first link.
    """
    link = bench.store.add_link(Link(
        bench.connection_id, scope.kind, made.xero_id, scope.name, crm_id,
        created_at=bench.clock.now(),
    ))  # fmt: skip
    assert link.id is not None  # the store answers it with its id
    values = answered_crm(scope, record) if record is not None else {}
    names = {row.key: row.crm.name for row in scope.rows}
    pairs = {
        key: Pair(value, made.xero.get(key))
        for key, value in values.items()
        if value == made.values.get(names[key])
    }
    bench.store.save_bases([Base(link.id, pairs, scope.mapping.version)])
    bench.store.mark(
        bench.connection_id, "crm", scope.name, [crm_id], "recovery", bench.clock.now()
    )
