"""From an empty installation to "Both sides agree": the first day in a browser, no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import visit
from tests.hurried import HurriedClock
from xtiger.demo.database import open_sessions
from xtiger.demo.models import CurrencyRow, Invoice, InvoiceLine, Organization
from xtiger.demo.stage import Stage, set_stage
from xtiger.i18n.language import language

pytestmark = pytest.mark.slow

ORGANISATION = "Second Trading Ltd"
#: More than the first ten records.
CUSTOMERS = 12
#: Presses of Tab after which a control counts as not reachable by the keyboard.
MOST_TABS = 300


def enter_books(home: Path) -> None:
    """A small CRM without flaws, in place of the demo's seed."""
    sessions = open_sessions(home)
    with sessions() as session, session.begin():
        session.add(CurrencyRow(code="GBP"))
        for number in range(CUSTOMERS):
            customer = Organization(name=f"Customer {number}", number=f"A{number}", type="Customer")
            line = InvoiceLine(
                name="Work",
                description="Work",
                quantity=Decimal(1),
                unit_price=Decimal(100),
                tax_name="No VAT",
                tax_percent=Decimal(0),
            )
            today = date.today()  # noqa: DTZ011  (a person's own day)
            session.add(
                Invoice(
                    number=f"INV-{number}",
                    organization=customer,
                    date=today,
                    due_date=today,
                    status="Approved",
                    currency="GBP",
                    lines=[line],
                )
            )
    sessions.kw["bind"].dispose()


class Newcomer:
    """An administrator who sees XTiger for the first time, with a mouse or the keyboard alone."""

    def __init__(self, page: Page, stage: Stage, locale: str, *, keyboard: bool) -> None:
        self.page, self.stage, self.keyboard = page, stage, keyboard
        self.say: Callable[[str], str] = language(locale).translate

    def named(self, role: str, english: str) -> Locator:
        return self.page.get_by_role(role, name=self.say(english)).first  # type: ignore[arg-type]  # a role

    def press(self, english: str, role: str = "button") -> None:
        self.press_on(self.named(role, english))

    def press_on(self, control: Locator) -> None:
        """By a click, or by Tab until it has the focus, and Enter."""
        expect(control).to_be_visible()
        if not self.keyboard:
            control.click()
            return
        self.reach(control)
        self.page.keyboard.press("Enter")

    def reach(self, control: Locator) -> None:
        for _ in range(MOST_TABS):
            if control.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {control}")

    def fill(self, control: Locator, text: str) -> None:
        if not self.keyboard:
            control.fill(text)
            return
        self.reach(control)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, field: str, label: str) -> None:
        control = self.page.locator(f"select[name={field}]")
        if self.keyboard:
            self.reach(control)
            self.page.keyboard.type(label)
        else:
            control.select_option(label=label)

    def must_see(self, english: str) -> None:
        expect(self.page.get_by_text(self.say(english)).first).to_be_visible(timeout=30_000)


def sets_up(one: Newcomer) -> None:
    """All steps of Start, from the app at Xero to the answers."""
    page, sandbox = one.page, one.stage.sandbox
    visit(page, f"{one.stage.crm_url}/xt/")
    one.press("Start", "link")
    one.fill(page.locator("[name=client_id]"), sandbox.client_id)
    one.fill(page.locator("[name=client_secret]"), sandbox.client_secret)
    one.press("Save the app")
    one.press("Connect to Xero", "link")
    choice = page.get_by_label(ORGANISATION)
    if one.keyboard:
        one.reach(page.locator("input[name=tenant]").first)
        page.keyboard.press("ArrowDown")
        expect(choice).to_be_checked()
    else:
        choice.check()
    one.press_on(page.get_by_role("button", name="Allow access"))
    page.wait_for_url("**/xt/**")
    visit(page, f"{one.stage.crm_url}/xt/start")
    one.fill(page.locator("[name=name]"), "Robin Demo")
    one.press("Accept the terms")
    one.press("Save the default mapping")
    one.choose("sales_account", "200 Sales")
    one.choose("charges_account", "200 Sales")
    one.choose("payment_account", "090 Business Bank Account")
    one.press("Save the accounts")
    one.press("Save the answers")


def syncs(one: Newcomer) -> None:
    """The plan, ten records, the rest, and the proof."""
    one.press("What the first sync would do")
    one.must_see("A plan sends nothing: it shows first what a sync would do.")
    visit(one.page, f"{one.stage.crm_url}/xt/start")
    one.press("Send the first ten")
    one.press("They are right: send the rest")
    one.press("Compare both sides")


@contextmanager
def newcomer(
    browser: Browser, home: Path, locale: str, *, keyboard: bool, script: bool
) -> Iterator[Newcomer]:
    enter_books(home)
    with set_stage(
        home, crm_port=0, sandbox_port=0, first_day=True, locale=locale, clock=HurriedClock()
    ) as stage:
        context = browser.new_context(java_script_enabled=script)
        context.set_default_timeout(30_000)
        try:
            yield Newcomer(context.new_page(), stage, locale, keyboard=keyboard)
        finally:
            context.close()


@pytest.mark.parametrize(
    ("locale", "keyboard", "script"),
    [("en", False, True), ("de", False, True), ("de", True, False)],
    ids=["English", "German", "German by keyboard without script"],
)
def test_from_nothing_to_agreement(
    browser: Browser, tmp_path: Path, locale: str, keyboard: bool, script: bool
) -> None:
    """Each step by what the pages offer; at the end both sides agree, and all are drafts."""
    with newcomer(browser, tmp_path, locale, keyboard=keyboard, script=script) as one:
        sets_up(one)
        syncs(one)
        agreed = language(locale).counted(
            "Both sides agree: {count} record, 0 differences.",
            "Both sides agree: {count} records, 0 differences.",
            2 * CUSTOMERS,
        )
        expect(one.page.get_by_text(agreed).first).to_be_visible()
        sent = [
            raw["Status"]
            for organisation, name in one.stage.sandbox.organisations()
            if name == ORGANISATION
            for raw in one.stage.sandbox.table("Invoices", organisation)
        ]

    assert ["DRAFT"] * CUSTOMERS == sent
