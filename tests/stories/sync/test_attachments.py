"""The CRM's own document of an invoice, attached in Xero at its first send: once, never twice."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation
from tests.stories.sync.test_bills import bill, option
from tests.stories.sync.test_crashes import killed_sync
from tests.stories.sync.test_first_link import code_of
from tests.stories.sync.test_receipts import connect_again
from tests.world import World, make_world
from xtiger.errors import AnswerUnknown
from xtiger.model.records import Document, Ref
from xtiger.model.start_answers import StartAnswers
from xtiger.rules.customers.attachments import ATTACH, MOST_BYTES
from xtiger.xero.organisations import XeroOrganisation


class Papers:
    """A CRM that prints its invoices; how often, and how large."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.size = 0
        #: An invoice whose document cannot be made.
        self.broken = ""

    def __call__(self, ref: Ref) -> Document | None:
        """The paper of an invoice."""
        self.asked.append(ref.id)
        if ref.id == self.broken:
            raise RuntimeError("no picture of Ann Lee")
        content = f"%PDF of {ref.module} {ref.id}".encode()
        return Document(f"2026/{ref.id}.pdf", content.ljust(self.size))


@pytest.fixture
def papers() -> Papers:
    return Papers()


@pytest.fixture
def printing(tmp_path: Path, papers: Papers) -> Iterator[World]:
    """A world whose CRM has documents of its own, and whose invoices have an account."""
    with make_world(tmp_path, document=papers) as world:
        world.connect()
        world.default_account()
        yield world


@pytest.fixture
def attaching(printing: World) -> World:
    """The same, with the option on and the permission given."""
    option(printing, ATTACH, True)
    connect_again(printing)
    return printing


def attached(world: World) -> list[tuple[str, str, bytes]]:
    """(invoice, name of the file, content) of all that Xero has."""
    return [
        (raw["owner"], raw["FileName"], base64.b64decode(raw["content"]))
        for raw in world.xero("Attachments")
    ]


def files_sent(world: World) -> list[str]:
    """The calls about attachments."""
    return [f"{c.method} {c.status}" for c in world.sandbox.calls() if "/Attachments" in c.path]


@pytest.mark.feature("F139")
def test_a_new_invoice_gets_its_document(attaching: World, papers: Papers) -> None:
    """With the name made fit for Xero; an edit sends nothing more, and a bill has none."""
    crm_id = invoice(attaching, "I1", organisation(attaching, "Acme"))
    option(attaching, "purchase_account", "400")
    bill(attaching, "B1")
    attaching.sync()
    there = attaching.xero_id("Invoices", crm_id)
    attaching.host.edit("Invoices", crm_id, subject="Other")
    attaching.sync()

    content = f"%PDF of Invoices {crm_id}".encode()
    assert [(there, f"2026-{crm_id}.pdf", content)] == attached(attaching)
    assert ["PUT 200"] == files_sent(attaching)
    assert attaching.in_xero("Invoices", crm_id)["Reference"] == "Other"
    assert {crm_id} == set(papers.asked)


def test_off_by_default_nothing_is_asked(printing: World, papers: Papers) -> None:
    """Neither the CRM nor Xero is, and the permission is not asked for."""
    asked = printing.xt.connections.consent("http://localhost:9/modules/XTiger/callback").url
    invoice(printing, "I1", organisation(printing, "Acme"))
    printing.sync()

    assert "attachments" not in asked
    assert ([], [], []) == (attached(printing), papers.asked, files_sent(printing))


