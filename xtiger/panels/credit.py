"""Credit on panels: what pays an invoice, and what became of a credit note."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from xtiger.hookspecs import PanelRow
from xtiger.i18n.language import Language
from xtiger.model.plans import Proposal
from xtiger.model.values import as_decimal
from xtiger.panels.panel import PanelButton

#: The name of the buttons that make a credit note.
CREDIT_ACTION = "xtiger.credit"


def credit_buttons(proposals: Iterable[Proposal], words: Language) -> list[PanelButton]:
    """The button of each credit note that can be made: of a new record, or of what it says less."""
    _ = words.translate
    found = []
    for one in proposals:
        if one.verb == "credit_note" and one.xero_id and one.name:
            found.append(PanelButton(CREDIT_ACTION, _("Credit the difference in Xero")))
        elif one.verb == "credit_note" and not one.xero_id:
            found.append(PanelButton(CREDIT_ACTION, _("Make a credit note in Xero")))
    return found


def said_credit(element: Mapping[str, Any], currency: str, words: Language) -> str:
    """Each credit set against an invoice of Xero with its amount; "" for none."""
    _ = words.translate
    kinds = {
        "CreditNotes": _("Credit note"),
        "Prepayments": _("Prepayment"),
        "Overpayments": _("Overpayment"),
    }
    found = []
    for name, called in kinds.items():
        for one in element.get(name) or ():
            amount = _amount(one.get("AppliedAmount"))
            if amount:
                title = f"{called} {one.get('CreditNoteNumber') or ''}".strip()
                found.append(f"{title} {words.amount(amount, currency)}")
    return " · ".join(found)


def credit_rows(note: Mapping[str, Any], currency: str, words: Language) -> list[PanelRow]:
    """What is left of a credit note, what of it was paid back, and what it is set against."""
    _ = words.translate
    left, total = _amount(note.get("RemainingCredit")), _amount(note.get("Total"))
    if left is None or total is None:
        return []
    text = words.sentence(
        "{due} of {total}", due=words.money(left, currency), total=words.amount(total, currency)
    )
    rows = [PanelRow(_("Left"), text)]
    against = []
    for one in note.get("Allocations") or ():
        number = str((one.get("Invoice") or {}).get("InvoiceNumber") or "")
        against.append(f"{number} {words.amount(_sum([one]), currency)}".strip())
    if against:
        rows.append(PanelRow(_("Set against"), " · ".join(against)))
    refunds = note.get("Payments") or ()
    if refunds:
        rows.append(PanelRow(_("Paid back"), words.money(_sum(refunds), currency)))
    return rows


def _sum(used: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((_amount(one.get("Amount")) or Decimal(0) for one in used), Decimal(0))


def _amount(value: object) -> Decimal | None:
    try:
        return as_decimal(value)
    except ValueError:
        return None  # a panel shows the rest
