"""The seven syncs of one module and one way: nothing moves back, nothing else but what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands import commands_on
from tests.stories.sync.people import invoice, line, organisation, product
from tests.web.test_plan import browser_of
from tests.web.test_real_site import OWN
from tests.world import World, connected_world

#: Names of organisations, products and invoices: what both sides have.
Both = tuple[set[str], set[str]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Each side has an organisation, a product and an invoice that need nothing of each other.

    The invoices are of two more organisations, and the CRM's is of one more product.
    """
    with connected_world(tmp_path) as made:
        for module in ("Organizations", "Products", "Invoices"):
            made.settings(module, on_save=False)
        organisation(made, "Ours")
        product(made, "OURS", sales_account="200")
        sold = product(made, "SOLD", sales_account="200")
        buyer = organisation(made, "Our buyer")
        invoice(made, "I-OURS", buyer, [line(product_id=sold)])
        made.sandbox.add("Contacts", {"Name": "Theirs", "EmailAddress": "t@b.example"})
        made.sandbox.add(
            "Items", {"Code": "THEIRS", "Name": "Thing", "SalesDetails": {"AccountCode": "200"}}
        )
        payer = made.sandbox.add("Contacts", {"Name": "Their buyer"})
        made.sandbox.add(
            "Invoices",
            {
                "Type": "ACCREC",
                "Status": "AUTHORISED",
                "Contact": {"ContactID": payer["ContactID"]},
                "InvoiceNumber": "I-THEIRS",
                "Date": "2026-11-02",
                "DueDate": "2026-12-02",
                "LineItems": [
                    {"Description": "Work", "Quantity": 1, "UnitAmount": 8, "AccountCode": "200"}
                ],
            },
        )
        yield made


def _both(world: World) -> Both:
    fields = (
        ("Organizations", "accountname"),
        ("Products", "productcode"),
        ("Invoices", "invoice_no"),
    )
    crm = {
        str(one.values[field])
        for module, field in fields
        for one in world.host.changed_since(module, None).records
    }
    tables = (("Contacts", "Name"), ("Items", "Code"), ("Invoices", "InvoiceNumber"))
    return crm, {str(one[field]) for table, field in tables for one in world.xero(table)}


def _came(world: World, before: Both) -> tuple[list[str], list[str]]:
    """What the CRM has and had not, and what Xero has and had not."""
    now = _both(world)
    return sorted(now[0] - before[0]), sorted(now[1] - before[1])


@pytest.mark.feature("F074")
def test_each_button_moves_its_module_and_what_that_needs(world: World) -> None:
    """All seven, pressed one after the other, both sides looked at after each."""
    browser, before, moved = browser_of(world), _both(world), {}
    page = browser.get("/xt/plan").text

    for label, module, way in (
        ("Get Items", "Products", "to_crm"),
        ("Send Products", "Products", "to_xero"),
        ("Get Organisation", "Organizations", "to_crm"),
        ("Send Organisation", "Organizations", "to_xero"),
        ("Get Invoice", "Invoices", "to_crm"),
        ("Send Invoice", "Invoices", "to_xero"),
    ):
        assert f">{label}</button>" in page
        form = {"do": "run", "module": module, "direction": way}
        assert 303 == browser.post("/xt/plan", data=form, headers=OWN).status_code
        world.wait()
        moved[label] = _came(world, before)
        before = _both(world)
    world.xt.store.replace_accounts(world.xt.connections.get().id, [])
    answer = browser.post("/xt/plan/accounts", headers=OWN, follow_redirects=True)

    assert {
        "Get Items": (["THEIRS"], []),
        "Send Products": ([], ["OURS", "SOLD"]),
        "Get Organisation": (["Their buyer", "Theirs"], []),
        "Send Organisation": ([], ["Our buyer", "Ours"]),
        "Get Invoice": (["I-THEIRS"], []),
        "Send Invoice": ([], ["I-OURS"]),
    } == moved
    assert ">Get Accounts</button>" in page
    assert "accounts of Xero were read." in answer.text
    assert world.xt.context().accounts(world.xt.connections.get().id)


@pytest.mark.feature("F074")
def test_an_invoice_takes_along_what_it_needs_alone(world: World) -> None:
    """From nothing: its organisation and product go with it, the others of both sides stay."""
    before = _both(world)
    world.xt.sync.run(["Invoices"], direction="to_xero")
    sent = _came(world, before)
    before = _both(world)
    world.wait()
    world.xt.sync.run(["Invoices"], direction="to_crm")

    assert ([], ["I-OURS", "Our buyer", "SOLD"]) == sent
    assert (["I-THEIRS", "Their buyer"], []) == _came(world, before)


def test_what_the_other_side_changed_waits(world: World) -> None:
    """Both edited another record: only one edit travels, and the next sync takes the other."""
    ours = organisation(world, "Linked", email1="l@b.example")
    other = organisation(world, "Also linked", email1="a@b.example")
    world.sync()
    world.host.edit("Organizations", ours, phone="1")
    there = world.in_xero("Organizations", other)
    world.sandbox.edit("Contacts", there["ContactID"], {"EmailAddress": "new@b.example"})
    world.wait()

    world.xt.sync.run(["Organizations"], direction="to_crm")
    first = "new@b.example" == world.in_crm("Organizations", other, "email1"), _phone(world, ours)
    world.sync()

    assert ((True, ""), "1") == (first, _phone(world, ours))


def _phone(world: World, crm_id: str) -> str:
    phones = world.in_xero("Organizations", crm_id).get("Phones") or ()
    return "".join(str(one.get("PhoneNumber") or "") for one in phones)


@pytest.mark.feature("F074")
def test_the_commands_are_called_so(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`xtiger get` and `send` know these names and the modules, and say what there is."""
    xtiger = commands_on(world, monkeypatch, capsys)

    def typed(*arguments: str) -> tuple[int, str]:
        world.wait()
        said = xtiger(*arguments)
        return said.code, " ".join((said.out + said.err).split())

    before = _both(world)
    commands: dict[str, Callable[[], tuple[int, str]]] = {
        "items": lambda: typed("get", "items"),
        "products": lambda: typed("send", "Products"),
        "accounts": lambda: typed("get", "accounts"),
        "json": lambda: typed("get", "accounts", "--json"),
        "nothing": lambda: typed("send", "items"),
    }
    found = {name: call() for name, call in commands.items()}

    assert (["THEIRS"], ["OURS", "SOLD"]) == _came(world, before)
    assert [0, 0, 0, 0, 3] == [code for code, _ in found.values()]
    assert "accounts of Xero were read." in found["accounts"][1]
    assert '"accounts"' in found["json"][1]
    assert "organisation, invoice, products, Organizations" in found["nothing"][1]
