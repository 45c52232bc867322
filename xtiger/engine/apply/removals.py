"""Carrying out removals: announced, sent, and looked up by id when the answer does not come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import simplejson

from xtiger.engine.apply.batches import to_bytes, under_way
from xtiger.engine.apply.booking import Booking
from xtiger.engine.apply.images import crm_removed, xero_removed
from xtiger.engine.apply.pull import Puller
from xtiger.engine.apply.refusals import refused_by_crm
from xtiger.engine.observe.both_sides import save_elements
from xtiger.engine.plan.estimate import BATCH_ELEMENTS
from xtiger.engine.plan.removals import removing
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import AnswerUnknown, XeroRejected
from xtiger.model.calls import Batch, Intent
from xtiger.model.links import Shadow
from xtiger.model.plans import REMOVALS, Item
from xtiger.model.records import Record, Result, XeroRef
from xtiger.model.setting_keys import SettingKey, UnderWay, crm_removals
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.rules.causes import cause_of
from xtiger.rules.gone import is_gone, says_gone
from xtiger.rules.kinds import traits


class Remover:
    """Removes the records of one module on the side that still has them."""

    def __init__(self, bench: Workbench, scope: Scope, booking: Booking) -> None:
        self.bench, self.scope, self.booking = bench, scope, booking

    def remove(self, items: Sequence[Item]) -> None:
        """Remove all, in Xero and then in the CRM; raises what stops the run."""
        in_xero, in_crm = removing(items)
        rest: list[Item] = []
        bench, kind = self.bench, self.scope.kind
        ids = [item.xero_id for item in in_xero if item.xero_id]
        before = bench.store.shadows(bench.connection_id, "xero", kind, ids) if ids else {}
        reader = bench.reader(kind)

        def done(item: Item) -> None:
            if item.to_crm:
                rest.append(item)
                return
            shadow = before.get(item.xero_id or "")
            if shadow is not None:
                self.booking.wrote(item, xero=xero_removed(reader.seen(shadow)))
            self.booking.removed(item)

        XeroRemover(bench, self.booking, kind).remove(in_xero, done)
        # What an undo takes away in Xero, with values that go back in the CRM.
        Puller(self.bench, self.scope, self.booking).pull(rest)
        CrmRemover(self.bench, self.scope, self.booking).remove(in_crm)


class XeroRemover:
    """Removes elements of one kind in Xero; what was refused is booked with Xero's words."""

    def __init__(self, bench: Workbench, booking: Booking, kind: str) -> None:
        self.bench, self.booking, self.kind = bench, booking, kind

    def remove(
        self,
        items: Sequence[Item],
        done: Callable[[Item], None],
        announced: Callable[[Item], None] = lambda _item: None,
    ) -> None:
        """Remove these; `done` and `announced` are called for each inside its transaction."""
        size = BATCH_ELEMENTS if traits(self.kind).removed_in_batches else 1
        for start in range(0, len(items), size):
            self.bench.keep_alive()
            self._send(items[start : start + size], done, announced, again=True)

    def _send(
        self,
        part: Sequence[Item],
        done: Callable[[Item], None],
        announced: Callable[[Item], None],
        *,
        again: bool,
    ) -> None:
        batch = self._announce(part, announced)
        # A single request goes to an element's own path: nothing there summarises.
        query = {"summarizeErrors": "false"} if traits(self.kind).removed_in_batches else {}
        # Xero ignores the key on a DELETE, which can be repeated as it is.
        key = "" if batch.method == "DELETE" else batch.key
        try:
            with under_way(self.bench, batch):
                answers = self.bench.xero.send(
                    WriteRequest(batch.method, batch.path, batch.body, key, query)
                )
        except AnswerUnknown:
            self._look_up(batch, part, done, announced, again=again)
        except XeroRejected as error:
            self.booking.answered_by(part, error.correlation_id)
            self._rejected(batch, part, done, error)
        else:
            self.booking.answered_by(part, answers[0].correlation_id)
            self._settle(batch, part, done, answers)

    def _announce(self, part: Sequence[Item], announced: Callable[[Item], None]) -> Batch:
        """The batch with its intents and before-images, committed before anything is sent."""
        bench = self.bench
        batch = removal_batch(
            part,
            self.kind,
            self.booking.run.id,
            bench.connection_id,
            bench.connection.organisation_id,
            bench.clock.new_id,
        )
        batch = replace(batch, state="sent", sent_at=bench.clock.now())
        ids = [item.xero_id for item in part if item.xero_id]
        known = bench.store.shadows(bench.connection_id, "xero", self.kind, ids)
        with bench.store.transaction():
            bench.store.open_batch(batch)
            before = {key: shadow.payload for key, shadow in known.items()}
            bench.store.save_before_images(
                self.booking.run.id, "xero", self.kind, before, bench.clock.now()
            )
            for item in part:
                announced(item)
        return batch

    def _look_up(
        self,
        batch: Batch,
        part: Sequence[Item],
        done: Callable[[Item], None],
        announced: Callable[[Item], None],
        *,
        again: bool,
    ) -> None:
        """No answer came: each record's own state tells; the rest is sent once more."""
        self.bench.store.save_batch(replace(batch, state="unknown"))
        gone = gone_in_xero(self.bench, self.kind, [item.xero_id or "" for item in part])
        rest = [item for item in part if item.xero_id not in gone]
        with self.booking.together(part):
            for item in part:
                if item.xero_id in gone:
                    done(item)
                elif not again:
                    self.booking.stop(item, cause_of("answer_unknown"), "failed")
            self._close(batch, [item.xero_id in gone for item in part])
        if rest and again:
            self._send(rest, done, announced, again=False)

    def _rejected(
        self,
        batch: Batch,
        part: Sequence[Item],
        done: Callable[[Item], None],
        error: XeroRejected,
    ) -> None:
        """Refused as a whole; an item that Xero does not know may have been deleted before."""
        ids = [item.xero_id or "" for item in part]
        gone = gone_in_xero(self.bench, self.kind, ids) if error.http_status == 404 else set()
        said = error.problems or (f"HTTP {error.http_status}",)
        with self.booking.together(part):
            self._close(batch, [item.xero_id in gone for item in part])
            for item in part:
                if item.xero_id in gone:
                    done(item)
                else:
                    self.booking.refused(item, said)

    def _settle(
        self,
        batch: Batch,
        part: Sequence[Item],
        done: Callable[[Item], None],
        answers: Sequence[ElementAnswer],
    ) -> None:
        good = [self._is_gone(answer) for answer in answers]
        with self.booking.together(part):
            for item, answer, gone in zip(part, answers, good, strict=True):
                if gone:
                    self._keep(item, answer.element)
                    done(item)
                else:
                    said = answer.problems or ("Xero kept it and gave no reason.",)
                    self.booking.refused(item, said)
            self._close(batch, good)

    def _is_gone(self, answer: ElementAnswer) -> bool:
        """A status is its own proof; an item has none, its 204 is."""
        return answer.ok and (
            not traits(self.kind).status_field or says_gone(self.kind, answer.element)
        )

    def _keep(self, item: Item, answered: Mapping[str, Any]) -> None:
        bench, now = self.bench, self.bench.clock.now()
        if traits(self.kind).status_field:
            save_elements(bench, self.kind, [answered], now, mark="none")
        else:
            keep_gone(bench, self.kind, [item.xero_id or ""])

    def _close(self, batch: Batch, good: Sequence[bool]) -> None:
        self.bench.store.save_batch(batch.closed(["applied" if one else "failed" for one in good]))


