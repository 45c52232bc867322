"""Proofs by mail: what a night found, and each month's first as a signed file for an accountant."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from sqlalchemy import text

from tests.stories.mailing.conftest import BOSS, Postbox, opened_again
from tests.stories.sync.people import organisation
from tests.world import World
from xtiger.model.mailing.letters import Mail, MailFile
from xtiger.model.mailing.recipients import Recipient
from xtiger_queue import scheduled_runs

BOOKS = "books@firm.example"


def attached(mail: EmailMessage) -> tuple[str, str]:
    """Name and text of the one file of a mail."""
    (file,) = mail.iter_attachments()
    content = file.get_content()
    assert file.get_content_type() == "application/json"
    assert isinstance(content, bytes)
    return str(file.get_filename()), content.decode()


def nights(world: World, day: int, month: int = 12) -> None:
    """Let it be three in the morning of a day of 2026, and the worker look twice."""
    world.clock.set(datetime(2026 + (month < 11), month, day, 3, 0, 5, tzinfo=UTC))
    world.xt.tick()
    world.wait(61)
    world.xt.tick()


def prove_each_night(world: World) -> None:
    """A proof at three each night, by the schedule."""
    world.xt.extensions.enable("XTQueue")
    scheduled_runs.set_schedule(
        world.xt.context(), world.xt.connections.get().id, "all", "0 3 * * *", "UTC", proof=True
    )


@pytest.mark.feature("F142", "O4")
def test_the_first_proof_of_each_month_goes_to_the_accountant(
    world: World, postbox: Postbox
) -> None:
    """Signed, once a month, in the accountant's language; whoever has the file can check it."""
    world.xt.tick()
    world.xt.mails.remove(BOSS)
    organisation(world, "Aroha Ltd")
    world.sync()
    world.xt.mails.save(Recipient(address=BOOKS, every="never", proofs=True, language="de"))
    prove_each_night(world)
    nights(world, 1)
    nights(world, 2)
    nights(world, 1, 1)
    first, second = postbox.mails
    name, signed = attached(first)
    verified = world.xt.proof.verify(signed)
    changed = world.xt.proof.verify(signed.replace("Empty Trading", "Other Trading"))

    assert (BOOKS, "Monatlicher Nachweis: Empty Trading Ltd und Xero") == (
        first["To"],
        first["Subject"],
    )
    assert ("xero-proof-2026-12-01.json", "xero-proof-2027-01-01.json") == (
        name,
        attached(second)[0],
    )
    assert ("own", True, "changed") == (verified.verdict, verified.proof["agrees"], changed.verdict)
    assert verified.fingerprint in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert {"proof"} == {one.kind for one in world.xt.mails.letters()}
    kept = world.xt.mails.letters()[0].mail.file
    assert kept == MailFile("xero-proof-2027-01-01.json", "")


def test_a_proof_of_one_module_is_no_proof_of_the_month(world: World, postbox: Postbox) -> None:
    """It would say that the books agree where only a part was compared."""
    world.xt.tick()
    world.xt.mails.remove(BOSS)
    world.xt.mails.save(Recipient(address=BOOKS, every="never", proofs=True))
    world.xt.proof.run(modules=["Organizations"])
    world.wait(61)
    world.xt.tick()

    assert [] == postbox.mails


@pytest.mark.feature("F142")
def test_what_the_night_found_is_in_the_log_and_in_the_mail(world: World, postbox: Postbox) -> None:
    """A difference is worth a mail though nothing was synced; a night in agreement is none."""
    crm_id = organisation(world, "Aroha Ltd")
    world.sync()
    world.xt.mails.save(Recipient(address=BOSS, every="at_once"))
    world.wait(61)
    world.xt.tick()
    prove_each_night(world)
    before = len(postbox.mails)
    nights(world, 1)
    quiet = len(postbox.mails)
    there = world.xero_id("Organizations", crm_id)
    world.settings("Organizations", on_save=False)
    world.sandbox.edit("Contacts", there, {"Name": "Somebody else"})
    nights(world, 2)
    run = next(one for one in world.xt.sync.runs(9) if one.trigger == "proof")

    assert before == quiet
    assert ("differs", quiet + 1) == (run.state, len(postbox.mails))
    assert "1 difference between the CRM and Xero." in postbox.text()


def test_a_function_of_the_crm_gets_the_file_too(world: World) -> None:
    """Name and text, as a mail server would."""
    taken: list[Mail] = []
    world.host.send_mail = taken.append  # type: ignore[attr-defined]
    opened_again(world)
    world.xt.tick()
    world.xt.mails.remove(BOSS)
    world.xt.mails.save(Recipient(address=BOOKS, every="never", proofs=True))
    world.xt.proof.run()
    world.wait(61)
    world.xt.tick()
    file = taken[0].file

    assert file is not None
    assert world.xt.proof.verify(file.text).proof["agrees"] is True


def test_a_store_of_before_has_nobody_who_gets_proofs(world: World) -> None:
    """Recipients and letters of a release before stay as they were."""
    world.xt.tick()
    with world.xt.store.database.writing() as db:
        for table, column in (("mail_recipient", "proofs"), ("letter", "file_name")):
            db.execute(text(f"ALTER TABLE xt_{table} DROP COLUMN {column}"))
        db.execute(text("ALTER TABLE xt_letter DROP COLUMN file"))
        db.execute(text("DROP TABLE xt_erased"))  # of the revision after
        db.execute(text("UPDATE xt_version SET version_num = '0021'"))
    world.xt.store.migrate()

    assert [(BOSS, False)] == [(one.address, one.proofs) for one in world.xt.mails.recipients()]
