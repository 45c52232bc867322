"""The first day of a business with history: exactly what the answers say moves, and nothing else.

Xero has five years of invoices, opening balances, customers and 300 suppliers; the CRM has the same
years of its own. What must be where afterwards is counted here from what was entered, by the
answers alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice as invoice_of
from tests.stories.sync.people import organisation
from tests.stories.sync.people import payment as payment_of
from tests.world import REDIRECT, World, make_world
from xtiger.demo.visitor import allow_access
from xtiger.model.start_answers import FirstAccounts, Going, StartAnswers

NAME = "Empty Trading Ltd"
#: Xero's books are closed until this day.
LOCKED = date(2025, 3, 31)
START = date(2026, 4, 1)
SUPPLIERS, CUSTOMERS, OWN = 300, 12, 8
#: The days of one customer's invoices: twice a year, around the start and on it.
DAYS = (
    *(date(year, month, 10) for year in range(2022, 2026) for month in (3, 9)),
    date(2026, 2, 10),
    START - timedelta(days=1),
    START,
    date(2026, 9, 10),
)
#: From this day on the money of invoices is still to come.
OPEN_DAY = date(2026, 2, 10)
TICKED = "Created"


@dataclass(frozen=True)
class Entered:
    """An invoice as the test entered it."""

    number: str
    day: date
    is_open: bool
    status: str
    #: Whether its box is ticked.
    ticked: bool = True


@dataclass
class History:
    """Both sides before the first day."""

    there: list[Entered] = field(default_factory=list)
    here: list[Entered] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


# --- what was entered over five years ------------------------------------------------------


def entered_in_xero(world: World, history: History) -> None:
    """Suppliers with a bill each, opening balances, and customers with invoices and money."""
    for number in range(SUPPLIERS):
        supplier = world.sandbox.add("Contacts", {"Name": f"Supplier {number}"})
        if number % 10 == 0:
            bill = document(str(supplier["ContactID"]), f"B{number}", date(2026, 9, 1))
            world.sandbox.add("Invoices", {**bill, "Type": "ACCPAY"})
    for number in range(CUSTOMERS):
        name = f"Old customer {number}"
        history.customers.append(name)
        contact = str(world.sandbox.add("Contacts", {"Name": name})["ContactID"])
        opening = document(contact, f"OB-{number}", date(2021, 12, 31))
        world.sandbox.add("Invoices", opening)
        history.there.append(Entered(f"OB-{number}", date(2021, 12, 31), True, ""))
        for place, day in enumerate(DAYS):
            numbered = f"X{number}-{place}"
            made = world.sandbox.add("Invoices", document(contact, numbered, day))
            is_open = day >= OPEN_DAY
            if not is_open:
                paid_there(world, str(made["InvoiceID"]), day)
            history.there.append(Entered(numbered, day, is_open, ""))
    organisation_id = world.organisation(NAME)
    world.sandbox.edit("Organisation", organisation_id, {"EndOfYearLockDate": LOCKED.isoformat()})


def document(contact: str, number: str, day: date) -> dict[str, Any]:
    """An approved invoice as somebody enters it in Xero."""
    row = {"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": contact},
        "InvoiceNumber": number,
        "Date": day.isoformat(),
        "DueDate": (day + timedelta(days=30)).isoformat(),
        "Status": "AUTHORISED",
        "LineItems": [{**row, "TaxType": "NONE"}],
    }


def paid_there(world: World, invoice_id: str, day: date) -> None:
    world.sandbox.add(
        "Payments",
        {
            "Invoice": {"InvoiceID": invoice_id},
            "Account": {"Code": "090"},
            "Date": (day + timedelta(days=20)).isoformat(),
            "Amount": "10",
        },
    )


def entered_in_crm(world: World, history: History) -> None:
    """Customers of its own with the same years; all but the last days are paid."""
    for number in range(OWN):
        name, ticked = f"Own customer {number}", number % 2 == 0
        history.own.append(name)
        customer = organisation(world, name)
        for place, day in enumerate(DAYS):
            is_open = day >= OPEN_DAY
            status = TICKED if place % 4 == 3 and is_open else "Approved" if is_open else "Paid"
            numbered = f"C{number}-{place}"
            crm_id = invoice_of(
                world, numbered, customer, invoicedate=day, duedate=day, invoicestatus=status
            )
            if status == "Paid":
                payment_of(world, crm_id, "10", paymentdate=day)
            history.here.append(Entered(numbered, day, is_open, status, ticked))


# --- the first day ---------------------------------------------------------------------------


def first_day(world: World, answers: StartAnswers, going: Going) -> History:
    """Connect as the page Start does, answer, ten records, then the rest; nothing is released."""
    history = History()
    entered_in_xero(world, history)
    entered_in_crm(world, history)
    start = world.xt.connections.consent(REDIRECT)
    (offered, *_) = world.xt.connections.consent_answered(allow_access(start.url, NAME))
    world.xt.connections.connect(offered.organisation_id)
    world.xt.connections.accept_terms("Ruth")
    world.xt.mappings.save_defaults()
    world.wait()
    world.xt.sync.read_settings()
    world.xt.start.choose_accounts(FirstAccounts("200", "200", "090"))
    world.xt.start.choose(going)
    world.xt.start.answer(answers, "Ruth")
    world.wait()
    world.xt.sync.plan()
    world.xt.start.advance("ten", "Ruth")
    world.sync()
    world.xt.start.advance("all", "Ruth")
    world.sync()
    return history


def proposed(**changes: Any) -> StartAnswers:
    """What Start proposes here, with other answers where they are named."""
    usual = StartAnswers(from_day=START, arrive="draft", bring="customers", stage="asked")
    return replace(usual, **changes)


def goes(one: Entered, answers: StartAnswers, statuses: Sequence[str] = ()) -> bool:
    """Whether the answers let an invoice travel."""
    if statuses and one.status not in statuses:
        return False
    late = answers.from_day is None or one.day >= answers.from_day
    return late or (answers.open_before and one.is_open)


def numbers_there(world: World) -> dict[str, str]:
    """Number → status of every sales invoice in Xero."""
    sales = [raw for raw in world.xero("Invoices") if raw["Type"] == "ACCREC"]
    return {str(raw["InvoiceNumber"]): str(raw["Status"]) for raw in sales}


def numbers_here(world: World) -> set[str]:
    return {str(one.values["invoice_no"]) for one in world.host.all("Invoices")}


def names_here(world: World) -> set[str]:
    return {str(one.values["accountname"]) for one in world.host.all("Organizations")}


def before(world: World) -> Mapping[str, Any]:
    """What Xero has of before the start, as it stands there."""
    return {
        str(raw["InvoiceID"]): (raw["Status"], raw["AmountDue"], raw["UpdatedDateUTC"])
        for raw in world.xero("Invoices")
        if str(raw["Date"])[:10] <= str(LOCKED) and not str(raw["InvoiceNumber"]).startswith("C")
    }


COMBINATIONS: Mapping[str, tuple[StartAnswers, Going]] = {
    "as proposed": (proposed(), Going()),
    "open ones of before too": (proposed(open_before=True), Going()),
    "approved as the CRM says": (proposed(arrive="as_crm"), Going()),
    "nobody comes": (proposed(bring="none"), Going()),
    "all contacts": (proposed(bring="all"), Going()),
    "all years": (proposed(from_day=None, arrive="as_crm"), Going()),
    "only ticked": (proposed(), Going("ticked")),
    "by status": (proposed(), Going("status", {"Invoices": (TICKED,)})),
    "open ones, approved, all contacts": (
        proposed(open_before=True, arrive="as_crm", bring="all"),
        Going(),
    ),
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_the_first_day_moves_exactly_what_the_answers_say(world: World, name: str) -> None:
    """Invoices, contacts and statuses on both sides, counted from what was entered."""
    answers, going = COMBINATIONS[name]
    history = first_day(world, answers, going)
    there, here = numbers_there(world), numbers_here(world)

    to_xero = {one.number for one in sent(history, answers, going)}
    to_crm = {one.number for one in history.there if comes(one, answers, going)}
    assert to_xero == {number for number in there if number.startswith("C")}
    assert to_crm == {number for number in here if not number.startswith("C")}
    assert wanted_names(history, answers) == names_here(world)
    if answers.arrive == "draft":
        assert {"DRAFT"} >= {status for number, status in there.items() if number in to_xero}
    assert (0, []) == (world.actions(), list(world.xt.proof.reconcile().differences))
    assert "agreed" == world.xt.proof.run().state


def sent(history: History, answers: StartAnswers, going: Going) -> list[Entered]:
    """The invoices of the CRM that go."""
    if going.goes == "ticked":
        return []  # nobody ticked one yet
    statuses = going.statuses.get("Invoices", ()) if going.goes == "status" else ()
    # What lies in a locked period is held, whatever was answered.
    unlocked = [one for one in history.here if one.day > LOCKED]
    return [one for one in unlocked if goes(one, answers, statuses)]


def comes(one: Entered, answers: StartAnswers, going: Going) -> bool:
    """Whether an invoice of Xero comes: its customer has to, too.

    Xero's are approved, so that no status comes but the CRM's word for that.
    """
    return answers.bring != "none" and going.goes != "status" and goes(one, answers)


def wanted_names(history: History, answers: StartAnswers) -> set[str]:
    """The organisations of the CRM afterwards."""
    suppliers = {f"Supplier {number}" for number in range(SUPPLIERS)}
    more = {"customers": set(history.customers), "none": set[str]()}
    return {*history.own, *more.get(answers.bring, {*history.customers, *suppliers})}


def test_nothing_of_before_is_touched_and_no_supplier_enters(world: World) -> None:
    """By what Start proposes: the lock date is known, and Xero's history keeps its stamps."""
    history = History()
    entered_in_xero(world, history)
    kept = before(world)
    entered_in_crm(world, history)
    start = world.xt.connections.consent(REDIRECT)
    (offered, *_) = world.xt.connections.consent_answered(allow_access(start.url, NAME))
    world.xt.connections.connect(offered.organisation_id)
    world.xt.connections.accept_terms("Ruth")
    world.xt.mappings.save_defaults()
    world.default_account()
    proposal = world.xt.start.proposal()
    world.xt.start.answer(proposal, "Ruth")
    world.xt.start.advance("all", "Ruth")
    world.sync()

    assert proposed(from_day=LOCKED + timedelta(days=1)) == proposal
    assert kept == before(world)
    assert [] == [name for name in names_here(world) if name.startswith("Supplier")]


def test_no_invoice_is_approved_before_the_release(world: World) -> None:
    """All that arrived are drafts; the release approves what the CRM has approved, no other."""
    history = first_day(world, proposed(), Going())
    drafts = {n: s for n, s in numbers_there(world).items() if n.startswith("C")}
    world.xt.start.answer(replace(world.xt.start.answers(), arrive="as_crm"), "Ada Ledger")
    world.sync()
    there = numbers_there(world)

    assert {"DRAFT"} == set(drafts.values())
    went = [one for one in history.here if goes(one, proposed())]
    assert {one.number: "DRAFT" if one.status == TICKED else "AUTHORISED" for one in went} == {
        number: there[number] for number in drafts
    }
    assert (0, {}) == (world.actions(), world.codes())
    assert world.xt.proof.reconcile().agrees
