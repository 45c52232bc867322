"""What is guessed of real models: most roles are right, and none is wrong without a word."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from tests.djangocrm import project
from tests.hosts import flask_crm
from tests.hosts.scaffold import odd_app
from xtiger.demo import host as demo_host
from xtiger.demo import models as demo_models
from xtiger.hosts.scaffold.guessing import AdapterGuess, guess_adapter
from xtiger.hosts.scaffold.shapes import Column, Relation, Table
from xtiger.hosts.scaffold.writing import Source, written
from xtiger.hosts.sqlalchemy import Module
from xtiger.hosts.sqlalchemy.shapes import mapped_in, shapes_of, source_of
from xtiger.model.roles import MODULE_NAMES
from xtiger.testing import check_host

#: (model, column) → role.
Truth = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class App:
    """An app whose adapter is known."""

    tables: Sequence[Table]
    source: Source
    modules: Mapping[str, str]
    roles: Truth


def _column(table: Table, attr: str) -> tuple[str, str]:
    """An attribute by the column that holds it: a relationship and its key are the same."""
    columns = {relation.name: relation.column for relation in table.relations if relation.column}
    return table.name, columns.get(attr, attr)


def _of_adapter(shapes: Sequence[Table], source: Source, modules: Sequence[Module]) -> App:
    """The app as the adapter that stands beside it says."""
    tables = {table.name: table for table in shapes}
    roles: dict[tuple[str, str], str] = {}
    for module in modules:
        own = tables[module.model.__name__]
        roles |= {_column(own, f.attr): f.role for f in module.fields if f.role}
        if module.lines:
            attr = module.lines.attr
            (target,) = (one.target for one in own.relations if one.name == attr)
            roles |= {
                _column(tables[target], f.attr): f.role for f in module.lines.fields if f.role
            }
    return App(shapes, source, {m.role: m.model.__name__ for m in modules if m.role}, roles)


def _mapped(models: ModuleType, modules: Sequence[Module]) -> App:
    return _of_adapter(shapes_of(mapped_in(models)), source_of(models), modules)


def _odd() -> App:
    shapes = shapes_of(mapped_in(odd_app))
    tables = {table.name: table for table in shapes}
    named = ((role, *place.split(".")) for role, place in odd_app.ROLES.items())
    roles = {_column(tables[model], attr): role for role, model, attr in named}
    return App(shapes, source_of(odd_app), odd_app.MODULES, roles)


def _demo() -> App:
    known = _mapped(demo_models, demo_host.modules())
    # Its own code sums them up, so its adapter leaves them out.
    sums = {("Invoice", "subtotal"): "invoice.net", ("Invoice", "tax_total"): "invoice.tax"}
    return replace(known, roles={**known.roles, **sums})


def _on_django() -> App:
    project.set_up()
    from django.apps import apps

    from xtiger.hosts.scaffold import of_django

    adapter = importlib.import_module(f"{project.EXAMPLE}.xero")
    models = list(apps.get_app_config("django_crm").get_models())
    source = of_django.source_of(f"{project.EXAMPLE}.models")
    return _of_adapter(of_django.shapes_of(models), source, adapter.MODULES)


def _example(name: str, monkeypatch: pytest.MonkeyPatch, folder: Any) -> App:
    monkeypatch.setenv("CRM_DATABASE", f"sqlite:///{folder / 'crm.db'}")
    models = importlib.import_module(f"examples.{name}.crm")
    return _mapped(models, importlib.import_module(f"examples.{name}.xero").MODULES)


@pytest.fixture
def app(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> App:
    own = {"demo": _demo, "odd": _odd, "django_crm": _on_django}.get(request.param)
    return _example(request.param, monkeypatch, tmp_path) if own is None else own()


def _guess(app: App) -> AdapterGuess:
    return guess_adapter(app.tables)


def _guessed(guess: AdapterGuess) -> dict[tuple[str, str], tuple[str | None, bool]]:
    """(model, column) → (role, sure), for every attribute that stands in the adapter."""
    found: dict[tuple[str, str], tuple[str | None, bool]] = {}
    for module in guess.modules:
        parts = [(module.model.table, module.fields)]
        if module.lines is not None and module.model.lines is not None:
            parts.append((module.model.lines, module.lines))
        for table, fields in parts:
            found |= {_column(table, one.attr): (one.role, one.sure) for one in fields.fields}
    return found


#: App → (roles of its adapter, how many of them are guessed right, sure guesses that are wrong).
COUNTS = {
    "demo": (88, 88, 0),
    "flask_crm": (24, 24, 0),
    "fastapi_crm": (22, 22, 0),
    "django_crm": (24, 24, 0),
    "odd": (57, 52, 0),
}


@pytest.mark.parametrize("app", COUNTS, indirect=True)
def test_most_roles_are_right(app: App, request: pytest.FixtureRequest) -> None:
    """At least four of five roles, counted; no sure guess is wrong."""
    found = _guessed(_guess(app))
    right = [place for place, role in app.roles.items() if found.get(place, ("", 0))[0] == role]
    silent = [
        place for place, (role, sure) in found.items() if sure and role != app.roles.get(place)
    ]

    name = request.node.callspec.params["app"]
    assert COUNTS[name] == (len(app.roles), len(right), len(silent))
    assert len(right) >= 0.8 * len(app.roles)


@pytest.mark.parametrize("app", COUNTS, indirect=True)
def test_each_module_is_found(app: App) -> None:
    """The model of each module is the right one, of up to thirty."""
    found = {module.model.role: module.model.table.name for module in _guess(app).modules}

    assert dict(app.modules) == found


@pytest.mark.parametrize("app", COUNTS, indirect=True)
def test_nothing_is_left_out_silently(app: App) -> None:
    """Each column of a guessed model that holds a role stands in the text; a doubt says so."""
    guess = _guess(app)
    text = written(guess, app.source).splitlines()
    found = _guessed(guess)
    unnamed = [place for place in app.roles if place not in found]
    doubted = [
        one.attr
        for module in guess.modules
        for one in module.all_fields()
        if not one.sure
        and not any(f'Field("{one.attr}"' in line and "unsure:" in line for line in text)
    ]

    assert ([], []) == (unnamed, doubted)


def test_the_odd_app_has_thirty_models() -> None:
    """The promise is about an app of that size."""
    assert 30 == len(mapped_in(odd_app))


def _table(name: str, *columns: tuple[str, Any], to: Mapping[str, str] | None = None) -> Table:
    ways = (to or {}).items()
    own = [Column("id", "int", key=True), *(Column(n, kind) for n, kind in columns)]
    keys = [Column(f"{way}_id", "int") for way, _ in ways]
    relations = tuple(Relation(way, target, column=f"{way}_id") for way, target in ways)
    return Table(name, (*own, *keys), relations)


def _books(invoice: Table, *more: Table, line: Table | None = None) -> AdapterGuess:
    """A small CRM around an invoice."""
    lines = line or _table(
        "InvoiceLine",
        ("quantity", "decimal"),
        ("unit_price", "decimal"),
        to={"invoice": "Invoice"},
    )
    return guess_adapter([_table("Customer", ("name", "text")), invoice, lines, *more])


def _sure(guess: AdapterGuess) -> dict[str, bool]:
    return {
        one.role: one.sure for module in guess.modules for one in module.all_fields() if one.role
    }


@pytest.mark.parametrize(
    ("role", "column"),
    [
        ("invoice.total", ("total", "decimal")),
        ("invoice.received", ("paid", "decimal")),
        ("invoice.discount_percent", ("discount", "decimal")),
        ("invoice.status", ("state", "text")),
        ("invoice.number", ("code", "text")),
    ],
)
def test_a_name_of_two_meanings_is_asked_about(role: str, column: tuple[str, Any]) -> None:
    """A total may be net, a discount an amount: the guess stands with its doubt."""
    guess = _books(_table("Invoice", ("date", "date"), column, to={"customer": "Customer"}))

    assert _sure(guess)[role] is False


def test_two_ways_to_a_customer_are_asked_about() -> None:
    """Who pays and who gets the goods are both customers."""
    ways = {"customer": "Customer", "recipient": "Customer"}
    guess = _books(_table("Invoice", ("date", "date"), to=ways))
    (one,) = [f for m in guess.modules for f in m.fields.fields if f.role == "invoice.organisation"]

    assert ("customer", False, "or is it recipient?") == (one.attr, one.sure, one.doubt)


def test_two_columns_of_one_meaning_are_asked_about() -> None:
    """The other one is named beside the guess."""
    invoice = _table(
        "Invoice", ("invoice_date", "date"), ("issue_date", "date"), to={"customer": "Customer"}
    )
    fields = [f for module in _books(invoice).modules for f in module.fields.fields]
    (one,) = [f for f in fields if f.role == "invoice.date"]

    assert ("invoice_date", False, "or is it issue_date?") == (one.attr, one.sure, one.doubt)


def test_a_tax_as_an_amount_is_asked_about() -> None:
    """A column vat of a line may be a rate or an amount."""
    line = _table(
        "InvoiceLine",
        ("quantity", "decimal"),
        ("unit_price", "decimal"),
        ("vat", "decimal"),
        to={"invoice": "Invoice"},
    )
    guess = _books(_table("Invoice", ("date", "date"), to={"customer": "Customer"}), line=line)

    assert _sure(guess)["line.tax_rate"] is False


def test_a_quote_is_no_invoice() -> None:
    """What looks like an invoice but is called a quote is not chosen before it."""
    quote = _table(
        "Quote", ("number", "text"), ("date", "date"), ("due_date", "date"), ("total", "decimal")
    )
    lines = _table(
        "QuoteLine", ("quantity", "decimal"), ("unit_price", "decimal"), to={"quote": "Quote"}
    )
    guess = _books(_table("Invoice", ("date", "date"), to={"customer": "Customer"}), quote, lines)

    assert "Invoice" in [module.model.table.name for module in guess.modules]
    assert "Quote" not in [module.model.table.name for module in guess.modules]


def test_whose_books_they_are_is_no_customer() -> None:
    """Invoices, customers and what is sold all belong to the business that writes the invoices."""
    ways = {"invoice": "Invoice", "item": "Item"}
    line = _table("InvoiceLine", ("quantity", "decimal"), ("unit_price", "decimal"), to=ways)
    invoice = _table("Invoice", ("date", "date"), to={"business": "Business", "contact": "Contact"})
    business = _table("Business", ("name", "text"), ("email", "text"), ("postal_code", "text"))
    contact = _table("Contact", ("name", "text"), to={"business": "Business"})
    item = _table("Item", ("name", "text"), ("price", "decimal"), to={"business": "Business"})
    guess = guess_adapter([business, contact, item, invoice, line])

    assert "Business" not in [module.model.table.name for module in guess.modules]


@pytest.mark.parametrize("name", ["tax_rate", "vat_percent", "gst_pct"])
def test_a_rate_of_tax_is_none_of_exchange_and_no_amount(name: str) -> None:
    """A tax rate on the invoice itself has no role; the money page says how to declare it."""
    columns = ("date", "date"), (name, "decimal")
    guess = _books(_table("Invoice", *columns, to={"customer": "Customer"}))

    assert (None, False) == _guessed(guess)["Invoice", name]


def test_a_postal_code_is_part_of_the_address() -> None:
    """The word postal before it names no second address."""
    client = _table("Client", ("name", "text"), ("postal_code", "text"))
    guess = _books(_table("Invoice", ("date", "date"), to={"client": "Client"}), client)

    assert ("organisation.billing.postal_code", True) == _guessed(guess)["Client", "postal_code"]


def test_sessions_are_found_in_a_package_above(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that import `db` from their package: the adapter does so, too."""
    package, models = ModuleType("shop"), ModuleType("shop.models")
    package.__dict__.update(db=flask_crm.db, create_app=flask_crm.create_app)
    for module in (package, models):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    source = source_of(models)

    assert "from shop import db" in source.imports
    assert "from shop import create_app" in source.imports
    assert "app=create_app" == source.parameters


