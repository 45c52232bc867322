"""What would become of some CRM records by what was last read of Xero: nothing is asked there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import effective
from xtiger.engine.plan.module_judge import ModuleJudge
from xtiger.engine.plan.parents import references
from xtiger.engine.plan.plan_state import PlanState
from xtiger.engine.plan.planned_kind import PlannedKinds
from xtiger.engine.workbench.limits import Wanted
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import BoundRow, crm_values, to_xero
from xtiger.mapping.role_values import RoleValues
from xtiger.model.mappings import Direction
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Document, Module, Record, Ref, nameless
from xtiger.model.values import Plain
from xtiger.ports.xero import ElementAnswer, SettingsKind, WriteRequest, XeroPage

#: What of a record people call it by.
_NAMING = ("name", "number")


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the mapping at work on one record."""

    #: What people call the field, on each side.
    crm: str
    xero: str
    #: The flat field of Xero.
    path: str
    #: The ways that it may travel; None where it stays on both sides.
    way: Direction | None
    #: What the CRM has, and what Xero would get; None for nothing.
    value: Plain
    sent: Plain
    #: Why the value cannot be sent.
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Previewed:
    """One record as the mapping sees it, and what a sync would do with it."""

    record: Record
    item: Item
    cells: tuple[Cell, ...]
    #: (label, value) of the CRM's own fields that no row names: they stay there.
    stays: tuple[tuple[str, Plain], ...] = ()


class _AsLastRead:
    """Xero as it was last read: what was never seen is not there."""

    def __init__(self, now: datetime) -> None:
        self._page = XeroPage((), now)

    def organisation(self) -> Mapping[str, Plain]:
        """Xero.organisation: nothing."""
        return {}

    def settings(self, kind: SettingsKind) -> XeroPage:
        """Xero.settings: nothing."""
        return self._page

    def read(self, kind: str, *, since: datetime | None = None) -> Iterator[XeroPage]:
        """Xero.read: one page of nothing."""
        return iter((self._page,))

    def fetch(self, kind: str, ids: Sequence[str]) -> Sequence[Mapping[str, Plain]]:
        """Xero.fetch: nothing."""
        return ()

    def look_up(self, kind: str, field: str, value: str) -> Sequence[Mapping[str, Plain]]:
        """Xero.look_up: nothing."""
        return ()

    def send(self, request: WriteRequest) -> Sequence[ElementAnswer]:
        """Xero.send: never; a preview carries nothing out."""
        raise AssertionError(request.path)

    def online_url(self, invoice_id: str) -> str:
        """Xero.online_url: none."""
        return ""

    def history(self, invoice_id: str) -> Sequence[Mapping[str, Plain]]:
        """Xero.history: nothing."""
        return ()

    def email(self, invoice_id: str, key: str) -> None:
        """Xero.email: never."""
        raise AssertionError(invoice_id)

    def attached(self, invoice_id: str) -> Sequence[str]:
        """Xero.attached: nothing."""
        return ()

    def attach(self, invoice_id: str, name: str, document: Document, key: str) -> None:
        """Xero.attach: never."""
        raise AssertionError(invoice_id)

    @property
    def calls(self) -> int:
        """None is made."""
        return 0


def preview(
    bench: Workbench, kinds: PlannedKinds, module: str, ids: Sequence[str]
) -> list[Previewed]:
    """These records one by one, in their order; no other record of either side is looked at.

    A double is therefore not found, and a record that waits for another one goes: both are said
    by a plan.
    """
    bench.xero, bench.reads_feeds, bench.writes = _AsLastRead(bench.clock.now()), False, False
    scope, state = bench.scope(module), PlanState(bench)
    if scope is None:
        return []
    found: dict[str, Previewed] = {}
    for part in scope.parts:
        planned = kinds(part)
        pairer = planned.pairer(state, bench, part)
        pairer.know_no_others()
        pairings = pairer.match(pairer.pairings(Wanted(crm=tuple(ids))))
        _expect(state, part, pairings)
        judge = ModuleJudge(state, bench, part, pairer, planned)
        judge.prepare(pairings)
        for pairing in pairings:
            if pairing.record is not None and pairing.crm_id is not None:
                record, cells = pairing.record, tuple(_cells(pairing.record, part, state))
                stays = tuple(_unmapped(record, part))
                found[pairing.crm_id] = Previewed(record, judge.item(pairing), cells, stays)
    return [found[crm_id] for crm_id in ids if crm_id in found]


def _expect(state: PlanState, scope: Scope, pairings: Sequence[Pairing]) -> None:
    """What these records point to goes before them, whatever becomes of it; by its name."""
    wanted: dict[str, set[str]] = {}
    for pairing in pairings:
        for ref in references(scope, pairing.record) if pairing.record is not None else ():
            wanted.setdefault(ref.module, set()).add(ref.id)
    described = {module.name: module for module in state.bench.host.modules()}
    for name, ids in wanted.items():
        module = described.get(name)
        records = state.bench.host.get(name, sorted(ids)) if module is not None else {}
        for crm_id in ids:
            shown = _name(module, records.get(crm_id)) or nameless(name, crm_id)
            state.expected.setdefault(Ref(name, crm_id), shown)


def _name(module: Module | None, record: Record | None) -> str:
    """What people call a record; "" where it says nothing."""
    if module is None or record is None:
        return ""
    values = RoleValues(module, record.values)
    return next(filter(None, (values.text(f"{module.role}.{one}") for one in _NAMING)), "")


def _cells(record: Record, scope: Scope, state: PlanState) -> Iterator[Cell]:
    values, _causes = crm_values(record, scope.rows)
    for row in scope.rows:
        way = effective(row, scope)
        value, sent = _read(record, row, values), None
        if way in ("both", "to_xero") and row.key in values:
            sent = to_xero(values[row.key], row, state.lookups())
        cause = sent if isinstance(sent, Cause) else None
        if row.crm.targets and value not in (None, ""):
            # People know the other record by its name.
            value = state.expected.get(Ref(row.crm.targets[0], str(value)), value)
            sent = value if sent is not None and cause is None else sent
        yield Cell(
            row.label,
            row.xero.label or row.xero.path,
            row.xero.path,
            way,
            value,
            None if cause is not None else sent,
            cause,
        )


def _unmapped(record: Record, scope: Scope) -> Iterator[tuple[str, Plain]]:
    """What the record has in fields without a role, which are used by rows alone."""
    mapped = {row.crm.name for row in scope.rows}
    for field in scope.module.fields:
        value = record.values.get(field.name)
        if field.role is None and field.name not in mapped and value not in (None, ""):
            yield field.label or field.name, value


def _read(record: Record, row: BoundRow, values: Mapping[str, Plain]) -> Plain:
    """The value as it was read; what cannot be read as it stands in the CRM."""
    return values[row.key] if row.key in values else record.values.get(row.crm.name)
