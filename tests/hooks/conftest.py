"""A world, and extensions of a test's own that are installed beside the real ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.extensions.making import Making
from tests.world import World, make_world

#: Installs an extension with these hooks as pip would, and enables it.
Install = Callable[..., None]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A CRM and an empty organisation, not connected yet."""
    home = tmp_path / "home"
    home.mkdir()
    with make_world(home) as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python finds packages in; what was imported from it is forgotten."""
    site = tmp_path / "site"
    site.mkdir()
    path, before = list(sys.path), set(sys.modules)
    monkeypatch.setattr(sys, "path", [*path, str(site)])
    yield site
    for name in set(sys.modules) - before:
        origin = str(getattr(sys.modules[name], "__file__", "") or "")
        if origin.startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def install(world: World, site: Path) -> Install:
    """Install an extension as pip does, give it hooks, load and enable it."""

    def put(*hooks: Callable[..., Any], name: str = "Probe", enable: bool = True) -> None:
        package = f"hooked_{name.lower()}"
        for file, content in Making(name=name, package=package).wheel_files().items():
            path = site / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        module = import_module(f"{package}.plugin")
        for hook in hooks:
            setattr(module, hook.__name__, hook)
        world.xt.extensions.load()
        if enable:
            world.xt.extensions.enable(name)

    return put
