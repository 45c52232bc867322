"""What changes in Xero reaches the CRM's own code by a cursor, without a call of its own."""

from __future__ import annotations

from contextlib import closing
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import text

from tests.commands import commands_on
from tests.db.later import turn_back
from tests.db.samples import counted
from tests.stories.sync.people import invoice, organisation, product
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.world import REDIRECT, World
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.errors import ChangesCursorInvalid, NeedsPerson
from xtiger.model.outside.xero_changes import XeroChange


def followed(xt: XTiger, since: str | None = None, **asked: Any) -> tuple[list[XeroChange], str]:
    """All that changed since, page by page, and the cursor that is kept."""
    found: list[XeroChange] = []
    while True:
        page = xt.changes(since, **asked)
        found += page.changes
        since = page.cursor
        if not page.more:
            return found, since


@pytest.mark.feature("F121")
def test_an_edit_in_xero_comes_once_after_the_sync_that_read_it(world: World) -> None:
    """First all that is kept, then what was edited, as Xero has it; no call is made for it."""
    firm = organisation(world, "Acme")
    bill = invoice(world, "I1", firm)
    world.sync()
    calls = world.calls()
    first, cursor = followed(world.xt)
    xero_id = world.xero_id("Organizations", firm)
    world.sandbox.edit("Contacts", xero_id, {"Name": "Acme Ltd"})
    none, cursor = followed(world.xt, cursor)

    assert calls == world.calls()
    world.sync()
    edited, cursor = followed(world.xt, cursor)
    # Xero names the contact on its invoices, too.
    edited = [one for one in edited if one.kind == "Contact"]
    again, _ = followed(world.xt, cursor)

    assert {("Contact", xero_id), ("Invoice", world.xero_id("Invoices", bill))} == {
        (one.kind, one.xero_id) for one in first
    }
    assert ([], []) == (none, again)
    assert [("Contact", xero_id, "Acme Ltd", False)] == [
        (one.kind, one.xero_id, one.record["Name"], one.is_gone) for one in edited
    ]


@pytest.mark.feature("F121")
def test_what_is_voided_archived_or_deleted_is_a_change(world: World) -> None:
    """A status that says so, and an item that left Xero's list without a trace."""
    firm, goods = organisation(world, "Acme"), product(world, "P1")
    bill = invoice(world, "I1", firm)
    world.sync()
    _, cursor = followed(world.xt)
    ids = {
        "Invoice": world.xero_id("Invoices", bill),
        "Item": world.xero_id("Products", goods),
        "Contact": world.xero_id("Organizations", firm),
    }
    world.sandbox.edit("Invoices", ids["Invoice"], {"Status": "VOIDED"})
    world.sandbox.edit("Contacts", ids["Contact"], {"ContactStatus": "ARCHIVED"})
    removed_from_the_sandbox(world, "Items", ids["Item"])
    world.sync(full=True)
    found, _ = followed(world.xt, cursor)

    assert {(kind, xero_id, True) for kind, xero_id in ids.items()} == {
        (one.kind, one.xero_id, one.is_gone) for one in found
    }


