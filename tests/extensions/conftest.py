"""An installation for the tests of the module manager: a store, a home, and a core extension."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.extensions.making import PLUGIN, Making, archive
from xtiger.db.cipher import Cipher
from xtiger.db.store import SqlStore
from xtiger.extensions.manager import ExtensionManager
from xtiger.model.connections import Connection

BEGIN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class HeldClock:
    """A clock that moves when it is told to."""

    moment: datetime = BEGIN
    ids: int = 0

    def now(self) -> datetime:
        """The held moment."""
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.moment += timedelta(seconds=seconds)

    def new_id(self) -> str:
        """A text that was not given before."""
        self.ids += 1
        return f"{self.ids:032x}"


@dataclass
class Lifecycle:
    """Listens to the lifecycle hooks, and raises or answers where it is told to."""

    heard: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    raises: dict[str, Exception] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    def __call__(self, extension: str, hook: str, /, **arguments: Any) -> Any:
        """Remember a call."""
        self.heard.append((extension, hook, arguments))
        if hook in self.raises:
            raise self.raises[hook]
        return self.answers.get(hook)

    def hooks(self, extension: str) -> list[str]:
        """The hooks of one extension that were called, oldest first."""
        return [hook for name, hook, _ in self.heard if name == extension]


@dataclass
class Installation:
    """One home with its store; each `start()` is a new process as far as can be."""

    home: Path
    site: Path
    store: SqlStore
    clock: HeldClock = field(default_factory=HeldClock)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)

    def pip(self, making: Making) -> None:
        """Put an extension where pip puts one."""
        for name, content in making.wheel_files().items():
            path = self.site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def search(self) -> list[EntryPoint]:
        """What pip installed here."""
        return [
            entry_point
            for owner in distributions(path=[str(self.site)])
            for entry_point in owner.entry_points.select(group="xtiger.extensions")
        ]

    def forget(self) -> None:
        """Take what was imported of extensions out of this process."""
        for name in [n for n in sys.modules if n.split(".")[0] in EXTENSION_PACKAGES]:
            del sys.modules[name]
        sys.path[:] = [place for place in sys.path if not place.startswith(str(self.home))]

    def start(
        self, *, safe_mode: bool = False, new_on: bool = True, whole: bool = True
    ) -> ExtensionManager:
        """A manager as the next process would have it: nothing of extensions is imported.

        A whole one has imported all that is here, as for the page of extensions.
        """
        self.forget()
        manager = ExtensionManager(
            self.store,
            self.home,
            self.clock,
            safe_mode,
            new_on=new_on,
            call_lifecycle=self.lifecycle,
            search=self.search,
        )
        manager.load() if whole else manager.load_enabled()
        manager.settle()
        return manager


#: Packages that tests install; a new start forgets them.
EXTENSION_PACKAGES = ("loyalty_points", "loyalty_cards", "pip_made")


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for xtiger.plugin, so that these tests need no host."""
    values = {"name": "XTiger", "label": "XTiger", "package": "xtiger", "requires": ()}
    module = ModuleType("xtiger.plugin")
    exec(PLUGIN.format(**values, version="0"), module.__dict__)
    monkeypatch.setitem(sys.modules, "xtiger.plugin", module)


@pytest.fixture
def installation(
    tmp_path: Path, core: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """An installation that holds the core and nothing else."""
    site = tmp_path / "site"
    (site / "xtiger-0.dist-info").mkdir(parents=True)
    (site / "xtiger-0.dist-info" / "METADATA").write_text("Name: xtiger\nVersion: 0\n")
    (site / "xtiger-0.dist-info" / "entry_points.txt").write_text(
        "[xtiger.extensions]\nxtiger = xtiger.plugin\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])
    cipher = Cipher([Fernet.generate_key().decode()])
    store = SqlStore.open(f"sqlite:///{tmp_path / 'store.db'}", cipher)
    store.migrate()
    for connection in ("first", "second"):
        store.save_connection(Connection(connection, "", connection, "", connection, "GBP"))
    installation = Installation(tmp_path / "home", site, store)
    yield installation
    installation.forget()
    store.close()


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    """Makes the zip of an extension; named parts replace the usual ones."""

    def make(**parts: Any) -> Path:
        return Making(**parts).write(tmp_path)

    return make


__all__ = ["HeldClock", "Installation", "Lifecycle", "archive"]
