"""The proof as data: sums to the cent, counts that add up, and a cure for each difference."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest

from xtiger.model.plans import Cause, Face
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.reconciliation import (
    CURES,
    RECORD,
    Bucket,
    Counter,
    Disagreement,
    ModuleCount,
    Reconciliation,
    SideCount,
    Standing,
    SumRow,
    SumTable,
    by_module,
    count_codes,
    cure_of,
    month_of,
    pairs_apart,
)

NOVEMBER = Bucket("2026-11", "AUTHORISED", "GBP")


def table(compared: str = "Total") -> SumTable:
    """Sums of Total and Paid, of which the CRM holds Total alone."""
    return SumTable("Invoices", ("Total", "Paid"), frozenset({"Total"}), frozenset({compared}))


def proof(**values: object) -> Reconciliation:
    """A proof of nothing, with these values."""
    given = {
        "connection_id": "c1",
        "organisation": "Aroha",
        "base_currency": "GBP",
        "made_at": datetime(2026, 11, 20, tzinfo=UTC),
        "since": None,
        "modules": (),
        "sums": (),
        "differences": (),
        "standing": (),
        **values,
    }
    return Reconciliation(**given)  # type: ignore[arg-type]  # of mixed types


def test_sums_stand_side_by_side() -> None:
    """Each side is added up per bucket; an amount that a side does not hold is None."""
    sums = table()
    sums.add("crm", NOVEMBER, {"Total": Decimal("0.10")})
    sums.add("crm", NOVEMBER, {"Total": Decimal("0.20")})
    sums.add("xero", NOVEMBER, {"Total": Decimal("0.30"), "Paid": Decimal("0.05")})

    (row,) = sums.rows()

    assert (
        {"Total": Decimal("0.30"), "Paid": None},
        {"Total": Decimal("0.30"), "Paid": Decimal("0.05")},
    ) == (row.crm.amounts, row.xero.amounts)
    assert ("records",) == row.differing
    assert {"records": 2, "Total": "0.30", "Paid": None} == row.plain()["crm"]


def test_a_cent_makes_a_row_differ() -> None:
    """Only amounts that are compared count."""
    sums = table()
    sums.add("crm", NOVEMBER, {"Total": Decimal("1.00")})
    sums.add("xero", NOVEMBER, {"Total": Decimal("1.01"), "Paid": Decimal(9)})

    assert [("Total",)] == [row.differing for row in sums.rows()]


def test_no_cent_is_lost_beside_an_absurd_amount() -> None:
    """28 digits are not enough for a sum of what a CRM may hold."""
    sums = table()
    for amount in (Decimal("1e29"), Decimal("0.01"), Decimal("-1e29")):
        sums.add("crm", NOVEMBER, {"Total": amount})

    assert Decimal("0.01") == sums.rows()[0].crm.amounts["Total"]


def test_rows_are_in_order() -> None:
    """By month, status and currency; documents without a day come first."""
    sums = table()
    for bucket in (NOVEMBER, Bucket("", "DRAFT", "GBP"), Bucket("2026-11", "AUTHORISED", "EUR")):
        sums.add("xero", bucket, {})

    assert [("", "GBP"), ("2026-11", "EUR"), ("2026-11", "GBP")] == [
        (row.month, row.currency) for row in sums.rows()
    ]


@pytest.mark.parametrize(("day", "month"), [(date(2026, 1, 31), "2026-01"), (None, "")])
def test_month_of_a_day(day: date | None, month: str) -> None:
    """The year and month, or nothing."""
    assert month == month_of(day)


def test_counts_add_up() -> None:
    """What was read is in scope or left out, by reason."""
    counter = Counter(linked=2, alone=1, standing=1)
    for reason in ("not_selected", "before_since", "not_selected"):
        counter.leave_out(reason)
    side = counter.done()

    assert (4, 7, [("before_since", 1), ("not_selected", 2)]) == (
        side.in_scope,
        side.read,
        list(side.left_out.items()),
    )
    assert {"read": 7, "in_scope": 4, "linked": 2, "only_here": 1, "standing": 1} == {
        name: number for name, number in side.plain().items() if name != "left_out"
    }
    assert {"before_since": 1, "not_selected": 2} == side.plain()["left_out"]


def test_the_verdict_needs_fields_and_sums() -> None:
    """A difference or a sum that differs: neither may pass."""
    one = Disagreement("Invoices", "I1", "1", "x", "Total", 1, 2, cure_of("sync", "Invoices"))
    sums = table()
    sums.add("crm", NOVEMBER, {"Total": Decimal(1)})
    rows: tuple[SumRow, ...] = sums.rows()

    assert (True, False, False) == (
        proof().agrees,
        proof(differences=(one,)).agrees,
        proof(sums=rows).agrees,
    )


def test_the_records_of_the_verdict_are_the_pairs() -> None:
    """Both sides of one pair count once."""
    counts = tuple(
        ModuleCount(name, "Item", SideCount(linked=n, alone=9), SideCount(linked=n))
        for name, n in (("Products", 3), ("Services", 4))
    )

    assert 7 == proof(modules=counts).records


def test_a_module_that_meets_two_kinds_is_one_row() -> None:
    """Contacts are persons, or contacts of their own: both are added up."""
    own = ModuleCount("Contacts", "Contact", SideCount(1, 2, 0, {"off": 1}), SideCount(1))
    persons = ModuleCount(
        "Contacts", "Person", SideCount(3, 0, 1, {"off": 2, "archived": 1}), SideCount(4)
    )
    other = ModuleCount("Products", "Item", SideCount(5), SideCount(5))

    found = by_module([own, other, persons])

    assert [
        ModuleCount(
            "Contacts", "Person", SideCount(4, 2, 1, {"archived": 1, "off": 3}), SideCount(5)
        ),
        other,
    ] == found
    assert own.crm.read + persons.crm.read == found[0].crm.read


def test_standing_records_are_counted_by_code() -> None:
    """Per module and code."""
    rows = [Standing("Products", "", str(n), None, Cause("code_missing")) for n in range(3)]

    assert {("Products", "code_missing"): 3} == count_codes(rows)


@pytest.mark.parametrize(
    ("code", "command"),
    [
        ("sync", "xtiger sync Invoices"),
        ("duplicate", ""),
        ("both_changed", "xtiger plan --fields Invoices"),
        ("tax_unknown", "xtiger sync Invoices"),
    ],
)
def test_a_cure_has_a_command(code: str, command: str) -> None:
    """One to type as it stands; none where only people in Xero can act."""
    assert command == cure_of(code, "Invoices").command


def test_every_cure_has_a_sentence() -> None:
    """Ours, the catalogue's, and for a code of an extension the usual one."""
    cures = [*CURES.values(), *(e.cures for e in CATALOGUE.values()), CURES["sync"]]
    for face in get_args(Face):
        said = [cure_of(code, "Invoices").sentence(face) for code in (*CURES, *CATALOGUE, "odd")]

        assert [one.on(face) for one in cures] == said


def test_pairs_that_differ_are_not_records_of_one_side() -> None:
    """But one that could not be read may differ, so it counts."""
    missing, unreadable = (cure_of(code, "Contacts") for code in ("sync", "unreadable"))
    differences = [
        Disagreement("Contacts", "A", "1", "x1", "Phone", "1", "2", missing),
        Disagreement("Contacts", "B", "2", None, RECORD, True, False, missing),
        Disagreement("Contacts", "C", "3", "x3", RECORD, True, True, unreadable),
    ]

    assert {"1", "3"} == pairs_apart(differences)
