"""A save in the demo CRM's own form reaches Xero by itself: browser, CRM, worker, sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo.conftest import form_of
from tests.hurried import HurriedClock
from xtiger.demo.sender import telling
from xtiger.demo.stage import Stage, set_stage
from xtiger.demo.story import ORGANISATION, set_up
from xtiger.demo.visitor import connect_in_crm
from xtiger.services.worker import worker_of

#: Far more than it takes; the worker looks every second.
PATIENCE_SECONDS = 30


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The demo as `xtiger demo` runs it, connected, with its worker and without a first sync."""
    with set_stage(tmp_path, crm_port=0, sandbox_port=0, clock=HurriedClock()) as found:
        connect_in_crm(found.crm_url, ORGANISATION)
        set_up(found, lambda _line: None)
        worker = worker_of(found.xt)
        worker.poll_seconds = 1.0
        worker.start()
        try:
            yield found
        finally:
            worker.stop()


def _named(stage: Stage, name: str) -> list[Any]:
    return [raw for raw in stage.sandbox.table("Contacts") if raw["Name"] == name]


def _paid(stage: Stage, number: str) -> list[Any]:
    """The amounts of the payments that Xero has of an invoice."""
    found = {
        raw["InvoiceID"]
        for raw in stage.sandbox.table("Invoices")
        if raw["InvoiceNumber"] == number
    }
    payments = stage.sandbox.table("Payments")
    return [raw["Amount"] for raw in payments if raw["InvoiceID"] in found]


def _soon(true: Callable[[], Any]) -> bool:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(true())


@pytest.mark.slow
@pytest.mark.feature("F072")
def test_what_is_saved_in_the_form_arrives_in_xero(stage: Stage) -> None:
    """New, then edited; nobody presses Sync, and the record's page shows that both agree."""
    with requests.Session() as browser:
        address = f"{stage.crm_url}/organizations/new"
        fields = form_of(browser.get(address, timeout=30).text)
        saved = browser.post(address, data={**fields, "name": "Kea Beak Ltd"}, timeout=30)
        came = _soon(lambda: _named(stage, "Kea Beak Ltd"))
        edited = {**form_of(saved.text), "email": "kea@example.test"}
        browser.post(saved.url, data=edited, timeout=30)
        followed = _soon(lambda: _named(stage, "Kea Beak Ltd")[0].get("EmailAddress"))
        in_step = _soon(lambda: "In step with Xero" in browser.get(saved.url, timeout=30).text)

    assert (200, True, True, True) == (saved.status_code, came, followed, in_step)
    assert 1 == len(_named(stage, "Kea Beak Ltd"))
    assert {"save"} == {run.trigger for run in stage.xt.sync.runs()}


@pytest.mark.slow
@pytest.mark.feature("F072")
def test_a_payment_entered_in_the_form_brings_its_invoice_along(stage: Stage) -> None:
    """Nothing was synced yet: customer, goods and invoice go first, then the money."""
    with requests.Session() as browser:
        invoice = f"{stage.crm_url}/invoices/150"
        approved = {**form_of(browser.get(invoice, timeout=30).text), "status": "Approved"}
        browser.post(invoice, data=approved, timeout=30)
        address = f"{stage.crm_url}/payments/new?invoice=150"
        fields = form_of(browser.get(address, timeout=30).text)
        data = {**fields, "amount": "100.00", "date": "2026-11-21"}
        saved = browser.post(f"{stage.crm_url}/payments/new", data=data, timeout=30)
        came = _soon(lambda: _paid(stage, "INV-0150"))
        in_step = _soon(lambda: "In step with Xero" in browser.get(saved.url, timeout=30).text)

    assert (200, True, True) == (saved.status_code, came, in_step)
    assert [100] == _paid(stage, "INV-0150")


@pytest.mark.slow
def test_the_demos_crm_hears_of_what_changes_in_xero(stage: Stage) -> None:
    """It passes Xero's check of signatures; before the first sync what came waits."""
    with telling(stage.sandbox, stage.crm_url):
        webhooks, client_id = stage.sandbox.webhooks, stage.sandbox.client_id
        passed = _soon(lambda: getattr(webhooks.subscription(client_id), "status", "") == "ok")
        stage.sandbox.add("Contacts", {"Name": "Kea Beak Ltd"})
        heard = _soon(lambda: stage.xt.webhooks.states()[0].waiting)

    assert (True, True) == (passed, heard)


@pytest.mark.feature("F042")
def test_a_won_quote_is_an_invoice_in_xero(stage: Stage) -> None:
    """One press in the CRM: the invoice with its lines is there, and soon in Xero, once."""
    with requests.Session() as browser:
        page = browser.get(f"{stage.crm_url}/quotes", timeout=30).text
        form = form_of(page)
        pressed = browser.post(f"{stage.crm_url}/quotes/1/won", data=form, timeout=30)
        again = browser.post(f"{stage.crm_url}/quotes/1/won", data=form, timeout=30)

    assert "Q-001 is won, and its invoice is made." in pressed.text
    assert pressed.url == again.url
    assert _soon(
        lambda: any(raw["InvoiceNumber"] == "INV-Q-001" for raw in stage.sandbox.table("Invoices"))
    )
    (there,) = [r for r in stage.sandbox.table("Invoices") if r["InvoiceNumber"] == "INV-Q-001"]
    assert 2 == len(there["LineItems"])
