"""Sending persons: each contact's whole list in one element, since a list sent replaces the list.

The lists are read once more before they are sent, so that nobody added in Xero meanwhile is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xtiger.engine.apply.batches import to_bytes, under_way
from xtiger.engine.apply.push import BAD_REQUEST, Pusher
from xtiger.engine.apply.refusals import refused_cause
from xtiger.engine.apply.sent import keep_arrived, meant_by
from xtiger.engine.observe.both_sides import read_xero, save_elements
from xtiger.engine.observe.person_lists import (
    foresee,
    found_person,
    keep_registers,
    registers,
    set_leaving,
)
from xtiger.engine.plan.estimate import BATCH_ELEMENTS
from xtiger.engine.plan.person.judge import OFF_THE_LIST, PARENT
from xtiger.engine.plan.person.list_changes import (
    ListChange,
    Step,
    changed_list,
    home_of,
    id_on,
    leaving_step,
    left_behind,
    look_values,
)
from xtiger.engine.plan.refused import list_of
from xtiger.engine.workbench.contact_name import contact_name
from xtiger.errors import AnswerUnknown, UnreadableAnswer, XeroRejected
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.calls import Batch, Intent, IntentState
from xtiger.model.links import Shadow
from xtiger.model.plans import Item
from xtiger.ports.xero import ElementAnswer, WriteRequest
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import Look, Register, contact_of, number_of
from xtiger.rules.kinds import traits


@dataclass(slots=True)
class _Seen:
    """The contacts whose lists are sent, as last seen."""

    contacts: Mapping[str, Shadow]

    def name(self, contact_id: str) -> str:
        """What people call it."""
        return contact_name(self.contacts, contact_id)

    def email(self, contact_id: str) -> bool:
        """Whether Xero takes persons for it."""
        shadow = self.contacts.get(contact_id)
        return shadow is not None and bool(shadow.payload.get("EmailAddress"))


class PersonPusher(Pusher):
    """Sends the persons of one module, list by list."""

    #: All that was planned, also what is held back.
    _planned: Sequence[Item] = ()

    def held_back(self, items: Sequence[Item]) -> list[Item]:
        """As for any record."""
        self._planned = items
        return super().held_back(items)

    def push(self, items: Sequence[Item]) -> None:
        """Send every list that changes; who changed lists leaves the old one afterwards."""
        todo = self.booking.unsettled(items)
        if not todo:
            return
        read_xero(self.bench, "Contact")
        joined: list[str] = []
        steps: dict[str, list[Step]] = {}
        for item in todo:
            contact_id = self._list_of(item)
            steps.setdefault(contact_id, []).append(self._step(item, contact_id))
        self._carry(steps, joined)
        behind: dict[str, list[Step]] = {}
        for xero_id in joined:
            behind.setdefault(contact_of(xero_id), []).append(leaving_step(xero_id))
        self._carry(behind, [])

    def _list_of(self, item: Item) -> str:
        """The contact whose list an item changes."""
        return list_of(item, self._sent(item))

    def _step(self, item: Item, contact_id: str) -> Step:
        sent = item.to_xero or {}
        number = home_of(item, contact_id)
        if sent == OFF_THE_LIST:
            return Step(item, number, None)
        origin = Look()
        if not number and item.xero_id:
            # It takes along what the other list had of it.
            old = registers(self.bench, [contact_of(item.xero_id)])[contact_of(item.xero_id)]
            entry = old.entry(number_of(item.xero_id))
            origin = entry.look if entry is not None else origin
        return Step(item, number, {key: v for key, v in sent.items() if key != PARENT}, origin)

    def _carry(self, steps: Mapping[str, Sequence[Step]], joined: list[str]) -> None:
        """Send these lists; `joined` collects the ids that persons left behind elsewhere."""
        sent = self._changes(steps, joined)
        for start in range(0, len(sent), BATCH_ELEMENTS):
            self.bench.keep_alive()
            refused = self._send_lists(sent[start : start + BATCH_ELEMENTS], joined, again=True)
            for change, said in refused:
                self._told_apart(change, said, steps[change.contact_id], joined)

    def _changes(self, steps: Mapping[str, Sequence[Step]], joined: list[str]) -> list[ListChange]:
        """What is to be sent of these lists; what stops or needs nothing is booked at once."""
        seen = self._seen(steps)
        lists = registers(self.bench, steps)
        steps = self._without_erased(steps, lists, seen)
        changes = [
            changed_list(lists[key], some, name=seen.name(key), email=seen.email(key))
            for key, some in steps.items()
        ]
        for change in changes:
            self._hold_back(change)
        for change in (one for one in changes if not one.changed):
            with self.booking.together(_items([change])):
                self._settle_list(change, joined)
        return [one for one in changes if one.changed]

    def _without_erased(
        self,
        steps: Mapping[str, Sequence[Step]],
        lists: Mapping[str, Register],
        seen: _Seen,
    ) -> Mapping[str, Sequence[Step]]:
        """The lists that may be sent: one of whose persons nothing is known would lose it."""
        left = {key for key in steps if any(e.look == Look() for e in lists[key].entries)}
        for key in left:
            for step in steps[key]:
                if step.item is not None:
                    cause = cause_of("list_erased", name=seen.name(key))
                    self.booking.stop(step.item, cause, "held")
        return {key: some for key, some in steps.items() if key not in left}

    def _told_apart(
        self, change: ListChange, said: Sequence[str], steps: Sequence[Step], joined: list[str]
    ) -> None:
        """Xero refuses a list as a whole, and says not for whom: each person goes alone then.

        So one that Xero does not take stops no other.
        """
        found, tried = [(change, said)], [change]
        if len(steps) > 1:
            found, tried = [], []
            for step in steps:
                self.bench.keep_alive()
                alone = self._changes({change.contact_id: [step]}, joined)
                tried += alone
                found += self._send_lists(alone, joined, again=True) if alone else []
        refused = [(item, why) for one, why in found for item in _items([one])]
        if not refused:
            return
        went = {item.number for item in _items(tried)} - {item.number for item, _ in refused}
        sent = [
            (one, self._sent(one))
            for one in self._planned
            if one.to_xero and one.number not in went
        ]
        lacks = [(o, values) for o, values in sent if list_of(o, values) == change.contact_id]
        self.booking.refused_list(change.contact_id, refused, lacks)

    def _seen(self, contact_ids: Iterable[str]) -> _Seen:
        bench = self.bench
        return _Seen(bench.store.shadows(bench.connection_id, "xero", "Contact", list(contact_ids)))

    def _hold_back(self, change: ListChange) -> None:
        if not change.held:
            return
        with self.booking.together([item for item, _ in change.held]):
            for item, cause in change.held:
                self.booking.stop(item, cause, "held")

    # --- one batch ---

    def _send_lists(
        self, changes: Sequence[ListChange], joined: list[str], *, again: bool
    ) -> list[tuple[ListChange, Sequence[str]]]:
        """Send these lists in one request; answers those that Xero refused, with its words."""
        bench = self.bench
        batch = self._batch(changes)
        seen = self._seen([one.contact_id for one in changes])
        now = bench.clock.now()
        with bench.store.transaction():
            bench.store.open_batch(batch)
            before = {one.contact_id: seen.contacts[one.contact_id].payload for one in changes}
            bench.store.save_before_images(self.booking.run.id, "xero", "Contact", before, now)
            keep_registers(bench, [one.before.announced(one.after) for one in changes], now)
        request = WriteRequest(
            "POST", batch.path, batch.body, batch.key, traits("Contact").write_query
        )
        try:
            with under_way(bench, batch):
                answers = bench.xero.send(request)
        except AnswerUnknown:
            return self._look_up(batch, changes, joined, again=again)
        except XeroRejected as error:
            self.booking.answered_by(_items(changes), error.correlation_id)
            return self._rejected(batch, changes, error, joined, again=again)
        self.booking.answered_by(_items(changes), answers[0].correlation_id)
        with self.booking.together(_items(changes)):
            for change, answer in zip(changes, answers, strict=True):
                self._answered(change, answer, joined)
            self._close_lists(batch, applied=all(answer.ok for answer in answers))
        return [
            (change, answer.problems)
            for change, answer in zip(changes, answers, strict=True)
            if not answer.ok
        ]

    def _rejected(
        self,
        batch: Batch,
        changes: Sequence[ListChange],
        error: XeroRejected,
        joined: list[str],
        *,
        again: bool,
    ) -> list[tuple[ListChange, Sequence[str]]]:
        """Refused as a whole, before anything was done: the halves go until one list is alone."""
        said = error.problems or (f"HTTP {error.http_status}",)
        now = self.bench.clock.now()
        with self.booking.together(_items(changes)):
            keep_registers(self.bench, [one.before for one in changes], now)
            self._close_lists(batch, applied=False)
            if error.http_status != BAD_REQUEST:
                for item in _items(changes):
                    self.booking.stop(item, *refused_cause(item, said))
        if error.http_status != BAD_REQUEST:
            return []
        if len(changes) == 1:
            return [(changes[0], said)]
        middle = len(changes) // 2
        return [
            one
            for half in (changes[:middle], changes[middle:])
            for one in self._send_lists(half, joined, again=again)
        ]

    def _batch(self, changes: Sequence[ListChange]) -> Batch:
        bench = self.bench
        elements = [
            {
                "ContactID": one.contact_id,
                "ContactPersons": [entry.look.element() for entry in one.after],
            }
            for one in changes
        ]
        intents = self._intents(changes, elements)
        batch_id = bench.clock.new_id()
        return Batch(
            id=batch_id,
            connection_id=bench.connection_id,
            run_id=self.booking.run.id,
            kind="Person",
            method="POST",
            path="/Contacts",
            body=to_bytes("Contact", elements),
            key=f"{bench.connection.organisation_id}-{batch_id}",
            intents=intents,
            state="sent",
            sent_at=bench.clock.now(),
        )

    def _intents(
        self, changes: Sequence[ListChange], elements: Sequence[Mapping[str, Any]]
    ) -> tuple[Intent, ...]:
        """One for each person of the lists."""
        persons = [
            (change, element, item, number)
            for change, element in zip(changes, elements, strict=True)
            for item, number in change.done
        ]
        return tuple(
            Intent(
                id=self.bench.clock.new_id(),
                position=position,
                module=self.scope.name,
                kind="Person",
                crm_id=item.crm_id if item else None,
                xero_id=item.xero_id if item and item.xero_id else change.contact_id,
                verb="create" if item and item.verb == "create" else "update",
                natural_key=None,
                payload=element,
                meant=self._meant(item, change, number),
            )
            for position, (change, element, item, number) in enumerate(persons)
        )

    def _meant(self, item: Item | None, change: ListChange, number: int) -> dict[str, Any] | None:
        """What is agreed on with a person once the list arrived, and which entry is left then."""
        if item is None or item.verb not in ("create", "update"):
            return None
        behind = left_behind(item, change.contact_id)
        return {
            **meant_by(item, self._sent(item)),
            "person": id_on(change.contact_id, number),
            **({"leaves": behind} if behind is not None else {}),
        }

    def _close_lists(self, batch: Batch, *, applied: bool) -> None:
        state: IntentState = "applied" if applied else "failed"
        self._close(batch, [state] * len(batch.intents))

    def _answered(self, change: ListChange, answer: ElementAnswer, joined: list[str]) -> None:
        bench, now = self.bench, self.bench.clock.now()
        if not answer.ok:
            keep_registers(bench, [change.before], now)
            return
        shadow = self._seen([change.contact_id]).contacts[change.contact_id]
        foresee(bench, shadow.payload, change.before, change.register(), now)
        save_elements(bench, "Contact", [answer.element], now, mark="none")
        if self._edited_meanwhile(shadow.payload, answer.element):
            bench.store.mark(
                bench.connection_id, "xero", "Contact", [change.contact_id], "answer", now
            )
        self._settle_list(change, joined)

    def _edited_meanwhile(self, before: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
        """Whether the answer shows more than our list: somebody edited the contact itself."""
        reader = ElementReader("Contact")
        try:
            return reader.load(before).values != reader.load(answer).values
        except UnreadableAnswer:
            return True

    def _settle_list(self, change: ListChange, joined: list[str]) -> None:
        """Book what a list now says of each item, as Xero has it."""
        now = registers(self.bench, [change.contact_id])[change.contact_id]
        for item, number in change.done:
            xero_id = id_on(change.contact_id, number)
            if item is None or item.verb == "delete":
                set_leaving(self.bench, remove=[xero_id])
                if item is not None:
                    self._taken_off(item, change, number)
                continue
            entry = now.entry(number)
            if entry is None:
                self.booking.stop(item, cause_of("changed_meanwhile"), "held")
                continue
            behind = left_behind(item, change.contact_id)
            if behind is not None:
                set_leaving(self.bench, add=[behind])
                joined.append(behind)
            values = look_values(entry.look, change.contact_id)
            old = change.before.entry(number) if item.verb != "create" else None
            then = look_values(old.look, change.contact_id) if old is not None else {}
            paths = item.to_xero if old is not None else values
            self.booking.wrote(item, xero={p: (then.get(p), values.get(p)) for p in paths or ()})
            if item.to_crm:
                self.booking.half(item, item.crm_values, values, xero_id)
            else:
                self.booking.agree(item, xero_id, item.crm_id or "", item.crm_values, values)

    def _taken_off(self, item: Item, change: ListChange, number: int) -> None:
        """Book who left a list, with what stood there of the person."""
        left = change.before.entry(number)
        values = look_values(left.look, change.contact_id) if left is not None else {}
        self.booking.wrote(item, xero={p: (v, None) for p, v in values.items() if v is not None})
        self.booking.removed(item)

    def _look_up(
        self, batch: Batch, changes: Sequence[ListChange], joined: list[str], *, again: bool
    ) -> list[tuple[ListChange, Sequence[str]]]:
        """No answer came: read the lists again and decide by what they say now.

        One that is as sent has arrived; one that is as before goes once more; one that is neither
        was edited by somebody and waits for the next run, which compares again.
        """
        self.bench.store.save_batch(replace(batch, state="unknown"))
        read_xero(self.bench, "Contact")
        lists = registers(self.bench, [one.contact_id for one in changes])
        # Xero may have changed the order.
        looks = {key: Counter(one.look for one in each.entries) for key, each in lists.items()}
        done = [c for c in changes if looks[c.contact_id] == Counter(e.look for e in c.after)]
        open_ = [
            one
            for one in changes
            if again
            and one not in done
            and looks[one.contact_id] == Counter(e.look for e in one.before.entries)
        ]
        edited = _items([one for one in changes if one not in done and one not in open_])
        with self.bench.store.transaction():
            # What of these did arrive is agreed on, even where somebody edited the rest.
            keep_arrived(self.bench, batch, found_person, {one.crm_id or "" for one in edited})
        with self.booking.together(_items(changes)):
            for change in done:
                self._settle_list(change, joined)
            for item in edited:
                cause = cause_of("changed_meanwhile" if again else "answer_unknown")
                self.booking.stop(item, cause, "held" if again else "failed")
            self._close_lists(batch, applied=not open_)
        return self._send_lists(open_, joined, again=False) if open_ else []


def _items(changes: Iterable[ListChange]) -> list[Item]:
    return [item for change in changes for item, _ in change.done if item is not None]