def removal_batch(
    part: Sequence[Item],
    kind: str,
    run_id: str,
    connection_id: str,
    organisation_id: str,
    new_id: Callable[[], str],
) -> Batch:
    """A batch of ids with their new status and nothing else: Xero refuses more."""
    batch_id, id_name = new_id(), traits(kind).id_field
    elements = [{id_name: item.xero_id, **_removed_fields(item)} for item in part]
    method, path, body = _removal_request(part, kind, elements)
    intents = tuple(
        Intent(
            id=new_id(),
            position=position,
            module=item.module,
            kind=kind,
            crm_id=item.crm_id,
            xero_id=item.xero_id,
            verb=item.verb if item.verb in REMOVALS else "delete",
            natural_key=None,
            payload=element,
        )
        for position, (item, element) in enumerate(zip(part, elements, strict=True))
    )
    return Batch(
        id=batch_id,
        connection_id=connection_id,
        run_id=run_id,
        kind=kind,
        method=method,
        path=path,
        body=body,
        key=f"{organisation_id}-{batch_id}",
        intents=intents,
    )


def _removal_request(
    part: Sequence[Item], kind: str, elements: Sequence[Mapping[str, Any]]
) -> tuple[Literal["POST", "DELETE"], str, bytes]:
    """(method, path, body); what does not go in batches goes to its own address."""
    path = traits(kind).path
    if traits(kind).removed_in_batches:
        return "POST", path, to_bytes(kind, elements)
    path, status = f"{path}/{part[0].xero_id}", _removed_fields(part[0])
    if not status:
        return "DELETE", path, b""
    return "POST", path, simplejson.dumps(status).encode()


def _removed_fields(item: Item) -> Mapping[str, Any]:
    """What is sent beside the id; a payment that is made anew sends its new values later."""
    return (item.to_xero or {}) if item.verb in REMOVALS else {"Status": "DELETED"}


def gone_in_xero(bench: Workbench, kind: str, ids: Sequence[str]) -> set[str]:
    """Which of these Xero no longer has: by their status, items by the whole list without them."""
    now = bench.clock.now()
    if traits(kind).status_field:
        elements = bench.xero.fetch(kind, ids)
        save_elements(bench, kind, elements, now, mark="none")
        id_name = traits(kind).id_field
        return {str(raw.get(id_name)) for raw in elements if says_gone(kind, raw)}
    there = {
        str(raw.get(traits(kind).id_field))
        for page in bench.xero.read(kind)
        for raw in page.elements
    }
    gone = [one for one in ids if one not in there]
    keep_gone(bench, kind, gone)
    return set(gone)


