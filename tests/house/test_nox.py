"""The sessions of nox: each Python that is promised, and each lower bound."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.house.source import ROOT, sessions_of_nox

SETUP = configparser.ConfigParser(interpolation=None)
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
EXTRAS = SETUP["options.extras_require"]
#: Extras for those who work on the library.
OURS = {"dev", "docs", "examples"}


@pytest.fixture(scope="module")
def noxfile() -> Mapping[str, Any]:
    """What stands in noxfile.py."""
    pytest.importorskip("nox", reason="nox is not installed")
    return sessions_of_nox()


def test_each_promised_python_is_tested(noxfile: Mapping[str, Any]) -> None:
    """The Pythons of the sessions are those of the classifiers, from the required one on."""
    named = re.findall(r"Python :: (3\.\d+)$", SETUP["metadata"]["classifiers"], re.MULTILINE)

    assert named == list(noxfile["PYTHONS"])
    assert f">={named[0]}" == SETUP["options"]["python_requires"]


def test_each_lower_bound_is_pinned(noxfile: Mapping[str, Any]) -> None:
    """Every requirement of the library and of its public extras has its bound as a pin."""
    promised = [SETUP["options"]["install_requires"]]
    promised += [text for name, text in EXTRAS.items() if name not in OURS]
    wanted = [line.strip() for text in promised for line in text.splitlines() if line.strip()]

    pins = [re.sub(r"\[.*\]|,.*", "", line).replace(">=", "==") for line in wanted]
    assert pins == list(noxfile["bounds"]())


def test_what_tests_import_is_installed_for_them(noxfile: Mapping[str, Any]) -> None:
    """Each tool of ours that a test imports is among those of the sessions."""
    lines = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", lines, re.MULTILINE))
    tools = {name.casefold() for name in noxfile["TEST_TOOLS"]}
    ours = re.findall(r"^([\w-]+) >=", EXTRAS["dev"], re.MULTILINE)
    wanted = {one.casefold() for one in ours if one.casefold().replace("-", "_") in imported}

    assert "httpx" in wanted
    # nox and mypy judge files; the sessions leave those tests out.
    assert set() == wanted - tools - {"nox", "mypy"}
