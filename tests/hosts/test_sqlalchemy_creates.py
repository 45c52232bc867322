"""A new record from outside gets every column that the CRM demands, or the check names it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    mapped_column,
    relationship,
    sessionmaker,
)

from xtiger.errors import SettingInvalid
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost
from xtiger.model.records import Record, Write
from xtiger.model.values import Plain
from xtiger.testing import check_host

Money = sa.Numeric(12, 4, asdecimal=True)
Sessions = sessionmaker[Any]


class Model(DeclarativeBase):
    """A CRM that takes no NULL anywhere."""


class Customer(Model):
    """Columns that must be filled, and most of them by nobody."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    phone: Mapped[str] = mapped_column(sa.String(40))
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    region: Mapped[str] = mapped_column(sa.String(20))
    score: Mapped[int]
    shout: Mapped[str] = mapped_column(sa.String(80), sa.Computed("upper(name)"))

    @property
    def title(self) -> str:
        """Only reads."""
        return f"Messrs {self.name}"

    @hybrid_property
    def double(self) -> int:
        """Only reads, too."""
        return self.score * 2


class Bill(Model):
    """An invoice that keeps its sums."""

    __tablename__ = "bill"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(sa.String(40))
    net: Mapped[Decimal] = mapped_column(Money)
    total: Mapped[Decimal] = mapped_column(Money)
    paid: Mapped[Decimal] = mapped_column(Money)
    open: Mapped[Decimal] = mapped_column(Money)
    before_tax: Mapped[Decimal] = mapped_column(Money)
    vat: Mapped[Decimal] = mapped_column(Money)
    rows: Mapped[list[Row]] = relationship(cascade="all, delete-orphan", order_by="Row.id")


class Row(Model):
    """A line that keeps its total."""

    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    bill_id: Mapped[int] = mapped_column(sa.ForeignKey("bill.id"))
    quantity: Mapped[Decimal] = mapped_column(Money)
    price: Mapped[Decimal] = mapped_column(Money)
    tax: Mapped[Decimal] = mapped_column(Money)
    vat: Mapped[Decimal] = mapped_column(Money)
    total: Mapped[Decimal] = mapped_column(Money)
    unit: Mapped[str] = mapped_column(sa.String(10))


class Data(MappedAsDataclass, DeclarativeBase):
    """A CRM whose models are dataclasses."""


class Lead(Data):
    """Cannot be made without a name."""

    __tablename__ = "lead"
    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str] = mapped_column(sa.String(80))
    level: Mapped[int] = mapped_column(default=3)


NAME = Field("name", role="organisation.name", required=True)
CUSTOMERS = Module(
    "Organizations",
    Customer,
    role="organisation",
    url="https://crm.example/{id}",
    defaults={"region": "north", "slug": lambda customer: customer.name.lower()},
    fields=[NAME, Field("phone", role="organisation.phone"), Field("score", default=5)],
)
BILLS = Module(
    "Invoices",
    Bill,
    role="invoice",
    fields=[
        Field("number", role="invoice.number"),
        Field("net", computed=lambda bill: sum(row.total for row in bill.rows)),
        Field("before_tax", role="invoice.net"),
        Field("vat", role="invoice.tax"),
        Field("total", role="invoice.total"),
        Field("paid", role="invoice.received"),
        Field("open", role="invoice.balance"),
    ],
    lines=Lines(
        "rows",
        defaults={"unit": lambda row: f"{row.quantity:.0f}x"},
        fields=[
            Field("quantity", role="line.quantity"),
            Field("price", role="line.unit_price"),
            Field("tax", role="line.tax_rate"),
            Field("vat", role="line.tax"),
            Field("total", role="line.total"),
        ],
    ),
)


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'strict.db'}", poolclass=sa.NullPool)
    Model.metadata.create_all(engine)
    Data.metadata.create_all(engine)
    return sessionmaker(engine)


def _host(sessions: Sessions, *modules: Module) -> SQLAlchemyHost:
    return SQLAlchemyHost(sessions, modules=modules, base_currency="GBP")


