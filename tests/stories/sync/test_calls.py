"""The call budget: counted in the sandbox's own list, against the formula of docs/calls.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from math import ceil

import pytest
from sqlalchemy import event

from tests.stories.sync.people import contact, invoice, line, organisation, payment, product
from tests.stories.sync.test_bills import option
from tests.stories.sync.test_receipts import connect_again
from tests.world import World

#: Organisation, accounts, tax rates, currencies; two more are allowed.
SETTINGS = 6
#: What a sync of all modules reads.
KINDS = ("Contact", "Item", "Invoice", "Payment")
#: One changed record of each kind that travels.
_ONE_EACH = {"Contact": 1, "Item": 1, "Invoice": 1}


def budget(
    read: dict[str, int], creates: dict[str, int], updates: dict[str, int] | None = None
) -> int:
    """The calls that a sync may spend, by the formula of docs/calls.md."""
    pages = sum(1 if kind == "Item" else max(1, ceil(n / 1000)) for kind, n in read.items())
    writes = [*creates.values(), *(updates or {}).values()]
    return SETTINGS + pages + sum(ceil(n / 50) for n in writes)


@contextmanager
def statements(world: World) -> Iterator[Counter[str]]:
    """Counts what is asked of the store's database, by verb and table, and what is committed."""
    found: Counter[str] = Counter()

    def count(_c: object, _k: object, statement: str, *_: object) -> None:
        words = statement.split()
        table = next((w.split(".")[0] for w in words if w.startswith("xt_")), "")
        found[f"{words[0]} {table}"] += 1

    def commit(_: object) -> None:
        found["COMMIT "] += 1

    engine = world.xt.store.engine
    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", commit)
    yield found
    event.remove(engine, "before_cursor_execute", count)
    event.remove(engine, "commit", commit)


def thousand(world: World) -> None:
    """600 organisations, 200 products and 200 invoices in the CRM."""
    people = [organisation(world, f"Org {n}", account_no=f"A{n}") for n in range(600)]
    goods = [product(world, f"P{n}") for n in range(200)]
    for n in range(200):
        invoice(world, f"I{n}", people[n], [line(product_id=goods[n])])


def test_a_quiet_sync_asks_the_store_little(world: World) -> None:
    """All six modules, one record of each linked, nothing changed: what any sync begins with."""
    acme = organisation(world, "Acme", email1="a@b.example")
    contact(world, "Ann", "Acme", acme, email="ann@acme.example")
    payment(world, invoice(world, "I-1", acme, [line(product_id=product(world, "P"))]), "5")
    product(world, "S", module="Services")
    world.sync()
    world.sync()
    world.wait()
    with statements(world) as asked:
        run = world.xt.sync.run(())

    assert {} == {name: results for name, results in run.totals.items() if name != "unchanged"}
    assert sum(asked.values()) <= 180


@pytest.mark.slow
def test_a_thousand_records_stay_within_the_budget(world: World) -> None:
    """First sync, nothing changed, 120 edits, and nothing changed a day later."""
    thousand(world)
    with statements(world) as asked:
        calls = world.calls()
        run = world.sync()
    spent = world.calls() - calls
    created = {"Contact": 600, "Item": 200, "Invoice": 200, "Payment": 0}
    assert {
        "Organizations": {"created": 600},
        "Products": {"created": 200},
        "Invoices": {"created": 200},
    } == run.counts
    assert spent == run.calls
    assert spent <= budget(dict.fromkeys(created, 0), created)
    # The store is asked by batch; what is left per record is its one link.
    per_record = {name: n for name, n in asked.items() if n > 200}
    assert {"INSERT xt_link", "COMMIT "} == per_record.keys()
    assert asked["COMMIT "] < 420

    world.sync()
    assert _calls_of_a_sync(world) <= 6
    for n in range(1, 121):
        world.host.edit("Organizations", str(n), email1="new@b.example")
    assert _calls_of_a_sync(world) <= budget(dict.fromkeys(KINDS, 0), {}, {"Contact": 120})
    world.wait(86_400)
    assert _calls_of_a_sync(world) <= 6


def test_one_per_cent_changed_costs_its_batches_and_the_feeds(world: World) -> None:
    """600 records, six edits: an organisation, a product and an invoice on each side.

    Ours go with a batch for each kind; what was changed in Xero comes with the feeds, for nothing.
    """
    firms, goods, bills = _two_hundred_each(world)
    world.sync()
    world.sync()
    quiet = _calls_of_a_sync(world)

    world.host.edit("Organizations", firms[7], email1="ours@b.example")
    world.host.edit("Products", goods[8], productname="Our thing")
    world.host.edit("Invoices", bills[9], duedate=date(2026, 12, 24))
    theirs = {"EmailAddress": "theirs@b.example"}
    world.sandbox.edit("Contacts", world.xero_id("Organizations", firms[17]), theirs)
    world.sandbox.edit("Items", world.xero_id("Products", goods[18]), {"Name": "Their thing"})
    theirs = {"DueDate": "2026-12-28"}
    world.sandbox.edit("Invoices", world.xero_id("Invoices", bills[19]), theirs)
    before = len(world.sandbox.calls())
    run = world.sync()
    calls = Counter(
        (one.method, one.path.rpartition("/")[2]) for one in world.sandbox.calls()[before:]
    )

    modules = ("Organizations", "Products", "Invoices")
    assert {module: {"updated": 2} for module in modules} == run.counts
    batches = {("POST", kind): 1 for kind in ("Contacts", "Items", "Invoices")}
    feeds = {("GET", kind): 1 for kind in ("Organisation", "Contacts", "Items", "Invoices")}
    assert {**batches, **feeds, ("GET", "Payments"): 1} == calls
    assert run.calls == quiet + 3 <= budget(dict.fromkeys(KINDS, 0), {}, _ONE_EACH)
    assert "ours@b.example" == world.in_xero("Organizations", firms[7])["EmailAddress"]
    assert "theirs@b.example" == world.in_crm("Organizations", firms[17], "email1")
    assert "2026-12-24" in str(world.in_xero("Invoices", bills[9])["DueDate"])
    assert date(2026, 12, 28) == world.in_crm("Invoices", bills[19], "duedate")
    assert ("Our thing", "Their thing") == (
        world.in_xero("Products", goods[8])["Name"],
        world.in_crm("Products", goods[18], "productname"),
    )
    assert quiet == _calls_of_a_sync(world)


