"""An erased person leaves no trace in any table or file, and the log stays provable."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import MetaData, Table, inspect, select, text, update

from tests.cli.conftest import Ended
from tests.commands import commands_on
from tests.db.later import hashed_as_then, turn_back
from tests.stories.privacy.conftest import MAIL, NAME, PHONE, TRACES
from tests.stories.sync.people import contact, invoice, organisation
from tests.world import World
from xtiger.db import tables
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import NeedsPerson
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.records import Ref


@pytest.fixture
def typed(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Types commands on the world."""
    return commands_on(world, monkeypatch, capsys)


def traces(world: World) -> list[str]:
    """Where anything of the person still stands: each column of each table, each file's bytes."""
    found = [
        f"{table}.{column}"
        for table, column, value in every_value(world)
        if any(trace in value for trace in TRACES)
    ]
    for path in world.xt.settings.home.rglob("*"):
        kept = path.read_bytes() if path.is_file() else b""
        found += [path.name for trace in TRACES if trace.encode() in kept]
    return sorted(set(found))


def every_value(world: World) -> list[tuple[str, str, str]]:
    """(table, column, value as text) of the whole store."""
    engine, found = world.xt.store.engine, []
    with engine.connect() as db:
        for name in inspect(db).get_table_names():
            table = Table(name, MetaData(), autoload_with=db)
            for row in db.execute(select(table)):
                found += [(name, column, str(value)) for column, value in row._mapping.items()]
    return found


def everywhere(world: World) -> str:
    """Let the person leave traces in all that there is; returns an invoice of it."""
    world.xt.extensions.enable("XTQueue")
    billed = invoice(world, "INV-1", "1")
    world.sync()
    world.host.edit("Organizations", "1", phone=PHONE.replace("021", "022"))
    world.sync()
    world.host.edit("Organizations", "1", accountname=NAME.upper())
    world.xt.panels.press("queue", [Ref("Organizations", "1")])
    world.xt.mails.save(Recipient(address=MAIL))
    world.xt.tick()
    return billed


@pytest.mark.feature("O19")
def test_no_byte_of_an_erased_person_is_left(world: World) -> None:
    """No name, address or number in any column of any table, nor in any file of the home."""
    everywhere(world)
    before = traces(world)
    plan = world.xt.privacy.plan(MAIL)[1]
    done = world.xt.privacy.erase(MAIL, NAME.upper(), "an administrator")

    assert {"xt_outcome.name", "xt_shadow.payload", "xt_image.detail"} <= set(before)
    assert any(one.startswith("xtiger.db") for one in before), "no file is looked into"
    assert {"xt_outcome", "xt_shadow", "xt_image"} <= set(plan)
    assert done.freed
    assert [] == traces(world)
    assert world.xt.store.broken_audit_row() is None
    assert "agrees" in world.xt.proof.sign(world.xt.proof.reconcile()).proof


@pytest.mark.postgres
@pytest.mark.feature("O19")
def test_no_byte_of_an_erased_person_is_left_on_postgresql(on_postgresql: World) -> None:
    """In no column of any table; what held it is written anew, the queue's tables too."""
    world = on_postgresql
    everywhere(world)
    before, files = traces(world), _files(world)
    done = world.xt.privacy.erase(MAIL, NAME.upper(), "an administrator")
    after = _files(world)

    assert {"xt_outcome.name", "xt_shadow.payload", "xt_image.detail"} <= set(before)
    assert any(one.startswith("xt_queue_") for one in before), "the queue holds nothing of it"
    assert done.freed
    assert [] == traces(world)
    assert {} == {name: file for name, file in after.items() if files[name] == file}
    assert world.xt.store.broken_audit_row() is None


