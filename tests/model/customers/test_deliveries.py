"""How an invoice reached its customer, as data."""

from __future__ import annotations

from xtiger.model.customers.deliveries import Delivery


def test_of_a_new_one_nothing_is_known() -> None:
    """No address, nothing sent, and nothing on its way."""
    found = Delivery("i")

    assert ("", 0, "", None) == (
        found.online_url,
        found.sent_times,
        found.sending,
        found.opened_at,
    )
