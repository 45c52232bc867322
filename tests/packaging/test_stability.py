"""docs/stability.md is true: what is public is listed, what is supported is tested."""

from __future__ import annotations

import configparser
import re
import warnings
from pathlib import Path

import pytest

from tests.house.source import sessions_of_nox
from tests.packaging.public_api import MODULES, STORED, listing
from xtiger.errors import deprecated

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")


def test_what_is_public_changes_knowingly() -> None:
    """A change of a public name or command needs the stored list written anew.

    Run `python -m tests.packaging.public_api`, and say the change in changelog.d/.
    """
    stored = STORED.read_text(encoding="utf-8").splitlines()
    now = listing()

    assert ([], []) == ([one for one in stored if one not in now], sorted({*now} - {*stored}))


def test_the_page_names_what_is_listed() -> None:
    """Each module of the list stands on the page as one that stays."""
    assert [] == [name for name in MODULES if f"`{name}`" not in TEXT]


def test_the_page_names_the_versions_that_are_tested() -> None:
    """Pythons and Djangos are those of the sessions, the oldest ones those of setup.cfg."""
    pytest.importorskip("nox", reason="nox is not installed")
    sessions = sessions_of_nox()
    releases = re.findall(r'"release", \[(.*?)\]', (ROOT / "noxfile.py").read_text("utf-8"))[0]
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    needed = config["options"]["install_requires"] + config["options.extras_require"]["web"]
    oldest = dict(re.findall(r"([\w-]+) >= ([\w.]+)", needed))

    assert f"| Python | {', '.join(sessions['PYTHONS'])} |" in TEXT
    assert f"| Django | {releases.replace(chr(34), '')} |" in TEXT
    assert f"| SQLAlchemy | {oldest['SQLAlchemy']} or newer |" in TEXT
    assert f"| Flask | {oldest['Flask']} or newer |" in TEXT
    assert f"| marshmallow | {oldest['marshmallow']} or newer" in TEXT


def _old() -> None:
    deprecated("Field(kind=)", instead="Field(type=)", until="0.4")


def test_what_goes_says_so_first() -> None:
    """The warning names what to use instead, the release that ends it, and the caller's line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _old()

    (one,) = caught
    expected = "Field(kind=) goes with XTiger 0.4: use Field(type=)."
    assert (expected, DeprecationWarning) == (str(one.message), one.category)
    assert __file__ == one.filename
