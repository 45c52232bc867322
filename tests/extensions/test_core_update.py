"""A newer XTiger out of its zip: verified whole, and installed by a real pip into a real Python."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.extensions.making import Making
from xtiger.errors import ExtensionRefused
from xtiger.extensions.core_update import (
    CoreUpdate,
    Environment,
    install_core,
    newer_core,
    read_cores,
    run_pip,
)

NEWER = Making(name="XTiger", label="XTiger", package="xtiger", version="99.0.0", requires=())


@pytest.fixture
def well(tmp_path: Path) -> Environment:
    """A Python that pip may write to."""
    return Environment("python", tmp_path, has_pip=True, is_managed=False)


def read(folder: Path, making: Making, environment: Environment) -> CoreUpdate | None:
    """The update that a zip holds."""
    path = making.write(folder)
    return newer_core(list(read_cores([path], {}).values()), environment)


@pytest.mark.slow
def test_pip_installs_it_and_nothing_else(tmp_path: Path) -> None:
    """In a Python of its own: its release is there afterwards, and nothing was fetched."""
    home = tmp_path / "python"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = str(home / "bin" / "python")
    own = Environment(python, home, has_pip=True, is_managed=False)
    update = read(tmp_path, NEWER, own)
    assert update is not None
    install_core(update, own, run_pip)
    asked = "from importlib.metadata import version; print(version('xtiger'))"
    found = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)

    assert "99.0.0" == found.stdout.strip()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"has_pip": False}, "has no pip"),
        ({"python": ""}, "is not known"),
        ({"is_managed": True}, "belong to the operating system"),
        ({"site_packages": Path("/nonexistent")}, "may not write"),
    ],
)
def test_where_pip_cannot_work_a_sentence_says_so(
    tmp_path: Path, well: Environment, changes: dict[str, object], sentence: str
) -> None:
    """Before anybody is asked."""
    with pytest.raises(ExtensionRefused) as refused:
        read(tmp_path, NEWER, replace(well, **changes))  # type: ignore[arg-type]

    assert sentence in str(refused.value)
    assert "restart the CRM" in str(refused.value)


@pytest.mark.parametrize(
    ("making", "sentence"),
    [
        (replace(NEWER, metadata=("Requires-Dist: no-such-thing>=1",)), "it needs no-such-thing"),
        (replace(NEWER, metadata=("Requires-Python: >=9",)), "it needs Python"),
        (replace(NEWER, files={"evil.pth": b"import os"}), "evil.pth"),
        (replace(NEWER, tag="cp311-cp311-linux_x86_64"), "not a wheel for every machine"),
        (replace(NEWER, version="0.0.1"), "the newer"),
    ],
)
def test_what_is_not_whole_or_does_not_fit_is_refused(
    tmp_path: Path, well: Environment, making: Making, sentence: str
) -> None:
    """As with every extension, and its needs must be here: nothing is fetched."""
    with pytest.raises(ExtensionRefused) as refused:
        read(tmp_path, making, well)

    assert sentence in str(refused.value)


def test_a_wheel_that_pip_refuses_says_what_pip_said(tmp_path: Path, well: Environment) -> None:
    """A command that cannot be run is one of these."""
    update = read(tmp_path, NEWER, well)
    assert update is not None
    broken = replace(update, wheel_content=b"no wheel")
    for python in ("/nonexistent/python", sys.executable):
        own = replace(well, python=python)
        with pytest.raises(ExtensionRefused) as refused:
            install_core(broken, own, run_pip)

        assert "pip could not install it: " in str(refused.value)
