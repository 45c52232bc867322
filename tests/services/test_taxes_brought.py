"""Xero's tax rates come into the CRM's taxes where it takes them; a combined one as one tax."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from tests.stories.sync.test_invoices_in import contact, in_xero, only, xero_line
from tests.stories.sync.test_line_merge import edit_here
from tests.stories.sync.test_smallest_cases import made_in_xero
from tests.world import World, make_world
from xtiger.errors import TooManyChanges
from xtiger.hosts.guard import GuardedHost
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost
from xtiger.hosts.standard import standard_modules
from xtiger.i18n.language import language
from xtiger.model.records import Tax
from xtiger.model.setting_keys import sync_plan
from xtiger.rules.plan_view import kept_plan
from xtiger.web import blueprint

VAT = "20% (VAT on Income)"
#: A tax on a tax: 5 %, and 9.5 % of the amount with it.
PARTS = (("Fed", "5", False), ("Prov", "9.5", True))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A CRM that takes taxes, and has one of Xero's name at another percentage."""
    own = [Tax("1", VAT, Decimal("17.5")), Tax("2", "Own levy", Decimal(3))]
    with make_world(tmp_path, taxes=own, takes_taxes=True) as made:
        made.connect()
        made.default_account()
        yield made


def _taxes(world: World) -> dict[str, object]:
    return {tax.name: tax.percent for tax in world.host.taxes()}


@pytest.mark.feature("F035")
def test_xeros_rates_come_in_and_win_and_that_is_said(world: World) -> None:
    """New ones are added, one of the same name changes; the CRM's own stay; nothing goes twice."""
    planned = {tax.name: (tax.before, tax.percent) for tax in world.plan().taxes}
    assert 2 == len(_taxes(world)), "a plan writes nothing"

    world.sync()

    found = _taxes(world)
    sold = [one for one in world.xero("TaxRates") if one["CanApplyToRevenue"]]
    assert {one["Name"]: one["EffectiveRate"] for one in sold} == {
        name: percent for name, percent in found.items() if name != "Own levy"
    }
    assert (Decimal(20), Decimal(3)) == (found[VAT], found["Own levy"])
    told = world.xt.tax_rates.brought()
    said = [one.said(language("en")) for one in told]
    wanted = f"The tax {VAT} was 17.5 % in the CRM and is 20 % now, as in Xero."
    assert wanted in said
    assert len(sold) == len(told)
    assert (Decimal("17.5"), Decimal(20)) == planned[VAT]
    assert {tax.name for tax in told} == planned.keys()
    assert () == world.plan().taxes
    assert wanted in _overview(world)
    world.sync(full=True)
    assert len(sold) == len(world.xt.tax_rates.brought())


def test_a_plan_on_the_page_names_what_comes(world: World) -> None:
    """The tax that changes, with both percentages, before anything is written."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    kept = kept_plan(world.plan(), lambda _item: ("", ""))
    world.xt.store.save_setting(sync_plan(world.xt.connections.get().id), kept.plain())
    page = app.test_client().get("/xt/plan").text

    assert f"The tax {VAT} is 17.5 % in the CRM and becomes 20 %, as in Xero." in page
    assert "The tax 5% (VAT on Income) of Xero comes into the taxes of the CRM." in page


def test_a_sync_that_would_change_too_much_brings_none(world: World) -> None:
    """The brake stops before the first write, in the CRM's taxes too."""
    for number in range(30):
        world.host.create("Organizations", {"accountname": f"C{number}"})
    world.sync("Organizations")
    world.host._taxes = (Tax("1", VAT, Decimal("17.5")),)
    world.settings("Organizations", brake_records=5, brake_share=1)
    for record in world.host.all("Organizations"):
        world.host.edit("Organizations", record.ref.id, phone="1")
    with pytest.raises(TooManyChanges):
        world.sync()

    assert {VAT: Decimal("17.5")} == _taxes(world)


def _overview(world: World) -> str:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(
        blueprint(world.xt, may_configure=lambda: True, may_use=lambda _ref: True)
    )
    return app.test_client().get("/xt/").text


def test_a_change_on_either_side_ends_with_xeros(world: World) -> None:
    """A person changes the CRM's tax, and deletes another: the one is Xero's again, one is gone."""
    world.sync()
    kept = [tax for tax in world.host.taxes() if tax.name != "Zero Rated Income"]
    world.host._taxes = tuple(Tax(t.id, t.name, 19) if t.name == VAT else t for t in kept)

    world.sync()

    assert Decimal(20) == _taxes(world)[VAT]
    assert "Zero Rated Income" not in _taxes(world)


@pytest.mark.feature("F036")
def test_a_compound_rate_comes_in_as_one_tax(world: World) -> None:
    """At what it comes to, on an invoice too; an edit of the line goes back with the same rate."""
    tax_type = made_in_xero(world, "Fed and Prov", PARTS)
    in_xero(world, contact(world), xero_line("99.99", TaxType=tax_type))

    world.sync()

    assert Decimal("14.975") == _taxes(world)["Fed and Prov"]
    made = only(world)
    assert ("Fed and Prov", Decimal("14.975"), Decimal("114.96")) == (
        made.lines[0]["tax_name"],
        made.lines[0]["tax_percent"],
        made.values["total"],
    )
    edit_here(
        world,
        made.ref.id,
        {"listprice": Decimal(200)},
        total=Decimal("229.95"),
        balance=Decimal("229.95"),
    )
    world.sync()
    there = world.in_xero("Invoices", made.ref.id)
    assert (tax_type, Decimal("229.95")) == (there["LineItems"][0]["TaxType"], there["Total"])
    assert (0, []) == (world.actions(), world.xt.proof.differences())


def test_a_crm_that_takes_none_is_left_alone(tmp_path: Path) -> None:
    """As is one whose adapter was written before there was such a call."""
    own = [Tax("1", VAT, Decimal("17.5"))]
    with make_world(tmp_path, taxes=own) as world:
        world.connect()
        world.sync()
        assert {VAT: Decimal("17.5")} == _taxes(world)
        assert [] == world.xt.tax_rates.brought()

    class Older(MemoryHost):
        save_taxes = None  # type: ignore[assignment]  # as an adapter without the method

    older: Any = Older(modules=standard_modules())
    GuardedHost(older).save_taxes(own)


class Base(DeclarativeBase):
    pass


class Company(Base):
    __tablename__ = "companies"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")


def test_a_crm_on_sqlalchemy_gives_a_function() -> None:
    """It is called with the taxes; without one the CRM takes none."""
    rows: list[Tax] = []
    companies = Module(
        "Organizations",
        Company,
        role="organisation",
        fields=[Field("name", role="organisation.name")],
    )
    session = sessionmaker(create_engine("sqlite://"))
    takes = SQLAlchemyHost(
        session,
        modules=[companies],
        base_currency="GBP",
        taxes=lambda: rows,
        save_taxes=rows.extend,
    )
    takes_none = SQLAlchemyHost(session, modules=[companies], base_currency="GBP")

    for host in (takes, takes_none):
        host.save_taxes([Tax("", VAT, Decimal(20))])

    assert [True, False] == [host.caps.takes_taxes for host in (takes, takes_none)]
    assert [VAT] == [tax.name for tax in rows]
