"""What an account is and takes, in words."""

from __future__ import annotations

from dataclasses import replace

from xero_accounts.words import class_words, status_words, takes, type_words
from xtiger.i18n.language import language
from xtiger.model.chart_of_accounts import Account

SALES = Account("a1", "200", "Sales", "REVENUE", "REVENUE")


def test_what_an_account_takes_is_what_it_may_be_chosen_for() -> None:
    """Lines of sales, purchases, money that comes in; nothing once it is archived."""
    accounts = {
        "sales": SALES,
        "cost": Account("a2", "400", "Ads", "OVERHEADS", "EXPENSE"),
        "bank": Account("a3", "", "Bank", "BANK", "ASSET"),
        "paid": replace(SALES, payments=True),
        "gone": replace(SALES, status="ARCHIVED"),
        "system": replace(SALES, system="ROUNDING"),
    }

    assert {
        "sales": ("sales",),
        "cost": ("purchases",),
        "bank": ("payments",),
        "paid": ("sales", "payments"),
        "gone": (),
        "system": (),
    } == {name: takes(one) for name, one in accounts.items()}


def test_words_are_the_readers_and_what_is_new_stays() -> None:
    """A type that a later Xero has is shown as it calls it."""
    words = language("de")

    assert ["Umsatz", "Erträge", "archiviert"] == [
        type_words("REVENUE", words),
        class_words("REVENUE", words),
        status_words("ARCHIVED", words),
    ]
    assert ["NEW"] * 3 == [one("NEW", words) for one in (type_words, class_words, status_words)]
