"""Last seen copies."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.db.samples import MANY, NOW, counted, later
from xtiger.db.store import SqlStore
from xtiger.model.links import Shadow


def test_a_shadow_comes_back_whole(store: SqlStore) -> None:
    """The last one seen, with its types, for its side and type only."""
    payload = {"Total": Decimal("1.10"), "Lines": [{"Quantity": 2}], "Gone": None, "on": NOW}
    last = Shadow("xero", "Invoice", "i1", payload, later(1))
    store.save_shadows("c1", [Shadow("xero", "Invoice", "i1", {}, NOW)])
    store.save_shadows("c1", [last, Shadow("crm", "Invoice", "i1", {}, NOW)])

    assert {"i1": last} == store.shadows("c1", "xero", "Invoice")


def test_text_that_no_database_takes_is_kept_in_a_shadow(store: SqlStore) -> None:
    """A NUL and half an emoji come back as they were."""
    shadow = Shadow("crm", "Organizations", "1", {"name": "a\x00b\ud83d", "n": Decimal(1)}, NOW)
    store.save_shadows("c1", [shadow])

    assert {"1": shadow} == store.shadows("c1", "crm", "Organizations")


@pytest.mark.slow
def test_many_shadows_take_a_few_statements(store: SqlStore) -> None:
    """Written in one statement, again in one, read by id 5,000 at a time."""
    shadows = [Shadow("xero", "Item", str(n), {"n": n}, NOW) for n in range(MANY)]
    with counted(store.engine) as sent:
        store.save_shadows("c1", shadows)
        store.save_shadows("c1", shadows)
        found = store.shadows("c1", "xero", "Item", map(str, range(MANY)))

    assert (MANY, True) == (len(found), len(sent) <= 7 + MANY // 5_000)