def _two_hundred_each(world: World) -> tuple[list[str], list[str], list[str]]:
    """Organisations, products, and one draft of an invoice for each."""
    firms = [organisation(world, f"Org {n}") for n in range(200)]
    goods = [product(world, f"P{n}") for n in range(200)]
    drafts = [
        invoice(world, f"I{n}", firms[n], [line(product_id=goods[n])], invoicestatus="Created")
        for n in range(200)
    ]
    return firms, goods, drafts


def _calls_of_a_sync(world: World) -> int:
    before = world.calls()
    world.sync()
    return world.calls() - before


@pytest.mark.slow
def test_pages_of_a_thousand(world: World) -> None:
    """1,200 contacts of Xero come in with two pages; writing them in the CRM costs no call."""
    for n in range(1_200):
        world.sandbox.add("Contacts", {"Name": f"Contact {n}"})

    spent = _calls_of_a_sync(world)

    assert 1_200 == len(world.host.all("Organizations"))
    assert spent <= budget({"Contact": 1_200, "Item": 0, "Invoice": 0, "Payment": 0}, {})


def test_an_unknown_answer_costs_one_look_up_and_one_repeat(world: World) -> None:
    """A lost answer to a batch of 60 creates adds one call."""
    for n in range(60):
        organisation(world, f"Org {n}")
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Contacts", method="PUT")

    spent = _calls_of_a_sync(world)

    assert 60 == len(world.xero("Contacts"))
    assert spent <= budget(dict.fromkeys(KINDS, 0), {"Contact": 60}) + 1


def test_the_plan_says_what_it_will_cost(world: World) -> None:
    """The estimate of a plan is the number of batches that its run then sends."""
    for n in range(60):
        organisation(world, f"Org {n}")
    product(world, "P1")
    plan = world.plan()

    before = world.calls()
    run = world.sync()

    # One call for the organisation and one feed of each kind come on top.
    assert plan.estimate.calls == world.calls() - before - 5
    assert plan.estimate.size_bytes > 0
    assert run.calls == world.calls() - before


def test_settings_are_renewed_one_at_a_time(world: World) -> None:
    """An hour later each run reads one of the three lists, beside organisation and four feeds."""
    world.sync()
    world.wait(4_000)

    assert [6, 6, 6, 5] == [_calls_of_a_sync(world) for _ in range(4)]


def test_a_fifth_feed_is_a_seventh_call(world: World) -> None:
    """With receipts each run reads the bank, too: one list beside organisation and five feeds."""
    option(world, "receipt_accounts", {"GBP": "090"})
    connect_again(world)
    world.sync()
    world.wait(4_000)

    assert [7, 7, 7, 6] == [_calls_of_a_sync(world) for _ in range(4)]


def test_settings_are_renewed_two_at_a_time_without_payments(world: World) -> None:
    """With three feeds there is room for two lists within the six calls."""
    world.settings("Payments", enabled=False)
    world.sync()
    world.wait(4_000)

    assert [6, 5, 4] == [_calls_of_a_sync(world) for _ in range(3)]


def test_payments_cost_their_batches_and_one_look_at_the_invoices(world: World) -> None:
    """60 new ones: two calls; 3 changed ones: three deletes and one call; then one feed each."""
    acme = organisation(world, "Acme")
    paid = [payment(world, invoice(world, f"I{n}", acme), "4") for n in range(60)]
    quiet = dict.fromkeys(KINDS, 0)

    first = _calls_of_a_sync(world)
    for crm_id in paid[:3]:
        world.host.edit("Payments", crm_id, amount=Decimal(5))
    second = _calls_of_a_sync(world)

    assert first <= budget(quiet, {"Contact": 1, "Invoice": 60, "Payment": 60}) + 1
    assert second == 1 + len(KINDS) + 3 + 1 + 1
    assert 1 + len(KINDS) == _calls_of_a_sync(world)


def test_a_large_batch_is_cut_by_its_bytes(world: World) -> None:
    """Elements of a batch never exceed 3 MB together; each one travels once."""
    from xtiger.engine.apply.batches import Outgoing, cut
    from xtiger.model.plans import Item

    element = {"Name": "x" * 1_200_000}
    items = [Item("Organizations", "Contact", str(n), None, "x") for n in range(5)]

    parts = cut("Contact", [Outgoing(item, element) for item in items])

    assert [2, 2, 1] == [len(part) for part in parts]
    assert items == [one.item for part in parts for one in part]


def test_a_number_is_sent_with_its_own_digits() -> None:
    """No float on the way: a Decimal is written as it is."""
    from xtiger.engine.apply.batches import to_bytes

    assert b'{"Items":[{"UnitPrice":0.1000}]}' == to_bytes(
        "Item", [{"UnitPrice": Decimal("0.1000")}]
    )
