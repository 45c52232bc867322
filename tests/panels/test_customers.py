"""The rows of how an invoice reached its customer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xtiger.i18n.language import language
from xtiger.model.customers.deliveries import Delivery
from xtiger.panels.customers import delivery_rows

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://in.xero.com/a1", "https://in.xero.com/a1"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
    ],
)
def test_an_online_address_is_followed_only_where_it_is_one(address: str, link: str) -> None:
    """What Xero answers is shown; a browser follows it only when it leads to a site."""
    (row,) = delivery_rows(Delivery("a1", online_url=address), NOW, language("en"))

    assert (address, link) == (row.value, row.link)
