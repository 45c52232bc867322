"""The stage of the machine: a connected world in this process, set back to its start in no time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from tests.inprocess import routed
from tests.stories.machine.books import Books
from tests.world import MovingClock, World, hurry
from xtiger.app import XTiger
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.sandbox import Sandbox, create_app
from xtiger.settings import Settings


class Killed(BaseException):
    """The process is gone: nothing in the library may catch this."""


class Start:
    """A world just connected, kept as a snapshot of Xero and copies of the store and the CRM.

    `furnish` fills its books before that, so that a story need not begin with nothing.
    """

    def __init__(self, furnish: Callable[[World], Books] | None = None) -> None:
        self._folder = TemporaryDirectory(prefix="xtiger-machine-")
        self.home = Path(self._folder.name)
        self.clock = MovingClock()
        # Ids that repeat make a story repeat, so that a failed one can be shortened.
        self.sandbox = Sandbox(clock=self.clock.now, secrets=Random(7))
        with routed(create_app(self.sandbox)) as self.url, self.world(self.home) as made:
            made.connect()
            made.default_account()
            self._books = furnish(made) if furnish else Books(made)
            self._crm = made.host._rows._db.serialize()
        self.moment, self.snapshot = self.clock.now(), self.sandbox.snapshot()

    def books(self, world: World) -> Books:
        """The books as they are at the start, for a story's own world."""
        return self._books.copied(world)

    @contextmanager
    def world(self, home: Path) -> Iterator[World]:
        """A library on the store in this home, with the CRM of the start, if it is made."""
        host = MemoryHost(modules=standard_modules(), clock=self.clock)
        if hasattr(self, "_crm"):
            host._rows._db.deserialize(self._crm)
        xt = self.library(home, host)
        try:
            yield World(xt, host, self.sandbox, self.clock)
        finally:
            xt.close()
            host.close()

    def library(self, home: Path, host: MemoryHost) -> XTiger:
        """The library as a fresh process opens it."""
        settings = Settings(
            home=home,
            database_url=f"sqlite:///{home / 'xtiger.db'}",
            xero_url=self.url,
            xero_client_id=self.sandbox.client_id,
            xero_client_secret=self.sandbox.client_secret,
            new_extensions_on=False,
        )
        xt = XTiger(host, settings=settings, clock=self.clock)
        hurry(xt)
        return xt


@cache
def start(furnish: Callable[[World], Books] | None) -> Start:
    """A start of this process's worlds, made once."""
    return Start(furnish)


class Stage:
    """One world of its own, and a way to let its process die."""

    def __init__(self, furnish: Callable[[World], Books] | None) -> None:
        self._stack = ExitStack()
        begin = self._begin = start(furnish)
        begin.sandbox.restore(begin.snapshot)
        begin.clock.set(begin.moment)
        folder = self._enter(TemporaryDirectory(prefix="xtiger-story-"))
        self._home = Path(folder)
        for file in begin.home.iterdir():
            shutil.copy(file, self._home)
        self._enter(routed(create_app(begin.sandbox), begin.url))
        self.world = self._enter(begin.world(self._home))
        self.books = begin.books(self.world)

    def _enter(self, context: AbstractContextManager[Any]) -> Any:
        return self._stack.enter_context(context)

    def reopen(self) -> None:
        """A new process opens the same store and CRM; the dead one's lease has run out."""
        self.world.xt.close()
        self.world.wait(1_000)
        self.world.xt = self._begin.library(self._home, self.world.host)

    def killed(self, owner: type, name: str, *, before: bool, work: Callable[[], object]) -> bool:
        """Do the work and die at the first call of the method; answers whether it was called."""
        real = getattr(owner, name)

        def deadly(*given: Any, **named: Any) -> Any:
            if before:
                raise Killed
            real(*given, **named)
            raise Killed

        try:
            with mock.patch.object(owner, name, deadly):
                work()
        except Killed:
            self.reopen()
            return True
        return False

    def close(self) -> None:
        """Let everything of this story go."""
        self._stack.close()