@pytest.mark.feature("F121")
def test_a_cursor_goes_on_in_another_process(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the command line, page by page, with the kinds that it was begun with."""
    firms = [organisation(world, f"Firm {n}") for n in range(3)]
    product(world, "P1")
    world.sync()
    typed = commands_on(world, monkeypatch, capsys)
    one = typed("changes", "--kinds", "contact", "--limit", "2", "--json").json
    two = typed("changes", "--since", one["cursor"], "--json").json
    end = typed("changes", "--since", two["cursor"])
    shown = typed("changes", "--kinds", "Item")
    other = typed("changes", "--since", two["cursor"], "--kinds", "Item")

    assert (2, True, 1, False) == (
        *(len(one["changes"]), one["more"]),
        *(len(two["changes"]), two["more"]),
    )
    given = [change["record"]["Name"] for change in [*one["changes"], *two["changes"]]]
    assert [f"Firm {n}" for n, _ in enumerate(firms)] == sorted(given)
    assert (0, True) == (end.code, end.out.startswith("Nothing changed.\nCursor: 1."))
    assert (True, True) == ("P1" in shown.out, "Firm" not in shown.out)
    assert (3, True) == (other.code, "of the kinds Contact. Use the same kinds" in other.err)


@pytest.mark.feature("F121")
def test_nothing_is_lost_while_a_sync_writes(world: World) -> None:
    """A reader with a store of its own follows all through: it ends with what Xero has."""
    for number in range(60):
        world.sandbox.add("Contacts", {"Name": f"Theirs {number}"})
    ended, seen = Event(), dict[str, str]()

    def follow() -> None:
        with closing(XTiger(world.host, settings=world.xt.settings, clock=world.clock)) as own:
            cursor, last = None, False
            while not last:
                last = ended.is_set()
                found, cursor = followed(own, cursor, kinds=["Contact"], limit=7)
                seen.update({one.xero_id: str(one.record["Name"]) for one in found})

    reader = Thread(target=follow)
    reader.start()
    try:
        for turn in range(3):
            for raw in world.xero("Contacts")[turn * 8 : turn * 8 + 9]:
                world.sandbox.edit("Contacts", raw["ContactID"], {"Name": f"{raw['Name']}!"})
            world.sync()
    finally:
        ended.set()
        reader.join(60)

    assert 60 == len(seen)
    assert {raw["ContactID"]: raw["Name"] for raw in world.xero("Contacts")} == seen


def test_each_organisation_has_a_cursor_of_its_own(world: World) -> None:
    """That of one gives nothing of another; of none that is not there."""
    organisation(world, "Acme")
    world.sync()
    _, cursor = followed(world.xt)
    (own,) = world.xt.connections.all()
    world.sandbox.add_organisation("Second Ltd")
    start = world.xt.connections.consent(REDIRECT)
    offered = world.xt.connections.consent_answered(allow_access(start.url, "Second Ltd"))
    wanted = next(one.organisation_id for one in offered if one.name == "Second Ltd")
    first, second = own, world.xt.connections.connect(wanted)

    mine, _ = followed(world.xt, connection_id=first.id)
    assert {first.id} == {one.connection_id for one in mine}
    assert ([], []) == (
        followed(world.xt, cursor)[0],
        followed(world.xt, connection_id=second.id)[0],
    )
    with pytest.raises(ChangesCursorInvalid, match=r"of another organisation. Use one cursor"):
        world.xt.changes(cursor, connection_id=second.id)
    with pytest.raises(NeedsPerson, match="There is no connection"):
        world.xt.changes("1.1..nosuch")


def test_a_cursor_of_a_store_that_was_set_back_is_refused(world: World) -> None:
    """It would pass over what gets the same numbers once more."""
    organisation(world, "Acme")
    world.sync()
    connection = world.xt.connections.get().id

    with pytest.raises(ChangesCursorInvalid, match=r"set back. Begin again without a cursor"):
        world.xt.changes(f"1.99..{connection}")


def test_a_page_takes_a_fixed_number_of_statements(world: World) -> None:
    """Eleven where 90 records get their numbers, four where nothing changed."""
    for number in range(90):
        world.sandbox.add("Contacts", {"Name": f"Theirs {number}"})
    world.sync()
    with counted(world.xt.store.engine) as many:
        found = world.xt.changes(kinds=["Contact"]).changes
    with counted(world.xt.store.engine) as none:
        world.xt.changes(kinds=["Contact"])

    assert (90, True, True) == (len(found), len(many) <= 11, len(none) <= 4)


def test_a_store_of_before_gives_all_that_it_kept(world: World) -> None:
    """Its copies have no numbers; they are the first page, and then what changes."""
    firm = organisation(world, "Acme")
    world.sync()
    with world.xt.store.engine.begin() as db:
        turn_back(db, "0013")
        row = db.execute(text("SELECT * FROM xt_shadow")).mappings().first()
        assert row is not None
        assert "number" not in row
    world.xt.store.migrate()
    first, cursor = followed(world.xt)
    world.sandbox.edit("Contacts", world.xero_id("Organizations", firm), {"Name": "Acme Ltd"})
    world.sync()
    second, _ = followed(world.xt, cursor)

    assert (["Acme"], ["Acme Ltd"]) == tuple(
        [one.record["Name"] for one in found] for found in (first, second)
    )


def test_a_person_who_was_erased_is_given_without_their_data(world: World) -> None:
    """The code that follows the copies gets them once more, and can forget the person, too."""
    firm = organisation(world, "Ann Lee", email1="ann@lee.example")
    world.sync()
    _, cursor = followed(world.xt)
    world.xt.privacy.erase("ann@lee.example", "Ann Lee", "a test")
    found, _ = followed(world.xt, cursor)

    assert world.xero_id("Organizations", firm) in {one.xero_id for one in found}
    assert "ann@lee.example" not in repr(found)
