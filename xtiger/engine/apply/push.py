"""Pushing to Xero: intents first, then batches, then each element's own answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xtiger.engine.apply.answered_values import answered_xero
from xtiger.engine.apply.batches import (
    Outgoing,
    cut,
    make_batch,
    request_element,
    under_way,
)
from xtiger.engine.apply.booking import Booking, LinesOf
from xtiger.engine.apply.images import xero_changes
from xtiger.engine.apply.lost_answers import as_sent, update_arrival
from xtiger.engine.apply.refusals import item_gone, refused_cause
from xtiger.engine.apply.sent import keep_arrived, meant_by, nothing_found
from xtiger.engine.apply.sent_lines import SentLines, lines_arrived
from xtiger.engine.apply.stored import bare_lines, stored_otherwise
from xtiger.engine.observe.both_sides import read_xero, save_elements
from xtiger.engine.pair.ours import made_by
from xtiger.engine.plan.field_merge import cause_of_stored
from xtiger.engine.plan.invoice.figures import sums_cause
from xtiger.engine.plan.invoice.inward import SUMS, sums_there
from xtiger.engine.plan.item_builder import row_key
from xtiger.engine.plan.parents import is_left, parent_cause
from xtiger.engine.workbench.placeholder_ids import pending_id
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import AnswerUnknown, UnreadableAnswer, XeroRejected
from xtiger.model.calls import Batch, IntentState
from xtiger.model.links import Link, Shadow
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import Ref, XeroRecord, nameless
from xtiger.model.values import Plain, as_decimal
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import contact_of
from xtiger.rules.kinds import traits

#: Xero could not read the request, or an element of it.
BAD_REQUEST = 400
#: Item.number → the element that Xero has of it now, and the numbers of items that others edited.
Looked = tuple[dict[int, Mapping[str, Any]], set[int]]


class Pusher:
    """Sends the items of one module to Xero."""

    def __init__(self, bench: Workbench, scope: Scope, booking: Booking) -> None:
        self.bench, self.scope, self.booking = bench, scope, booking
        self._reader = bench.reader(scope.kind)
        #: CRM record → its link, of each that an item needs.
        self._parents: dict[Ref, Link] = {}
        #: Stand-in → Xero id of these.
        self._pending: dict[str, str] = {}
        #: CRM record → why this run did not send it, read when the first parent is missing.
        self._causes: dict[Ref, Cause | None] = {}
        #: Xero id → last seen copy of each record about to be changed.
        self._shadows: Mapping[str, Shadow] = {}

    def held_back(self, items: Sequence[Item]) -> list[Item]:
        """Book and return the items that may not go: a parent is missing, or an extension holds."""
        self._load_parents(items)
        causes = [(item, self._parent_cause(item) or self._hold(item)) for item in items]
        held = [(item, cause) for item, cause in causes if cause is not None]
        if held:
            with self.booking.together([item for item, _ in held]):
                for item, cause in held:
                    self.booking.stop(item, cause, "held")
        return [item for item, _ in held]

    def _hold(self, item: Item) -> Cause | None:
        hold = self.bench.before_push(item)
        return None if hold is None else hold.cause

    def _load_parents(self, items: Sequence[Item]) -> None:
        wanted: dict[str, set[str]] = {}
        for item in items:
            for needed in item.needs:
                wanted.setdefault(needed.ref.module, set()).add(needed.ref.id)
        for module, ids in wanted.items():
            found = self.bench.store.links_by_crm(self.bench.connection_id, module, ids)
            for crm_id, link in found.items():
                ref = Ref(module, crm_id)
                self._parents[ref] = link
                self._pending[pending_id(ref)] = contact_of(link.xero_id)
            self._stand_for(found.values())

    def _stand_for(self, links: Iterable[Link]) -> None:
        """An alias goes by the id of its primary, which this run may have just made."""
        shared: dict[str, set[str]] = {}
        for link in links:
            if link.role == "alias":
                shared.setdefault(link.kind, set()).add(link.xero_id)
        for kind, ids in shared.items():
            firsts = self.bench.store.links_by_xero(self.bench.connection_id, kind, ids)
            for xero_id, first in firsts.items():
                self._pending[pending_id(Ref(first.module, first.crm_id))] = contact_of(xero_id)

    def _parent_cause(self, item: Item) -> Cause | None:
        for needed in item.needs:
            ref = needed.ref
            link = self._parents.get(ref)
            if link is None or link.state != "live":
                reason = cause_of("gone_in_xero") if link else self._reason(ref)
                name = needed.name or nameless(ref.module, ref.id)
                known = {"module": ref.module, "id": ref.id}
                stands = not is_left(self.bench, ref, reason)
                return parent_cause(name, known, reason, stands=stands)
        return None

    def _reason(self, ref: Ref) -> Cause | None:
        """Why this run did not send a parent."""
        if not self._causes:
            # The modules before this one are booked; nothing of them is added any more.
            for outcome in self.booking.outcomes:
                own = Ref(outcome.module, outcome.crm_id or "")
                self._causes.setdefault(own, outcome.cause)
        return self._causes.get(ref)

    def push(self, items: Sequence[Item]) -> None:
        """Send creates, then updates, in batches; raises what stops the run."""
        for creating in (True, False):
            group = [item for item in items if (item.verb == "create") == creating]
            known = [item.xero_id for item in group if item.xero_id]
            self._shadows = (
                self.bench.store.shadows(self.bench.connection_id, "xero", self.scope.kind, known)
                if known
                else {}
            )
            outgoing = [Outgoing(item, self._element(item)) for item in group]
            for part in cut(self.scope.kind, outgoing):
                self.bench.keep_alive()
                self._send(part, creating=creating, again=True)

    def _element(self, item: Item) -> dict[str, Any]:
        url = self.bench.host.url(Ref(item.module, item.crm_id)) if item.crm_id else None
        return request_element(item, self._before(item), url=url, resolve=self._resolve)

    def _before(self, item: Item) -> XeroRecord | None:
        shadow = self._shadows.get(item.xero_id or "")
        return self._reader.seen(shadow) if shadow else None

    def _overwritten(self, item: Item) -> XeroRecord | None:
        """What Xero had of an item until it was sent, for undo."""
        return self._before(item)

    def _resolve(self, value: Plain) -> Plain:
        """The real id in place of a stand-in: held_back() has seen that the parent has one."""
        return self._pending.get(value, value) if isinstance(value, str) else value

    def _sent(self, item: Item) -> dict[str, Plain]:
        return {path: self._resolve(value) for path, value in (item.to_xero or {}).items()}

    def _send(self, part: Sequence[Outgoing], *, creating: bool, again: bool) -> None:
        """Announce, send and settle one batch; `again` allows one repeat after a look-up."""
        self._carry_out(
            self._announced(part, creating=creating), part, creating=creating, again=again
        )

    def _announced(self, part: Sequence[Outgoing], *, creating: bool) -> Batch:
        """The batch with its intents and before-images, committed before anything is sent."""
        bench = self.bench
        batch = make_batch(
            part,
            kind=self.scope.kind,
            creating=creating,
            run_id=self.booking.run.id,
            connection_id=bench.connection_id,
            organisation_id=bench.connection.organisation_id,
            new_id=bench.clock.new_id,
            meant=lambda item: meant_by(item, self._sent(item)),
        )
        batch = replace(batch, state="sent", sent_at=bench.clock.now())
        with bench.store.transaction():
            bench.store.open_batch(batch)
            self._keep_before_images(part)
        return batch

    def _carry_out(
        self, batch: Batch, part: Sequence[Outgoing], *, creating: bool, again: bool
    ) -> None:
        """Send and settle a batch that is announced."""
        request = WriteRequest(
            batch.method, batch.path, batch.body, batch.key, traits(self.scope.kind).write_query
        )
        try:
            with under_way(self.bench, batch):
                answers = self.bench.xero.send(request)
        except AnswerUnknown as error:
            self._unknown(
                batch, part, creating=creating, again=again, http_status=error.http_status
            )
            return
        except XeroRejected as error:
            self.booking.answered_by([one.item for one in part], error.correlation_id)
            self._refused(batch, part, error, creating=creating, again=again)
            return
        self.booking.answered_by([one.item for one in part], answers[0].correlation_id)
        self._settle(batch, part, answers)
        if any(item_gone(answer.problems) for answer in answers):
            # The feed of items shows no deletions; the whole list does, once for all of them.
            read_xero(self.bench, "Item", whole=True)

    def _keep_before_images(self, part: Sequence[Outgoing]) -> None:
        found = [self._shadows.get(one.item.xero_id or "") for one in part]
        before = {shadow.id: shadow.payload for shadow in found if shadow is not None}
        self.bench.store.save_before_images(
            self.booking.run.id, "xero", self.scope.kind, before, self.bench.clock.now()
        )

    def _unknown(
        self,
        batch: Batch,
        part: Sequence[Outgoing],
        *,
        creating: bool,
        again: bool,
        http_status: int | None,
    ) -> None:
        """No answer came: look up what arrived, then repeat only the rest, with a new key.

        One call looks up the whole batch: the feed since the run's last read. Without luck the
        batch stays open; the next run's feed shows what arrived before anything is sent.
        """
        self.bench.store.save_batch(replace(batch, state="unknown"))
        if not again:
            with self.booking.together([one.item for one in part]):
                for one in part:
                    self.booking.stop(one.item, cause_of("answer_unknown"), "failed")
            return
        read_xero(self.bench, self.scope.kind)
        arrived, edited = self._created(part) if creating else self._updated(part)
        with self.bench.store.transaction():
            # What of these did arrive is agreed on, even where somebody edited the rest.
            ids = {one.item.crm_id or "" for one in part if one.item.number in edited}
            keep_arrived(self.bench, batch, nothing_found, ids)
        with self.booking.together([one.item for one in part]):
            for one in part:
                if one.item.number in arrived:
                    self._settle_one(one, ElementAnswer(True, arrived[one.item.number]))
                elif one.item.number in edited:
                    self.booking.stop(one.item, cause_of("changed_meanwhile"), "held")
            self._close(batch, ["applied" if o.item.number in arrived else "failed" for o in part])
        rest = [o for o in part if o.item.number not in arrived and o.item.number not in edited]
        if rest:
            self._send(rest, creating=creating, again=False)

    def _created(self, part: Sequence[Outgoing]) -> Looked:
        """What arrived is found by natural key, and not linked."""
        bench, kind = self.bench, self.scope.kind
        natural = traits(kind).natural_key
        links = bench.store.links_by_xero(bench.connection_id, kind)
        by_key = {
            str(shadow.payload.get(natural)): shadow.payload
            for key, shadow in bench.store.shadows(bench.connection_id, "xero", kind).items()
            if key not in links and shadow.payload.get(natural)
        }
        found = {}
        for one in part:
            raw = by_key.get(str(one.element.get(natural) or ""))
            # A document of another app may bear our number.
            if raw is None or not made_by(kind, one.element, raw):
                continue
            # An item has no address: anybody may have made one of our code meanwhile.
            if not traits(kind).traceless or as_sent(self._sent(one.item), raw, self._reader):
                found[one.item.number] = raw
        return found, set()

    def _updated(self, part: Sequence[Outgoing]) -> Looked:
        """What arrived is as sent; what is neither so nor as before waits for the next run."""
        bench = self.bench
        ids = [one.item.xero_id for one in part if one.item.xero_id]
        now = bench.store.shadows(bench.connection_id, "xero", self.scope.kind, ids)
        arrived: dict[int, Mapping[str, Any]] = {}
        edited: set[int] = set()
        for one in part:
            xero_id = one.item.xero_id or ""
            before, after = self._shadows.get(xero_id), now[xero_id]
            arrival = update_arrival(self._sent(one.item), before, after, self._reader)
            if arrival == "arrived":
                arrived[one.item.number] = after.payload
            elif arrival == "edited":
                edited.add(one.item.number)
        return arrived, edited

    def _refused(
        self,
        batch: Batch,
        part: Sequence[Outgoing],
        error: XeroRejected,
        *,
        creating: bool,
        again: bool,
    ) -> None:
        """Refused as a whole, before anything was done: one element spoilt it for all.

        The halves go by themselves until that one is alone, so that the others arrive. What a
        server in front of Xero refuses (403, 413) says nothing of a record.
        """
        said = error.problems or (f"HTTP {error.http_status}",)
        elements = error.http_status == BAD_REQUEST
        with self.booking.together([one.item for one in part]):
            self._close(batch, ["failed"] * len(part))
            if elements and len(part) == 1:
                self.booking.refused(part[0].item, said, self._sent(part[0].item))
            elif not elements:
                for one in part:
                    self.booking.stop(one.item, *refused_cause(one.item, said))
        if elements and len(part) > 1:
            middle = len(part) // 2
            for half in (part[:middle], part[middle:]):
                self._send(half, creating=creating, again=again)

    def _close(self, batch: Batch, states: Sequence[IntentState]) -> None:
        self.bench.store.save_batch(batch.closed(states))

    def _settle(
        self, batch: Batch, part: Sequence[Outgoing], answers: Sequence[ElementAnswer]
    ) -> None:
        bench = self.bench
        with self.booking.together([one.item for one in part]):
            good = [answer.element for answer in answers if answer.ok]
            save_elements(bench, self.scope.kind, good, bench.clock.now(), mark="none")
            for one, answer in zip(part, answers, strict=True):
                self._settle_one(one, answer)
            self._close(batch, ["applied" if answer.ok else "failed" for answer in answers])

    def _settle_one(self, one: Outgoing, answer: ElementAnswer) -> None:
        item = one.item
        if not answer.ok:
            self.booking.refused(item, answer.problems, self._sent(item))
            return
        try:
            record = self._reader.load(answer.element)
        except UnreadableAnswer as error:
            self.booking.stop(
                item, cause_of("unreadable_answer", message=error.reason[:200]), "failed"
            )
            return
        before = self._before(item)
        overwritten = self._overwritten(item)
        self.booking.wrote(item, xero=xero_changes(item, overwritten, record, self.scope))
        values = self._agreed_values(item, record)
        alarm = self._total_alarm(one, record)
        other = stored_otherwise(item, self._sent(item), before, record, self.scope.rows)
        if other and alarm is None:
            values = self._ask(item, other, record, values)
        elif alarm is None and item.cause is None:
            bare = bare_lines(self._sent(item), before, record)
            self.booking.ask(item, replace(item, cause=bare))
        self._agree(item, record, values, alarm)

    def _agree(
        self, item: Item, record: XeroRecord, values: Mapping[str, Plain], alarm: Cause | None
    ) -> None:
        """Book what both sides hold now; the CRM's half follows where something goes there."""
        line_ids = _line_ids(item, record)
        if item.to_crm:
            self.booking.half(
                item,
                item.crm_values,
                values,
                record.id,
                cause=alarm,
                line_ids=line_ids,
                mixed=self._mixed(item, record),
            )
            return
        self.booking.agree(
            item,
            record.id,
            item.crm_id or "",
            item.crm_values,
            values,
            cause=alarm,
            result="failed" if alarm else None,
            line_ids=line_ids,
        )

    def _mixed(self, item: Item, record: XeroRecord) -> LinesOf | None:
        """The base of lines that go both ways: until the CRM has its own, only ours is agreed."""
        kept = meant_by(item, self._sent(item)).get("lines")
        if kept is None or not kept["both_ways"]:
            return None
        sent = SentLines.of(kept, self.scope.module, stable=self.scope.stable_lines)
        return lambda before, links: lines_arrived(sent, before, links, record)

    def _ask(
        self,
        item: Item,
        other: Sequence[Difference],
        record: XeroRecord,
        values: Mapping[str, Plain],
    ) -> dict[str, Plain]:
        """Let a person decide about what Xero has otherwise; answers Xero's half with it."""
        keys = {row_key(difference.field) for difference in other}
        rest = [one for one in item.differences if row_key(one.field) not in keys]
        asked = tuple(difference.field for difference in other)
        self.booking.ask(
            item,
            replace(
                item,
                asked=asked,
                differences=(*rest, *other),
                cause=cause_of_stored(other),
                result="conflict",
            ),
        )
        answered = answered_xero(self.scope, record)
        return {**values, **{key: answered[key] for key in keys}}

    def _agreed_values(self, item: Item, record: XeroRecord) -> dict[str, Plain]:
        """Row key → what Xero has of our write; what it has besides is news of its own.

        An edit there since our last read shows in the answer, too: it is no part of what was
        agreed, and its key is marked so that the next run looks at it.
        """
        answered = answered_xero(self.scope, record)
        if SUMS in item.xero_values:
            # What was foreseen is kept, whatever Xero made of it: a difference stays one.
            answered[SUMS] = item.xero_values[SUMS]
        if item.verb == "create":
            return answered
        sent, planned = item.to_xero or {}, item.xero_values
        kept = {key: planned.get(key) for key in answered if key not in sent}
        if any(kept[key] != answered[key] for key in kept if key in planned):
            bench = self.bench
            bench.store.mark(
                bench.connection_id, "xero", item.kind, [record.id], "answer", bench.clock.now()
            )
        return {**answered, **kept}

    def _total_alarm(self, one: Outgoing, record: XeroRecord) -> Cause | None:
        """Xero's total against the one computed beforehand; a difference is an alarm."""
        expected = one.item.expected_total
        total = record.values.get("Total")
        if expected is None or total is None:
            return None
        if as_decimal(total) != expected:
            return cause_of("xero_total_differs", xero_total=str(total), expected=str(expected))
        return sums_cause(one.item.xero_values[SUMS], sums_there(record.values))


def _line_ids(item: Item, record: XeroRecord) -> Mapping[str, str] | None:
    """CRM line id → LineItemID, as Xero answered the lines in the order sent."""
    if not item.line_ids or len(item.line_ids) != len(record.lines):
        return None
    pairs = zip(item.line_ids, record.lines, strict=True)
    return {host: str(line.get("LineItemID")) for host, line in pairs if host}
