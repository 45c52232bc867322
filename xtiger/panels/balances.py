"""What a customer owes and has, for the panel of its organisation: each currency for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from xtiger.hookspecs import PanelRow
from xtiger.i18n.language import Language
from xtiger.model.customers.document_money import Balance


def balance_rows(balances: Sequence[Balance], now: datetime, words: Language) -> list[PanelRow]:
    """Outstanding, overdue, last payment and credit; nothing for a customer without invoices."""
    _ = words.translate
    if not balances:
        return []
    owed = [one for one in balances if one.outstanding] or balances[:1]
    rows = [(_("Outstanding"), [words.money(one.outstanding, one.currency) for one in owed])]
    late = [words.money(one.overdue, one.currency) for one in balances if one.overdue]
    rows.append((_("Overdue"), late))
    rows.append((_("Last payment"), [_paid(one, now, words) for one in balances if one.paid_on]))
    credit = [words.money(one.credit, one.currency) for one in balances if one.credit]
    rows.append((_("Credit"), credit))
    return [PanelRow(label, " · ".join(values)) for label, values in rows if values]


def _paid(one: Balance, now: datetime, words: Language) -> str:
    assert one.paid_on is not None  # asked for by its caller
    amount = words.money(one.paid_then, one.currency)
    return words.sentence("{amount} on {day}", amount=amount, day=words.day(one.paid_on, now))
