"""The panel of a record in each of its states, its fields and its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.stories.sync.people import invoice, paid_in_xero
from tests.world import World, make_world
from xtiger.errors import (
    LinkRefused,
    NeedsPerson,
    NotConnected,
    RecordMissing,
    UnknownModule,
    XTigerError,
)
from xtiger.hookspecs import PageRequest
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Record, Ref
from xtiger.panels import Panel

BATCH = "5a1a6a0b-9f5e-4b1f-8b3f-0a4f6a3b2c1d"
ALLOW, STATUS = "xtiger.allow_sync", "xtiger.status"


def _kea(world: World, name: str = "Kea") -> str:
    return world.host.create("Organizations", {"accountname": name})


def _panel(world: World, crm_id: str) -> Panel:
    return world.xt.panel("Organizations", crm_id)


def test_a_payment_of_a_batch_says_so(world: World) -> None:
    """Xero lets none of a batch be changed alone, so the panel names what it is part of."""
    bill = invoice(world, "I1", _kea(world))
    world.sync()
    paid = paid_in_xero(world, world.xero_id("Invoices", bill))
    world.sandbox.edit("Payments", paid, {"BatchPaymentID": BATCH})
    world.sync()
    (made,) = world.host.all("Payments")
    rows = world.xt.panel("Payments", made.ref.id).rows

    assert ("Part of", "a batch payment in Xero") in [(row.label, row.value) for row in rows]


def test_nothing_connected(bare: World) -> None:
    """The panel says so and whom to ask; it does not fail."""
    panel = _panel(bare, _kea(bare))

    assert "none" == panel.state
    assert ["not_connected"] == [message.code for message in panel.messages]


def test_ids_as_models_hold_them(world: World) -> None:
    """A whole number, as mapped classes hold it, names the same record as its text."""
    crm_id = int(_kea(world))
    panel = world.xt.panel("Organizations", crm_id)
    world.xt.saved("Organizations", crm_id)

    assert _panel(world, str(crm_id)).as_dict() == panel.as_dict()
    later = world.xt.clock.now() + timedelta(hours=1)
    assert [str(crm_id)] == [row.ref.id for row in world.host.outbox(later)]


def test_not_in_xero_yet(world: World) -> None:
    """A record that was never sent."""
    panel = _panel(world, _kea(world))

    assert ("none", None) == (panel.state, panel.view_url)


def test_in_step(world: World) -> None:
    """After a sync the record has its link into Xero, with the organisation's short code."""
    crm_id = _kea(world)
    world.sync("Organizations")
    panel = _panel(world, crm_id)

    assert "ok" == panel.state
    assert panel.view_url is not None
    assert world.xt.connections.get().short_code.removeprefix("!") in panel.view_url


def test_changed_and_waiting(world: World) -> None:
    """A person's edit that another run has only noted."""
    crm_id = _kea(world)
    world.sync("Organizations")
    world.host.edit("Organizations", crm_id, accountname="Kea & Sons")
    world.plan("Organizations")

    assert "waiting" == _panel(world, crm_id).state


def test_held_with_cause_and_fix(world: World) -> None:
    """What happened, what to do, and the code."""
    crm_id = _kea(world, "Kea <Ltd>")
    world.sync("Organizations")
    panel = _panel(world, crm_id)

    assert ("held", ["name_forbidden"]) == (panel.state, [m.code for m in panel.messages])
    assert "Take the sign out of the name." in panel.html()


def test_not_selected(world: World) -> None:
    """The box is off: nothing is wrong."""
    crm_id = _kea(world)
    world.xt.panels.set_value("Organizations", crm_id, ALLOW, False)

    assert "off" == _panel(world, crm_id).state


def test_conflict(world: World) -> None:
    """Both sides changed the name: a person decides."""
    crm_id = _kea(world)
    world.sync("Organizations")
    contact = world.xero_id("Organizations", crm_id)
    world.host.edit("Organizations", crm_id, accountname="Kea A")
    world.wait()
    world.sandbox.edit("Contacts", contact, {"Name": "Kea B"})
    world.sync("Organizations")
    panel = _panel(world, crm_id)

    assert ("held", ["both_changed"]) == (panel.state, [m.code for m in panel.messages])


