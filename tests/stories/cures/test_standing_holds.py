"""A standing hold costs few calls: its list is read at once only when it is new or asked for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.stories.sync.people import invoice, line, organisation
from tests.world import World


@pytest.fixture
def held(world: World) -> str:
    """An invoice held by a tax rate that Xero lacks."""
    lines = [line(tax_percent=Decimal(19), tax_name="VAT 19 %")]
    bill = invoice(world, "I1", organisation(world, "Acme"), lines)
    world.xt.sync.run(trigger="schedule")
    world.wait()
    world.xt.sync.run(trigger="schedule")
    return bill


def _reads(world: World) -> int:
    calls = world.sandbox.calls()
    return len([one for one in calls if one.method == "GET" and "TaxRates" in one.path])


def test_a_standing_hold_reads_its_list_once_in_ten_minutes(world: World, held: str) -> None:
    """Twelve syncs in an hour of a schedule: the list is read at most six times."""
    before, runs = _reads(world), 24
    for _ in range(runs):
        world.wait(150)
        world.xt.sync.run(trigger="schedule")

    read = _reads(world) - before

    assert 5 <= read <= 7
    assert "held" == world.outcome("Invoices", held).result


def test_a_new_hold_reads_the_list_at_once(world: World, held: str) -> None:
    """A second invoice with another rate that was made in Xero a moment ago goes at once."""
    world.sandbox.add(
        "TaxRates",
        {
            "Name": "VAT 7 %",
            "ReportTaxType": "OUTPUT",
            "TaxComponents": [{"Name": "VAT", "Rate": "7"}],
        },
    )
    lines = [line(tax_percent=Decimal(7), tax_name="VAT 7 %")]
    other = invoice(world, "I2", organisation(world, "Bell"), lines)
    world.wait(60)

    world.xt.sync.run(trigger="schedule")

    assert "created" == world.outcome("Invoices", other).result


def test_a_person_who_asks_has_the_list_read_at_once(world: World, held: str) -> None:
    """Made in Xero right after a sync by itself: the button sends it."""
    world.sandbox.add(
        "TaxRates",
        {
            "Name": "VAT 19 %",
            "ReportTaxType": "OUTPUT",
            "TaxComponents": [{"Name": "VAT", "Rate": "19"}],
        },
    )

    world.xt.sync.records("Invoices", [held], trigger="person")

    assert "created" == world.outcome("Invoices", held).result
