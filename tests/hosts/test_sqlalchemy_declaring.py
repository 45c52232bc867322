"""A mistake in the list of modules is told at once, with the name and the fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from tests.hosts.crm import Company, Invoice
from xtiger.errors import SettingInvalid
from xtiger.hosts.sqlalchemy import Field, Lines, Module, SQLAlchemyHost


class Model(DeclarativeBase):
    """Tables that cannot be declared."""


class Blob(Model):
    """A column that has no plain value."""

    __tablename__ = "blob"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)


def _company(**more: Any) -> list[Module]:
    return [Module("Organizations", Company, **more)]


def _two_of_a_name() -> list[Module]:
    return [*_company(), *_company()]


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        (lambda: _company(fields=[Field("emial")]), "Organizations.emial is no attribute of"),
        (lambda: _company(fields=[Field("name", role="organisation.nmae")]), "is not known"),
        (lambda: _company(fields=[Field("name", ref="Nowhere")]), "unknown module 'Nowhere'"),
        (lambda: _company(modified="name"), "holds no date with time"),
        (lambda: _company(deleted="nothing"), "is no attribute of Company"),
        (lambda: _company(parents=["name"]), "is no reference among its fields"),
        (lambda: _company(lines=Lines("name", [])), "is no list of lines"),
        (lambda: [Module("Blobs", Blob, fields=[Field("data")])], "Give the type"),
        (lambda: [Module("Texts", str)], "is not mapped by SQLAlchemy"),
        (_two_of_a_name, "names one twice"),
        (list, "is empty"),
    ],
)
def test_a_mistake_is_told(
    sessions: sessionmaker[Session], modules: Callable[[], list[Module]], said: str
) -> None:
    """Each mistake raises SettingInvalid with a sentence that names it."""
    with pytest.raises(SettingInvalid, match=said):
        SQLAlchemyHost(sessions, modules=modules(), base_currency="GBP")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (Field("name"), ("text", 120, False, True)),
        (Field("email", role="organisation.email"), ("email", 80, False, False)),
        (Field("notes"), ("long_text", None, False, True)),
        (Field("staff"), ("int", None, False, True)),
        (Field("score"), ("decimal", None, False, True)),
        (Field("credit", role="organisation.name", type="money"), ("money", None, False, False)),
        (Field("tier"), ("choice", None, False, True)),
        (Field("founded"), ("date", None, False, True)),
        (Field("seen_at"), ("datetime", None, False, True)),
        (Field("extra"), ("json", None, False, True)),
        (Field("active"), ("bool", None, False, True)),
        (Field("name", required=True, max_length=50), ("text", 50, True, True)),
    ],
    ids=lambda value: value.attr if isinstance(value, Field) else "",
)
def test_the_column_says_the_rest(
    sessions: sessionmaker[Session], field: Field, expected: tuple[str, int | None, bool, bool]
) -> None:
    """Type, length and need come from the column where they are not given."""
    host = SQLAlchemyHost(sessions, modules=_company(fields=[field]), base_currency="GBP")
    found = host.modules()[0].fields[0]

    assert expected == (found.type, found.max_length, found.required, found.custom)


def test_choices_may_change_while_the_crm_runs(sessions: sessionmaker[Session]) -> None:
    """Choices given by a function are asked each time."""
    words = ["a"]
    fields = [Field("notes", choices=lambda: words)]
    host = SQLAlchemyHost(sessions, modules=_company(fields=fields), base_currency="GBP")
    words.append("b")

    assert ["a", "b"] == [choice.value for choice in host.modules()[0].fields[0].choices]


def test_a_reference_by_relationship_is_its_key(sessions: sessionmaker[Session]) -> None:
    """A many-to-one relationship stands for the column of its key."""
    invoice = Module("Invoices", Invoice, fields=[Field("company", ref="Organizations")])
    host = SQLAlchemyHost(sessions, modules=[invoice, *_company()], base_currency="GBP")
    with sessions.begin() as session:
        session.add(Company(id=7, name="A"))
        session.flush()
        session.add(Invoice(id=1, company_id=7))

    assert "7" == host.get("Invoices", ["1"])["1"].values["company"]
