"""Each way in which CRMs on Django keep a value goes to Xero and back, with a proof that agrees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from tests.djangocrm import project
from tests.hosts import odd_crm
from tests.hosts.odd_books import (
    CUSTOMER,
    MONEY_FACTS,
    Books,
    Case,
    connected,
    there_and_back,
)
from tests.hosts.test_odd_values import CASES, LINE, TEA
from tests.world import MovingClock
from xtiger.hosts.django import DjangoHost, Field, Lines, Module
from xtiger.hosts.keys import key_text
from xtiger.model.records import Ref, Write
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract

if TYPE_CHECKING:
    from collections.abc import Sequence

project.set_up()

from tests.oddcrm import models  # noqa: E402  Django is configured only now

#: What is another column or another word on Django, and so has a case of its own.
OTHERWISE = {
    "a date and time as an invoice's date",
    "the same, where people are not in UTC",
    "the same as local time without a zone",
    "an enum by name",
    "an enum by value",
}


@dataclass
class DjangoBooks(Books):
    """The CRM on Django."""

    def make(self, rows: Sequence[dict[str, Any]], values: dict[str, Any]) -> Any:
        firm, _ = models.Firm.objects.get_or_create(name=CUSTOMER)
        bill = models.Bill.objects.create(firm=firm, **values)
        for row in rows:
            bill.rows.create(**row)
        bill.save()
        return bill.pk

    def of_crm(self, bill: Any) -> Any:
        found: Any = models.Bill.objects.get(pk=bill)
        return _Read(found, list(found.rows.order_by("pk")))

    def edit(self, bill: Any, **values: Any) -> None:
        found = models.Bill.objects.get(pk=bill)
        for name, value in values.items():
            setattr(found, name, value)
        found.save()

    def numbered(self, number: str) -> Any:
        return models.Bill.objects.filter(number=number).values_list("pk", flat=True).first()


class _Read:
    """An invoice with its lines as a list."""

    def __init__(self, bill: Any, rows: list[Any]) -> None:
        self._bill, self.rows = bill, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bill, name)


def _on_django(invoices: Module) -> Module:
    """The same declaration on the models of Django."""
    return replace(invoices, model=models.Bill)


FIRMS = replace(odd_crm.FIRMS, model=models.Firm)

OWN = [
    Case(
        "a date and time as an invoice's date",
        odd_crm.bills(Field("moment", role="invoice.date")),
        # In London it is the day after.
        {"moment": datetime(2026, 7, 1, 23, 30, tzinfo=UTC)},
        LINE,
        lambda raw: raw["Date"],
        "2026-07-02",
        TEA,
        lambda bill: bill.moment,
        datetime(2026, 11, 5, tzinfo=UTC),
    ),
    Case(
        "the same, with USE_TZ = False",
        odd_crm.bills(Field("moment", role="invoice.date")),
        {"moment": datetime(2026, 11, 2, 0, 30)},  # noqa: DTZ001  as the CRM keeps it
        LINE,
        lambda raw: raw["Date"],
        "2026-11-02",
        TEA,
        lambda bill: bill.moment,
        datetime(2026, 11, 5),  # noqa: DTZ001
        options={"django": {"USE_TZ": False, "TIME_ZONE": "Pacific/Auckland"}},
    ),
    Case(
        "IntegerChoices",
        odd_crm.bills(
            Field("stage", role="invoice.status", choices=[("1", "Draft"), ("2", "Approved")])
        ),
        {"stage": models.Stage.APPROVED},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.stage,
        models.Stage.APPROVED,
        options={"status_map": {"1": "DRAFT", "2": "AUTHORISED"}},
    ),
    Case(
        "TextChoices",
        odd_crm.bills(Field("phase", role="invoice.status")),
        {"phase": models.Phase.DONE},
        LINE,
        lambda raw: raw["Status"],
        "AUTHORISED",
        TEA,
        lambda bill: bill.phase,
        models.Phase.DONE,
    ),
]
ALIKE = [case for case in CASES if case.name not in OTHERWISE]
DOCUMENT = Path(__file__).parents[2] / "docs" / "django.md"


@contextmanager
def books(folder: Path, case: Case) -> Iterator[DjangoBooks]:
    """Such a CRM, connected."""
    options = dict(case.options)
    with (
        override_settings(**options.pop("django", {})),
        project.opened("sqlite", folder, app="oddcrm"),
    ):
        clock = MovingClock()
        host = DjangoHost(
            modules=[FIRMS, _on_django(case.invoices)], clock=clock, **MONEY_FACTS, **case.host
        )
        with connected(host, clock, folder, options) as world:
            yield DjangoBooks(world)


def test_the_document_has_these_rows() -> None:
    """Each way of Django's own stands in docs/django.md."""
    part = DOCUMENT.read_text(encoding="utf-8").split("| your models keep | what to declare |")[1]
    rows = [line for line in part.split("\n\n")[0].splitlines() if line.startswith("| ")]

    assert sorted([*(case.name for case in OWN), "a CompositePrimaryKey"]) == sorted(
        row.split(" | ")[0].removeprefix("| ") for row in rows[1:]
    )


