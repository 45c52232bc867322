"""The CRM's own document of a record, as each kind of adapter gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.hosts.crm import Company, build
from xtiger.demo.database import open_sessions
from xtiger.demo.host import build as build_demo
from xtiger.demo.models import Invoice, InvoiceLine, Organization
from xtiger.errors import BrokenHost
from xtiger.hosts.guard import GuardedHost
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Document, Ref

REF = Ref("Organizations", "1")


def guarded(answer: object) -> GuardedHost:
    """A CRM in memory whose function returns this."""
    given: Any = lambda _ref: answer  # noqa: E731 - adapters give lambdas
    return GuardedHost(MemoryHost(modules=standard_modules(), document=given))


@pytest.mark.parametrize("answer", [None, Document("a.pdf", b"")])
def test_nothing_and_an_empty_file_are_no_document(answer: object) -> None:
    """Xero takes no empty file."""
    assert guarded(answer).document(REF) is None


@pytest.mark.parametrize("answer", [b"%PDF", Document("a.pdf", "text")])  # type: ignore[arg-type]  # what an adapter may do
def test_what_is_no_document_is_named(answer: object) -> None:
    """A mistake of the adapter is said with the method."""
    with pytest.raises(BrokenHost, match=r"document\(\)"):
        guarded(answer).document(REF)


def test_an_adapter_of_before_has_none() -> None:
    """The method came later."""
    host = MemoryHost(modules=standard_modules())

    class Older:
        """Has all but the method."""

        def __getattr__(self, name: str) -> Any:
            if name == "document":
                raise AttributeError(name)
            return getattr(host, name)

    older: Any = Older()

    assert GuardedHost(older).document(REF) is None
    assert host.document(REF) is None


def test_on_sqlalchemy_the_function_gets_a_session(sessions: sessionmaker[Session]) -> None:
    """One that sees the record."""

    def document(session: Session, ref: Ref) -> Document:
        company = session.get(Company, int(ref.id))
        return Document(f"{company.name if company else ''}.pdf", b"%PDF")

    with sessions.begin() as session:
        session.add(Company(id=1, name="Kea"))

    assert build(sessions).document(REF) is None
    assert Document("Kea.pdf", b"%PDF") == build(sessions, document=document).document(REF)


def test_the_demo_prints_its_invoices(tmp_path: Path) -> None:
    """One page that PDF readers open: each object stands where the table says."""
    sessions = open_sessions(tmp_path)
    with sessions.begin() as session:
        acme = Organization(name="Acme (North)")
        lines = [InvoiceLine(name="Tea é €", position=0)]
        session.add(Invoice(number="I1", organization=acme, lines=lines))
    host = build_demo(tmp_path, sessions=sessions)
    found = host.document(Ref("Invoices", "1"))

    assert found is not None
    assert ("I1.pdf", "application/pdf") == (found.name, found.content_type)
    assert b"Acme \\(North\\)" in found.content
    places = [int(one.split()[0]) for one in found.content.split(b"65535 f \n")[1].splitlines()[:5]]
    starts = [found.content[place:].split(b" ")[0] for place in places]
    assert [b"1", b"2", b"3", b"4", b"5"] == starts
    assert host.document(Ref("Invoices", "9")) is None
    assert host.document(REF) is None
