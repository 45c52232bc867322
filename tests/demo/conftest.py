"""A demo CRM with its seed, in a folder of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from tests.demo.both import Both, connected
from xtiger.demo.crm import create_app
from xtiger.demo.database import FILE, open_sessions
from xtiger.demo.seeding.load_seed import load


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded database file, to be copied: loading it for every test takes long."""
    home = tmp_path_factory.mktemp("seeded")
    found = open_sessions(home)
    load(found)
    # Closing the last connection moves what is in the WAL into the file.
    found.kw["bind"].dispose()
    return home / FILE


@pytest.fixture
def sessions(tmp_path: Path, seeded: Path) -> Iterator[sessionmaker[Session]]:
    """Sessions on a seeded CRM of the test's own."""
    shutil.copy(seeded, tmp_path / FILE)
    found = open_sessions(tmp_path)
    yield found
    found.kw["bind"].dispose()


@pytest.fixture
def client(tmp_path: Path, sessions: sessionmaker[Session]) -> FlaskClient:
    """A browser on the CRM, without XTiger."""
    return create_app(tmp_path, sessions=sessions).test_client()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """Both, connected, with nothing in them."""
    with connected(tmp_path) as made:
        yield made


def form_of(page: str) -> dict[str, str]:
    """The fields of the page's record form as a browser would post them unchanged."""
    forms = re.findall(r'<form method="post".*?</form>', page, re.DOTALL)
    # The panel above it is a form too; its token has another name.
    body = next(form for form in forms if 'name="csrf"' in form)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if name and ("checkbox" not in tag or " checked" in tag):
            found[name] = value
    for head, text in re.findall(r"<textarea([^>]*)>(.*?)</textarea>", body, re.DOTALL):
        found[_attribute(head, "name")] = _plain(text)
    for head, inner in re.findall(r"<select([^>]*)>(.*?)</select>", body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[_attribute(head, "name")] = _plain(chosen[1]) if chosen else ""
    return found


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return _plain(found[1]) if found else ""


def _plain(text: str) -> str:
    for entity, character in (("&#39;", "'"), ("&#34;", '"'), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(entity, character)
    return text.replace("&amp;", "&")
