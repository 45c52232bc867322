"""What is still to be credited of an invoice whose amounts Xero keeps, and the note's lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from xtiger.model.customers.credited import CreditShare
from xtiger.model.values import Plain
from xtiger.rules.money import cents

#: What a line of Xero may hold of text.
_TEXT = 500


def still_open(
    before: Iterable[CreditShare], after: Iterable[CreditShare], credited: Iterable[CreditShare]
) -> tuple[CreditShare, ...]:
    """What of `before` neither stands in `after` nor is credited, by account, tax and tracking.

    A share below zero is one that grew.
    """
    found: dict[object, CreditShare] = {}
    for sign, shares in ((1, before), (-1, after), (-1, credited)):
        for one in shares:
            old = found.get(one.place) or replace(one, net=Decimal(0), tax=Decimal(0), text="")
            text = old.text if sign < 0 and old.text else _joined(old.text, one.text)
            found[one.place] = replace(
                old, net=old.net + sign * one.net, tax=old.tax + sign * one.tax, text=text
            )
    return tuple(one for one in found.values() if one.net or one.tax)


def total_of(shares: Iterable[CreditShare]) -> Decimal:
    """Net and tax of all of them."""
    return sum((one.net + one.tax for one in shares), Decimal(0))


def due_as_counted(due: Decimal, credited: Decimal, noted: Decimal, kept: Decimal) -> Decimal:
    """What a CRM calls due that counts it itself: its own total, less what it knows of.

    `due` and `credited` are Xero's; `noted` is what credit notes there say of the invoice that the
    total of the CRM says already, `kept` the credit that the CRM takes off.
    """
    return due + credited - noted - kept


def credit_besides(credited: Decimal, noted: Decimal) -> Decimal:
    """What of the credit of an invoice in Xero the total of the CRM does not say already."""
    return max(credited - noted, Decimal(0))


def can_be_lines(shares: Sequence[CreditShare]) -> bool:
    """Whether each is a line that Xero takes: it has an amount before tax."""
    return bool(shares) and all(one.net for one in shares)


def request_lines(
    shares: Iterable[CreditShare], computed: Mapping[str, Decimal]
) -> list[dict[str, Plain]]:
    """The lines of the note as Xero takes them; `computed` are the rates by tax type.

    The tax is named only where Xero would compute another one.
    """
    return [_line(one, computed.get(one.tax_type, Decimal(0))) for one in shares]


def _line(share: CreditShare, rate: Decimal) -> dict[str, Plain]:
    line: dict[str, Plain] = {
        "Description": share.text,
        "Quantity": Decimal(1),
        "UnitAmount": share.net,
        "AccountCode": share.account,
        "TaxType": share.tax_type,
    }
    if cents(share.net * rate / 100) != share.tax:
        line["TaxAmount"] = share.tax
    if share.tracking:
        line["Tracking"] = [
            {"TrackingCategoryID": category, "TrackingOptionID": option}
            for category, option in share.tracking
        ]
    return line


def _joined(one: str, other: str) -> str:
    """Both texts, each once."""
    if not other or other in one.split("; "):
        return one
    return f"{one}; {other}"[:_TEXT] if one else other[:_TEXT]
