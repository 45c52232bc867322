"""The sandbox's own tables beside what was collected of Xero's, where that is present."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.openapi import contract_folder
from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.lists import chart, countries, organisation
from xtiger.sandbox.accounting.lists.countries import CountryName


def _collected(name: str) -> Any:
    folder = contract_folder()
    if folder is None:
        pytest.skip("Xero's published tables are not present")
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _own_words(name: str) -> bool:
    """Ours, or told by others without having been collected."""
    return name.startswith(("OWN_", "QUOTED_"))


MESSAGES = {
    name: value
    for name, value in vars(messages).items()
    if name.isupper() and isinstance(value, str)
}


@pytest.mark.parametrize("name", [name for name in MESSAGES if not _own_words(name)])
def test_message_is_xeros_own(name: str) -> None:
    """Each text that claims to be Xero's is collected, letter by letter; reported ones say so."""
    grades = {row["message"]: row["confidence"] for row in _collected("error_messages.json")}

    assert (name in messages.REPORTED) == (grades[MESSAGES[name]] != "A")


def test_own_words_do_not_pose_as_xeros() -> None:
    """A text of ours is none that was collected: it would belong to the other half."""
    collected = {row["message"] for row in _collected("error_messages.json")}

    assert set() == {value for name, value in MESSAGES.items() if _own_words(name)} & collected


@pytest.mark.parametrize("name", countries.names())
def test_tax_rates_are_as_published(name: CountryName) -> None:
    """Types, names and classes of a country's rates are those of Xero's list, none left out."""
    published = _collected("default_tax_rates.json")["rates"]
    rows = published["CA_base" if name == "CA" else name]
    own = [
        {
            "TaxType": rate["TaxType"],
            "Name": rate["Name"],
            **{
                name: rate[f"CanApplyTo{name}"]
                for name in ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
            },
        }
        for rate in countries.tax_rates(name)
    ]

    assert rows == own


@pytest.mark.parametrize(
    ("field", "enum"),
    [
        ("SystemAccount", "Account.SystemAccount"),
        ("Type", "AccountType"),
        ("Class", "Account.Class"),
    ],
)
@pytest.mark.parametrize("name", countries.names())
def test_accounts_use_known_values(name: CountryName, field: str, enum: str) -> None:
    """Types, classes and system accounts of the chart are Xero's."""
    rows = chart.accounts(name, countries.country(name).currency)
    used = {row[field] for row in rows if field in row}

    assert set() == used - set(_collected("accounting_enums.json")[enum])


@pytest.mark.parametrize(
    ("field", "enum"),
    [
        ("Version", "Organisation.Version"),
        ("CountryCode", "CountryCode"),
        ("Timezone", "TimeZone"),
        ("SalesTaxBasis", "Organisation.SalesTaxBasis"),
        ("SalesTaxPeriod", "Organisation.SalesTaxPeriod"),
    ],
)
@pytest.mark.parametrize("currency", sorted(chart.CURRENCIES))
def test_organisations_use_known_values(currency: str, field: str, enum: str) -> None:
    """What an organisation of any country says of itself is in Xero's lists."""
    homes = [countries.country(name, currency) for name in countries.names()]
    used = {organisation.fresh("id", "Name", home, currency)[field] for home in homes}

    assert set() == used - set(_collected("accounting_enums.json")[enum])


def test_report_types_are_known() -> None:
    """Each rate reports to a line of the return that Xero's list knows."""
    known = _collected("accounting_enums.json")["TaxRate.ReportTaxType"]
    used = {rate[3] for rates in countries.RATES.values() for rate in rates}

    assert set() == used - set(known)


@pytest.mark.parametrize("name", countries.names())
def test_account_takes_its_own_tax_type(name: CountryName) -> None:
    """The default tax of each account may be used with the account's class."""
    rates = {rate["TaxType"]: rate for rate in countries.tax_rates(name)}
    wrong = [
        account["Code"]
        for account in chart.accounts(name, countries.country(name).currency)
        if not rates[account["TaxType"]][countries.CAN_APPLY[account["Class"]]]
    ]

    assert [] == wrong
