"""Differences that credit of Xero stands for: what lines say less, and what is due of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from xtiger.engine.plan.invoice.said import role_amounts
from xtiger.engine.proof.compare import Differing
from xtiger.engine.proof.counting import INVOICE_AMOUNTS, Document
from xtiger.engine.proof.fresh_read import XeroEntry
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.model.customers.credited import Credited
from xtiger.model.records import Record
from xtiger.rules.customers.crediting import due_as_counted

#: What a sync would end, had the lines not been credited.
_CARRIED = ("sync", "both_edited")
_DUE = "AmountDue"
#: What is approved, paid or not; only that can have credit.
_OWED = "AUTHORISED"


@dataclass(frozen=True, slots=True)
class WithCredit:
    """A document as it is in Xero with its credit, and what of it the credit stands for."""

    document: Document
    #: What was credited of the lines; None where they are no other than in Xero, or not for that.
    lines: Decimal | None = None
    #: By how much the CRM calls more or less due, as it counts that itself.
    due: Decimal | None = None

    @classmethod
    def of(
        cls, document: Document, entry: XeroEntry, credited: Credited, record: Record, scope: Scope
    ) -> WithCredit:
        """Of one pair; `credited` is what was credited of an invoice whose amounts Xero keeps."""
        made = credited if credited.invoice_id == entry.id else Credited(entry.id)
        found = _with_lines(cls(document), entry, made)
        return _with_due(found, entry, made, record, scope)

    def explained(self, found: Iterable[Differing]) -> list[Differing]:
        """The differences; those that credit stands for have their explanation."""
        return [self._explained(one) for one in found]

    def _explained(self, one: Differing) -> Differing:
        due = self.due if one.label == INVOICE_AMOUNTS[_DUE] else None
        lines = self.lines if one.key == LINES and one.cure in _CARRIED else None
        amount = lines if due is None else due
        if amount is None:
            return one
        return replace(one, cure="credited", data={"amount": str(amount)})


def _with_lines(found: WithCredit, entry: XeroEntry, credited: Credited) -> WithCredit:
    """With the notes of what the CRM's lines say less, where they are all that differs."""
    amounts = found.document.amounts
    ours, there = amounts.get("Total"), _there(entry).get("Total")
    if not credited.made or ours is None or ours + credited.total != there:
        return found
    more = {"Total": ours + credited.total}
    if "TotalTax" in amounts:
        tax = sum((one.tax for one in credited.shares), Decimal(0))
        more["TotalTax"] = amounts["TotalTax"] + tax
    document = replace(found.document, amounts={**amounts, **more})
    return replace(found, document=document, lines=credited.total)


def _with_due(
    found: WithCredit, entry: XeroEntry, credited: Credited, record: Record, scope: Scope
) -> WithCredit:
    """With what Xero calls due, where the CRM counts another amount of the same."""
    described, there = scope.module.by_role("invoice.balance"), _there(entry)
    ours, due = found.document.amounts.get(_DUE), there.get(_DUE)
    if described is None or ours is None or due is None or ours == due:
        return found
    if entry.facts.status != _OWED:
        return found  # nothing is due of what was voided, and no credit is why
    if _DUE in found.document.derived or (described.writable and not credited.made):
        return found
    settled = (there.get("Total") or Decimal(0)) - (there.get("AmountPaid") or Decimal(0)) - due
    kept = role_amounts(scope, record, {"kept": "credited"})[0].get("kept", Decimal(0))
    if ours != due_as_counted(due, settled, credited.total, kept):
        return found
    amounts = {**found.document.amounts, _DUE: due}
    document = replace(found.document, amounts=amounts)
    return replace(found, document=document, due=abs(ours - due))


def _there(entry: XeroEntry) -> dict[str, Decimal | None]:
    return dict(zip(INVOICE_AMOUNTS, entry.facts.amounts, strict=False))
