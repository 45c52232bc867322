"""Creates in the CRM that are announced in the store, so that a crash makes no record twice.

The CRM and the store are two databases: between the CRM's commit and our link a run may die.
The announcement holds what was to be written; the next run saves it again under the same key,
which the host answers with the record made before, and links that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xtiger.engine.apply.answered_values import answered_crm, written_links
from xtiger.engine.apply.kept_type import keep_type
from xtiger.engine.observe.both_sides import remember_crm
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model import setting_keys
from xtiger.model.line_ids import LineId, host_id
from xtiger.model.links import Base, Link, Pair
from xtiger.model.plans import Item
from xtiger.model.records import Record, Write
from xtiger.model.setting_keys import SettingKey, UnderWay
from xtiger.model.values import Plain, canon


@dataclass(frozen=True, slots=True)
class Made:
    """One announced create."""

    xero_id: str
    #: CRM field name → value; an invoice's lines under "lines".
    values: dict[str, Any]
    #: Row key → Xero's value that it was made of.
    xero: dict[str, Any]


def creates_key(bench: Workbench, scope: Scope) -> SettingKey:
    """The setting that holds the creates under way of a module, per kind."""
    return setting_keys.crm_creates(bench.connection_id, scope.name, scope.kind)


def create_key(bench: Workbench, kind: str, xero_id: str) -> str:
    """The key under which the host makes a record once."""
    key = f"{bench.connection_id}:{kind}:{xero_id}"
    times = bench.recreated().get(setting_keys.recreated(bench.connection_id, kind, xero_id))
    return f"{key}:{times}" if times else key


def as_write(values: Mapping[str, Plain]) -> Write:
    """A write of these values; lines have the host's own ids, none where those do not last."""
    lines = values.get(LINES)
    rest = {name: value for name, value in values.items() if name != LINES}
    if lines is None:
        return Write(rest)
    return Write(rest, lines=[_own_line(line) for line in lines])


def _own_line(line: Mapping[str, Plain]) -> dict[str, Plain]:
    own = host_id(LineId(str(line["id"]))) if line.get("id") else None
    rest = {name: value for name, value in line.items() if name != "id"}
    return rest if own is None else {"id": own, **rest}


def announce(
    bench: Workbench, scope: Scope, items: Sequence[tuple[Item, Mapping[str, Plain]]]
) -> None:
    """Remember the creates of one part, item and values, before they are written.

    Call it in a transaction.
    """
    if not items:
        return
    rows = [[item.xero_id, dict(values), dict(item.xero_values)] for item, values in items]
    bench.store.save_setting(creates_key(bench, scope), rows)


def finish_creates(bench: Workbench, scope: Scope, under_way: UnderWay) -> int:
    """Finish the creates that a run left open; returns how many were linked."""
    rows = under_way.get(creates_key(bench, scope))
    if not rows:
        return 0
    linked = bench.store.links_by_xero(bench.connection_id, scope.kind, [row[0] for row in rows])
    open_ = [Made(*row) for row in rows if row[0] not in linked]
    results = (
        bench.host.save(
            scope.name,
            [
                replace(as_write(made.values), key=create_key(bench, scope.kind, made.xero_id))
                for made in open_
            ],
        )
        if open_
        else ()
    )
    ids = [result.ref.id for result in results if result.ref and not result.problem]
    records = bench.host.get(scope.name, ids) if ids else {}
    taken = bench.store.links_by_crm(bench.connection_id, scope.name, ids)
    with bench.store.transaction():
        remember_crm(bench, scope, records.values())
        for made, result in zip(open_, results, strict=True):
            if result.ref and not result.problem and result.ref.id not in taken:
                _link(bench, scope, made, result.ref.id, records.get(result.ref.id))
        bench.store.save_setting(creates_key(bench, scope), None)
    return len(ids)


def _link(bench: Workbench, scope: Scope, made: Made, crm_id: str, record: Record | None) -> None:
    """Link a record made before; the base holds only what the CRM still has as it was written.

    What differs was cut by the CRM or edited since: without base it is judged as a first link.
    """
    link = bench.store.add_link(
        Link(
            bench.connection_id,
            scope.kind,
            made.xero_id,
            scope.name,
            crm_id,
            created_at=bench.clock.now(),
        )
    )
    assert link.id is not None  # the store answers it with its id
    keep_type(bench, scope, made.xero_id, crm_id)
    values = answered_crm(scope, record) if record is not None else {}
    names = {row.key: row.crm.name for row in scope.rows}
    pairs = {
        key: Pair(value, made.xero.get(key))
        for key, value in values.items()
        if key in names and value == made.values.get(names[key])
    }
    lines: Mapping[str, str] = {}
    rows = made.values.get(LINES)
    if record is not None and rows is not None and _as_written(record, rows):
        items = [str(line["LineItemID"]) for line in made.xero[LINES]]
        if len(items) == len(rows):
            pairs[LINES] = Pair(values[LINES], made.xero[LINES])
            lines = written_links(scope, values[LINES], rows, items, {})
    bench.store.save_bases([Base(link.id, pairs, scope.mapping.version, lines)])
    bench.store.mark(
        bench.connection_id, "crm", scope.name, [crm_id], "recovery", bench.clock.now()
    )


def _as_written(record: Record, rows: Sequence[Mapping[str, Plain]]) -> bool:
    """Whether the CRM still has the lines that were written, and nothing else."""
    return len(record.lines) == len(rows) and all(
        canon(line.get(name)) == canon(value)
        for line, row in zip(record.lines, rows, strict=True)
        for name, value in row.items()
    )
