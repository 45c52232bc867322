"""Erasing a firm whose name is a word of the trade takes nothing of other records with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from tests.stories.sync.people import invoice, organisation
from tests.world import World, connected_world
from xtiger.db import tables


def rows(world: World) -> dict[str, list[str]]:
    """The log, undo's values and what is agreed on, as they stand."""
    with world.xt.store.engine.connect() as db:
        return {
            one.name: [str(row) for row in db.execute(select(one))]
            for one in (tables.outcome, tables.image, tables.before_image, tables.intent)
        }


@pytest.mark.parametrize(
    ("name", "about"),
    [
        *[(one, one) for one in ("Invoice", "Total", "Date", "Invoice Number", "Approved")],
        ("Green Garden", "Work"),
    ],
)
def test_rows_of_others_stay(tmp_path: Path, name: str, about: str) -> None:
    """Its own rows go; of invoices and of a firm with a longer name every row is as before."""
    with connected_world(tmp_path) as world:
        other = organisation(world, f"{name} Kings", email1="office@kings.example")
        billed = invoice(world, "INV-1", other, subject=f"{about} of March")
        world.sync()
        world.host.edit("Invoices", billed, subject=f"{about} of April")
        world.host.edit("Organizations", other, phone="021 555 1111", accountname=f"{name} Queens")
        world.sync()
        before = rows(world)
        firm = organisation(world, name, email1="books@firm.example")
        world.sync()
        world.xt.privacy.erase(f"Organizations:{firm}", name, "an administrator")
        after = rows(world)

        assert all(before.values())
        assert {} == {
            table: lost for table, kept in before.items() if (lost := set(kept) - set(after[table]))
        }
        assert "books@firm.example" not in str(after)
        assert world.xt.store.broken_audit_row() is None
