"""Deleting contacts in the CRM whose person was taken off the list in Xero."""

from __future__ import annotations

from collections.abc import Sequence

from xtiger.engine.bench import Scope, Workbench
from xtiger.engine.booking import Booking
from xtiger.plans import Cause, Item


def delete_in_crm(bench: Workbench, scope: Scope, booking: Booking, items: Sequence[Item]) -> None:
    """Delete these as the CRM's own users do; a refused one is an outcome, not an error.

    A record edited since the plan was made stays for the next run.
    """
    todo = booking.unsettled(items)
    if not todo:
        return
    records = bench.host.get(scope.name, [item.crm_id or "" for item in todo])
    fit: list[Item] = []
    changed: list[Item] = []
    for item in todo:
        record = records.get(item.crm_id or "")
        same = record is not None and record.version == item.crm_version
        (fit if same or item.crm_version is None else changed).append(item)
    with bench.store.transaction():
        for item in fit:
            record = records.get(item.crm_id or "")
            bench.store.save_before_image(
                booking.run.id, "crm", item.module, item.crm_id or "",
                dict(record.values) if record else {}, bench.clock.now(),
            )  # fmt: skip
    results = bench.host.delete(scope.name, [item.crm_id or "" for item in fit]) if fit else ()
    with booking.together(todo):
        for item in changed:
            booking.stop(item, Cause("changed_meanwhile"), "held")
        for item, result in zip(fit, results, strict=True):
            if result.problem is None or result.problem.code == "missing":
                booking.removed(item)
            else:
                message = result.problem.message
                booking.stop(item, Cause("crm_refused", {"message": message}), "failed")