def test_without_the_permission_new_invoices_wait(printing: World) -> None:
    """Connecting again asks for it; an invoice that is there already is edited meanwhile."""
    acme = organisation(printing, "Acme")
    old = invoice(printing, "I1", acme)
    printing.sync()
    option(printing, ATTACH, True)
    crm_id = invoice(printing, "I2", acme)
    printing.host.edit("Invoices", old, subject="Edited")
    printing.sync()
    waits = code_of(printing, "Invoices", crm_id)
    edited = printing.in_xero("Invoices", old)["Reference"]
    connect_again(printing)
    printing.sync()

    assert ("scope_missing", "Edited") == (waits, edited)
    assert [f"2026-{crm_id}.pdf"] == [name for _, name, _ in attached(printing)]
    assert [] == printing.xt.proof.differences()


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_around_the_file_loses_and_doubles_nothing(
    attaching: World, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """The next sync attaches it, or finds it by its name and sends nothing."""
    crm_id = invoice(attaching, "I1", organisation(attaching, "Acme"))
    killed_sync(monkeypatch, attaching, XeroOrganisation, "attach", before=before)
    attaching.wait(400)
    attaching.sync()
    attaching.sync()

    assert [f"2026-{crm_id}.pdf"] == [name for _, name, _ in attached(attaching)]
    expected = ["GET 200", "PUT 200"] if before else ["PUT 200", "GET 200"]

    assert expected == files_sent(attaching)


def test_a_kill_between_invoice_and_file_loses_nothing(
    attaching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The invoice is there once, and its file follows with the next sync."""
    crm_id = invoice(attaching, "I1", organisation(attaching, "Acme"))
    killed_sync(monkeypatch, attaching, XeroOrganisation, "send", before=False, after=1)
    attaching.wait(400)
    attaching.sync()

    assert 1 == len(attaching.xero("Invoices"))
    assert [f"2026-{crm_id}.pdf"] == [name for _, name, _ in attached(attaching)]


def test_a_connection_that_only_reads_attaches_later(
    attaching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a broken run left to do waits as all that is sent does."""
    invoice(attaching, "I1", organisation(attaching, "Acme"))
    killed_sync(monkeypatch, attaching, XeroOrganisation, "attach", before=True)
    attaching.wait(400)
    attaching.xt.start.answer(StartAnswers(mode="read_only"), "a test")
    attaching.sync()
    before = attached(attaching)
    attaching.xt.start.answer(StartAnswers(), "a test")
    attaching.sync()

    assert ([], 1) == (before, len(attached(attaching)))


def test_a_lost_answer_is_looked_for(attaching: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on; the next one finds the file."""
    send = XeroOrganisation.attach

    def lost(self: XeroOrganisation, *given: Any) -> None:
        send(self, *given)
        raise AnswerUnknown("PUT /Invoices")

    invoice(attaching, "I1", organisation(attaching, "Acme"))
    with monkeypatch.context() as patch:
        patch.setattr(XeroOrganisation, "attach", lost)
        assert "done" == attaching.sync().state
    attaching.sync()

    assert ["PUT 200", "GET 200"] == files_sent(attaching)
    assert 1 == len(attached(attaching))


def test_what_xero_refuses_of_the_file_leaves_the_invoice(
    attaching: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It stands on the record, is logged without the name of the file, and not tried again."""
    monkeypatch.setattr("xtiger.engine.apply.invoice_push.file_name", lambda _name: "a<b")
    crm_id = invoice(attaching, "I1", organisation(attaching, "Acme"))
    attaching.sync()
    attaching.sync()
    attaching.sync()

    assert attaching.xero_id("Invoices", crm_id)
    assert 1 == len(files_sent(attaching))
    assert "document_refused" == code_of(attaching, "Invoices", crm_id)
    panel = str(attaching.xt.panel("Invoices", crm_id).as_dict())
    assert "Xero did not take its document" in panel
    assert "Mend the document in the CRM" in panel
    assert "a document of Invoices was not attached" in caplog.text
    assert "a<b" not in caplog.text


def test_a_document_that_is_mended_is_attached(
    attaching: World, papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file is tried with the next sync, and the record is in step again after it."""
    with monkeypatch.context() as patch:
        patch.setattr("xtiger.engine.apply.invoice_push.file_name", lambda _name: "a<b")
        crm_id = invoice(attaching, "I1", organisation(attaching, "Acme"))
        attaching.sync()
        attaching.sync()
    papers.size = 100
    attaching.sync()
    attaching.sync()

    assert 1 == len(attached(attaching))
    assert attaching.outcome("Invoices", crm_id).cause is None
    assert {} == attaching.codes()


def test_one_that_is_too_large_holds_its_invoice_alone(attaching: World, papers: Papers) -> None:
    """Nothing of it is sent; once the document is smaller it goes."""
    acme = organisation(attaching, "Acme")
    papers.size = MOST_BYTES + 1
    crm_id = invoice(attaching, "I1", acme, [line("5")])
    attaching.sync()
    waits = (code_of(attaching, "Invoices", crm_id), attaching.xero("Invoices"))
    papers.size = 0
    attaching.sync()

    assert ("document_too_large", []) == waits
    assert 1 == len(attached(attaching))


def test_one_that_the_crm_fails_to_make_keeps_nothing_back(
    attaching: World, papers: Papers, caplog: pytest.LogCaptureFixture
) -> None:
    """All invoices go, the others with their documents; its own follows once it can be made."""
    acme = organisation(attaching, "Acme")
    papers.broken, other = (invoice(attaching, number, acme) for number in ("I1", "I2"))
    attaching.sync()
    first = (len(attaching.xero("Invoices")), [name for _, name, _ in attached(attaching)])
    late, papers.broken = papers.broken, ""
    attaching.sync()

    assert (2, [f"2026-{other}.pdf"]) == first
    assert {f"2026-{late}.pdf", f"2026-{other}.pdf"} == {n for _, n, _ in attached(attaching)}
    assert "a document of Invoices could not be made: broken_host" in caplog.text
    assert "Ann Lee" not in caplog.text


def test_the_name_of_a_file_is_in_no_log(
    attaching: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be that of a customer: neither the process's log nor the list of calls has it."""
    caplog.set_level("INFO", "xtiger.xero")
    attaching.sandbox.fault("lost_answer", path="/api.xro/2.0/Invoices/", method="PUT")
    invoice(attaching, "I1", organisation(attaching, "Acme"))
    attaching.sync()

    since = attaching.clock.now() - timedelta(days=1)
    calls = attaching.xt.store.calls(attaching.xt.connections.get().id, since)
    files = [one.path for one in calls if "Attachments" in one.path]
    assert [f"/Invoices/{attaching.xero('Invoices')[0]['InvoiceID']}/Attachments"] == files
    assert "/Attachments: answer_unknown" in caplog.text
    assert "2026-" not in caplog.text
