"""Undo and people: what they linked, named, paid or share is not taken from under them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation, paid_in_xero
from tests.world import World, connected_world
from xtiger.errors import RunBusy, SettingInvalid
from xtiger.model.setting_keys import run_lease
from xtiger.model.start_answers import StartAnswers


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A connected world without a brake."""
    with connected_world(tmp_path) as made:
        for module in ("Organizations", "Contacts", "Products", "Invoices", "Payments"):
            made.settings(module, brake_share=100)
        yield made


def undo(world: World, *runs: str) -> None:
    """Undo after a pause, and check what holds for every run."""
    world.wait()
    world.xt.undo.run(runs, "a test")
    world.check()


def status(world: World, kind: str) -> list[str]:
    """The statuses of a kind in the sandbox, sorted."""
    return sorted(str(one.get("ContactStatus") or one.get("Status")) for one in world.xero(kind))


def test_a_link_that_a_person_took_away_lets_the_invoice_stay(world: World) -> None:
    """It may belong to another record by now; its contact is needed and stays, too."""
    billed = invoice(world, "I1", organisation(world, "Acme"))
    run = world.sync()
    world.xt.links.unlink("Invoices", billed)

    undo(world, run.id)

    assert (["AUTHORISED"], ["ACTIVE"]) == (status(world, "Invoices"), status(world, "Contacts"))


def test_who_is_billed_stays_with_an_invoice_that_somebody_paid(world: World) -> None:
    """A contact is not archived under an invoice that undo leaves."""
    acme = organisation(world, "Acme")
    billed = invoice(world, "I1", acme)
    run = world.sync()
    paid_in_xero(world, world.xero_id("Invoices", billed), "4")

    undo(world, run.id)

    assert (["AUTHORISED"], ["ACTIVE"]) == (status(world, "Invoices"), status(world, "Contacts"))
    assert [] == world.xt.undo.holds()


def test_what_records_of_the_crm_name_is_not_deleted_there(world: World) -> None:
    """Somebody paid the invoice that a run brought, and billed its customer."""
    theirs = world.sandbox.add("Contacts", {"Name": "Newcomer"})["ContactID"]
    run = world.sync()
    (newcomer,) = [one.ref.id for one in world.host.all("Organizations")]
    billed = invoice(world, "I9", newcomer)

    undo(world, run.id)

    assert [newcomer] == [one.ref.id for one in world.host.all("Organizations")]
    assert newcomer == world.in_crm("Invoices", billed, "account_id")
    assert theirs == world.xero_id("Organizations", newcomer)


def test_a_record_of_the_crm_that_somebody_completed_is_not_deleted(world: World) -> None:
    """In a field that no mapping has, too."""
    world.sandbox.add("Contacts", {"Name": "Newcomer"})
    run = world.sync()
    (newcomer,) = [one.ref.id for one in world.host.all("Organizations")]
    mapping = world.xt.mappings.get("Organizations")
    assert mapping is not None
    mapped = {row.crm for row in mapping.rows}  # a role, or the name of a field without one
    described = next(one for one in world.host.modules() if one.name == "Organizations")
    texts = [one for one in described.fields if one.type in ("text", "longtext") and one.writable]
    free = next(one for one in texts if not {one.name, one.role} & mapped)
    world.host.edit("Organizations", newcomer, **{free.name: "ours"})

    undo(world, run.id)

    assert [newcomer] == [one.ref.id for one in world.host.all("Organizations")]


def test_nothing_is_released_beside_a_sync(world: World) -> None:
    """A run that is under way has read what is held; afterwards it is released."""
    organisation(world, "Acme")
    run = world.sync()
    undo(world, run.id)
    connection_id, store = world.xt.connections.get().id, world.xt.store
    lease = run_lease(connection_id)
    fence = store.acquire_lease(lease, "another", 300, world.clock.now())
    assert fence is not None

    with pytest.raises(RunBusy):
        world.xt.undo.release()
    held = len(world.xt.undo.holds())
    store.release_lease(lease, fence)

    assert (1, 1) == (held, world.xt.undo.release())


def test_a_connection_that_only_reads_is_not_written_by_an_undo(world: World) -> None:
    """The plan says it already; nothing is sent, and nothing is held by the undo."""
    organisation(world, "Acme")
    run = world.sync()
    world.xt.start.answer(StartAnswers(mode="read_only"), "a test")
    world.wait()
    (planned,) = world.xt.undo.plan([run.id]).items

    with pytest.raises(SettingInvalid, match="is only read"):
        undo(world, run.id)

    assert (None, "read_only") == (planned.verb, getattr(planned.cause, "code", ""))
    assert (["ACTIVE"], []) == (status(world, "Contacts"), world.xt.undo.holds())
