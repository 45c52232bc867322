"""A CRM on Flask-SQLAlchemy works where no request runs: in commands, threads and workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, has_app_context
from sqlalchemy import event

from tests.hosts.flask_crm import Company, Vat, create_app, db, make_host
from xtiger.errors import SettingInvalid
from xtiger.hosts.sqlalchemy import SQLAlchemyHost
from xtiger.model.records import OutboxRow, Ref, Write
from xtiger.testing import check_host


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(f"sqlite:///{tmp_path / 'flask.db'}")
    with made.app_context():
        db.create_all()
        db.session.add(Vat(id=1, percent=Decimal(20)))
        db.session.commit()
    yield made
    with made.app_context():
        db.engine.dispose()


def _rows(host: SQLAlchemyHost) -> list[OutboxRow]:
    return list(host.outbox(datetime.now(UTC) + timedelta(minutes=5)))


def _post(app: Flask, **values: str) -> None:
    assert 200 == app.test_client().post("/companies", json=values).status_code


def test_a_saved_record_of_a_request_is_read_outside(app: Flask) -> None:
    """A command that makes its host from the factory sees what a request saved."""
    made: list[int] = []

    def factory() -> Flask:
        made.append(1)
        return app

    host = make_host(factory)
    _post(app, id="C1", name="Anna", city="Bonn")
    (row,) = _rows(host)
    record = host.get("Organizations", ["C1"])["C1"]

    assert (Ref("Organizations", "C1"), "created") == (row.ref, row.kind)
    assert {"name": "Anna", "city": "Bonn"} == record.values
    assert [1] == made


@pytest.mark.parametrize(
    "act",
    [
        lambda host: host.modules(),
        lambda host: host.taxes()[0].percent == 20,
        lambda host: host.url(Ref("Organizations", "C1")) == "http://crm.example/companies/C1",
        lambda host: host.save("Organizations", [Write({"name": "A"})])[0].ref,
        lambda host: host.create_tables() is None,
        lambda host: host.count_run(),
        lambda host: host.changed_since("Organizations", None),
    ],
    ids=["modules", "taxes", "url", "save", "tables", "identity", "feed"],
)
def test_a_thread_needs_no_context(app: Flask, act: Callable[[SQLAlchemyHost], object]) -> None:
    """In a thread of its own everything works, and no context is left behind."""
    host, seen = make_host(app), []

    def work() -> None:
        seen.append((bool(act(host)), has_app_context()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert [(True, False)] == seen


def test_the_transaction_of_a_request_is_joined(app: Flask) -> None:
    """Within a context the library takes part in its session, and a rollback takes both back."""
    host = make_host(app)
    with app.app_context():
        db.session.add(Company(id="C1", name="Of the CRM"))
        db.session.flush()
        with host.transaction():
            host.save("Organizations", [Write({"name": "Ours"})])
        db.session.rollback()

    assert ((), []) == (host.changed_since("Organizations", None).records, _rows(host))


def test_a_page_of_another_app_reaches_the_crm(app: Flask) -> None:
    """In the context of an app without this session the CRM's own is entered."""
    host = make_host(app)
    with Flask("other").app_context():
        ref = host.save("Organizations", [Write({"name": "A"})])[0].ref

    assert ref is not None
    assert ref.id in host.get("Organizations", [ref.id])


@pytest.mark.parametrize(
    ("given", "said"), [(None, "is not given"), (lambda: None, "is no Flask app")]
)
def test_a_missing_app_is_told(app: Flask, given: Any, said: str) -> None:
    """Outside of a context a host without a usable app says what to write."""
    with pytest.raises(SettingInvalid, match=said) as caught:
        make_host(given).changed_since("Organizations", None)

    assert "app=create_app" in str(caught.value)


def test_two_hosts_of_one_process_note_a_save_once(app: Flask) -> None:
    """The app and a command each make a host: one statement writes the outbox, one row is there."""
    first, second = make_host(app), make_host(app)
    first.create_tables()
    seen: list[str] = []

    def note(_1: Any, _2: Any, statement: str, *_3: Any) -> None:
        if "INTO xt_outbox" in statement:
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    _post(app, id="C1", name="Anna")
    event.remove(engine, "before_cursor_execute", note)

    assert 1 == len(seen)
    assert [1] == [row.generation for row in _rows(second)]


def test_each_transaction_is_noted_anew(app: Flask) -> None:
    """What one transaction noted keeps no later one from noting."""
    host, _ = make_host(app), make_host(app)
    with app.app_context():
        db.session.add(Company(id="C1", name="Anna"))
        db.session.commit()
        host.outbox_done(_rows(host))
        db.session.execute(sa.update(Company).values(name="Berta"))
        db.session.commit()
        db.session.execute(sa.update(Company).values(name="Carla"))
        db.session.commit()

    assert [("updated", 2)] == [(row.kind, row.generation) for row in _rows(host)]


def test_the_check_works_without_a_context(app: Flask) -> None:
    """`xtiger host check` finds nothing to mend, and reaches every function of the adapter."""
    assert [] == check_host(make_host(app))