def _files(world: World) -> dict[str, int]:
    """Table → the file that PostgreSQL keeps it in."""
    query = (
        "SELECT relname, relfilenode FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    with world.xt.store.engine.connect() as db:
        return {row.relname: row.relfilenode for row in db.execute(text(query))}


@pytest.mark.feature("O19")
def test_a_later_sync_does_not_store_the_person_again(world: World) -> None:
    """Neither of what Xero or the CRM says of it, read whole or changed, until it is released."""
    everywhere(world)
    world.xt.privacy.erase(MAIL, NAME.upper(), "an administrator")
    world.host.edit("Organizations", "1", phone=PHONE)
    world.sync(full=True)
    left, outcome = traces(world), world.outcome("Organizations", "1")
    linked = world.xero_id("Organizations", "1")
    world.xt.privacy.release("Organizations:1")
    world.sync()

    assert [] == left
    assert outcome.cause is not None
    assert ("skipped", "erased") == (outcome.result, outcome.cause.code)
    assert [] == world.xt.privacy.marks()
    assert linked == world.xero_id("Organizations", "1"), "it is not made twice"
    assert "xt_shadow.payload" in traces(world)
    assert world.outcome("Organizations", "1").result in ("updated", "linked", "conflict")
    assert 2 == len(world.xero("Contacts")), "no contact is made anew"


def test_a_new_record_of_an_erased_address_is_left_out(world: World) -> None:
    """Entered again on either side under another id, it is not stored; another person is."""
    world.xt.privacy.erase(MAIL, NAME, "an administrator")
    again = organisation(world, NAME, email1=MAIL.upper())
    world.sandbox.add("Contacts", {"Name": f"{NAME} 2", "EmailAddress": MAIL})
    other = organisation(world, "Kea Ltd", email1="kea@kea.example")
    world.sync()

    assert [] == traces(world)
    assert "skipped" == world.last_result("Organizations", again)
    assert "created" == world.last_result("Organizations", other)


def test_a_mark_that_is_released_in_the_middle_of_a_sync_stops_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync read the marks before: a new record of that address is a usual one again."""
    done = world.xt.privacy.erase(MAIL, NAME, "an administrator")
    again = organisation(world, NAME, email1=MAIL)
    real = Workbench.know_again

    def released_just_now(bench: Workbench, type: str, ids: Iterable[str], mail: str) -> None:
        if world.xt.privacy.marks():
            world.xt.privacy.release(done.erasure.id)
        real(bench, type, ids, mail)

    monkeypatch.setattr(Workbench, "know_again", released_just_now)
    run = world.sync()
    cause = world.outcome("Organizations", again).cause

    assert "done" == run.state
    assert cause is None or cause.code != "erased"


def test_a_store_that_others_write_to_is_erased_all_the_same(world: World) -> None:
    """Its file is written anew another time, which is said; nothing ends with an error."""
    everywhere(world)
    engine = world.xt.store.engine
    with engine.connect() as busy:
        busy.exec_driver_sql("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(world.xt.settings.home / "xtiger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    freed = world.xt.store.free_bytes()
    other.execute("ROLLBACK")
    other.close()

    assert not freed
    assert world.xt.store.free_bytes()


def test_a_person_on_a_list_stays_on_it(world: World) -> None:
    """One person of a firm is erased: the others stay, and the list is never sent without."""
    firm = organisation(world, "Kauri Ltd", email1="office@kauri.example")
    contact(world, "Rangi", "Moana", firm, email="rangi@kauri.example")
    ann = contact(world, "Marama", "Tāwhaki", firm, email="marama@tawhaki.example")
    world.xt.privacy.erase(MAIL, NAME, "an administrator")
    world.sync()
    world.sync()
    before = world.in_xero("Organizations", firm)["ContactPersons"]
    world.xt.privacy.erase(f"Contacts:{ann}", "Marama Tāwhaki", "an administrator")
    contact(world, "Hone", "Kahu", firm, email="hone@kauri.example")
    world.sync(full=True)

    assert 2 == len(before) == len(world.in_xero("Organizations", firm)["ContactPersons"])
    assert [] == traces(world)
    held = {
        one.cause.code for one in world.xt.sync.outcomes(module="Contacts", limit=9) if one.cause
    }
    assert {"erased", "list_erased"} <= held
    world.xt.privacy.release(f"Contacts:{ann}")
    world.sync(full=True)
    assert 3 == len(world.in_xero("Organizations", firm)["ContactPersons"])


def test_a_person_on_a_list_is_the_same_one_once_released(world: World) -> None:
    """No second record is made of it in the CRM, and nothing stands open."""
    firm = organisation(world, "Kauri Ltd", email1="office@kauri.example")
    contact(world, "Hone", "Kahu", firm, email="hone@kauri.example")
    rangi = contact(world, "Rangi", "Moana", firm, email="rangi@kauri.example")
    contact(world, "Mere", "Kahu", firm, email="mere@kauri.example")
    world.sync()
    world.xt.privacy.erase("rangi@kauri.example", "Rangi Moana", "an administrator")
    world.sync()
    world.sync()
    world.xt.privacy.release(f"Contacts:{rangi}")
    world.sync()
    world.host.edit("Contacts", rangi, email="rangi@moana.example")
    world.sync()
    proof = world.xt.proof.reconcile()
    persons = world.in_xero("Organizations", firm)["ContactPersons"]

    assert 3 == len(world.host.all("Contacts")) == len(persons)
    assert "rangi@moana.example" in [one["EmailAddress"] for one in persons]
    assert ([], []) == (list(proof.standing), list(proof.unexplained))


def test_what_was_erased_and_put_back_is_found(world: World) -> None:
    """A row without its salt that no note names, and a word written into an erased one."""
    world.sync()
    engine, rows = world.xt.store.engine, tables.outcome
    first, second = (one.id for one in world.xt.sync.outcomes(limit=2))
    world.xt.privacy.erase(MAIL, NAME, "an administrator")
    with engine.begin() as db:
        erased = db.execute(select(rows.c.id).where(rows.c.salt.is_(None))).scalars().all()
        db.execute(update(rows).where(rows.c.id == erased[0]).values(name="Somebody"))
    put_back = world.xt.store.broken_audit_row()
    with engine.begin() as db:
        db.execute(update(rows).where(rows.c.id == erased[0]).values(name=""))
        other = next(one for one in (first, second) if one not in erased)
        db.execute(update(rows).where(rows.c.id == other).values(salt=None, **_blank(), sought="x"))
    blanked = world.xt.store.broken_audit_row()

    assert (erased[0], other) == (put_back, blanked)


def _blank() -> dict[str, Any]:
    return {"name": "", "detail": '{"cause":null,"differences":[],"proposals":[]}'}


def test_nothing_goes_without_the_name(world: World, typed: Callable[..., Ended]) -> None:
    """Another name, a program that cannot be asked, and --plan leave all as it is."""
    with pytest.raises(NeedsPerson, match="another name"):
        world.xt.privacy.erase(MAIL, "Aroha Ltd", "an administrator")
    asked = typed("privacy", "erase", MAIL, "--json")
    plan = json.loads(typed("privacy", "erase", MAIL, "--plan", "--json").out)

    assert asked.code != 0
    assert NAME == plan["name"]
    assert 2 == plan["rows"]["xt_shadow"]
    assert [NAME] == [one.name for one in world.xt.privacy.find(MAIL)]


def test_a_mark_is_listed_and_released_by_command(
    world: World, typed: Callable[..., Ended]
) -> None:
    """By its id, or by the address that was erased; afterwards it is no mark any more."""
    done = json.loads(typed("privacy", "erase", MAIL, "--name", NAME, "--json").out)
    listed = json.loads(typed("privacy", "marks", "--json").out)["marks"]
    wrong = typed("privacy", "release", "nobody@x.example")
    released = typed("privacy", "release", MAIL)
    again = typed("privacy", "release", done["mark"])

    assert [done["mark"]] == [one["id"] for one in listed]
    assert (0, "It is released; the next sync stores it again.\n") == (released.code, released.out)
    assert wrong.code != 0
    assert again.code != 0
    assert "Nobody was erased." in typed("privacy", "marks").out


def test_a_store_of_before_erases(world: World) -> None:
    """One of revision 0013 is opened, and a person leaves it without a trace."""
    with world.xt.store.engine.begin() as db:
        turn_back(db, "0013")
    world.xt.store.migrate()
    world.xt.privacy.erase(MAIL, NAME, "an administrator")
    world.sync(full=True)

    assert [] == traces(world)
    assert world.xt.store.broken_audit_row() is None
    assert 1 == len(world.xt.privacy.marks())


def test_rows_of_before_get_salted_digests_once(world: World) -> None:
    """A log of a release before 0018 is covered anew when somebody is erased; its end is kept."""
    engine = world.xt.store.engine
    with engine.begin() as db:
        hashed_as_then(db)
        db.execute(text("DELETE FROM xt_audit_note"))
        db.execute(update(tables.outcome).values(salt=None, digest=None, correlation_id=None))
        old = db.execute(select(tables.audit.c.last_hash)).scalar_one()
    before = world.xt.store.broken_audit_row()
    world.xt.privacy.erase(MAIL, NAME, "an administrator")
    with engine.begin() as db:
        notes = {row.what: row.detail for row in db.execute(select(tables.audit_note))}

    assert before is None
    assert world.xt.store.broken_audit_row() is None
    assert old == notes["hashed"]
    assert [] == traces(world)
