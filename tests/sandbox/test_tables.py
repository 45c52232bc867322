"""The sandbox's own tables beside what was collected of Xero's, where that is present."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.openapi import contract_folder
from xtiger.sandbox import chart, messages


def _collected(name: str) -> Any:
    folder = contract_folder()
    if folder is None:
        pytest.skip("Xero's published tables are not present")
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _own_words(name: str) -> bool:
    return name.startswith("OWN_")


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


@pytest.mark.parametrize("rate", chart.tax_rates(), ids=lambda rate: rate["TaxType"])
def test_tax_rate_is_as_published(rate: dict[str, Any]) -> None:
    """Name and classes of each UK rate are those of Xero's list."""
    published = {
        row["TaxType"]: row for row in _collected("default_tax_rates.json")["rates"]["UK"]
    }[rate["TaxType"]]

    assert published == {
        "TaxType": rate["TaxType"],
        "Name": rate["Name"],
        **{
            name: rate[f"CanApplyTo{name}"]
            for name in ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
        },
    }


@pytest.mark.parametrize(
    ("field", "enum"),
    [
        ("SystemAccount", "Account.SystemAccount"),
        ("Type", "AccountType"),
        ("Class", "Account.Class"),
    ],
)
def test_accounts_use_known_values(field: str, enum: str) -> None:
    """Types, classes and system accounts of the chart are Xero's."""
    used = {row[field] for row in chart.accounts() if field in row}

    assert set() == used - set(_collected("accounting_enums.json")[enum])


def test_account_takes_its_own_tax_type() -> None:
    """The default tax of each account may be used with the account's class."""
    rates = {rate["TaxType"]: rate for rate in chart.tax_rates()}
    wrong = [
        account["Code"]
        for account in chart.accounts()
        if not rates[account["TaxType"]][chart.CAN_APPLY[account["Class"]]]
    ]

    assert [] == wrong
