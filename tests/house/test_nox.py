"""The sessions of nox: each Python that is promised, and each lower bound."""

from __future__ import annotations

import configparser
import re
import runpy
from typing import Any

import pytest

from tests.house.source import ROOT

SETUP = configparser.ConfigParser(interpolation=None)
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
EXTRAS = SETUP["options.extras_require"]
#: Extras for those who work on the library.
OURS = {"dev", "docs"}


@pytest.fixture(scope="module")
def noxfile() -> dict[str, Any]:
    """What stands in noxfile.py."""
    pytest.importorskip("nox", reason="nox is not installed")
    return runpy.run_path(str(ROOT / "noxfile.py"))


def test_each_promised_python_is_tested(noxfile: dict[str, Any]) -> None:
    """The Pythons of the sessions are those of the classifiers, from the required one on."""
    named = re.findall(r"Python :: (3\.\d+)$", SETUP["metadata"]["classifiers"], re.MULTILINE)

    assert named == list(noxfile["PYTHONS"])
    assert f">={named[0]}" == SETUP["options"]["python_requires"]


def test_each_lower_bound_is_pinned(noxfile: dict[str, Any]) -> None:
    """Every requirement of the library and of its public extras has its bound as a pin."""
    promised = [SETUP["options"]["install_requires"]]
    promised += [text for name, text in EXTRAS.items() if name not in OURS]
    wanted = [line.strip() for text in promised for line in text.splitlines() if line.strip()]

    assert [re.sub(r"\[.*\]", "", line).replace(">=", "==") for line in wanted] == list(
        noxfile["bounds"]()
    )
