"""Records whose key has several columns: the conformance kit, what is seen, what is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from tests.hosts.conftest import ALL, opened
from tests.hosts.keyed_crm import (
    BILLS,
    BRANCH,
    FIRMS,
    THINGS,
    Base,
    Bill,
    Firm,
    Receipt,
    Row,
    Thing,
    build,
)
from tests.hosts.odd_books import Books, connected
from tests.world import MovingClock
from xtiger.errors import SettingInvalid
from xtiger.hosts.keys import key_parts, key_text
from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost
from xtiger.model.records import Ref, Write
from xtiger.model.values import Plain
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract
from xtiger.testing.conformance_changes import ChangeContract

_NUMBERS = count(1)
_MODELS: Mapping[str, type[Any]] = {
    "Organizations": Firm,
    "Products": Thing,
    "Invoices": Bill,
    "Payments": Receipt,
}


@pytest.fixture
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """SQLite, or the database that a test names."""
    with opened(getattr(request, "param", "sqlite"), tmp_path, Base.metadata) as made:
        yield made


on_each_database = pytest.mark.parametrize("engine", ALL, indirect=True)


@pytest.fixture
def host(sessions: sessionmaker[Session]) -> SQLAlchemyHost:
    return build(sessions)


def sample(host: Host, module: str) -> Write:
    """A new record of the CRM."""

    def made(other: str) -> str:
        ref = host.save(other, [sample(host, other)])[0].ref
        assert ref is not None
        return ref.id

    number = next(_NUMBERS)
    if module == "Organizations":
        return Write({"name": f"Company {number}"})
    if module == "Invoices":
        line = {"quantity": Decimal(2), "price": Decimal("1.5"), "text": "one"}
        values: dict[str, Plain] = {"firm": made("Organizations"), "day": date(2026, 1, 1)}
        return Write({**values, "number": f"B-{number}"}, lines=[line, {**line, "text": "two"}])
    if module == "Products":
        return Write({"code": f"T-{number}", "name": f"Thing {number}"})
    return Write({"bill": made("Invoices"), "day": date(2026, 2, 1), "amount": Decimal(3)})


class TestOwnWrites(HostContract):
    """What the library itself writes."""

    def sample(self, host: Host, module: str) -> Write:
        return sample(host, module)


class TestUsersWrites(ChangeContract):
    """Edits are made by the CRM's own code, in its own session."""

    @pytest.fixture(autouse=True)
    def _own_sessions(self, sessions: sessionmaker[Session]) -> None:
        self.sessions = sessions

    def sample(self, host: Host, module: str) -> Write:
        return sample(host, module)

    def edit(self, host: Host, module: str, record_id: str, values: Mapping[str, Plain]) -> None:
        with self.sessions.begin() as session:
            key = [int(one) if one.isdigit() else one for one in _columns(record_id)]
            owner = session.get_one(_MODELS[module], tuple(key))
            for name, value in values.items():
                setattr(owner, name, value)


def _columns(record_id: str) -> list[str]:
    return key_parts(record_id, 1 + record_id.count("~")) or []


def _bill(sessions: sessionmaker[Session], no: int = 7, firm: int = 1) -> None:
    with sessions.begin() as session:
        session.add(Firm(branch=BRANCH, no=firm, name="Kererū Café"))
        session.flush()
        session.add(Bill(branch=BRANCH, no=no, firm_no=firm, rows=[Row(serial=1, text="Beans")]))


def _noted(host: SQLAlchemyHost) -> set[tuple[str, str, str]]:
    rows = host.outbox(host._now().replace(year=2100))
    host.outbox_done(rows)
    return {(row.ref.module, row.ref.id, row.kind) for row in rows}


SEVEN = key_text([BRANCH, 7])


