"""Claims about the organisation, accounts, tax rates and currencies."""

from __future__ import annotations

from typing import Any

import pytest
import simplejson

from tests.sandbox.client import Client
from tests.sandbox.test_invoices import draft
from xtiger.sandbox import Sandbox


def _put(client: Client, kind: str, body: dict[str, Any]) -> Any:
    answer = client.call("PUT", kind, body)
    assert answer.status_code == 200, answer.text
    return simplejson.loads(answer.text)[kind][0]


def test_organisation_shows_lock_dates_only_when_set(client: Client, sandbox: Sandbox) -> None:
    """A lock date is absent until an accountant sets it."""
    before = client.get("Organisation")["Organisations"][0]
    sandbox.edit("Organisation", client.tenant, {"PeriodLockDate": "2026-03-31"})
    after = client.get("Organisation")["Organisations"][0]

    assert (False, "/Date(1774915200000+0000)/") == (
        "PeriodLockDate" in before,
        after["PeriodLockDate"],
    )


def test_actions_say_what_is_allowed(client: Client) -> None:
    """Multicurrency is allowed in this organisation."""
    rows = client.get("Organisation/Actions")["Actions"]

    assert {"Name": "UseMulticurrency", "Status": "ALLOWED"} in rows


def test_chart_has_what_a_sale_needs(client: Client) -> None:
    """Sales, a bank account, debtors and the tax account are there."""
    rows = {row.get("Code"): row for row in client.get("Accounts")["Accounts"]}

    assert ("REVENUE", "BANK", "DEBTORS", "GST", "ARCHIVED") == (
        rows["200"]["Class"],
        rows["090"]["Type"],
        rows["610"]["SystemAccount"],
        rows["820"]["SystemAccount"],
        rows["215"]["Status"],
    )


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Code": "200", "Name": "New", "Type": "SALES"}, "Please enter a unique Code."),
        ({"Code": "201", "Name": "sales", "Type": "SALES"}, "Please enter a unique Name."),
        ({"Name": "New", "Type": "SALES"}, "An account Code must be given."),
        ({"Code": "201", "Type": "SALES"}, "An account Name must be given."),
        ({"Code": "201", "Name": "New"}, "An account Type must be given."),
        ({"Name": "Till", "Type": "BANK"}, "A bank account needs a BankAccountNumber."),
        ({"Code": "1" * 11, "Name": "N", "Type": "SALES"}, "Code is longer than 10 characters."),
    ],
)
def test_rules_of_accounts(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule refuses the account with its own message."""
    answer = client.call("PUT", "Accounts", fields)

    assert error == (answer.json or {})["Elements"][0]["ValidationErrors"][0]["Message"]


def test_accounts_come_one_at_a_time(client: Client) -> None:
    """Two accounts in one request are refused as a whole."""
    rows = [{"Code": f"30{n}", "Name": f"N{n}", "Type": "SALES"} for n in range(2)]

    assert ["This endpoint takes one element per request."] == client.errors(
        "PUT", "Accounts", *rows
    )


def test_archiving_comes_alone(client: Client) -> None:
    """An account is archived by its status and nothing else beside it."""
    made = _put(client, "Accounts", {"Code": "201", "Name": "New", "Type": "SALES"})
    path = f"Accounts/{made['AccountID']}"
    mixed = client.errors("POST", path, {"Status": "ARCHIVED", "Name": "Newer"})
    alone = client.post(path, {"Status": "ARCHIVED"})[0]

    assert ["An account is archived without any other change in the same request."] == mixed
    assert "ARCHIVED" == alone["Status"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("610", "System accounts cannot be changed or removed."),
        ("200", "The account is in use and cannot be deleted; archive it instead."),
    ],
)
def test_accounts_in_use_are_not_deleted(client: Client, code: str, error: str) -> None:
    """System accounts and accounts on documents stay."""
    client.put("Invoices", draft())
    answer = client.call("DELETE", f"Accounts/{client.account(code)}")

    assert [{"Message": error}] == (answer.json or {})["Elements"][0]["ValidationErrors"]


def test_unused_account_is_deleted(client: Client) -> None:
    """DELETE answers 200 with the account; lists show it no more."""
    answer = client.call("DELETE", f"Accounts/{client.account('850')}")
    codes = [row.get("Code") for row in client.get("Accounts")["Accounts"]]

    assert ("DELETED", False) == ((answer.json or {})["Accounts"][0]["Status"], "850" in codes)


def test_own_tax_rate_computes_its_effective_rate(client: Client) -> None:
    """A compound component applies on top of the others."""
    made = _put(
        client,
        "TaxRates",
        {
            "Name": "Two taxes",
            "ReportTaxType": "OUTPUT",
            "TaxComponents": [
                {"Name": "State", "Rate": 5},
                {"Name": "City", "Rate": 10, "IsCompound": True},
            ],
        },
    )

    assert ("TAX001", 15.5) == (made["TaxType"], made["EffectiveRate"])


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"Name": None}, "A tax rate Name must be given."),
        ({"Name": "no vat"}, "A tax rate with this Name exists already."),
        ({"TaxComponents": None}, "A tax rate needs at least one component."),
        ({"ReportTaxType": None}, "ReportTaxType must be given for this organisation."),
    ],
)
def test_rules_of_tax_rates(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule refuses the tax rate with its own message."""
    rate = {
        "Name": "Mine",
        "ReportTaxType": "OUTPUT",
        "TaxComponents": [{"Name": "A", "Rate": 7}],
    }
    sent = {name: value for name, value in (rate | fields).items() if value is not None}

    assert [error] == client.errors("PUT", "TaxRates", sent)


def test_components_of_a_tax_rate_stay(client: Client) -> None:
    """A component may be added, not renamed; the rate is found by name."""
    rate = {"Name": "Mine", "ReportTaxType": "OUTPUT"}
    first = {"Name": "A", "Rate": 7}
    client.put("TaxRates", rate | {"TaxComponents": [first]})
    renamed = client.errors("POST", "TaxRates", rate | {"TaxComponents": [{"Name": "B"}]})
    added = client.post("TaxRates", rate | {"TaxComponents": [first, {"Name": "B", "Rate": 1}]})

    assert ["Components of a tax rate cannot be removed or renamed."] == renamed
    assert 8 == added[0]["EffectiveRate"]


def test_system_tax_rates_stay(client: Client) -> None:
    """Xero's own rates take no change."""
    assert ["System tax rates cannot be changed."] == client.errors(
        "POST", "TaxRates", {"TaxType": "OUTPUT2", "Name": "Mine"}
    )


def test_archived_tax_rate_refuses_lines(client: Client) -> None:
    """A rate that is not active cannot stand on a new line."""
    made = _put(
        client,
        "TaxRates",
        {"Name": "Old", "ReportTaxType": "OUTPUT", "TaxComponents": [{"Name": "A", "Rate": 7}]},
    )
    client.post("TaxRates", {"TaxType": made["TaxType"], "Status": "ARCHIVED"})
    line = {"Description": "x", "UnitAmount": 1, "AccountCode": "200", "TaxType": "TAX001"}

    assert ["Tax rate must be Active"] == client.errors("PUT", "Invoices", draft(LineItems=[line]))


def test_added_currency_can_be_used(client: Client) -> None:
    """PUT /Currencies subscribes to a currency."""
    _put(client, "Currencies", {"Code": "JPY"})

    assert "JPY" == client.put("Invoices", draft(CurrencyCode="JPY"))[0]["CurrencyCode"]


def test_currencies_of_the_start(client: Client) -> None:
    """A new organisation has pounds, euros and dollars."""
    rows = client.get("Currencies", order="Code DESC")["Currencies"]

    assert ["USD", "GBP", "EUR"] == [row["Code"] for row in rows]