def keep_gone(bench: Workbench, kind: str, ids: Sequence[str]) -> None:
    """Remember that Xero no longer has these."""
    known = bench.store.shadows(bench.connection_id, "xero", kind, ids)
    now = bench.clock.now()
    bench.store.save_shadows(
        bench.connection_id,
        [
            Shadow("xero", kind, one, known[one].payload if one in known else {}, now, gone=True)
            for one in ids
        ],
    )


class CrmRemover:
    """Deletes records of one module in the CRM."""

    def __init__(self, bench: Workbench, scope: Scope, booking: Booking) -> None:
        self.bench, self.scope, self.booking = bench, scope, booking

    def remove(self, items: Sequence[Item]) -> None:
        """Delete in parts that the host takes; what was changed meanwhile is left alone."""
        step = max(1, self.bench.host.host.caps.max_batch)
        for start in range(0, len(items), step):
            self.bench.keep_alive()
            self._delete(items[start : start + step])

    def _delete(self, part: Sequence[Item]) -> None:
        bench, module = self.bench, self.scope.name
        records = bench.host.get(module, [item.crm_id or "" for item in part])
        free = [item for item in part if _unchanged(item, records.get(item.crm_id or ""))]
        with self.booking.together(part):
            for item in part:
                if item not in free:
                    self.booking.stop(item, cause_of("changed_meanwhile"), "held")
        if not free:
            return
        self._announce(free, records)
        results = bench.host.delete(module, [item.crm_id or "" for item in free])
        with self.booking.together(free):
            for item, result in zip(free, results, strict=True):
                self._settle(item, result, records[item.crm_id or ""])
            bench.store.save_setting(removals_key(bench, self.scope), None)

    def _announce(self, part: Sequence[Item], records: Mapping[str, Record]) -> None:
        bench, module = self.bench, self.scope.name
        found = [records[item.crm_id or ""] for item in part]
        before = {
            record.ref.id: {"values": dict(record.values), "lines": [dict(x) for x in record.lines]}
            for record in found
        }
        with bench.store.transaction():
            bench.store.save_before_images(
                self.booking.run.id, "crm", module, before, bench.clock.now()
            )
            rows = [[item.crm_id, item.xero_id] for item in part]
            bench.store.save_setting(removals_key(bench, self.scope), rows)

    def _settle(self, item: Item, result: Result, record: Record) -> None:
        # What the CRM does not have any more needs no removal.
        if result.problem is not None and result.problem.code != "missing":
            cause = refused_by_crm(self.scope.module, result.problem)
            self.booking.stop(item, cause, "failed")
            return
        bench = self.bench
        bench.store.save_shadows(
            bench.connection_id,
            [Shadow("crm", item.module, item.crm_id or "", {}, bench.clock.now(), gone=True)],
        )
        self.booking.wrote(item, crm=crm_removed(record, self.scope))
        self.booking.removed(item)


def _unchanged(item: Item, record: Record | None) -> bool:
    return record is not None and not record.deleted and record.version == item.crm_version


def removals_key(bench: Workbench, scope: Scope) -> SettingKey:
    """The setting that holds the deletes under way of a module of the CRM, per kind."""
    return crm_removals(bench.connection_id, scope.name, scope.kind)


# --- after a crash ---------------------------------------------------------------------------


def finish_crm_removals(bench: Workbench, scope: Scope, under_way: UnderWay) -> None:
    """Learn which records an earlier run deleted in the CRM before it died.

    The announcement proves it where the host forgets its dead; what is still there is judged anew.
    """
    rows = under_way.get(removals_key(bench, scope))
    if not rows:
        return
    records = bench.host.get(scope.name, [crm_id for crm_id, _ in rows])
    gone = [
        (crm_id, xero_id)
        for crm_id, xero_id in rows
        if crm_id not in records or records[crm_id].deleted
    ]
    bench.removed.update(XeroRef(scope.kind, xero_id) for _, xero_id in gone)
    now = bench.clock.now()
    with bench.store.transaction():
        bench.store.save_shadows(
            bench.connection_id,
            [Shadow("crm", scope.name, crm_id, {}, now, gone=True) for crm_id, _ in gone],
        )
        bench.store.save_setting(removals_key(bench, scope), None)


def finish_removals(bench: Workbench, batch: Batch) -> None:
    """Learn which records of this batch an earlier run removed in Xero before it died.

    The feeds were read before, and status is proof; items leave no trace, so their list is read.
    """
    ids = [i.xero_id for i in batch.intents if i.verb in REMOVALS and i.xero_id]
    if not ids:
        return
    if traits(batch.kind).status_field:
        known = bench.store.shadows(bench.connection_id, "xero", batch.kind, ids)
        gone = {key for key, shadow in known.items() if is_gone(shadow)}
    else:
        gone = gone_in_xero(bench, batch.kind, ids)
    bench.removed.update(XeroRef(batch.kind, one) for one in gone)
