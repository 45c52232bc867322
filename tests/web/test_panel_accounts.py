"""The account choices of the panel, posted as a browser does, on the real library and sandbox."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from tests.world import World, make_world
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.panels import ALLOW_SYNC
from xtiger.web import blueprint

OWN = {"Sec-Fetch-Site": "same-origin"}
SAVINGS = {"Code": "0911", "Name": "Savings", "Type": "BANK", "BankAccountNumber": "70000911"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Connected with accounts read; a product, a service and a payment are in Xero."""
    with make_world(tmp_path) as made:
        made.connect()
        made.xt.extensions.enable("XeroAccounts")
        made.default_account()
        made.sandbox.add("Accounts", SAVINGS, made.organisation())
        _pay_into(made, "090")
        made.host.create(
            "Products", {"productname": "Rope", "productcode": "R-1", "sales_account": "200"}
        )
        made.host.create(
            "Services", {"servicename": "Work", "servicecode": "W-1", "sales_account": "200"}
        )
        _paid_invoice(made)
        made.sync()
        yield made


def _pay_into(world: World, account: str) -> None:
    mapping = world.xt.mappings.get("Payments")
    assert mapping is not None
    options = {**mapping.options, "payment_account": account}
    made = FieldMapping(mapping.module, mapping.kind, mapping.rows, options=options)
    world.xt.mappings.save(made)


def _paid_invoice(world: World) -> None:
    kea = world.host.create("Organizations", {"accountname": "Kea"})
    line = {
        "name": "Work",
        "comment": "Work",
        "quantity": Decimal(1),
        "listprice": Decimal(50),
        "tax_percent": Decimal(20),
    }
    invoice = world.host.create(
        "Invoices",
        {
            "invoice_no": "INV-1",
            "account_id": kea,
            "invoicedate": date(2026, 11, 2),
            "duedate": date(2026, 12, 2),
            "invoicestatus": "Approved",
            "taxtype": "individual",
            "currency": "GBP",
            "total": Decimal(60),
        },
        lines=[line],
    )
    world.host.create(
        "Payments",
        {
            "invoice_id": invoice,
            "paymentdate": date(2026, 11, 9),
            "amount": Decimal(60),
            "paymentstatus": "Received",
        },
    )


@pytest.fixture
def browser(world: World) -> FlaskClient:
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(world.xt, may_use=lambda _ref: True))

    @app.get("/<module>/<record>")
    def record(module: str, record: str) -> str:
        panel = world.xt.panel(module, record)
        return flask.render_template_string("{{ xero_panel(panel) }}", panel=panel)

    return app.test_client()


def fields(page: str) -> dict[str, str]:
    """What a browser would post of a panel without a change: boxes, choices and texts."""
    found: dict[str, str] = {}
    for name, body in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        options = re.findall(r'<option value="([^"]*)"( selected)?>', body)
        chosen = next((value for value, mark in options if mark), options[0][0])
        found[name] = html.unescape(chosen)
    for name in re.findall(r'<input type="checkbox"[^>]* name="([^"]+)"[^>]* checked>', page):
        found[name] = "1"
    found["shown"] = ALLOW_SYNC
    return found


def post(browser: FlaskClient, module: str, record: str = "1", **changes: Any) -> Any:
    """Open the record, change some fields of its panel, and press a button of it."""
    form = fields(browser.get(f"/{module}/{record}").text)
    given = {name.replace("__", "."): value for name, value in changes.items()}
    address = f"/modules/XTiger/panel/{module}/{record}"
    return browser.post(address, data={**form, **given}, headers=OWN)


MODULES = ("Products", "Services", "Payments")


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("action", ["", "copy"])
def test_nothing_entered_changes_nothing(
    browser: FlaskClient, world: World, module: str, action: str
) -> None:
    """Save and Copy to Xero without a change go back to the record and leave it as it was."""
    before = world.host.record(module, "1").values

    answer = post(browser, module, action=action)

    assert (303, before) == (answer.status_code, world.host.record(module, "1").values)


def _chosen(browser: FlaskClient, module: str) -> Mapping[str, str]:
    return fields(browser.get(f"/{module}/1").text)


@pytest.mark.feature("F031")
def test_the_pick_lists_hold_what_fits(browser: FlaskClient) -> None:
    """By code and name: accounts that take sales on a product, those that take money on a payment.

    A system account, one of a bank on a product and one of sales on a payment are in none.
    """
    lists = {}
    for module in ("Products", "Payments"):
        page = browser.get(f"/{module}/1").text
        for name, body in re.findall(
            r'<select[^>]* name="([^"]+)">(.*?)</select>', page, re.DOTALL
        ):
            lists[name] = dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', body))

    sales, paid = lists["product.sales_account"], lists["payment.account"]
    assert ("200 Sales", True) == (sales["200"], "310" in lists["product.purchase_account"])
    assert "0911" in paid
    assert not {"090", "610", "960"} & sales.keys()
    assert not {"200", "610"} & paid.keys()


