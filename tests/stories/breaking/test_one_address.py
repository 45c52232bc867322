"""Two CRMs on one address base give their invoices of one id and number the same address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.breaking.crms import Project, Projects, sandbox_for
from tests.stories.sync.test_crashes import killed
from tests.world import World
from xtiger.xero.organisations import XeroOrganisation


@pytest.fixture
def projects(tmp_path: Path) -> Iterator[Projects]:
    with sandbox_for(tmp_path) as made:
        yield made


def opened(project: Project, name: str, *prices: str) -> World:
    """A CRM with one customer and invoices INV-1, INV-2 … of these prices."""
    world = project.open()
    world.connect()
    world.default_account()
    for module in ("Organizations", "Invoices"):
        world.settings(module, create_in_crm=False)
    (customer,) = project.add(name)
    for number, price in enumerate(prices, 1):
        project.bill(customer, f"INV-{number}", price)
    return world


def invoices(world: World) -> dict[str, tuple[str, str]]:
    """Number → (customer, total) of all invoices in Xero."""
    names = {raw["ContactID"]: str(raw["Name"]) for raw in world.xero("Contacts")}
    return {
        str(raw["InvoiceNumber"]): (names[raw["ContactID"]], str(raw["Total"]))
        for raw in world.xero("Invoices")
    }


def test_neither_takes_the_invoices_of_the_other(projects: Projects) -> None:
    """Same numbers, ids and addresses: held, nothing changed or doubled; a new number cures."""
    first, second = projects.project("first"), projects.project("second")
    one, two = opened(first, "North", "10", "20"), opened(second, "South", "30", "40")
    one.sync()
    before = one.xero("Invoices")

    two.sync()
    found = two.codes()
    after = one.xero("Invoices")
    for crm_id in ("1", "2"):
        second.renumber(crm_id, f"S-{crm_id}")
    two.sync()
    one.sync()

    assert before == after
    assert {("Invoices", crm_id): "number_taken" for crm_id in ("1", "2")} == found
    assert {
        "INV-1": ("North", "10.00"),
        "INV-2": ("North", "20.00"),
        "S-1": ("South", "30.00"),
        "S-2": ("South", "40.00"),
    } == invoices(one)
    assert ({}, {}) == (one.codes(), two.codes())
    assert ((), ()) == (one.xt.proof.reconcile().differences, two.xt.proof.reconcile().differences)


def test_an_equal_customer_does_not_make_it_ours(projects: Projects) -> None:
    """Both CRMs know the customer: another total or day tells the invoices apart."""
    first, second = projects.project("first"), projects.project("second")
    one, two = opened(first, "North", "10"), opened(second, "North", "30")
    one.sync()
    two.sync()
    contact = one.xero_id("Organizations", "1")
    two.xt.links.link("Organizations", "1", contact)
    two.sync()

    assert "number_taken" == two.codes()["Invoices", "1"]
    assert {"INV-1": ("North", "10.00")} == invoices(one)


def test_what_a_person_says_is_one_becomes_one(projects: Projects) -> None:
    """The cure that the hold offers: linked, and compared from then on."""
    first, second = projects.project("first"), projects.project("second")
    one, two = opened(first, "North", "10"), opened(second, "South", "10")
    one.sync()
    two.sync()
    two.xt.links.link("Invoices", "1", one.xero_id("Invoices", "1"))
    two.sync()

    assert one.xero_id("Invoices", "1") == two.xero_id("Invoices", "1")
    assert 1 == len(one.xero("Invoices"))


def test_links_that_were_lost_are_found_by_customer_day_and_total(projects: Projects) -> None:
    """The links are forgotten: the CRM's own invoices are found again, and none is doubled."""
    world = opened(projects.project("crm"), "North", "10", "20")
    world.sync()
    known = {crm_id: world.xero_id("Invoices", crm_id) for crm_id in ("1", "2")}
    world.xt.links.forget_all()
    world.sync()

    assert known == {crm_id: world.xero_id("Invoices", crm_id) for crm_id in ("1", "2")}
    assert 2 == len(world.xero("Invoices"))


@pytest.mark.parametrize("before", [True, False])
def test_after_a_kill_only_what_was_sent_is_found(
    projects: Projects, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Killed before it was sent, the other's is not ours; killed after, our own is found."""
    first, second = projects.project("first"), projects.project("second")
    one, two = opened(first, "North", "10"), opened(second, "South", "30")
    with killed(monkeypatch, XeroOrganisation, "send", before=before, after=1):
        two.wait()
        two.xt.sync.run()
    one.sync()
    two.wait(1_000)

    two.sync()

    owner = ("North", "10.00") if before else ("South", "30.00")
    assert {"INV-1": owner} == invoices(one)
    assert {("Invoices", "1"): "number_taken"} == (two if before else one).codes()
    assert {} == (one if before else two).codes()