def test_connection_ended(world: World) -> None:
    """The panel names the organisation that the record is linked to and whose connection ended."""
    crm_id = _kea(world)
    world.sync("Organizations")
    world.xt.connections.disconnect(world.xt.connections.get().id)
    panel = _panel(world, crm_id)

    assert ("held", ["owner_ended"]) == (panel.state, [m.code for m in panel.messages])
    assert "Empty Trading Ltd" in panel.messages[0].text


def test_the_currencies_differ(world: World) -> None:
    """The CRM counts in another currency now: nothing is sent, and the panel says why."""
    crm_id = _kea(world)
    world.sync()
    with patch.object(world.host, "base_currency", return_value="NZD"):
        panel = _panel(world, crm_id)

    assert ("held", ["base_currency_differs"]) == (panel.state, [m.code for m in panel.messages])
    assert "The CRM counts in NZD, Xero in GBP." == panel.messages[0].text


def test_an_invoice_has_type_and_status(world: World) -> None:
    """And no other module has."""
    organisation = _kea(world)
    labels = [row.label for row in _panel(world, organisation).rows]
    field = next(m for m in world.host.modules() if m.name == "Invoices")
    values = {f.name: organisation for f in field.fields if f.role == "invoice.organisation"} | {
        f.name: f.choices[0].value if f.choices else "X"
        for f in field.fields
        if f.required and f.role != "invoice.organisation"
    }
    invoice = world.host.create("Invoices", values)
    found = [row.label for row in world.xt.panel("Invoices", invoice).rows]

    assert "Xero Status" not in labels
    assert {"Xero Status", "Xero Invoice Type"} <= set(found)


def test_unknown_module_and_record(world: World) -> None:
    """A wrong module is the developer's; a record that is gone has an empty panel that says so."""
    with pytest.raises(UnknownModule, match="'Cats'"):
        world.xt.panel("Cats", "1")
    found = _panel(world, "99")

    assert ["The CRM has no record 99 of Organizations."] == [one.text for one in found.messages]
    assert ("none", (), ()) == (found.state, found.rows, found.actions)
    assert "<button" not in found.html()


# --- fields ---


def test_a_field_that_the_crm_describes_is_set_there(world: World) -> None:
    """The record itself has the value, and the store none."""
    crm_id = _kea(world)
    world.xt.panels.set_value("Organizations", crm_id, ALLOW, False)

    assert world.in_crm("Organizations", crm_id, "xero_sync") is False
    assert {} == world.xt.store.panel_values("", "Organizations", crm_id)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[World]:
    """A CRM that has no fields for the panel."""
    modules = [
        replace(m, fields=tuple(f for f in m.fields if not (f.role or "").startswith("xtiger.")))
        for m in standard_modules()
    ]
    with make_world(tmp_path, modules=modules) as found:
        found.connect()
        yield found


def test_a_field_that_the_crm_lacks_is_kept_in_the_store(plain: World) -> None:
    """It shows in the panel, and it is a change of the record."""
    crm_id = _kea(plain)
    plain.wait(3)
    plain.xt.tick()
    plain.xt.panels.set_value("Organizations", crm_id, ALLOW, "off")
    plain.wait(3)
    rows = plain.host.outbox(plain.clock.now())

    assert "off" == _panel(plain, crm_id).state
    assert [crm_id] == [row.ref.id for row in rows]


@pytest.mark.parametrize(
    ("role", "value", "sentence"),
    [
        ("xtiger.colour", "red", "is no field of this panel. It has: Allow XTiger Sync"),
        (STATUS, "DRAFT", "xtiger.status is no field of this panel"),
    ],
)
def test_a_wrong_field_or_value_is_refused(
    world: World, role: str, value: str, sentence: str
) -> None:
    """The sentence lists what is possible; nothing is written."""
    crm_id = _kea(world)
    before = world.host.record("Organizations", crm_id)

    with pytest.raises(NeedsPerson, match=sentence):
        world.xt.panels.set_value("Organizations", crm_id, role, value)
    assert before == world.host.record("Organizations", crm_id)


