"""docs/host.md holds what it promises: its examples run, its list of roles is whole."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, sessionmaker
from sqlalchemy.pool import StaticPool

from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.model.roles import ROLES
from xtiger.testing import check_host

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "host.md").read_text(encoding="utf-8")
#: The first module, its panel, and a further one; those of Flask, of async sessions and of
#: migrations are played in tests of their own.
_ALL = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
EXAMPLES = [one for one in _ALL if not re.search("create_app|async|migrations", one)]


class Model(DeclarativeBase):
    """The tables that the examples speak of."""


class Company(Model):
    """As in the first example."""

    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]
    street: Mapped[str | None]
    xero_sync: Mapped[bool] = mapped_column(default=True)
    loyalty_tier: Mapped[str | None]


class Invoice(Model):
    """As in the example of a further module."""

    __tablename__ = "invoice"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None]
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("company.id"))
    day: Mapped[date | None]
    due: Mapped[date | None]
    status: Mapped[str | None]
    changed_at: Mapped[datetime | None]
    company: Mapped[Company] = relationship()
    lines: Mapped[list[Line]] = relationship(cascade="all, delete-orphan")


class Line(Model):
    """As in the example of a further module."""

    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"))
    position: Mapped[int | None]
    text: Mapped[str | None]
    quantity: Mapped[float | None]
    price: Mapped[float | None]
    vat: Mapped[float | None]


@pytest.fixture
def mycrm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The CRM that the examples import."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    Model.metadata.create_all(engine)
    models: Any = ModuleType("mycrm.models")
    models.Company, models.Invoice = Company, Invoice
    models.Session = sessionmaker(engine)
    monkeypatch.setitem(sys.modules, "mycrm", ModuleType("mycrm"))
    monkeypatch.setitem(sys.modules, "mycrm.models", models)
    monkeypatch.setenv("XTIGER_HOME", str(tmp_path))
    monkeypatch.delenv("XTIGER_DATABASE_URL", raising=False)
    yield models
    engine.dispose()


def test_the_first_example_is_short() -> None:
    """One module with its hooks takes at most 30 lines, each further one at most 15."""
    first, panel, further = (example.strip().splitlines() for example in EXAMPLES[:3])

    assert (True, True) == (len(first) + len(panel) <= 30, len(further) <= 16)


def test_the_first_example_runs(mycrm: Any) -> None:
    """A company saved as usual is in the outbox, and its page shows the panel."""
    names: dict[str, Any] = {}
    exec(EXAMPLES[0], names)
    with mycrm.Session.begin() as session:
        company = Company(name="Tea & Sons", email="tea@example.com")
        session.add(company)
        session.flush()
        names["company"] = Company(id=company.id)
    exec(EXAMPLES[1], names)
    rows = names["xt"].host.outbox(datetime.now(UTC) + timedelta(minutes=1))
    names["xt"].close()

    assert (["1"], True) == ([row.ref.id for row in rows], "Xero" in names["html"])


def test_the_first_example_is_sound(mycrm: Any) -> None:
    """`xtiger host check` finds nothing to say about the first example."""
    names: dict[str, Any] = {}
    exec(EXAMPLES[0], names)
    found = check_host(names["xt"].host)
    names["xt"].close()

    assert [] == found


def test_the_further_module_is_understood(mycrm: Any) -> None:
    """The example of a further module describes an invoice with all that is needed but items."""
    names: dict[str, Any] = {}
    exec(EXAMPLES[0], names)
    exec(EXAMPLES[2], names)
    names["xt"].close()
    both = [names["companies"], names["invoices"]]
    found = check_host(SQLAlchemyHost(mycrm.Session, modules=both, base_currency="GBP"))

    assert [True] == ["product" in problem for problem in found]


def test_all_roles_are_listed() -> None:
    """The table has each role that has an effect once, with its sentence, needed ones in bold."""
    listed = re.findall(r"^\| (\**)`([\w.]+)`\** \| (.*?) \| (.*?) \|$", TEXT, re.MULTILINE)
    table = [
        (name, types, sentence, bool(bold)) for bold, name, types, sentence in listed if "." in name
    ]
    expected = [
        (n, ", ".join(r.types), r.sentence, r.needed) for n, r in ROLES.items() if not r.later
    ]

    assert expected == table
