"""Pulling into the CRM: creates with a key, changes with a version check, then read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xtiger.engine.bench import Scope, Workbench
from xtiger.engine.booking import Booking, answered_crm
from xtiger.engine.made import announce, create_key, made_name
from xtiger.engine.observe import remember_crm
from xtiger.plans import Cause, Item
from xtiger.records import Record, Result, Write
from xtiger.values import Plain


class Puller:
    """Writes the items of one module into the CRM."""

    def __init__(self, bench: Workbench, scope: Scope, booking: Booking) -> None:
        self.bench, self.scope, self.booking = bench, scope, booking

    def pull(self, items: Sequence[Item]) -> None:
        """Write items in parts that the host takes; each has its own result."""
        todo = self.booking.unsettled(items)
        step = max(1, self.bench.host.host.caps.max_batch)
        for start in range(0, len(todo), step):
            self.bench.keep_alive()
            self._write(todo[start : start + step])

    def _write(self, part: Sequence[Item]) -> None:
        bench = self.bench
        with bench.store.transaction():
            self._keep_before_images(part)
            announce(bench, self.scope.name, [item for item in part if not item.crm_id])
        results = bench.host.save(self.scope.name, [self._make(item) for item in part])
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
                self._settle(item, result, records)
            bench.store.save_setting(made_name(bench, self.scope.name), None)

    def _make(self, item: Item) -> Write:
        caps = self.bench.host.host.caps
        return Write(
            values=dict(item.to_crm or {}),
            id=item.crm_id,
            expect=item.crm_version if caps.versions else None,
            key=None if item.crm_id else create_key(self.bench, item.kind, item.xero_id or ""),
        )

    def _keep_before_images(self, part: Sequence[Item]) -> None:
        for item in part:
            if item.crm_id:
                self.bench.store.save_before_image(
                    self.booking.run.id, "crm", item.module, item.crm_id,
                    dict(item.crm_values), self.bench.clock.now(),
                )  # fmt: skip

    def _settle(self, item: Item, result: Result, records: Mapping[str, Record]) -> None:
        if result.problem is not None or result.ref is None:
            problem = result.problem
            if problem is not None and problem.code == "conflict" and item.crm_id:
                self.booking.stop(item, Cause("changed_meanwhile"), "held")
                return
            message = problem.message if problem else "no reason given"
            self.booking.stop(item, Cause("crm_refused", {"message": message}), "failed")
            return
        record = records.get(result.ref.id)
        if record is None:
            self.booking.stop(item, Cause("missing_without_proof"), "held")
            return
        ready = self.booking.after_half(item)
        crm = {**ready.crm_values, **self._written(item, result, record)}
        self.booking.agree(item, ready.xero_id or "", record.ref.id, crm, ready.xero_values)

    def _written(self, item: Item, result: Result, record: Record) -> Mapping[str, Plain]:
        """Row key → what the CRM holds of our write; a person's later edit is not part of it."""
        answered = answered_crm(self.scope, record)
        if not _edited_since(result, record):
            return answered
        sent = item.to_crm or {}
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