def test_a_user_is_no_contact() -> None:
    """Who has a password is nobody's contact."""
    user = _table("Person", ("first_name", "text"), ("last_name", "text"), ("password", "text"))
    guess = _books(_table("Invoice", ("date", "date"), to={"customer": "Customer"}), user)

    assert "contact" in guess.missing


def test_what_is_needed_and_not_there_is_named() -> None:
    """A role that the module cannot do without stands in the text as missing."""
    guess = _books(_table("Invoice", ("date", "date"), to={"customer": "Customer"}))
    text = written(guess, source_of(demo_models))

    assert "# missing: invoice.number. Number printed on the invoice." in text
    assert "Payments: no model looks like one" in text


def test_no_models_make_an_empty_adapter() -> None:
    """An app without anything to sell is said to have nothing."""
    guess = guess_adapter([_table("Jotting", ("body", "long_text"))])

    assert ((), tuple(MODULE_NAMES)) == (guess.modules, guess.missing)


def _findings(app: App, source: Source) -> list[str]:
    """What the check of the host finds in the adapter as it is written, but what to fill in."""
    names: dict[str, Any] = {}
    exec(written(_guess(app), source), names)
    return [one for one in check_host(names["make_host"]()) if "takes no new record" not in one]


@pytest.mark.parametrize(
    ("app", "models"), [("demo", demo_models), ("odd", odd_app)], indirect=["app"]
)
def test_the_text_is_an_adapter(
    app: App, models: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written runs, and the check of the host finds nothing but what to fill in."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    mapped_in(models)[0].registry.metadata.create_all(engine)
    monkeypatch.setattr(models, "Session", sessionmaker(engine), raising=False)
    found = _findings(app, source_of(models))
    engine.dispose()

    assert [] == found


@pytest.mark.parametrize("app", ["django_crm"], indirect=True)
def test_the_text_is_an_adapter_for_django(app: App, tmp_path: Path) -> None:
    """In its own words, on the tables that Django makes of the models."""
    with project.opened("sqlite", tmp_path, app="django_crm"):
        assert [] == _findings(app, app.source)
