"""Channels: what is changed in thousands keeps nothing else waiting."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests.xtiger_queue.context import SmallContext, statements
from tests.xtiger_queue.test_cli import run
from tests.xtiger_queue.test_store import add, claim, everything
from xtiger.errors import NeedsPerson
from xtiger_queue import channels, store
from xtiger_queue.migrations.versions import q0008_channels, q0010_askers


@pytest.mark.feature("F138")
def test_a_flood_of_one_module_starves_no_other(either: SmallContext) -> None:
    """A hundred organisations and one invoice: the invoice goes in the first round."""
    add(either, *(("Organizations", str(number)) for number in range(100)))
    add(either, ("Invoices", "7"))
    first = claim(either, limit=1_000)

    assert 51 == len(first)
    assert "Invoices 7" == first[-1]


def test_a_flood_of_one_organisation_starves_no_other(either: SmallContext) -> None:
    """Where a round is not enough for all, the first of each channel goes before the second."""
    add(either, *(("Organizations", str(number)) for number in range(100)))
    add(either, ("Organizations", "7"), to="c2")
    claimed = claim(either, limit=10, connections=("c1", "c2"))

    assert 10 == len(claimed)
    assert [("c2", "7")] == [
        (job.key.connection_id, job.key.crm_id)
        for job in everything(either)
        if job.state == "running" and job.key.connection_id == "c2"
    ]


def test_a_channel_has_a_capacity_of_its_own(either: SmallContext) -> None:
    """Set for one module, the others keep theirs."""
    add(either, *(("Organizations", str(number)) for number in range(5)))
    add(either, *(("Invoices", str(number)) for number in range(5)))
    with store.begin(either) as database:
        channels.set_capacity(database, "c1", "Organizations", 2)

    assert 2 + 5 == len(claim(either, limit=1_000))


@pytest.mark.parametrize("capacity", [0, -1, 501])
def test_a_capacity_that_cannot_be_is_refused(context: SmallContext, capacity: int) -> None:
    """None would keep its records for ever."""
    with store.begin(context) as database, pytest.raises(NeedsPerson, match="from 1 to 500"):
        channels.set_capacity(database, "c1", "Invoices", capacity)


def test_channels_are_listed_and_set_by_command(context: SmallContext) -> None:
    """With what waits in each; in two statements however many wait."""
    add(context, *(("Invoices", str(number)) for number in range(60)))
    said = run(context, "channel", "set", "invoices", "9").output
    with statements(context) as found:
        listed = json.loads(run(context, "channel", "list", "--json").output)["channels"]
    invoices = next(one for one in listed if one["module"] == "Invoices")

    assert "Invoices of Demo Company: at most 9 jobs in one round.\n" == said
    assert (9, 60, 0) == (invoices["capacity"], invoices["waiting"], invoices["held"])
    assert len(found) == 2
    assert "Demo Company" in run(context, "channel", "list").output
    assert "no module" in str(run(context, "channel", "set", "Nothing", "9").exception)


def test_jobs_of_before_go_in_the_usual_order(context: SmallContext) -> None:
    """An installation of before has neither priorities nor channels: nothing is lost."""
    with context.raw.writing() as db, Operations.context(MigrationContext.configure(db)):
        q0008_channels.downgrade()
        old = sa.Table("xt_queue_job", sa.MetaData(), autoload_with=db)
        values = {one.name: "" for one in old.columns if isinstance(one.type, sa.Text)}
        values |= {"module": "Invoices", "crm_id": "1", "connection_id": "c1", "reason": "save"}
        numbers = dict.fromkeys(("generation", "taken", "tries", "company"), 1)
        moments = dict.fromkeys(("due_at", "created_at", "wished_at"), context.now())
        row = {**values, **numbers, **moments, "state": "waiting", "holder": None}
        db.execute(old.insert().values(row | {"claimed_until": None}))
        q0008_channels.upgrade()

    assert [("Invoices", 0)] == [(job.key.module, job.priority) for job in everything(context)]
    assert ["Invoices 1"] == claim(context)


def test_jobs_of_before_were_asked_by_nobody(context: SmallContext) -> None:
    """What waits in an installation of before goes on, in nobody's name."""
    add(context, ("Invoices", "1"))
    with context.raw.writing() as db, Operations.context(MigrationContext.configure(db)):
        q0010_askers.downgrade()
        q0010_askers.upgrade()

    assert [("1", "")] == [(job.key.crm_id, job.asked_by) for job in everything(context)]