def _made(host: SQLAlchemyHost, module: str, write: Write) -> Record:
    """The record as the CRM has it after a create that it took."""
    (result,) = host.save(module, [write])
    assert result.ref is not None, result.problem
    return host.get(module, [result.ref.id])[result.ref.id]


@pytest.mark.parametrize("given", [{}, {"phone": None, "score": None}], ids=["absent", "empty"])
def test_a_new_record_gets_what_no_value_says(sessions: Sessions, given: dict[str, Plain]) -> None:
    """Text is "", a field has its default, other columns the module's: values and functions."""
    host = _host(sessions, CUSTOMERS)
    made = _made(host, "Organizations", Write({"name": "Anna", **given}))
    with sessions() as session:
        row = session.get_one(Customer, int(made.ref.id))
        kept = (row.phone, row.score, row.region, row.slug)

    assert ("", 5, "north", "anna") == kept


def test_a_value_stands_before_its_default(sessions: Sessions) -> None:
    """A default fills what is empty, and nothing else; 0 is a value."""
    made = _made(_host(sessions, CUSTOMERS), "Organizations", Write({"name": "B", "score": 0}))

    assert 0 == made.values["score"]


def test_an_emptied_field_gets_its_default(sessions: Sessions) -> None:
    """What becomes empty in Xero is written as the default where the column takes no NULL."""
    host = _host(sessions, CUSTOMERS)
    made = _made(host, "Organizations", Write({"name": "C", "score": 9}))
    (result,) = host.save("Organizations", [Write({"score": None}, id=made.ref.id)])

    assert None is result.problem
    assert 5 == host.get("Organizations", [made.ref.id])[made.ref.id].values["score"]


def test_a_default_that_fails_is_a_refusal(sessions: Sessions) -> None:
    """What a function of the CRM raises is the result of that record alone."""
    broken = replace(
        CUSTOMERS, defaults={"region": "r", "slug": lambda customer: int(customer.name)}
    )
    (result,) = _host(sessions, broken).save("Organizations", [Write({"name": "D"})])

    assert result.problem is not None
    assert "invalid" == result.problem.code


def test_sums_are_written_and_never_asked_for(sessions: Sessions) -> None:
    """No sum is a required field; a new invoice has them from its lines, tax included."""
    host = _host(sessions, BILLS)
    lines = [{"quantity": Decimal(2), "price": Decimal("1.5"), "tax": Decimal(20)}]
    made = _made(host, "Invoices", Write({"number": "1"}, lines=lines))
    asked = {field.name for field in host.modules()[0].fields if field.required}
    names = ("net", "before_tax", "vat", "total", "paid", "open")
    sums = tuple(Decimal(str(made.values[name])) for name in names)

    assert (set(), tuple(map(Decimal, ("3", "3", "0.6", "3.6", "0", "3.6")))) == (asked, sums)
    assert (3, Decimal("0.6")) == (made.lines[0]["total"], made.lines[0]["vat"])


def test_sums_follow_the_lines_that_are_written(sessions: Sessions) -> None:
    """New lines on a known invoice make new sums; what is paid stays with the CRM."""
    host = _host(sessions, BILLS)
    line: dict[str, Plain] = {"quantity": Decimal(1), "price": Decimal(2), "tax": Decimal(0)}
    made = _made(host, "Invoices", Write({"number": "1", "paid": Decimal(1)}, lines=[line]))
    host.save("Invoices", [Write({}, id=made.ref.id, lines=[made.lines[0], line])])
    now = host.get("Invoices", [made.ref.id])[made.ref.id].values

    assert (4, 4, 1, 2) == (now["net"], now["total"], now["paid"], now["open"])


def test_new_lines_get_their_defaults(sessions: Sessions) -> None:
    """A line has defaults as a record has."""
    host = _host(sessions, BILLS)
    line: dict[str, Plain] = {"quantity": Decimal(7), "price": Decimal(2), "tax": Decimal(0)}
    _made(host, "Invoices", Write({"number": "1"}, lines=[line]))
    with sessions() as session:
        kept = session.scalars(sa.select(Row.unit)).all()

    assert ["7x"] == kept


