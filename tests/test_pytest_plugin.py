"""The fixtures that a CRM's own tests use, in a project of its own as docs/testing.md says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

engine = sa.create_engine("sqlite:///crm.db")
Session = sessionmaker(engine, expire_on_commit=False)

class Base(DeclarativeBase):
    pass

class Company(Base):
    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str | None] = mapped_column(sa.String(200))
"""
HOST = """
from mycrm.models import Company, Session
from xtiger.hosts.sqlalchemy import Field, Module, SQLAlchemyHost

def make_host():
    return SQLAlchemyHost(Session, base_currency="GBP", modules=[
        Module("Organizations", Company, role="organisation", fields=[
            Field("name", role="organisation.name", required=True),
            Field("email", role="organisation.email"),
        ]),
    ])
"""
DATABASE = """

from mycrm.models import Base, engine

@pytest.fixture
def database():
    Base.metadata.create_all(engine)
    yield
    Base.metadata.drop_all(engine)
    with engine.begin() as connection:
        for name in ("xt_outbox", "xt_created", "xt_identity"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    engine.dispose()
"""
SAVE = """
from mycrm.models import Company, Session

def save(name, email=None):
    with Session.begin() as session:
        session.add(made := Company(name=name, email=email))
        session.flush()
        return made.id
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A CRM with the conftest.py and the test that the page shows."""
    for folder in ("mycrm", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    (tmp_path / "mycrm" / "models.py").write_text(MODELS, encoding="utf-8")
    (tmp_path / "mycrm" / "xero.py").write_text(HOST, encoding="utf-8")
    conftest, shown = documented()
    (tmp_path / "tests" / "conftest.py").write_text(conftest + DATABASE, encoding="utf-8")
    (tmp_path / "tests" / "test_shown.py").write_text(shown, encoding="utf-8")
    return tmp_path


def documented() -> list[str]:
    """The Python of docs/testing.md."""
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def played(project: Path, own: str = "", *, shown: bool = False) -> str:
    """What pytest says of the project's tests, as in an environment that has XTiger."""
    if own:
        (project / "tests" / "test_own.py").write_text(SAVE + own, encoding="utf-8")
    if not shown:
        (project / "tests" / "test_shown.py").unlink()
    # The entry point of an environment that was made before it is not there yet.
    plugin = ("-p", "no:xtiger", "-p", "xtiger.pytest_plugin", "-p", "no:randomly")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugin, "-p", "no:cacheprovider"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    # Without the margin that pytest puts before the words of an error.
    return re.sub(r"^E +", "", done.stdout + done.stderr, flags=re.MULTILINE)


def test_the_page_works_as_it_is_written(project: Path) -> None:
    """Saved, sent, edited in Xero, back again, and both sides agree."""
    assert "1 passed" in played(project, shown=True)


def test_a_missing_host_is_said(project: Path) -> None:
    """The fixture that a developer must define names itself and the page."""
    (project / "tests" / "conftest.py").unlink()

    said = played(project, "\ndef test_it(synced):\n    synced()\n")

    assert "The fixture xtiger_host is not defined. Define it in conftest.py" in said


def test_each_claim_fails_in_plain_words(project: Path) -> None:
    """What waits is named with its cause and fix, what differs with both values."""
    said = played(
        project,
        """
def test_waits_for_another(synced, xero_sandbox):
    xero_sandbox.add("Contacts", {"Name": "Kea Limited"})
    key = save("Kea Ltd")
    synced()
    assert "contact_near_name" == synced.waits("Organizations", key).cause.code
    synced.waits("Organizations", key, "contact_same_name")

def test_nothing_waits(synced, xero_sandbox):
    xero_sandbox.add("Contacts", {"Name": "Kea Limited"})
    save("Kea Ltd")
    synced()
    synced.nothing_waits()

def test_not_in_step(synced):
    synced.in_step("Organizations", save("Moa"))

def test_differs(synced, xero_sandbox):
    key = save("Moa", "a@example.com")
    synced()
    contact = synced.in_step("Organizations", key)
    xero_sandbox.edit("Contacts", contact, {"EmailAddress": "b@example.com"})
    synced.both_sides_agree()
""",
    )

    assert "4 failed" in said
    assert "raise AssertionError" not in said  # what is shown is the line of the test
    assert "does not wait for contact_same_name.\nOrganizations 1 (Kea Ltd): held" in said
    assert "Something waits.\nOrganizations 1 (Kea Ltd): held, contact_near_name." in said
    assert "Organizations 1 is not in step.\nNo sync has seen it." in said
    assert "'a@example.com' in the CRM, 'b@example.com' in Xero." in said


def test_a_frozen_clock_expires_no_token_and_hangs_no_worker(project: Path) -> None:
    """Five years later, and ten years before, both a sync and a worker's thread go on."""
    said = played(
        project,
        """
import time
import pytest
from freezegun import freeze_time
from xtiger.working import worker_of

@pytest.mark.parametrize("day", ["2031-05-01", "2016-05-01"])
def test_a_sync(synced, xero_sandbox, day):
    with freeze_time(day):
        key = save("Kea")
        synced()
        synced.in_step("Organizations", key)
        synced.both_sides_agree()
    assert ["active"] == [one.state for one in synced.xt.connections.all()]

@pytest.mark.parametrize("day", ["2031-05-01", "2016-05-01"])
def test_a_worker(xtiger, synced, xero_sandbox, day):
    with freeze_time(day):
        save("Kea")
        synced()
        save("Moa")
        synced.wait()
        worker = worker_of(xtiger)
        worker.start()
        for _ in range(200):
            if len(xero_sandbox.table("Contacts")) == 2:
                break
            time.sleep(0.1)
        worker.stop()
    assert ["Kea", "Moa"] == [one["Name"] for one in xero_sandbox.table("Contacts")]
""",
    )

    assert "4 passed" in said


def test_importing_the_plugin_loads_nothing_of_the_library() -> None:
    """Each pytest of the environment loads it: it must cost nothing."""
    code = (
        "import sys, xtiger.pytest_plugin as plugin\n"
        "print([name for name in ('sqlalchemy', 'requests', 'flask', 'marshmallow') "
        "if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize("file", ["setup.cfg", "packaging/xtiger.cfg"])
def test_pytest_finds_the_plugin(file: str) -> None:
    """The clone and the wheel both name it."""
    read = ConfigParser()
    read.read(ROOT / file, encoding="utf-8")

    assert "xtiger = xtiger.pytest_plugin" == read["options.entry_points"]["pytest11"].strip()
