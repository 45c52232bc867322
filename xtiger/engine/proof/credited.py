"""Differences that credit notes stand for, since Xero keeps the amounts of an invoice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from xtiger.engine.proof.compare import Differing
from xtiger.engine.proof.counting import INVOICE_AMOUNTS, Document
from xtiger.engine.proof.fresh_read import XeroEntry
from xtiger.mapping.convert import LINES
from xtiger.model.customers.credited import Credited

#: What a sync would end, had the lines not been credited.
_CARRIED = ("sync", "both_edited")


def with_credit(document: Document, entry: XeroEntry, credited: Credited) -> Document | None:
    """The document as it is in Xero with what was credited; None where that does not fit."""
    there = dict(zip(INVOICE_AMOUNTS, entry.facts.amounts, strict=False))
    ours = document.amounts.get("Total")
    if not credited.made or credited.invoice_id != entry.id or ours is None:
        return None
    if ours + credited.total != there.get("Total"):
        return None
    tax = sum((one.tax for one in credited.shares), Decimal(0))
    amounts = {**document.amounts, "Total": ours + credited.total}
    own = amounts.get("TotalTax")
    return replace(document, amounts=amounts | ({} if own is None else {"TotalTax": own + tax}))


def explained(found: Iterable[Differing], credited: Credited) -> list[Differing]:
    """The differences; those of the lines and what they come to have their explanation."""
    data = {"amount": str(credited.total)}
    return [
        replace(one, cure="credited", data=data)
        if one.key == LINES and one.cure in _CARRIED
        else one
        for one in found
    ]