@pytest.mark.feature("F031")
@pytest.mark.feature("F032")
@pytest.mark.feature("F033")
@pytest.mark.parametrize(
    ("module", "role", "field", "path"),
    [
        ("Products", "product.sales_account", "sales_account", "SalesDetails"),
        ("Products", "product.purchase_account", "purchase_account", "PurchaseDetails"),
        ("Services", "service.sales_account", "sales_account", "SalesDetails"),
        ("Services", "service.purchase_account", "purchase_account", "PurchaseDetails"),
    ],
)
def test_an_account_chosen_is_kept_sent_and_shown(
    browser: FlaskClient, world: World, module: str, role: str, field: str, path: str
) -> None:
    """The CRM has it, the next sync carries it to Xero, and the panel has it selected."""
    chosen = "260" if path == "SalesDetails" else "310"
    post(browser, module, **{role.replace(".", "__"): chosen})
    kept = world.in_crm(module, "1", field)
    world.sync()

    assert (chosen, chosen) == (kept, _chosen(browser, module)[role])
    assert chosen == world.in_xero(module, "1")[path]["AccountCode"]


@pytest.mark.feature("F032")
def test_an_account_taken_away_is_taken_away_in_xero(browser: FlaskClient, world: World) -> None:
    """The empty choice is one: the item has no account of its own afterwards."""
    post(browser, "Products", product__sales_account="")
    world.sync()

    assert not world.in_xero("Products", "1")["SalesDetails"].get("AccountCode")


@pytest.mark.feature("F031")
def test_the_account_of_a_payment_reaches_xero(browser: FlaskClient, world: World) -> None:
    """Another bank account moves the money there, once."""
    post(browser, "Payments", payment__account="0911")
    world.sync()
    account = world.in_xero("Payments", "1")["AccountID"]
    code = next(a["Code"] for a in world.xero("Accounts") if a["AccountID"] == account)
    alive = [p for p in world.xero("Payments") if p["Status"] != "DELETED"]

    assert ("0911", 1, "0911") == (
        code,
        len(alive),
        _chosen(browser, "Payments")["payment.account"],
    )


def test_the_account_of_a_payment_is_not_taken_away(browser: FlaskClient, world: World) -> None:
    """A payment in Xero keeps its account when the CRM's is emptied, so that is not offered."""
    post(browser, "Payments", payment__account="0911")
    page = browser.get("/Payments/1").text

    assert "As set for all payments" not in page


@pytest.mark.parametrize("value", ["999", "090"])
def test_a_refused_post_changes_nothing(browser: FlaskClient, world: World, value: str) -> None:
    """A forged account refuses the tick of the same form too; the page leads to the record."""
    form = {
        "shown": ALLOW_SYNC,
        "product.sales_account": value,
        "next": "/Products/1",
        "action": "copy",
    }
    before = world.host.record("Products", "1").values
    runs = len(world.xt.sync.runs())

    answer = browser.post("/modules/XTiger/panel/Products/1", data=form, headers=OWN)

    assert (409, before) == (answer.status_code, world.host.record("Products", "1").values)
    assert runs == len(world.xt.sync.runs())
    assert 'href="/Products/1"' in answer.text


@pytest.mark.feature("F031")
def test_a_form_of_the_crm_offers_what_fits(world: World) -> None:
    """Its own field, by use: what a person chooses there is kept and reaches Xero."""
    app = flask.Flask("crm")
    uses = ("sales_account", "purchase_account")

    @app.route("/products/1/edit", methods=["GET", "POST"])
    def edit() -> str:
        if flask.request.method == "POST":
            world.host.edit("Products", "1", **flask.request.form.to_dict())
        lists = {name: world.xt.panels.pick_list(name) for name in uses}
        return flask.render_template_string(
            "{% for name, all in lists.items() %}<select name={{ name }}>"
            "{% for one in all %}<option value={{ one.value }}>{{ one.label }}</option>"
            "{% endfor %}</select>{% endfor %}",
            lists=lists,
        )

    browser = app.test_client()
    form = browser.get("/products/1/edit").text
    browser.post("/products/1/edit", data={"sales_account": "260", "purchase_account": "310"})
    world.sync()
    item = world.in_xero("Products", "1")

    assert "<option value=260>260 Other Revenue</option>" in form
    assert "<option value=310>" in form
    assert "<option value=610>" not in form
    assert ["260", "310"] == [
        item[side]["AccountCode"] for side in ("SalesDetails", "PurchaseDetails")
    ]
