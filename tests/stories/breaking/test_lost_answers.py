"""After an answer that never came, only what is really ours counts as arrived."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import product
from tests.world import World
from xtiger.xero.organisations import XeroOrganisation


def test_an_item_that_somebody_made_meanwhile_is_not_taken_for_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our create fails unheard while a person makes the code: the product is held, not linked."""
    own = product(world, "P1", unit_price=Decimal(5))
    real = XeroOrganisation.send
    sent: list[object] = []

    def send(self: XeroOrganisation, request: Any) -> Any:
        if not sent:
            sent.append(request)
            world.sandbox.add("Items", {"Code": "P1", "SalesDetails": {"UnitPrice": Decimal(9)}})
            world.sandbox.fault("status", status=500, path="/api.xro/2.0/Items", method="PUT")
        return real(self, request)

    monkeypatch.setattr(XeroOrganisation, "send", send)

    world.sync()

    outcome = world.outcome("Products", own)
    assert ("held", "code_taken") == (outcome.result, outcome.cause and outcome.cause.code)


def test_an_item_whose_answer_was_lost_is_linked_and_not_made_twice(world: World) -> None:
    """The item arrived with all that was sent, so it is ours."""
    own = product(
        world, "P1", unit_price=Decimal("5.1250"), description="  two\nlines ", sales_account="200"
    )
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Items", method="PUT")

    world.sync()

    assert "created" == world.outcome("Products", own).result
    assert 1 == len(world.xero("Items"))
