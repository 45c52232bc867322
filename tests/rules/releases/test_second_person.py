"""Whether a push is larger than one person may send, and who may release it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from xtiger.model.customers.credited import CreditOfInvoice
from xtiger.model.mappings import ModuleSettings
from xtiger.model.plans import Item
from xtiger.model.releases.asked import AskedRelease
from xtiger.model.undo.allocated import Allocated
from xtiger.rules.releases.second_person import (
    LASTS,
    NOBODY,
    SAME,
    amount_of,
    asked_anew,
    excess,
    is_over,
    is_released,
    names,
    pushes,
    refusal,
    written,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TEN, ELEVEN = Decimal(10), Decimal(11)
#: A note for what an invoice says less.
CREDIT = CreditOfInvoice("I1-CN1", ELEVEN, ())


def item(**values: Any) -> Item:
    return Item("Invoices", "Invoice", "1", "x", "I1", **values)


def asked(by: str = "ann", amount: Decimal | None = TEN, released: str = "") -> AskedRelease:
    return AskedRelease(by, NOW, amount, 3, released, NOW if released else None)


@pytest.mark.parametrize(
    ("values", "does"),
    [
        ({}, False),
        ({"verb": "update", "to_crm": {}}, False),
        ({"verb": "update", "to_xero": {}}, True),
        ({"verb": "void"}, True),
        ({"verb": "update", "credit": CREDIT}, True),
        ({"verb": "update", "freed": (Allocated("n", "x", "I1", TEN),)}, True),
    ],
)
def test_what_writes_to_xero_is_weighed(values: dict[str, Any], does: bool) -> None:
    """What only the CRM gets is not."""
    assert does is pushes(item(**values))


@pytest.mark.parametrize(
    ("values", "there", "amount"),
    [
        ({"expected_total": Decimal(-12)}, None, Decimal(12)),
        ({"to_xero": {"Amount": "7.5"}}, None, Decimal("7.5")),
        ({"to_xero": {}}, Decimal(-10), TEN),
        ({"credit": CREDIT}, TEN, ELEVEN),
        ({}, None, None),
    ],
)
def test_the_amount_is_what_is_sent_or_removed(
    values: dict[str, Any], there: Decimal | None, amount: Decimal | None
) -> None:
    """The total of an invoice, the amount of a payment, else what Xero has."""
    assert amount == amount_of(item(**values), there)


@pytest.mark.parametrize(
    ("amount", "records", "limits", "found"),
    [
        (ELEVEN, 1, (10, 0), ("11.00", "10")),
        (TEN, 1, (10, 0), None),
        (None, 9, (10, 0), None),
        (ELEVEN, 9, (0, 0), None),
        (None, 9, (0, 8), ("9 Invoices", "8")),
        (None, 8, (0, 8), None),
    ],
)
def test_more_than_the_limit_waits(
    amount: Decimal | None, records: int, limits: tuple[int, int], found: tuple[str, str] | None
) -> None:
    """As much as the limit goes; 0 is no limit."""
    most, many = limits
    settings = ModuleSettings("Invoices", second_amount=most, second_records=many)

    assert found == excess(amount, records, settings)


@pytest.mark.parametrize(
    ("kept", "amount", "records", "covered"),
    [
        (None, TEN, 1, False),
        (asked(), TEN, 1, False),
        (replace(asked(released="bob"), released_at=None), TEN, 1, False),
        (asked(released="bob"), TEN, 3, True),
        (asked(released="bob"), ELEVEN, 3, False),
        (asked(released="bob"), TEN, 4, False),
        (asked(released="bob"), None, 1, True),
        (asked(amount=None, released="bob"), TEN, 1, False),
    ],
)
def test_a_release_covers_what_has_not_grown(
    kept: AskedRelease | None, amount: Decimal | None, records: int, covered: bool
) -> None:
    """In amount or in number."""
    assert covered is is_released(kept, AskedRelease("ann", NOW, amount, records))


@pytest.mark.parametrize(
    ("late", "digest", "covered"),
    [(LASTS, "a", True), (LASTS + timedelta(seconds=1), "a", False), (LASTS, "b", False)],
)
def test_a_release_is_of_what_was_asked_and_of_its_day(
    late: timedelta, digest: str, covered: bool
) -> None:
    """Another content, as small as it may be, is no longer what somebody looked at."""
    kept = replace(asked(released="bob"), digest="a")

    assert covered is is_released(kept, AskedRelease("ann", NOW + late, TEN, 3, digest=digest))


def test_an_undo_and_a_sync_ask_each_for_itself() -> None:
    """A release of one is none of the other, nor is who asked."""
    now = AskedRelease("bob", NOW, TEN, 3, undo="r1")

    assert not is_released(asked(released="cy"), now)
    assert is_released(replace(asked(released="cy"), undo="r0"), now)
    assert now == asked_anew(asked(), now)


def test_what_would_be_written_is_what_a_release_is_bound_to() -> None:
    """What is sent, removed, credited and taken off; and how much it is."""
    each = (
        item(verb="update", to_xero={"Date": "1"}),
        item(verb="update", to_xero={"Date": "2"}),
        item(verb="update", to_xero={"Date": "2"}, crm_values={"Contact.ContactID": "7"}),
        item(verb="void"),
        item(verb="update", credit=CREDIT),
        item(verb="update", freed=(Allocated("n", "x", "I1", TEN),)),
    )

    assert len(each) == len({written(one, TEN) for one in each})
    assert written(each[0], TEN) == written(
        replace(
            each[0],
            to_xero={"Date": "1", "Contact.ContactID": "pending:1"},
            crm_values={"lines": [{"id": "3"}]},
        ),
        TEN,
    )
    assert written(each[0], TEN) != written(each[0], ELEVEN)


def test_nothing_waits_for_a_release_once_it_is_over() -> None:
    """It went, or is planned no longer; what is held or failed is planned again."""
    assert [True, True, False, False] == [
        is_over(one) for one in ("created", "unchanged", "held", "failed")
    ]


def test_the_first_person_who_asked_stays_its_asker() -> None:
    """A schedule is nobody; after a release it is asked anew."""
    now = AskedRelease("bob", NOW, TEN, 2)

    assert [now] * 3 == [
        asked_anew(one, now) for one in (None, asked("cli:x"), asked(released="cy"))
    ]
    assert AskedRelease("ann", NOW, TEN, 2) == asked_anew(asked(), now)


@pytest.mark.parametrize(
    ("asker", "by", "kept"),
    [("ann", "bob + ann", "ann"), ("", "bob", ""), ("ann", "", "ann"), ("", "", "")],
)
def test_who_released_what_became_another_did_not_ask_for_it(
    asker: str, by: str, kept: str
) -> None:
    """The run of a release that no longer covers it; and a schedule takes no asker's place."""
    now = AskedRelease(by, NOW, TEN, 2)

    assert AskedRelease(kept, NOW, TEN, 2) == asked_anew(asked(asker, released="bob"), now)


@pytest.mark.parametrize(("amount", "records"), [(ELEVEN, 3), (TEN, 4)])
@pytest.mark.parametrize(("by", "asker"), [("bob", "bob"), ("", "ann"), ("cli:x", "ann")])
def test_who_asks_for_more_is_its_asker(by: str, asker: str, amount: Decimal, records: int) -> None:
    """A run that nobody began, or a command, is nobody's word: who asked before stays."""
    found = asked_anew(asked(), AskedRelease(by, NOW, amount, records))

    assert AskedRelease(asker, NOW, amount, records) == found


@pytest.mark.parametrize(
    ("by", "asker", "why"),
    [
        ("", "ann", NOBODY),
        ("cli:ann", "", NOBODY),
        ("web", "", NOBODY),
        ("ann", "ann", SAME),
        ("ann", "bob + ann", SAME),
        ("bob", "ann", ""),
        ("ann", "", ""),
    ],
)
def test_nobody_releases_their_own(by: str, asker: str, why: str) -> None:
    """A name of the command line has not been proven; what nobody asked, anybody may release."""
    assert why == refusal(asked(asker), by)


def test_both_names_stand_together() -> None:
    """Who released first, each once."""
    assert "bob + ann" == names("bob", [asked(), asked(""), asked()])
