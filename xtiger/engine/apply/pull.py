"""Pulling into the CRM: creates with a key, changes with a version check, then read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from xtiger.engine.apply.answered_values import answered_crm, written_links
from xtiger.engine.apply.booking import Booking
from xtiger.engine.apply.crm_creates import announce, as_write, create_key, creates_key
from xtiger.engine.apply.images import crm_changes
from xtiger.engine.apply.kept_type import keep_type
from xtiger.engine.apply.refusals import refused_by_crm
from xtiger.engine.apply.written import announce_changes, changes_key
from xtiger.engine.observe.both_sides import remember_crm
from xtiger.engine.plan.invoice.inward import CRM_TOTAL
from xtiger.engine.workbench.placeholder_ids import awaited, real_ids, resolved
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.mapping.role_values import RoleValues
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Record, Result, Write, XeroRef
from xtiger.model.values import Plain
from xtiger.rules.causes import cause_of
from xtiger.rules.money import cents


class Puller:
    """Writes the items of one module into the CRM."""

    def __init__(self, bench: Workbench, scope: Scope, booking: Booking) -> None:
        self.bench, self.scope, self.booking = bench, scope, booking
        #: Item.number → what is written, with real ids in place of stand-ins.
        self._values: dict[int, dict[str, Plain]] = {}
        #: CRM id → the record as it was, of those under way.
        self._before: Mapping[str, Record] = {}

    def pull(self, items: Sequence[Item]) -> None:
        """Write items in parts that the host takes; each has its own result."""
        todo = self._arrived(self.booking.unsettled(items))
        step = max(1, self.bench.host.host.caps.max_batch)
        for start in range(0, len(todo), step):
            self.bench.keep_alive()
            self._write(todo[start : start + step])

    def _arrived(self, items: Sequence[Item]) -> list[Item]:
        """The items whose parents the CRM has by now; the others are held."""
        wanted: dict[str, set[str]] = {}
        for item in items:
            for ref in awaited(item.to_crm or {}):
                wanted.setdefault(ref.kind, set()).add(ref.id)
        store, connection_id = self.bench.store, self.bench.connection_id
        orphans = any(item.undoes is not None for item in items)
        known = {
            XeroRef(kind, xero_id): link.crm_id
            for kind, ids in wanted.items()
            for xero_id, link in store.links_by_xero(connection_id, kind, sorted(ids)).items()
            # What an undo makes anew may have no other side any more.
            if link.state == "live" or (orphans and link.state == "orphan")
        }
        ready, real = [], real_ids(known)
        for item in items:
            values = self._values[item.number] = resolved(item.to_crm or {}, real)
            missing = next(awaited(values), None)
            if missing is None:
                ready.append(item)
            else:
                cause = cause_of(
                    "waits_for_parent",
                    parent=self._name(missing),
                    xero_kind=missing.kind,
                    xero_id=missing.id,
                )
                self.booking.stop(item, cause, "held")
        return ready

    def _name(self, ref: XeroRef) -> str:
        """What people call a Xero record, as last seen."""
        seen = self.bench.store.shadows(self.bench.connection_id, "xero", ref.kind, [ref.id])
        payload = seen[ref.id].payload if ref.id in seen else {}
        return str(payload.get("Name") or payload.get("Code") or f"{ref.kind} {ref.id}")

    def _write(self, part: Sequence[Item]) -> None:
        bench = self.bench
        known = [item.crm_id for item in part if item.crm_id]
        self._before = bench.host.get(self.scope.name, known) if known else {}
        with bench.store.transaction():
            self._keep_before_images()
            made = [(item, self._values[item.number]) for item in part if not item.crm_id]
            announce(bench, self.scope, made)
            changed = [
                (self.booking.after_half(item), self._values[item.number])
                for item in part
                if item.crm_id
            ]
            announce_changes(bench, self.scope, changed)
        results = bench.host.save(self.scope.name, [self._make(item) for item in part])
        moved = self._moved(part, results)
        ids = [result.ref.id for result in results if result.ref and not result.problem]
        records = bench.host.get(self.scope.name, ids) if ids else {}
        unsure = {
            result.ref.id
            for result in results
            if result.ref and _edited_since(result, records.get(result.ref.id))
        }
        with self.booking.together(part):
            remember_crm(bench, self.scope, records.values(), unsure)
            for item, result in zip(part, results, strict=True):
                if item.crm_id in moved:
                    self.booking.stop(item, cause_of("changed_meanwhile"), "held")
                else:
                    self._settle(item, result, records)
            bench.store.save_setting(creates_key(bench, self.scope), None)
            bench.store.save_setting(changes_key(bench, self.scope), None)

    def _make(self, item: Item) -> Write:
        caps = self.bench.host.host.caps
        return replace(
            as_write(self._values[item.number]),
            id=item.crm_id,
            expect=item.crm_version if caps.versions else None,
            key=None if item.crm_id else create_key(self.bench, item.kind, item.xero_id or ""),
        )

    def _moved(self, part: Sequence[Item], results: Sequence[Result]) -> set[str]:
        """CRM ids that somebody edited since they were read: the CRM refused our older version.

        A value that another record has already is called a conflict as well; that is no edit.
        """
        if not self.bench.host.host.caps.versions:
            return set()
        refused = {
            item.crm_id: item.crm_version
            for item, result in zip(part, results, strict=True)
            if result.problem and result.problem.code == "conflict" and item.crm_id
        }
        now = self.bench.host.get(self.scope.name, list(refused)) if refused else {}
        return {
            crm_id
            for crm_id, version in refused.items()
            if crm_id not in now or now[crm_id].version != version
        }

    def _keep_before_images(self) -> None:
        before = {
            key: {"values": dict(record.values), "lines": [dict(line) for line in record.lines]}
            for key, record in self._before.items()
        }
        self.bench.store.save_before_images(
            self.booking.run.id, "crm", self.scope.name, before, self.bench.clock.now()
        )

    def _settle(self, item: Item, result: Result, records: Mapping[str, Record]) -> None:
        if result.problem is not None or result.ref is None:
            cause = refused_by_crm(self.scope.module, result.problem)
            self.booking.stop(item, cause, "failed")
            return
        record = records.get(result.ref.id)
        if record is None:
            self.booking.stop(item, cause_of("missing_without_proof"), "held")
            return
        changes = crm_changes(
            item,
            self._values[item.number],
            self._before.get(item.crm_id or ""),
            record,
            self.scope,
            edited=_edited_since(result, record),
        )
        self.booking.wrote(item, crm=changes)
        ready = self.booking.after_half(item)
        crm = {**ready.crm_values, **self._written(item, result, record)}
        lines = self._line_ids(item, ready, crm)
        if _edited_since(result, record):
            # Lines read back are not those that we wrote: the next run compares them.
            crm.pop(LINES, None)
        alarm = self._total_alarm(item, record)
        if item.verb == "create":
            keep_type(self.bench, self.scope, ready.xero_id or "", record.ref.id)
        self.booking.agree(
            item,
            ready.xero_id or "",
            record.ref.id,
            crm,
            ready.xero_values,
            cause=alarm,
            result="failed" if alarm else None,
            line_ids=lines,
        )

    def _total_alarm(self, item: Item, record: Record) -> Cause | None:
        """The total that the CRM made of our lines against Xero's; a difference is an alarm."""
        wanted = item.xero_values.get(CRM_TOTAL)
        if wanted is None:
            return None
        try:
            total = RoleValues(self.scope.module, record.values).number("invoice.total")
        except ValueError:
            total = None
        if total is None or cents(total) == wanted:
            return None
        return cause_of("crm_total_wrong", crm_total=str(total), xero_total=str(wanted))

    def _line_ids(
        self, item: Item, ready: Item, crm: Mapping[str, Plain]
    ) -> Mapping[str, str] | None:
        """CRM line id → LineItemID once the rows are written; None leaves what the plan knew."""
        rows = (item.to_crm or {}).get(LINES)
        if rows is None or crm.get(LINES) is None:
            return None
        return written_links(self.scope, crm[LINES], rows, item.line_items, ready.line_links)

    def _written(self, item: Item, result: Result, record: Record) -> Mapping[str, Plain]:
        """Row key → what the CRM holds of our write; a person's later edit is not part of it."""
        answered = answered_crm(self.scope, record)
        if not _edited_since(result, record):
            return answered
        sent = self._values[item.number]
        return {
            row.key: sent[row.crm.name] if row.crm.name in sent else item.crm_values.get(row.key)
            for row in self.scope.rows
            if row.key in answered
        }


def _edited_since(result: Result, record: Record | None) -> bool:
    """Whether the record read back is not the one that our write made."""
    if record is None or None in (result.version, record.version):
        return False
    return result.version != record.version