def test_a_field_of_a_missing_record(world: World) -> None:
    """There is nothing to set it on, not even in the store."""
    with pytest.raises(RecordMissing):
        world.xt.panels.set_value("Organizations", "99", ALLOW, True)
    assert {} == world.xt.store.panel_values("", "Organizations", "99")


def test_a_field_of_a_deleted_record(world: World) -> None:
    """A record in the recycle bin takes no choices."""
    crm_id = _kea(world)
    world.host.remove("Organizations", crm_id)

    with pytest.raises(RecordMissing):
        world.xt.panels.set_value("Organizations", crm_id, ALLOW, True)


# --- buttons, pages, menu ---


@pytest.mark.feature("F071")
def test_copy_to_xero_sends_one_record(world: World) -> None:
    """That record and no other; the answer is a count."""
    _kea(world, "Tui")
    crm_id = _kea(world)
    world.wait()
    said = world.xt.panels.press("copy", [Ref("Organizations", crm_id)])

    assert "1 created" == said
    assert ["Kea"] == [raw["Name"] for raw in world.xero("Contacts")]


def test_copy_to_xero_without_a_connection(bare: World) -> None:
    """A sentence with the next step instead of a silent nothing."""
    crm_id = _kea(bare)

    with pytest.raises(NotConnected, match="Connect one: xtiger connect"):
        bare.xt.panels.press("copy", [Ref("Organizations", crm_id)])


def test_an_unknown_button_lists_the_known(world: World) -> None:
    """Also for no record at all."""
    with pytest.raises(UnknownModule, match="copy"):
        world.xt.panels.press("shred", [Ref("Organizations", "1")])
    with pytest.raises(UnknownModule):
        world.xt.panels.press("copy", [])


@pytest.mark.feature("F094")
def test_lists_of_accounts_queue_and_logs(world: World) -> None:
    """Each has an entry in the menu, and its page answers a table with rows."""
    for name in ("XTLog", "XTQueue", "XeroAccounts"):
        world.xt.extensions.enable(name)
    world.sync("Organizations")
    world.xt.panels.press("queue", [Ref("Organizations", _kea(world))])
    pages = {entry.label: entry.page for entry in world.xt.menu()}
    world.sync("Products")
    rows = {label: len(world.xt.page(PageRequest(page, {})).rows) for label, page in pages.items()}

    assert {"XTiger", "Xero Logs", "Xero Queue", "Xero Accounts"} <= set(pages)
    assert (2, 1, True) == (rows["XTiger"], rows["Xero Queue"], rows["Xero Accounts"] > 5)


def test_an_unknown_page_lists_the_known(world: World) -> None:
    """As for a module."""
    with pytest.raises(UnknownModule, match="runs"):
        world.xt.page(PageRequest("nowhere", {}))


# --- links by hand ---


def test_a_link_by_hand_joins_both(world: World) -> None:
    """Two records that no rule matched are one afterwards."""
    world.sandbox.add("Contacts", {"Name": "Kea Holdings"}, world.organisation())
    world.settings("Organizations", create_in_crm=False)
    crm_id = _kea(world)
    world.settings("Organizations", create_in_crm=False, create_in_xero=False)
    world.plan("Organizations")
    contact = world.xero("Contacts")[0]["ContactID"]
    world.xt.links.link("Organizations", crm_id, contact)

    assert contact == world.xero_id("Organizations", crm_id)


def test_a_link_to_what_was_never_read_is_refused(world: World) -> None:
    """The sentence says how to read it; no link is made."""
    crm_id = _kea(world)

    with pytest.raises(LinkRefused, match="Run: xtiger plan"):
        world.xt.links.link("Organizations", crm_id, "00000000-0000-0000-0000-000000000000")
    assert {} == world.xt.store.links_by_crm(world.xt.connections.get().id, "Organizations")


