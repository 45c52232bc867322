"""Rules that answers of a real Xero taught: small, and each with the answer that showed it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xtiger.errors import UnreadableAnswer
from xtiger.mapping.request_elements import element
from xtiger.mapping.xero_schema import ElementReader
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.rules.taxes import CrmTax, TaxTable, find_tax

VAT = TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20), classes=frozenset({"REVENUE"}))


def test_an_element_that_was_not_saved_has_no_id() -> None:
    """The all-zero id of the answer to POST /Contacts is never linked to anything."""
    raw = {"ContactID": "00000000-0000-0000-0000-000000000000", "Name": "Bruce Banner"}

    with pytest.raises(UnreadableAnswer, match="ContactID is missing"):
        ElementReader("Contact").load(raw)


def test_an_item_is_changed_with_its_code() -> None:
    """Xero's document requires the code of an item in every request, the id or not."""
    before = ElementReader("Item").load({"ItemID": "1", "Code": "ANV-20", "Name": "Anvil"})

    assert {"Name": "Anvil 20kg", "Code": "ANV-20"} == element(
        {"Name": "Anvil 20kg"}, before=before
    )


@pytest.mark.parametrize("tax_map", [{}, {"VAT|20": "OUTPUT2"}])
def test_an_account_without_a_class_takes_the_taxes_of_revenue(tax_map: dict[str, str]) -> None:
    """GET /Accounts lists accounts without Class; a sale on one still finds its tax."""
    account = Account("1", "200", "Sales", "REVENUE", "")

    found = find_tax(
        [CrmTax("VAT", Decimal(20))], TaxTable([VAT], tax_map), account, line=1, group=False
    )

    assert VAT == found
