"""How invoices reached their customers, as the store keeps it."""

from __future__ import annotations

from tests.db.samples import NOW, later
from xtiger.db.store import SqlStore
from xtiger.model.customers.deliveries import Delivery


def test_each_value_is_set_for_itself(store: SqlStore) -> None:
    """The others stay as they are."""
    store.change_delivery("c1", "i1", online_url="https://in.xero.com/x")
    store.change_delivery("c1", "i1", looked_at=NOW, sent_times=2)
    found = store.deliveries("c1", ["i1", "i2"])
    wanted = Delivery("i1", online_url="https://in.xero.com/x", looked_at=NOW, sent_times=2)

    assert ({"i1": wanted}, {}) == (found, store.deliveries("c2", ["i1"]))


def test_a_sending_is_claimed_by_one_alone(store: SqlStore) -> None:
    """A second claim for the same time gets none, before and after the first ended."""
    first = store.claim_sending("c1", "i1", 0, NOW)
    second = store.claim_sending("c1", "i1", 0, NOW)
    store.change_delivery("c1", "i1", sending="done", sent_times=1, sent_at=later(1))

    assert first == Delivery("i1", sending="trying", sent_at=NOW)
    assert (None, None) == (second, store.claim_sending("c1", "i1", 0, NOW))
    assert store.claim_sending("c1", "i1", 1, NOW) is not None