def test_unlinking_keeps_both_records(world: World) -> None:
    """Neither side is changed, and a second time it is refused."""
    crm_id = _kea(world)
    world.sync("Organizations")
    world.xt.links.unlink("Organizations", crm_id)

    with pytest.raises(LinkRefused, match="is not linked"):
        world.xt.links.unlink("Organizations", crm_id)
    assert 1 == len(world.xero("Contacts"))


def test_linking_a_missing_record(world: World) -> None:
    """The record is named."""
    with pytest.raises(XTigerError, match="no record 99"):
        world.xt.links.link("Organizations", "99", None)


# --- what the panel shows after a change ---


def test_a_box_ticked_again_shows_that_it_is_sent(world: World) -> None:
    """Unticked, excluded, ticked: the panel tells of now and not of the last run."""
    crm_id = _kea(world)
    world.settings("Organizations", on_save=False)
    world.wait(3)
    world.xt.tick()
    world.xt.panels.set_value("Organizations", crm_id, ALLOW, False)
    world.sync()
    off = _panel(world, crm_id).state
    world.wait(1)
    world.xt.panels.set_value("Organizations", crm_id, ALLOW, True)
    saved = _panel(world, crm_id)
    world.wait(3)
    world.xt.tick()
    marked = _panel(world, crm_id)
    world.sync()

    assert ("off", "waiting", "waiting") == (off, saved.state, marked.state)
    assert "ok" == _panel(world, crm_id).state


def test_a_mended_record_is_not_told_its_old_trouble(world: World) -> None:
    """From the save on the hold is history; the next run says what is now."""
    crm_id = _kea(world, "Kea <Ltd>")
    world.sync()
    held = _panel(world, crm_id)
    world.wait(1)
    world.host.edit("Organizations", crm_id, accountname="Kea Ltd")
    saved = _panel(world, crm_id)
    world.settings("Organizations", on_save=False)
    world.wait(3)
    world.xt.tick()
    marked = _panel(world, crm_id)
    world.sync()

    assert ("held", "waiting", ()) == (held.state, saved.state, saved.messages)
    assert ("waiting", ()) == (marked.state, marked.messages)
    assert "ok" == _panel(world, crm_id).state


def _without_times(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the CRM tell of no record when it was saved, as one without such a column."""
    get = world.host.get

    def bare(module: str, ids: Sequence[str]) -> dict[str, Record]:
        return {key: replace(one, modified=None) for key, one in get(module, ids).items()}

    monkeypatch.setattr(world.host, "get", bare)


def test_a_second_save_of_a_held_record_is_seen_where_the_crm_keeps_no_times(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held, mended, taken by the tick: from then on until the next run it waits, not held."""
    _without_times(world, monkeypatch)
    world.settings("Organizations", on_save=False)
    crm_id = _kea(world, "Kea <Ltd>")
    world.sync()
    held = _panel(world, crm_id).state
    world.wait(1)
    world.host.edit("Organizations", crm_id, accountname="Kea Ltd")
    world.wait(3)
    world.xt.tick()
    marked = _panel(world, crm_id)
    world.sync()

    assert ("held", "waiting", ()) == (held, marked.state, marked.messages)
    assert "ok" == _panel(world, crm_id).state


def test_a_panel_field_of_a_held_record_shows_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A choice that is kept in the store is a change of the record, too."""
    _without_times(world, monkeypatch)
    world.settings("Organizations", on_save=False)
    crm_id = _kea(world, "Kea <Ltd>")
    world.sync()
    world.wait(1)
    world.xt.panels.set_value("Organizations", crm_id, ALLOW, True)

    assert "waiting" == _panel(world, crm_id).state


def test_a_held_record_that_nobody_touched_stays_held(world: World) -> None:
    """A run that looks again and finds the same does not make it look changed."""
    crm_id = _kea(world, "Kea <Ltd>")
    world.sync()
    world.sync()

    assert "held" == _panel(world, crm_id).state
