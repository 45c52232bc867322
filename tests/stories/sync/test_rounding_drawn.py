"""Drawn invoices whose prices are edited in the CRM: equal to the cent once more."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests.stories.sync.drawn_invoices import draw, with_fine_lines
from tests.stories.sync.oracle import as_decimal, in_cents, total_of
from tests.stories.sync.people import invoice, organisation
from tests.stories.sync.test_oracle import combine
from tests.world import make_world
from xtiger.model.records import Arithmetic

COUNT = 20
SEED = 13


@pytest.mark.parametrize("arithmetic", ["none", "document"])
def test_drawn_invoices_follow_an_edit_of_a_price(tmp_path: Path, arithmetic: Arithmetic) -> None:
    """None is held, none is a cent apart, and nothing is sent a second time."""
    random, modules = Random(SEED), with_fine_lines()
    with make_world(tmp_path, arithmetic=arithmetic, modules=modules) as world:
        combine(world)
        world.connect()
        world.default_account()
        kea, wanted = organisation(world, "Kea"), dict[str, Fraction]()
        for number in range(COUNT):
            one = draw(random, "realistic", arithmetic)
            said = as_decimal(one.total)
            wanted[invoice(world, f"I{number}", kea, one.lines, total=said)] = one.total
        world.settings("Invoices", brake_share=100)
        world.sync()

        for crm_id in wanted:
            rows = [dict(one) for one in world.host.record("Invoices", crm_id).lines]
            rows[0]["listprice"] += Decimal("0.01") * random.randint(1, 99)
            world.host.edit_lines("Invoices", crm_id, rows)
            wanted[crm_id] = total_of(rows, arithmetic)
            world.host.edit("Invoices", crm_id, total=as_decimal(wanted[crm_id]))
        world.sync()

        for crm_id, total in wanted.items():
            assert in_cents(total) == Fraction(world.in_xero("Invoices", crm_id)["Total"])
        assert (0, []) == (world.actions(), world.xt.proof.differences())