@pytest.mark.parametrize(
    ("field", "writable"),
    [
        (Field("phone"), True),
        (Field("phone", computed=True), False),
        (Field("phone", computed=lambda customer: customer.name), False),
        (Field("shout"), False),
        (Field("title"), False),
        (Field("double", type="int"), False),
    ],
    ids=["column", "said", "function", "generated", "property", "hybrid"],
)
def test_what_the_crm_computes_is_read_only(
    sessions: Sessions, field: Field, writable: bool
) -> None:
    """Generated columns and properties without a setter are, and what is said to be."""
    host = _host(sessions, replace(CUSTOMERS, fields=[NAME, field]))
    found = host.modules()[0].fields[1]

    assert (writable, False) == (found.writable, found.required)


def test_a_model_that_wants_arguments_can_be_made(sessions: Sessions) -> None:
    """A dataclass without defaults is filled like any other model, and has its defaults."""
    fields = [NAME, Field("level")]
    host = _host(sessions, Module("Leads", Lead, role="organisation", fields=fields))

    assert {"name": "E", "level": 3} == _made(host, "Leads", Write({"name": "E"})).values


def test_a_default_of_no_attribute_is_told(sessions: Sessions) -> None:
    """A misspelt name among the defaults is a sentence at the start."""
    with pytest.raises(SettingInvalid, match=r"Organizations\.regoin is no attribute"):
        _host(sessions, replace(CUSTOMERS, defaults={"regoin": "north"}))


def _lines(**more: Any) -> Module:
    assert BILLS.lines is not None
    return replace(BILLS, lines=replace(BILLS.lines, **more))


@pytest.mark.parametrize(
    ("module", "column"),
    [
        (
            replace(CUSTOMERS, defaults={"region": "n"}, fields=[*CUSTOMERS.fields, Field("slug")]),
            "Customer.slug, which must be unique",
        ),
        (replace(CUSTOMERS, defaults={"slug": str}), "Customer.region, and no field names it"),
        (replace(CUSTOMERS, fields=[NAME, Field("phone")]), "Customer.score, and no field"),
        (
            replace(CUSTOMERS, fields=[NAME, Field("phone", writable=False), Field("score")]),
            "Customer.phone, and its field is only read",
        ),
        (
            replace(CUSTOMERS, fields=[NAME, Field("phone"), Field("score", required=False)]),
            "Customer.score, and its field is not required",
        ),
        (_lines(defaults={}), "Row.unit, and no field names it"),
    ],
    ids=["unique", "no field", "a number", "read only", "not required", "a line"],
)
def test_the_check_names_a_column_that_nothing_fills(
    sessions: Sessions, module: Module, column: str
) -> None:
    """One sentence with the column, the reason and what to write."""
    (said,) = [one for one in check_host(_host(sessions, module)) if "takes no new record" in one]

    assert column in said
    assert "defaults={'" in said


@pytest.mark.parametrize(
    "module",
    [
        CUSTOMERS,
        BILLS,
        replace(CUSTOMERS, fields=[NAME], defaults={}, can=frozenset({"read"})),
        replace(
            CUSTOMERS,
            defaults={"region": "n", "slug": str, "score": 1, "phone": "1"},
            fields=[NAME],
        ),
        replace(
            CUSTOMERS,
            defaults={"region": "n"},
            fields=[*CUSTOMERS.fields, Field("slug", computed=True)],
        ),
        Module("Leads", Lead, role="organisation", fields=[NAME]),
    ],
    ids=["customers", "bills", "read only", "defaults", "computed", "dataclass"],
)
def test_the_check_names_nothing_that_is_filled(sessions: Sessions, module: Module) -> None:
    """Defaults, computed fields and modules that take no records are no mistakes."""
    assert [] == [one for one in check_host(_host(sessions, module)) if "no new record" in one]
