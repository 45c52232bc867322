"""How many records of a CRM's module settings would select: counted before they are saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xtiger.engine.pair.selection import Selection
from xtiger.engine.workbench.host_door import HostDoor
from xtiger.engine.workbench.scope import Scope
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.rules.reconciliation import REASONS

if TYPE_CHECKING:
    from xtiger.hookspecs import SyncModule
    from xtiger.i18n.language import Language
    from xtiger.model.connections import Connection
    from xtiger.model.mappings import ModuleSettings
    from xtiger.model.records import Record
    from xtiger.ports import Clock, Store
    from xtiger.services.parts import Parts


@dataclass(frozen=True, slots=True)
class SelectionCount:
    """How many CRM records of a module are in and out."""

    module: str
    #: All records of the module.
    total: int
    #: Code of the cause, such as filtered_out → how many are left out by it.
    left_out: Mapping[str, int] = field(default_factory=dict)
    #: How many of those left out are linked: they stay on both sides, and no change travels.
    linked: int = 0

    @property
    def selected(self) -> int:
        """How many are in."""
        return self.total - sum(self.left_out.values())


@dataclass(frozen=True, slots=True)
class _Bench:
    """What selecting needs, without Xero."""

    connection: Connection
    store: Store
    host: HostDoor
    clock: Clock


def count_selected(
    parts: Parts, connection: Connection, sync: SyncModule, settings: ModuleSettings
) -> SelectionCount:
    """Read every record of the module in the CRM once, and judge it by these settings."""
    with parts.host.tenant(connection.tenant):
        door = HostDoor(parts.host)
        module = next((one for one in door.modules() if one.name == sync.name), None)
        if module is None:
            return SelectionCount(sync.name, 0)
        unmapped = FieldMapping(sync.name, sync.kind, ())
        bench = _Bench(connection, parts.store, door, parts.clock)
        selection = Selection(bench, Scope(sync, module, unmapped, settings, ()))
        total, linked, left_out = 0, 0, Counter[str]()
        for records in _pages(door, sync.name):
            selection.prepare(records)
            known = parts.store.links_by_crm(
                connection.id, sync.name, [record.ref.id for record in records]
            )
            total += len(records)
            codes = {r.ref.id: _code(selection, r, linked=r.ref.id in known) for r in records}
            left_out.update(code for code in codes.values() if code)
            linked += sum(1 for crm_id in known if codes.get(crm_id))
    return SelectionCount(sync.name, total, dict(left_out), linked)


def _pages(door: HostDoor, module: str) -> Iterator[Sequence[Record]]:
    """The records of a module that are there, page by page."""
    cursor: str | None = None
    while True:
        page = door.changed_since(module, cursor)
        yield [record for record in page.records if not record.deleted]
        if not page.more:
            return
        cursor = page.cursor


def _code(selection: Selection, record: Record, *, linked: bool) -> str:
    """Why a record is left out; "" for one that is in. A linked one is so whatever its status."""
    unwanted = selection.left_alone(record)
    if unwanted is not None:
        return unwanted.code
    barred = selection.barred_status(record) is not None and not linked
    return "status_not_selected" if barred else ""


def count_lines(found: SelectionCount, words: Language) -> list[str]:
    """The count as people read it, one sentence a line."""
    out = found.total - found.selected
    lines = [
        words.sentence(
            "{module}: {count} of {total} records would be synced, {out} left out.",
            module=found.module,
            count=words.number(found.selected),
            total=words.number(found.total),
            out=words.number(out),
        )
    ]
    lines += [
        f"{words.number(count)} · {words.translate(REASONS[code])}"
        for code, count in sorted(found.left_out.items())
    ]
    if found.linked:
        lines.append(
            words.sentence(
                "{count} of them are linked: they stay on both sides, and no change travels.",
                count=words.number(found.linked),
            )
        )
    return lines