@pytest.mark.parametrize("case", [*OWN, *ALIKE], ids=lambda case: case.name)
def test_there_and_back(case: Case, tmp_path: Path) -> None:
    """Made in the CRM it arrives in Xero, made in Xero it arrives in the CRM; both sides agree."""
    with books(tmp_path, case) as made:
        assert (case.expected, case.arrived) == there_and_back(made, case)


# --- keys of several columns, where Django has them ---

BRANCH = "north~%7E"
_NUMBERS = count(1001)


def _next(_: Any) -> int:
    return next(_NUMBERS)


KEYED_LINES = Lines(
    "rows",
    order="place",
    fields=[
        Field("thing", role="line.product", ref="Products"),
        Field("text", role="line.description"),
        Field("quantity", role="line.quantity"),
        Field("price", role="line.unit_price"),
        Field("rate", role="line.tax_rate"),
    ],
)


def keyed_modules() -> list[Module]:
    """Customers and invoices that are numbered within their branch."""
    key = {"branch": BRANCH, "no": _next}
    return [
        Module(
            "Organizations",
            models.KeyedFirm,
            role="organisation",
            url="https://crm.example/firm/{id}",
            defaults=key,
            fields=[Field("name", role="organisation.name", required=True)],
        ),
        Module(
            "Products",
            models.KeyedThing,
            role="product",
            url="https://crm.example/thing/{id}",
            defaults=key,
            fields=[
                Field("code", role="product.code", required=True),
                Field("name", role="product.name", required=True),
            ],
        ),
        Module(
            "Invoices",
            models.KeyedBill,
            role="invoice",
            url="https://crm.example/bill/{id}",
            defaults=key,
            fields=[
                Field("number", role="invoice.number"),
                Field("firm", role="invoice.organisation", ref="Organizations", required=True),
                Field("day", role="invoice.date"),
                Field("due", role="invoice.due_date"),
                Field("status", role="invoice.status", choices=["Created", "Approved"]),
            ],
            lines=KEYED_LINES,
        ),
    ]


@dataclass
class KeyedBooks(DjangoBooks):
    """The CRM whose keys have several columns."""

    def make(self, rows: Sequence[dict[str, Any]], values: dict[str, Any]) -> Any:
        firm, _ = models.KeyedFirm.objects.get_or_create(branch=BRANCH, no=1, name=CUSTOMER)
        bill = models.KeyedBill.objects.create(branch=BRANCH, no=7, firm=firm, **values)
        for row in rows:
            bill.rows.create(**row)
        return bill.pk

    def of_crm(self, bill: Any) -> Any:
        found: Any = models.KeyedBill.objects.get(pk=bill)
        return _Read(found, list(found.rows.order_by("pk")))

    def edit(self, bill: Any, **values: Any) -> None:
        found = models.KeyedBill.objects.get(pk=bill)
        for name, value in values.items():
            setattr(found, name, value)
        found.save()

    def numbered(self, number: str) -> Any:
        found = models.KeyedBill.objects.filter(number=number).first()
        return found and found.pk


with_keys = pytest.mark.skipif(
    not models.HAS_COMPOSITE_KEYS, reason="CompositePrimaryKey came with Django 5.2"
)


@with_keys
def test_keys_of_several_columns_go_there_and_back(tmp_path: Path) -> None:
    """An invoice and its customer go to Xero, one from Xero comes; lines and edits follow."""
    with project.opened("sqlite", tmp_path, app="oddcrm"):
        clock = MovingClock()
        host = DjangoHost(modules=keyed_modules(), clock=clock, **MONEY_FACTS)
        with connected(host, clock, tmp_path) as world:
            made = KeyedBooks(world)
            bill = made.bill(LINE)
            noted = {row.ref for row in host.outbox(clock.now().replace(year=2100))}
            firm = Ref("Organizations", key_text([BRANCH, 1]))
            assert {firm, Ref("Invoices", key_text(bill))} == noted
            world.sync()
            assert "14.81" == f"{made.of_xero()['Total']:.2f}"
            made.agree()
            made.new_in_xero(TEA)
            world.sync()
            assert (1, "Tea") == (made.from_xero().firm_no, made.from_xero().rows[0].text)
            made.agree()
            row = models.KeyedRow.objects.get(bill_no=7)
            row.text = "Beans, roasted"
            row.save()
            world.sync()

            assert "Beans, roasted" == made.of_xero()["LineItems"][0]["Description"]
            made.agree()


@with_keys
class TestKeysOfSeveralColumns(HostContract):
    """The conformance kit on such keys."""

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[Host]:
        with project.opened("sqlite", tmp_path, app="oddcrm"):
            yield DjangoHost(modules=keyed_modules(), **MONEY_FACTS)

    def sample(self, host: Host, module: str) -> Write:
        number = next(_NUMBERS)
        if module == "Organizations":
            return Write({"name": f"Company {number}"})
        if module == "Products":
            return Write({"code": f"T-{number}", "name": f"Thing {number}"})
        firm = host.save("Organizations", [self.sample(host, "Organizations")])[0].ref
        assert firm is not None
        line = {"text": "one", "quantity": Decimal(1), "price": Decimal(3)}
        return Write(
            {"number": f"B-{number}", "firm": firm.id}, lines=[line, {**line, "text": "two"}]
        )
