"""The plan of an undo: what runs wrote is taken back, as far as nobody changed it since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from xtiger.engine.apply.images import crm_values_of, xero_values_of
from xtiger.engine.apply.recovery import close_open_batches, open_batches
from xtiger.engine.apply.written import UNMAPPED
from xtiger.engine.cycle.undo_anew import made_again, with_new_parents
from xtiger.engine.cycle.undo_credits import UndoCredits
from xtiger.engine.cycle.undo_limits import kept_in_use, refused_back, users_of, without_money
from xtiger.engine.cycle.undo_lines import amounts, no_items, sendable, writable
from xtiger.engine.observe.both_sides import observe
from xtiger.engine.observe.person_lists import registers
from xtiger.engine.plan.estimate import estimate
from xtiger.engine.plan.person.judge import OFF_THE_LIST
from xtiger.engine.plan.person.list_changes import look_values
from xtiger.engine.plan.removals import xero_removal
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Difference, Item, Plan
from xtiger.model.records import Record, Ref, XeroRecord, XeroRef
from xtiger.model.undo.images import REMOVED, Image
from xtiger.model.values import Plain, as_decimal
from xtiger.model.verbs import Verb
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.causes import cause_of
from xtiger.rules.contact_persons import contact_of, number_of
from xtiger.rules.gone import is_gone
from xtiger.rules.undo.comparison import by_record, edited, taken_back


def plan_undo(bench: Workbench, images: Sequence[Image]) -> Plan:
    """What takes back these images, newest first; both sides are read first."""
    open_batches(bench)
    observe(bench, full=False)
    close_open_batches(bench)
    return UndoPlanner(bench, by_record(images)).plan()


@dataclass(slots=True)
class _Known:
    """What both sides have of the records of one part of a module."""

    links: Mapping[str, Link]
    #: Xero id → the link of it, which another record may have by now.
    theirs: Mapping[str, Link]
    records: Mapping[str, Record]
    xero: Mapping[str, XeroRecord]
    #: CRM ids that another connection has, too.
    elsewhere: Collection[str]


@dataclass(slots=True)
class UndoPlanner:
    """Judges what each record of an undo goes back to."""

    bench: Workbench
    images: Sequence[Image]
    #: Invoice → what payments that this plan deletes in Xero pay of it.
    _freed: dict[str, Decimal] = field(default_factory=dict)
    #: Contacts that this plan archives: their persons go with them.
    _archived: set[str] = field(default_factory=set)
    #: Contact → how many persons its list has left.
    _left: dict[str, int] = field(default_factory=dict)
    #: Parent in Xero → the module of a document there that names it and stays.
    _needed: dict[XeroRef, str] = field(default_factory=dict)
    #: Record that goes from the CRM → the records there that name it.
    _users: dict[Ref, set[Ref]] = field(default_factory=dict)
    _credits: UndoCredits = field(init=False)

    def __post_init__(self) -> None:
        """Credit notes that runs made for differences are read."""
        self._credits = UndoCredits.of(self.bench, self.images)

    def plan(self) -> Plan:
        """An item for each record: an action, or why there is none."""
        parts = [part for scope in self.bench.scopes for part in scope.parts]
        found: dict[int, list[Item]] = {}
        # What pays or credits goes first, as it is carried out: its invoice is free then. Who is
        # billed goes after the documents, of which one that stays needs its contact.
        order = sorted(range(len(parts)), key=lambda n: _place(parts[n]))
        for place in order:
            part = parts[place]
            own = [i for i in self.images if (i.module, i.kind) == (part.name, part.kind)]
            found[place] = self._of_part(part, own) if own else []
        items = [item for place in range(len(parts)) for item in found[place]]
        in_use = kept_in_use(items, self._users)
        items = [_unless_used(item, in_use) for item in items]
        items = with_new_parents(self.bench, items)
        if any(scope.reads_only for scope in self.bench.scopes):
            items = [_unless_sent(item) for item in items]
        items = [replace(item, number=number) for number, item in enumerate(items, start=1)]
        return Plan(
            connection_id=self.bench.connection_id,
            made_at=self.bench.clock.now(),
            modules=tuple(scope.name for scope in self.bench.scopes),
            items=tuple(items),
            estimate=estimate(items),
            calls=self.bench.xero.calls,
        )

    def _of_part(self, scope: Scope, images: Sequence[Image]) -> list[Item]:
        store, connection_id = self.bench.store, self.bench.connection_id
        crm_ids = [one.crm_id for one in images if one.crm_id]
        xero_ids = [one.xero_id for one in images if one.xero_id]
        known = _Known(
            store.links_by_crm(connection_id, scope.name, crm_ids),
            store.links_by_xero(connection_id, scope.kind, xero_ids),
            self.bench.host.get(scope.name, crm_ids),
            self._xero(scope, xero_ids),
            store.owners(connection_id, scope.name, crm_ids),
        )
        items = [self._item(scope, image, known) for image in images]
        for item, image in zip(items, images, strict=True):
            xero = known.xero.get(image.xero_id)
            if item.undoes is None and xero is not None and not is_gone(xero):
                named = [
                    (kind, xero.values.get(path)) for path, kind in scope.traits.parents.items()
                ]
                self._needed |= {XeroRef(kind, str(one)): scope.name for kind, one in named}
        return items

    def _xero(self, scope: Scope, ids: Sequence[str]) -> Mapping[str, XeroRecord]:
        if scope.traits.part_of:
            lists = registers(self.bench, {contact_of(one) for one in ids})
            self._left.update({key: len(one.entries) for key, one in lists.items()})
            found = {}
            for one in ids:
                parent = contact_of(one)
                entry = lists[parent].entry(number_of(one))
                if entry is not None:
                    values = look_values(entry.look, parent)
                    found[one] = XeroRecord(scope.kind, one, values)
            return found
        reader = self.bench.reader(scope.kind)
        seen = self.bench.store.shadows(self.bench.connection_id, "xero", scope.kind, ids)
        return {key: reader.seen(shadow) for key, shadow in seen.items()}

    # --- one record ---

    def _item(self, scope: Scope, image: Image, known: _Known) -> Item:
        link, record = known.links.get(image.crm_id), known.records.get(image.crm_id)
        xero = known.xero.get(image.xero_id)
        item = Item(
            module=image.module,
            kind=image.kind,
            crm_id=image.crm_id or None,
            xero_id=image.xero_id or None,
            name=image.name,
            link_id=link.id if link is not None else None,
            crm_version=record.version if record is not None else None,
            undoes=image,
        )
        others = link is None and image.xero_id in known.theirs
        if others or _is_relinked(scope, image, link, record, xero):
            now = link or known.theirs.get(image.xero_id)
            anew = self._made_before(scope, item, image, now)
            return anew or _left_alone(item, cause_of("undo_relinked"))
        if image.did in REMOVED:
            found = made_again(self.bench, scope, item, image, record, xero)
            return _left_alone(item, found) if isinstance(found, Cause) else found
        freed = self._credits.of_record(image, xero)
        if isinstance(freed, Cause):
            return _left_alone(item, freed)
        xero = self._credits.then(scope, xero, freed)
        item = replace(item, freed=freed)
        found = self._back(scope, item, image, (record, xero, link), known.elsewhere)
        return self._credits.with_freed(scope, found)

    def _back(
        self,
        scope: Scope,
        item: Item,
        image: Image,
        now: tuple[Record | None, XeroRecord | None, Link | None],
        elsewhere: Collection[str],
    ) -> Item:
        """What goes back of a record that is there, as both sides have it without our credit."""
        record, xero, link = now
        if image.did == "made_in_xero":
            found = self._unmade_in_xero(scope, item, image, xero)
            return found if scope.traits.part_of else _with_crm(scope, found, record)
        if image.did == "made_in_crm":
            return self._unmade_in_crm(scope, item, image, record, elsewhere)
        return self._changed_back(scope, item, image, record, xero, link)

    def _made_before(
        self, scope: Scope, item: Item, image: Image, link: Link | None
    ) -> Item | None:
        """What this undo made anew already, when it was broken off; None for another link."""
        ref, there = Ref(scope.name, image.crm_id), XeroRef(scope.kind, image.xero_id)
        if link is None or image.did not in REMOVED or not self.bench.is_undone(ref, there):
            return None
        found = replace(item, crm_id=link.crm_id, xero_id=link.xero_id, link_id=link.id)
        # What both sides agree on of it is that of the new one, whose lines have ids of their own.
        found = replace(found, undoes=None, link_state=link.state)
        return replace(found, result="unchanged", cause=_undone())

    def _unmade_in_xero(
        self, scope: Scope, item: Item, image: Image, xero: XeroRecord | None
    ) -> Item:
        if xero is None or is_gone(xero):
            return _done(item)
        now = xero_values_of(xero, image.xero, whole=False)
        if now.get("Status") == "PAID":
            # Its money is looked at below.
            now["Status"] = image.xero["Status"][1]
        kept = edited(image.xero, now)
        needed = self._needed.get(XeroRef(scope.kind, xero.id))
        if kept:
            return _left_alone(item, cause_of("undo_kept", fields=", ".join(kept)))
        if needed is not None:
            return _left_alone(item, cause_of("undo_in_use", module=needed))
        if scope.traits.part_of:
            return self._off_the_list(item, xero)
        found = xero_removal(self._without_money(scope, xero), self.bench.connection.organisation)
        if isinstance(found, Cause):
            return _left_alone(item, found)
        if scope.traits.pays:
            invoice = str(xero.values.get("Invoice.InvoiceID") or "")
            amount = as_decimal(xero.values.get("Amount")) or Decimal(0)
            self._freed[invoice] = self._freed.get(invoice, Decimal(0)) + amount
        if found.verb == "archive":
            self._archived.add(xero.id)
        return _removal(item, found.verb, dict(found.fields))

    def _without_money(self, scope: Scope, xero: XeroRecord) -> XeroRecord:
        """An invoice as it is once the payments that this plan deletes are gone."""
        freed = self._freed.get(xero.id)
        if freed is None or (as_decimal(xero.values.get("AmountPaid")) or Decimal(0)) != freed:
            return xero
        status = "AUTHORISED" if xero.status == "PAID" else xero.status
        values = {**xero.values, "AmountPaid": Decimal(0), "Status": status}
        named = scope.traits.status_field
        raw = {**xero.raw, named: status, "Payments": []}
        return replace(xero, values=values, raw=raw, status=status)

    def _without_its_money(
        self, scope: Scope, item: Item, image: Image, xero: XeroRecord | None
    ) -> tuple[Image, Cause | None]:
        """What goes back but for money that stays in Xero, and the cause where some does."""
        free = xero and self._without_money(scope, xero)
        left, money = without_money(scope, image, free, opens=self._credits.opens(xero))
        if item.freed and not (left.xero or left.crm):
            money = None  # what is due of it comes in
        return left, money

    def _off_the_list(self, item: Item, xero: XeroRecord) -> Item:
        parent = contact_of(xero.id)
        if parent in self._archived:
            return replace(_done(item), result="removed")
        if self._left.get(parent, 0) <= 1:
            return _left_alone(item, cause_of("person_last"))
        self._left[parent] -= 1
        found = _removal(item, "delete", OFF_THE_LIST)
        return replace(found, xero_values=dict(xero.values))

    def _unmade_in_crm(
        self,
        scope: Scope,
        item: Item,
        image: Image,
        record: Record | None,
        elsewhere: Collection[str],
    ) -> Item:
        if record is None or record.deleted:
            return replace(_done(item), gone_in_crm=True)
        kept = edited(image.crm, crm_values_of(record, image.crm, scope, whole=False))
        if kept:
            return _left_alone(item, cause_of("undo_kept", fields=", ".join(kept)))
        if "delete" not in scope.module.can:
            return _left_alone(item, cause_of("undo_no_delete", module=scope.name))
        if image.crm_id in elsewhere:
            return _left_alone(item, cause_of("undo_shared"))
        ref = Ref(scope.name, image.crm_id)
        self._users[ref] = users_of(self.bench, ref)
        return replace(_removal(item, "delete", None), to_crm={})

    def _changed_back(
        self,
        scope: Scope,
        item: Item,
        image: Image,
        record: Record | None,
        xero: XeroRecord | None,
        link: Link | None,
    ) -> Item:
        if link is None or _is_one_sided(record, xero, link):
            return _left_alone(item, cause_of("undo_one_side" if link else "undo_relinked"))
        image, money = self._without_its_money(scope, item, image, xero)
        if money is not None and not (image.xero or image.crm):
            return _left_alone(item, money)
        there, to_xero, kept_there = _back_in_xero(scope, image, xero, link)
        if refused := refused_back(scope, xero, to_xero, self.bench.connection.organisation):
            return _left_alone(item, refused)
        here = crm_values_of(record, image.crm, scope, whole=False)
        to_crm, kept_here = taken_back(image.crm, here)
        kept = ", ".join([*kept_there, *kept_here])
        reasons = [cause_of("undo_kept", fields=kept) if kept else None, money]
        also = tuple(one for one in reasons if one is not None)
        found = replace(item, undoes=_agreed_before(scope, image, kept_there, kept_here))
        if also and not (to_xero or to_crm or item.freed):
            return _left_alone(found, Cause.of_all(also))
        found = replace(found, cause=replace(_undone(), also=also))
        if not (to_xero or to_crm):
            return found
        shown = _shown(scope, to_xero, there, "to_xero") + _shown(scope, to_crm, here, "to_crm")
        return replace(
            found,
            verb="update",
            result="updated",
            to_xero=sendable(to_xero, xero) or None,
            to_crm=writable(to_crm, record, scope) or None,
            line_items=no_items(to_crm),
            amounts=amounts(to_xero),
            differences=tuple(shown),
        )


def _place(scope: Scope) -> tuple[bool, bool, bool]:
    """Where a part of the plan stands among the others."""
    return not scope.traits.pays, not scope.gives_back, not scope.traits.lines


def _with_crm(scope: Scope, item: Item, record: Record | None) -> Item:
    """The item of what leaves Xero, with what runs wrote of it in the CRM, which goes back."""
    if item.undoes is None or not item.undoes.crm or record is None or record.deleted:
        return item
    here = crm_values_of(record, item.undoes.crm, scope, whole=False)
    to_crm, kept = taken_back(item.undoes.crm, here)
    also = (cause_of("undo_kept", fields=", ".join(kept)),) if kept else ()
    item = replace(item, cause=replace(_undone(), also=also))
    if not to_crm:
        return item
    return replace(
        item,
        verb=item.verb or "update",
        result=item.result if item.verb else "updated",
        to_crm=writable(to_crm, record, scope),
        line_items=no_items(to_crm),
    )


def _agreed_before(scope: Scope, image: Image, paths: Sequence[str], names: Sequence[str]) -> Image:
    """The image without what is agreed on of values that stay."""
    keys = _keys(scope, paths, names)
    base = {key: pair for key, pair in image.base.items() if key not in keys}
    return replace(image, base=base)


def _back_in_xero(
    scope: Scope, image: Image, xero: XeroRecord | None, link: Link
) -> tuple[Mapping[str, Plain], dict[str, Plain], list[str]]:
    """(what Xero has, what goes back of it, what somebody changed since)."""
    there = xero_values_of(xero, image.xero, whole=False)
    if link.state == "remaking":
        # An undo that was broken off deleted the payment, and did not make it anew.
        there = {path: after for path, (_, after) in image.xero.items()}
    back, kept = taken_back(image.xero, there)
    if back and scope.traits.pays:
        # A payment is made anew with all that it had.
        back = {path: before for path, (before, _) in image.xero.items()}
    return there, back, kept


def _is_relinked(
    scope: Scope, image: Image, link: Link | None, record: Record | None, xero: XeroRecord | None
) -> bool:
    """Whether a person took the link away, or it is one with another record by now."""
    if link is not None:
        return link.xero_id != image.xero_id
    there = xero is not None and not is_gone(xero)
    here = record is not None and not record.deleted
    made = {"made_in_xero": there, "made_in_crm": here}
    return not scope.traits.part_of and made.get(image.did, False)


def _is_one_sided(record: Record | None, xero: XeroRecord | None, link: Link) -> bool:
    """Whether one of both is gone; an undo that was broken off makes a payment anew."""
    if link.state == "remaking":
        return False
    return xero is None or is_gone(xero) or record is None or record.deleted


def _undone() -> Cause:
    return cause_of("undone")


def _done(item: Item) -> Item:
    """What is as it was already: only the link and what was agreed go back."""
    return replace(item, result="unchanged", link_state="removed", cause=_undone())


def _removal(item: Item, verb: Verb, fields: Mapping[str, Any] | None) -> Item:
    return replace(
        item,
        verb=verb,
        result="removed",
        to_xero=fields,
        link_state="removed",
        cause=_undone(),
    )


def _left_alone(item: Item, cause: Cause) -> Item:
    """What stays as it is, and why; nothing of it is held."""
    result = CATALOGUE[cause.code].result
    return replace(item, undoes=None, result=result, cause=cause, freed=())


def _unless_used(item: Item, in_use: Mapping[Ref, str]) -> Item:
    """The item; what records that stay still name is left in the CRM."""
    if item.verb != "delete" or item.to_xero is not None:
        return item
    by = in_use.get(Ref(item.module, item.crm_id or ""))
    if by is None:
        return item
    return _not_done(item, cause_of("undo_in_use", module=by))


def _unless_sent(item: Item) -> Item:
    """The item; a connection that only reads is sent nothing, and none goes back by halves."""
    sends = item.to_xero is not None or item.freed
    return _not_done(item, cause_of("read_only")) if sends else item


def _not_done(item: Item, cause: Cause) -> Item:
    """What was to be done, left as it is after all."""
    left = replace(
        item, verb=None, to_xero=None, to_crm=None, link_state=None, differences=(), freed=()
    )
    return _left_alone(left, cause)


def _keys(scope: Scope, paths: Sequence[str], names: Sequence[str]) -> set[str]:
    """The row keys of these Xero paths and CRM fields; lines and status are their own."""
    found = {row.key for row in scope.rows if row.xero.path in paths or row.crm.name in names}
    for key, role in UNMAPPED:
        described = scope.module.by_role(role)
        if key in paths or (described is not None and described.name in names):
            found.add(key)
    return found | ({LINES} if LINES in (*paths, *names) else set())


def _shown(
    scope: Scope, back: Mapping[str, Plain], now: Mapping[str, Plain], way: Any
) -> list[Difference]:
    labels = {row.xero.path: row.label for row in scope.rows}
    if way == "to_crm":
        labels = {one.name: one.label or one.name for one in scope.module.fields}
    found = []
    for name, value in back.items():
        new, old = (None, None) if name == LINES else (value, now.get(name))
        crm, xero = (new, old) if way == "to_xero" else (old, new)
        found.append(Difference(name, labels.get(name, name), None, crm, xero, way))
    return found
