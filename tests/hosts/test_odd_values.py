"""Each way in which CRMs keep a value goes to Xero and back, and the proof finds no difference."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.odd_books import Case, Rows, there_and_back
from tests.hosts.odd_crm import Phase, Row, Stage, bills, books
from xtiger.hosts.sqlalchemy import Field

DOCUMENT = Path(__file__).parents[2] / "docs" / "host.md"


def _line(raw: dict[str, Any]) -> dict[str, Any]:
    return dict(raw["LineItems"][0])


def _sums(raw: dict[str, Any]) -> tuple[Decimal, Decimal]:
    return Decimal(str(raw["SubTotal"])), Decimal(str(raw["TotalTax"]))


LINE: Rows = [{"price": Decimal("12.34"), "rate": Decimal(20)}]
TEA: Rows = [{"UnitAmount": "12.5"}]

CASES = [
    Case(
        "a date and time as an invoice's date",
        bills(Field("moment", role="invoice.date")),
        {"moment": datetime(2026, 11, 2, 14, 30)},  # noqa: DTZ001  as the CRM keeps it
        LINE,
        lambda raw: raw["Date"],
        "2026-11-02",
        TEA,
        lambda bill: bill.moment,
        datetime(2026, 11, 5),  # noqa: DTZ001
    ),
    Case(
        "the same, where people are not in UTC",
        bills(Field("moment", role="invoice.date")),
        # In UTC it is still the day before.
        {"moment": datetime(2026, 11, 1, 13, 30)},  # noqa: DTZ001
        LINE,
        lambda raw: raw["Date"],
        "2026-11-02",
        TEA,
        lambda bill: bill.moment,
        datetime(2026, 11, 4, 11, 0),  # noqa: DTZ001  midnight in Auckland, in UTC
        host={"zone": "Pacific/Auckland"},
    ),
    Case(
        "the same as local time without a zone",
        bills(Field("moment", role="invoice.date")),
        {"moment": datetime(2026, 11, 2, 0, 30)},  # noqa: DTZ001
        LINE,
        lambda raw: raw["Date"],
        "2026-11-02",
        TEA,
        lambda bill: bill.moment,
        datetime(2026, 11, 5),  # noqa: DTZ001
        host={"zone": "Pacific/Auckland", "naive": "local"},
    ),
    Case(
        "an enum by name",
        bills(Field("stage", role="invoice.status")),
        {"stage": Stage.APPROVED},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.stage,
        Stage.APPROVED,
    ),
    Case(
        "an enum by value",
        bills(Field("phase", role="invoice.status")),
        {"phase": Phase.DONE},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.phase,
        Phase.DONE,
    ),
    Case(
        "text that stands for a Python enum",
        bills(Field("word", role="invoice.status", choices=Phase)),
        {"word": "approved"},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.word,
        "approved",
    ),
    Case(
        "status words in small letters",
        bills(Field("word", role="invoice.status", choices=["draft", "approved", "paid"])),
        {"word": "approved"},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.word,
        "approved",
    ),
    Case(
        "status words in another language",
        bills(Field("word", role="invoice.status", choices=["Entwurf", "Versendet", "Bezahlt"])),
        {"word": "Versendet"},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.word,
        "Versendet",
    ),
    Case(
        "status words that nobody knows",
        bills(Field("word", role="invoice.status", choices=["Neu", "Offen", "Erledigt"])),
        {"word": "Offen"},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.word,
        "Offen",
        options={"status_map": {"Neu": "DRAFT", "Offen": "AUTHORISED", "Erledigt": "AUTHORISED"}},
    ),
    Case(
        "no due date",
        bills(),
        {"due": None},
        LINE,
        lambda raw: (raw["Status"], raw["DueDate"]),
        ("AUTHORISED", "2026-11-16"),
        TEA,
        lambda bill: bill.due,
        date(2026, 12, 5),
        options={"due_days": "14"},
    ),
    Case(
        "no column for a due date",
        bills(without=["invoice.due_date"]),
        {"due": None},
        LINE,
        lambda raw: (raw["Status"], raw["DueDate"]),
        ("AUTHORISED", "2026-11-02"),
        TEA,
        lambda bill: bill.due,
        None,
        options={"due_days": "0"},
    ),
    Case(
        "whole cents",
        bills(
            Field("total_cents", role="invoice.total", unit="cents"),
            lines=[Field("price_cents", role="line.unit_price", unit="cents")],
        ),
        {"total_cents": 1481},
        [{"price_cents": 1234, "rate": Decimal(20)}],
        lambda raw: (Decimal(str(_line(raw)["UnitAmount"])), Decimal(str(raw["Total"]))),
        (Decimal("12.34"), Decimal("14.81")),
        TEA,
        lambda bill: (bill.rows[0].price_cents, bill.total_cents),
        (1250, 1500),
    ),
    Case(
        "money as a float",
        bills(lines=[Field("price_float", role="line.unit_price")]),
        {},
        # 0.30000000000000004
        [{"price_float": 0.1 + 0.2, "quantity": 7, "rate": Decimal(20)}],
        lambda raw: (Decimal(str(_line(raw)["UnitAmount"])), Decimal(str(raw["Total"]))),
        (Decimal("0.3"), Decimal("2.52")),
        [{"UnitAmount": "0.07"}],
        lambda bill: bill.rows[0].price_float,
        0.07,
    ),
    Case(
        "a tax rate in per cent",
        bills(),
        {},
        LINE,
        lambda raw: _line(raw)["TaxType"],
        "OUTPUT2",
        [{"UnitAmount": "10", "TaxType": "RROUTPUT"}],
        lambda bill: bill.rows[0].rate,
        Decimal(5),
    ),
    Case(
        "a tax rate as a fraction",
        bills(lines=[Field("rate_fraction", role="line.tax_rate", unit="fraction")]),
        {},
        [{"price": Decimal("12.34"), "rate_fraction": Decimal("0.2")}],
        lambda raw: _line(raw)["TaxType"],
        "OUTPUT2",
        [{"UnitAmount": "10", "TaxType": "RROUTPUT"}],
        lambda bill: bill.rows[0].rate_fraction,
        Decimal("0.05"),
    ),
    Case(
        "a tax on the line as an amount",
        bills(lines=[Field("vat", role="line.tax")], without=["line.tax_rate"]),
        {},
        [{"price": Decimal("12.34"), "vat": Decimal("2.47")}],
        _sums,
        (Decimal("12.34"), Decimal("2.47")),
        [{"UnitAmount": "10", "TaxType": "RROUTPUT"}],
        lambda bill: bill.rows[0].vat,
        Decimal("0.5"),
    ),
    Case(
        "a tax on the invoice as an amount",
        bills(
            Field("vat", role="invoice.tax"),
            Field("total", role="invoice.total"),
            without=["line.tax_rate"],
        ),
        # Of the sum: by line Xero makes 0.98 of it, and a cent of rounding settles that.
        {"vat": Decimal("0.97"), "total": Decimal("5.83")},
        [{"price": Decimal("2.43"), "text": "Beans"}, {"price": Decimal("2.43"), "text": "Tea"}],
        _sums,
        (Decimal("4.85"), Decimal("0.98")),
        [{"UnitAmount": "10", "TaxType": "RROUTPUT"}, {"UnitAmount": "5", "TaxType": "RROUTPUT"}],
        lambda bill: bill.vat,
        Decimal("0.75"),
    ),
    Case(
        "a discount on the line in per cent",
        bills(lines=[Field("off_percent", role="line.discount_percent")]),
        {},
        [{"price": Decimal(10), "rate": Decimal(20), "off_percent": Decimal(25)}],
        _sums,
        (Decimal("7.5"), Decimal("1.5")),
        [{"UnitAmount": "10", "DiscountRate": "10"}],
        lambda bill: bill.rows[0].off_percent,
        Decimal(10),
    ),
    Case(
        "a discount on the line as an amount",
        bills(lines=[Field("off", role="line.discount_amount")]),
        {},
        [{"price": Decimal(10), "rate": Decimal(20), "off": Decimal("2.5")}],
        _sums,
        (Decimal("7.5"), Decimal("1.5")),
        [{"UnitAmount": "10", "DiscountAmount": "1"}],
        lambda bill: bill.rows[0].off,
        Decimal(1),
    ),
]


def test_the_document_has_these_rows() -> None:
    """Each row of docs/host.md is a case above, and each case is a row."""
    part = DOCUMENT.read_text(encoding="utf-8").split("| your CRM keeps | what to declare |")[1]
    rows = [line for line in part.split("\n\n")[0].splitlines() if line.startswith("| ")]

    assert sorted(case.name for case in CASES) == sorted(
        row.split(" | ")[0].removeprefix("| ") for row in rows[1:]
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_there_and_back(case: Case, tmp_path: Path) -> None:
    """Made in the CRM it arrives in Xero, made in Xero it arrives in the CRM; both sides agree."""
    with books(tmp_path, case.invoices, options=case.options, **case.host) as made:
        assert (case.expected, case.arrived) == there_and_back(made, case)


def test_a_tax_amount_follows_an_edit_of_either_side(tmp_path: Path) -> None:
    """A price of Xero brings its tax along; a new tax of the CRM is the rate that it means."""
    invoices = bills(lines=[Field("vat", role="line.tax")], without=["line.tax_rate"])
    with books(tmp_path, invoices) as made:
        bill = made.bill([{"price": Decimal(10), "vat": Decimal(2)}])
        made.world.sync()
        there = made.of_xero()
        line = {**there["LineItems"][0], "UnitAmount": "20", "LineAmount": "20", "TaxAmount": "4"}
        made.world.sandbox.edit("Invoices", there["InvoiceID"], {"LineItems": [line]})
        made.world.sync()
        row = made.of_crm(bill).rows[0]
        assert (Decimal(20), Decimal(4)) == (row.price, row.vat)
        made.agree()
        with made.session.begin() as session:
            session.get_one(Row, row.id).vat = Decimal(1)
        made.world.sync()
        assert "RROUTPUT" == _line(made.of_xero())["TaxType"]
        made.agree()
        with made.session.begin() as session:
            session.get_one(Row, row.id).vat = Decimal("1.23")
        made.world.sync()

        assert ["tax_amount_unclear"] == list(made.causes().values())


@pytest.mark.feature("F099")
def test_the_customers_terms_count_the_due_date(tmp_path: Path) -> None:
    """With `due_days` terms Xero counts by the terms of its contact; without terms it waits."""
    with books(tmp_path, bills(), options={"due_days": "terms"}) as made:
        bill = made.bill(LINE, due=None)
        made.world.sync("Organizations")
        (contact,) = made.world.xero("Contacts")
        terms = {"PaymentTerms": {"Sales": {"Day": 20, "Type": "DAYSAFTERBILLDATE"}}}
        made.world.sandbox.edit("Contacts", contact["ContactID"], terms)
        made.world.sync()

        assert ("2026-11-22", None) == (made.of_xero()["DueDate"], made.of_crm(bill).due)
        made.agree()


def test_unknown_statuses_are_listed_once_and_taken_in_one_step(tmp_path: Path) -> None:
    """Words of a text without pick list: of many invoices each once; then all of them go."""
    text = Field("word", role="invoice.status")
    with books(tmp_path, bills(text)) as made:
        for number, word in enumerate(["Offen", "offen", "Neu", "Zebra", "Versendet"]):
            made.bill(LINE, number=f"B-{number}", word=word)
        made.world.sync()
        mappings = made.world.xt.mappings
        unknown = {one.word.lower(): one.nearest for one in mappings.unknown_statuses("Invoices")}
        assert {"offen": "AUTHORISED", "neu": "DRAFT", "zebra": ""} == unknown
        mappings.say_statuses("Invoices", {"Offen": "AUTHORISED", "Neu": "DRAFT", "Zebra": "DRAFT"})
        made.world.sync()

        assert [] == mappings.unknown_statuses("Invoices")
        assert ["AUTHORISED", "AUTHORISED", "DRAFT", "DRAFT", "AUTHORISED"] == [
            made.of_xero(f"B-{number}")["Status"] for number in range(5)
        ]
        made.agree()


def test_the_hour_of_an_unchanged_day_stays(tmp_path: Path) -> None:
    """Xero's date of the same day writes nothing; another day is its midnight."""
    with books(tmp_path, bills(Field("moment", role="invoice.date"))) as made:
        kept = datetime(2026, 11, 2, 14, 30)  # noqa: DTZ001
        bill = made.bill(LINE, moment=kept)
        made.world.sync()
        (raw,) = made.world.xero("Invoices")
        made.world.sandbox.edit("Invoices", raw["InvoiceID"], {"Reference": "Order 7"})
        made.world.sync()
        assert kept == made.of_crm(bill).moment
        made.world.sandbox.edit("Invoices", raw["InvoiceID"], {"Date": "2026-11-03"})
        made.world.sync()

        assert datetime(2026, 11, 3) == made.of_crm(bill).moment  # noqa: DTZ001
        made.agree()
