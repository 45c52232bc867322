"""`xtiger host check` names each mistake of an adapter with its line and its cure."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pytest

from tests.cli.mistaken_crm import SOUND
from xtiger.cli.root import run

#: The lines of the invoices.
_LINES: Final = SOUND[SOUND.index("    lines=Lines(") : SOUND.index(")\npayments")]
#: What the mistake is → (a line of the sound adapter, what stands in its place, the beginning of
#: the line that is named, what is said, how it is cured).
MISTAKES: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "a name that the model has not": (
        'Field("email", ',
        'Field("emial", ',
        'Field("emial"',
        "Organizations.emial is no attribute of Company",
        "Correct the name",
    ),
    "a role that there is not": (
        'role="organisation.email"',
        'role="organisation.mail"',
        'Field("email"',
        "The role 'organisation.mail' of Organizations.email is not known",
        "The list of roles is in docs/host.md",
    ),
    "a role of another kind of record": (
        'role="organisation.email"',
        'role="contact.email"',
        'Field("email"',
        "the role 'contact.email' belongs to another kind of record",
        "Remove it",
    ),
    "a needed role without a field": (
        'Field("name", role="organisation.name")',
        'Field("name")',
        "companies = Module(",
        "Organizations: no field has the role 'organisation.name'",
        "Add role='organisation.name'",
    ),
    "a module under a name of its own": (
        '"Payments", Receipt',
        '"Receipts", Receipt',
        "payments = Module(",
        "Receipts: modules of the role 'payment' are synced under the name 'Payments'",
        "Name it 'Payments', with label='Receipts'",
    ),
    "a module without its role": (
        '"Products", Ware, role="product"',
        '"Products", Ware',
        "wares = Module(",
        "Products: is synced as 'product'",
        "Say role='product'",
    ),
    "a role of modules that there is not": (
        'role="organisation",',
        'role="company",',
        "companies = Module(",
        "the module role 'company' is not known",
        "Known: organisation",
    ),
    "a reference to no module": (
        'ref="Products"',
        'ref="Goods"',
        'Field("ware"',
        "Invoices.ware points to the unknown module 'Goods'",
        "Declare Module('Goods', ...) or correct ref=",
    ),
    "a reference that does not say to what": (
        'role="line.product", ref="Products"',
        'role="line.product"',
        'Field("ware"',
        "Invoices.lines.ware: a reference without targets",
        "Name the module that it points to",
    ),
    "a type that does not fit the role": (
        'Field("staff")',
        'Field("staff", role="organisation.website")',
        'Field("staff"',
        "the type 'int' does not fit the role 'organisation.website'",
        "It takes url or text",
    ),
    "two fields of one role": (
        'Field("staff")',
        'Field("founded", role="organisation.email", type="text")',
        "companies = Module(",
        "two fields have the role 'organisation.email'",
        "Leave it on the one that counts",
    ),
    "a field that stands there twice": (
        'Field("staff")',
        'Field("email")',
        "companies = Module(",
        "'email' is described twice",
        "'email'",
    ),
    "a pick list without entries": (
        'Field("staff")',
        'Field("staff", type="choice")',
        'Field("staff"',
        "Organizations.staff: a pick list without choices",
        "List them, or make it a text field",
    ),
    "a payment that does not mark its invoice": (
        '    parents=["bill"],\n',
        "",
        "payments = Module(",
        "a payment does not mark its invoice as changed",
        "Add parents=['bill']",
    ),
    "a parent that is no reference": (
        'parents=["bill"]',
        'parents=["day"]',
        "payments = Module(",
        "The parent 'day' of Payments is no reference",
        "Add Field(name, ref='Module')",
    ),
    "lines that are no list": (
        'Lines("lines"',
        'Lines("company"',
        "lines=Lines(",
        "Invoices.company is no list of lines",
        "Name a one-to-many relationship in Lines(...)",
    ),
    "an order that the lines have not": (
        'order="place"',
        'order="position"',
        "lines=Lines(",
        "Invoices.lines.position is no attribute of Line",
        "Correct the name",
    ),
    "a stamp that holds only a day": (
        'modified="changed_at"',
        'modified="founded"',
        "companies = Module(",
        "Organizations.founded holds no date with time",
        "Leave modified= out",
    ),
    "a mark of deletion that is no column": (
        'modified="changed_at"',
        'deleted="gone_at"',
        "companies = Module(",
        "Organizations.gone_at is no attribute of Company",
        "Correct the name",
    ),
    "no page address": (
        '    url=f"{SITE}/bills/{{id}}",\n',
        "",
        "bills = Module(",
        "Invoices: records have no page address",
        "Answer one from url()",
    ),
    "an address that Xero does not take": (
        'SITE = "https://crm.example"',
        'SITE = "crm.example"',
        "bills = Module(",
        "Invoices: Xero takes no page address like crm.example/bills/1",
        "Answer a whole address from url(), with http:// or https://",
    ),
    "one address for all": (
        "/bills/{{id}}",
        "/bills",
        "bills = Module(",
        "The address of Invoices has no {id}",
        "Write it as https://crm.example/bills/{id}",
    ),
    "a price of two decimal places": (
        'Field("price", role="product.sales_price")',
        'Field("old_price", role="product.sales_price")',
        'Field("old_price"',
        "Products.old_price: keeps 2 decimal places",
        "Make it a column of 4 places, such as NUMERIC(18, 4)",
    ),
    "a column that no new record fills": (
        '    defaults={"slug": 0},\n',
        "",
        "companies = Module(",
        "the CRM takes no new record without Company.slug",
        "Give it a value with Module(..., defaults={'slug': ...})",
    ),
    "a default for what is not there": (
        'defaults={"slug": 0}',
        'defaults={"slug": 0, "regoin": "north"}',
        "companies = Module(",
        "Organizations.regoin is no attribute of Company",
        "Correct the name",
    ),
    "a currency in small letters": (
        'base_currency="GBP"',
        'base_currency="gbp"',
        "return SQLAlchemyHost(",
        "The base currency 'gbp' is not three capital letters",
        "such as GBP",
    ),
    "a tax as a float": (
        'Tax("1", "VAT", 20)',
        'Tax("1", "VAT", 20.0)',
        "return SQLAlchemyHost(",
        "The tax 'VAT' has no Decimal as percent",
        "Use Decimal('20') for 20 %",
    ),
    "a session in place of the factory": (
        "        Session,\n",
        "        Session(),\n",
        "return SQLAlchemyHost(",
        "The first argument of SQLAlchemyHost is no sessionmaker",
        "Give the factory itself",
    ),
    "a class that is no model": (
        '"Products", Ware',
        '"Products", Plain',
        "wares = Module(",
        "The model of Products is not mapped by SQLAlchemy",
        "Give the mapped class",
    ),
    "a module that stands there twice": (
        "[companies, wares, bills, payments]",
        "[companies, wares, bills, payments, wares]",
        "return SQLAlchemyHost(",
        "The list of modules names one twice",
        "Give each one name",
    ),
    "a word of Field that is misspelt": (
        'Field("email", role=',
        'Field("email", rol=',
        'Field("email"',
        "unexpected keyword argument 'rol'",
        "Check the name and the folder",
    ),
    "an invoice without lines": (
        _LINES,
        "",
        "bills = Module(",
        "Invoices: no field has the role 'line.quantity'",
        "Add role='line.quantity'",
    ),
    "lines without items": (
        '        Field("ware", role="line.product", ref="Products"),\n',
        "",
        "bills = Module(",
        "the lines point to no product or service",
        'Add a field with the role "line.product"',
    ),
}


def _check(text: str, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> int:
    """Run `xtiger host check` on an adapter of this text."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("COLUMNS", "400")
    environment = {
        "XTIGER_HOME": str(folder / "home"),
        "XTIGER_HOST": f"{name}:make_host",
        "XTIGER_SAFE_MODE": "1",
    }
    try:
        return run(["host", "check", *more], environment)
    finally:
        sys.modules.pop(name, None)


def test_the_sound_adapter_has_nothing_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What follows is about the mistakes alone."""
    assert 0 == _check(SOUND, "sound", tmp_path, monkeypatch)
    assert "all checks passed" in capsys.readouterr().out


def test_there_are_at_least_25() -> None:
    """As many as were promised."""
    assert len(MISTAKES) >= 25


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(
    mistake: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence says what is wrong, what to do, and in which line of which file."""
    right, wrong, begin, said, cure = MISTAKES[mistake]
    assert 1 <= SOUND.count(right) <= 2
    text = SOUND.replace(right, wrong, 1)
    (line,) = [n for n, one in enumerate(text.splitlines(), 1) if one.strip().startswith(begin)]
    code = _check(text, "mistaken", tmp_path, monkeypatch)
    output = capsys.readouterr()
    found = [one for one in f"{output.out}\n{output.err}".splitlines() if said in one]

    assert code != 0
    assert found, output
    assert cure in found[0]
    assert f"mistaken.py:{line})" in found[0]