@on_each_database
def test_what_is_seen_is_named_by_the_whole_key(
    host: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """Saves of records, of lines, and bulk statements name the record by all its columns."""
    _bill(sessions)
    firm = key_text([BRANCH, 1])
    assert {("Organizations", firm, "created"), ("Invoices", SEVEN, "created")} == _noted(host)
    with sessions.begin() as session:
        session.get_one(Row, (BRANCH, 7, 1)).text = "Tea"
    assert {("Invoices", SEVEN, "updated")} == _noted(host)
    with sessions.begin() as session:
        session.execute(sa.update(Row).where(Row.bill_no == 7).values(text="Water"))
    assert {("Invoices", SEVEN, "updated")} == _noted(host)
    with sessions.begin() as session:
        session.execute(sa.update(Bill), [{"branch": BRANCH, "no": 7, "number": "B-7"}])
    assert {("Invoices", SEVEN, "updated")} == _noted(host)
    with sessions.begin() as session:
        session.add(Receipt(branch=BRANCH, bill_no=7, day=date(2026, 1, 1), amount=Decimal(3)))

    assert ("Invoices", SEVEN, "updated") in _noted(host)


@on_each_database
def test_a_record_is_found_by_what_it_points_to(
    host: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """`find` asks for all columns of the reference; the id read is the id to give."""
    _bill(sessions)
    firm = key_text([BRANCH, 1])

    assert [Ref("Invoices", SEVEN)] == [one.ref for one in host.find("Invoices", "firm", firm)]
    assert firm == host.get("Invoices", [SEVEN])[SEVEN].values["firm"]
    assert [] == list(host.find("Invoices", "firm", key_text(["south", 1])))
    for no in (8, 9, 10):
        _bill(sessions, no, firm=no)
    page = host.changed_since("Invoices", None, limit=2)
    rest = host.changed_since("Invoices", page.cursor, limit=9)
    read = [one.ref.id for one in (*page.records, *rest.records)]
    assert [key_text([BRANCH, no]) for no in (7, 8, 9, 10)] == read
    # No record has these, and none is taken for another.
    assert {} == host.get("Invoices", ["7", BRANCH, f"{BRANCH}~7", f"{SEVEN}~1", "x~y", ""])


@on_each_database
def test_another_record_is_pointed_to(
    host: SQLAlchemyHost, sessions: sessionmaker[Session]
) -> None:
    """A write to a reference sets all its columns; one that is not there is refused by name."""
    _bill(sessions)
    (other,) = host.save("Organizations", [Write({"name": "Other"})])
    assert other.ref is not None
    (done,) = host.save("Invoices", [Write({"firm": other.ref.id}, id=SEVEN)])
    assert done.problem is None
    assert other.ref.id == host.get("Invoices", [SEVEN])[SEVEN].values["firm"]
    with sessions.begin() as session:
        session.add(Firm(branch="south", no=1, name="Far away"))
    absent, renaming = host.save(
        "Invoices",
        [
            Write({"firm": key_text([BRANCH, 99])}, id=SEVEN),
            Write({"firm": key_text(["south", 1])}, id=SEVEN),
        ],
    )

    assert [("invalid", "firm")] * 2 == [
        (one.problem.code, one.problem.field) for one in (absent, renaming) if one.problem
    ]


def test_a_field_of_the_key_stays(host: SQLAlchemyHost, sessions: sessionmaker[Session]) -> None:
    """A write never makes another record of one: another name is refused, the same is none."""
    named = Module("Organizations", Firm, fields=[Field("branch"), Field("name")])
    host = build(sessions, None, named)
    _bill(sessions)
    firm = key_text([BRANCH, 1])
    same, other = host.save(
        "Organizations",
        [Write({"branch": BRANCH, "name": "A"}, id=firm), Write({"branch": "south"}, id=firm)],
    )

    assert (None, "branch") == (same.problem, other.problem and other.problem.field)
    assert {firm: "A"} == {
        key: one.values["name"] for key, one in host.get("Organizations", [firm]).items()
    }


def test_a_column_of_a_key_is_no_reference(tmp_path: Path) -> None:
    """One column of several names no record; the sentence says what to name instead."""
    lone = Module(
        "Invoices",
        Bill,
        fields=[Field("firm_no", role="invoice.organisation", ref="Organizations")],
    )
    with pytest.raises(SettingInvalid, match=r"Invoices\.firm_no is one column.*has 2"):
        build(sessionmaker(sa.create_engine("sqlite://")), None, FIRMS, lone)


def test_host_check_names_the_columns_of_a_key_that_nothing_fills() -> None:
    """A key of several columns is numbered by nobody but the CRM, so it needs defaults."""
    bare = Module("Organizations", Firm, role="organisation", fields=FIRMS.fields)
    host = build(sessionmaker(sa.create_engine("sqlite://")), None, bare, THINGS, BILLS)

    assert ["Firm.branch", "Firm.no"] == [
        word.rstrip(",") for said in host.findings() for word in said.split() if "Firm." in word
    ]


@pytest.mark.parametrize(
    "parts", [["a", "b"], ["a~b", "c"], ["", "%7E"], ["%", "~%25"], ["~~", ""]]
)
def test_each_key_has_one_text(parts: list[str]) -> None:
    """The text of a key gives its columns back, and no other text gives the same columns."""
    text = key_text(parts)

    assert (parts, None) == (key_parts(text, 2), key_parts(text.replace("~", "~~"), 2))


def test_records_of_such_keys_go_there_and_back(tmp_path: Path) -> None:
    """An invoice, its customer and what it sells go to Xero; one from Xero comes with its own."""
    with opened("sqlite", tmp_path, Base.metadata) as engine:
        sessions, clock = sessionmaker(engine), MovingClock()
        _bill(sessions)
        with sessions.begin() as session:
            bill = session.get_one(Bill, (BRANCH, 7))
            bill.number, bill.status, bill.day = "B-7", "Approved", date(2026, 11, 2)
            bill.due, bill.rows[0].quantity = date(2026, 12, 2), Decimal(3)
            bill.rows[0].price, bill.rows[0].vat = Decimal("12.34"), Decimal(20)
        with connected(build(sessions, clock, FIRMS, THINGS, BILLS), clock, tmp_path) as world:
            made = KeyedBooks(world, sessions)
            made.world.sync()
            assert ("B-7", "44.42") == (
                made.of_xero("B-7")["InvoiceNumber"],
                f"{made.of_xero('B-7')['Total']:.2f}",
            )
            made.agree()
            made.new_in_xero([{"UnitAmount": "12.5"}])
            world.sync()
            assert (1, "Tea", Decimal("12.5")) == made.from_xero()
            made.agree()
            made.edit((BRANCH, 7), due=date(2026, 12, 24))
            world.sync()

            assert "2026-12-24" == made.of_xero("B-7")["DueDate"]
            made.agree()


@dataclass
class KeyedBooks(Books):
    """The CRM whose keys have several columns."""

    sessions: sessionmaker[Session]

    def make(self, rows: Any, values: Any) -> Any:
        raise NotImplementedError

    def edit(self, bill: Any, **values: Any) -> None:
        with self.sessions.begin() as session:
            found = session.get_one(Bill, bill)
            for name, value in values.items():
                setattr(found, name, value)

    def numbered(self, number: str) -> Any:
        with self.sessions() as session:
            found = session.scalars(sa.select(Bill).where(Bill.number == number)).one_or_none()
            return found and (found.branch, found.no)

    def of_crm(self, bill: Any) -> Any:
        with self.sessions() as session:
            found = session.get_one(Bill, bill)
            return found.firm_no, found.rows[0].text, found.rows[0].price
