"""The judge of invoices that are credit notes in Xero: as invoices, turned round, net of discounts.

Their lines travel to Xero only; number, status and what is left of the credit come back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from xtiger.engine.pair.credits import Credits
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.invoice.allocating import cause_of_barred, may_set_against
from xtiger.engine.plan.invoice.facts import InvoiceWorld
from xtiger.engine.plan.invoice.figures import beside
from xtiger.engine.plan.invoice.head_discounts import net_priced
from xtiger.engine.plan.invoice.inward import CREDIT, MONEY
from xtiger.engine.plan.invoice.judge import InvoiceJudge
from xtiger.engine.workbench.placeholder_ids import is_pending
from xtiger.mapping.credit_note.signs import turned
from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.plans import Allocation, Difference, Item, Needed
from xtiger.model.records import Record, Ref, nameless
from xtiger.model.values import Plain, as_decimal, canon
from xtiger.rules.causes import cause_of

#: Keys of differences that show an amount of the head.
_AMOUNTS = (MONEY, CREDIT)
#: Results of items that are, or will be, in Xero as the CRM has them.
_GOING = ("created", "updated", "linked", "unchanged")


@dataclass(slots=True)
class CreditJudge(InvoiceJudge):
    """Judges the credit notes of one plan."""

    _credits: Credits = field(init=False)
    #: CRM ids of those that the CRM counts downwards.
    _turned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """As usual; and what tells a credit note."""
        # A dataclass with slots is made anew, so a bare super() would not find its class.
        super(CreditJudge, self).__post_init__()
        self._credits = Credits.of(self.bench, self.scope)

    def world(self) -> InvoiceWorld:
        """As usual; the type is that of its bill or sale, and nothing received becomes payments."""
        if self._world is None:
            found = super(CreditJudge, self).world()
            self._world = replace(found, own_type=self._credits.type_of, received_counts=False)
        return self._world

    def incoming(self, pairing: Pairing) -> Item:
        """Never: what an accountant credits in Xero shows on its invoice."""
        return self.stop(pairing, cause_of("credit_not_carried"))

    def new(self, pairing: Pairing, record: Record) -> Item:
        """As usual; set against the invoice that it gives back, where the CRM names one."""
        return self._allocated(pairing, super(CreditJudge, self).new(pairing, record))

    def both(self, pairing: Pairing, *, linking: bool) -> Item:
        """As usual; the CRM gets its amounts as it counts them."""
        item = super(CreditJudge, self).both(pairing, linking=linking)
        item = self._allocated(pairing, item)
        if pairing.crm_id not in self._turned:
            return item
        to_crm = turned(item.to_crm, self.scope.module) if item.to_crm else item.to_crm
        return replace(item, to_crm=to_crm, differences=_as_crm(item.differences))

    # --- set against its invoice ---

    def _allocated(self, pairing: Pairing, item: Item) -> Item:
        """The item, set against the invoice that its record names, or with why it is not."""
        credited = self._credited(pairing)
        note = _note(pairing, item)
        if credited is None or item.result not in _GOING or note["Status"] != "AUTHORISED":
            return item
        there = self.state.xero_id_of(credited)
        invoice = self._invoice_then(credited, there)
        number = str(invoice.get("InvoiceNumber") or "") or self.state.names.get(credited)
        name = number or nameless(credited.module, credited.id)
        found = may_set_against(note, invoice)
        if there is None or not isinstance(found, Decimal):
            why = "waits" if there is None or isinstance(found, Decimal) else found
            cause = cause_of_barred(why, name)
            return item if cause is None else beside(item, [cause])
        return self._going(item, credited, Allocation(there, _later(note, invoice)), name)

    def _going(self, item: Item, credited: Ref, allocation: Allocation, name: str) -> Item:
        quiet = item.verb is None
        shown = Difference("Allocation", "Set against", None, name, None, "to_xero")
        needs = (Needed(credited, name),) if is_pending(allocation.invoice) else ()
        return replace(
            item,
            verb="update" if quiet else item.verb,
            result="updated" if quiet else item.result,
            differences=(*item.differences, shown),
            needs=(*item.needs, *needs),
            allocation=allocation,
        )

    def _credited(self, pairing: Pairing) -> Ref | None:
        """The invoice that the CRM says is given back."""
        described = self.scope.module.by_role("invoice.credits")
        if described is None or pairing.record is None:
            return None
        value = pairing.record.values.get(described.name)
        module = described.targets[0] if described.targets else self.scope.name
        return Ref(module, str(value)) if value not in (None, "") else None

    def _invoice_then(self, credited: Ref, xero_id: str | None) -> Mapping[str, Any]:
        """The invoice as Xero will have it after this plan; empty where Xero has none of this id.

        Its amounts are those of now: what is set against it is looked at again before the call.
        """
        store, connection_id = self.bench.store, self.bench.connection_id
        ids = [xero_id] if xero_id and not is_pending(xero_id) else []
        seen = store.shadows(connection_id, "xero", "Invoice", ids)
        raw: Mapping[str, Any] = next((one.payload for one in seen.values()), {})
        planned = self.state.planned.get(credited)
        if planned is None or planned.kind == self.scope.kind or not planned.to_xero:
            return raw
        due = raw.get("AmountDue", planned.expected_total)
        return {**raw, **_sent(planned, raw), "AmountDue": due}

    # --- as Xero counts ---

    def _as_priced(self, pairing: Pairing) -> Record | None:
        record = pairing.record
        if record is None:
            return None
        net = net_priced(record, self.scope, self._net_of_whole)
        if not self._credits.is_turned(record):
            return net
        self._turned.add(record.ref.id)
        return self._credits.counted_up(net)


def _note(pairing: Pairing, item: Item) -> dict[str, Any]:
    """The credit note as Xero will have it once this item is sent."""
    raw = pairing.xero.raw if pairing.xero is not None else {}
    left = raw.get("RemainingCredit") if item.expected_total is None else item.expected_total
    used = raw.get("Allocations")
    return {**_sent(item, raw), "RemainingCredit": left, "Allocations": used}


def _sent(item: Item, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What decides whether two documents may be set against each other, once this one is sent."""
    sent = item.to_xero or {}
    contact = sent.get("Contact.ContactID") or (raw.get("Contact") or {}).get("ContactID")
    names = ("Status", "CurrencyCode", "Date", "Type")
    return {name: sent.get(name, raw.get(name)) for name in names} | {
        "Contact": {"ContactID": contact}
    }


def _later(*elements: Mapping[str, Any]) -> date:
    """The later day of these: Xero sets nothing against what is not there yet."""
    days = (one.get("Date") for one in elements)
    return max(day if isinstance(day, date) else parse_moment(str(day)).date() for day in days)


def _as_crm(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Amounts of the head with the signs of the CRM."""
    return tuple(
        replace(one, base=_minus(one.base), crm=_minus(one.crm), xero=_minus(one.xero))
        if one.field in _AMOUNTS
        else one
        for one in differences
    )


def _minus(value: Plain) -> Plain:
    number = as_decimal(value)
    return value if number is None else canon(-number)
