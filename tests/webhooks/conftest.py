"""Worlds whose Xero tells the CRM what changed, by real POSTs to a Flask application."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.serving import make_server

from tests.world import World, make_world, without_waiting_for_the_disk
from xtiger.app import XTiger
from xtiger.links import WebhookEvent
from xtiger.sandbox.webhooks import Delivery
from xtiger.web import blueprint


class Told(World):
    """A world that listens to the sandbox's webhooks."""

    url = ""

    def subscribe(self, **options: Any) -> None:
        """Let the sandbox send to the CRM, with the key in the CRM's settings."""
        made = self.sandbox.webhooks.subscribe(self.sandbox.client_id, self.url, **options)
        settings = replace(self.xt.settings, xero_webhook_key=f"an-older-key, {made.key}")
        self.reopen(settings=settings)

    def reopen(self, **changed: Any) -> None:
        """Another process on the same store and CRM."""
        settings = changed.get("settings", self.xt.settings)
        self.xt.close()
        self.xt = XTiger(self.host, settings=settings, clock=self.clock)
        without_waiting_for_the_disk(self.xt)

    def deliver(self) -> list[Delivery]:
        """Let the sandbox send what waits."""
        return self.sandbox.webhooks.deliver_due()

    def hear(self) -> None:
        """Let the sandbox send, and the worker do one round a moment later."""
        self.deliver()
        self.wait(3)
        self.xt.tick()

    def waiting(self) -> list[WebhookEvent]:
        """The events that are not done."""
        return list(self.xt.store.waiting_events(self.xt.connection().id))

    def spent(self, work: Callable[[], object]) -> int:
        """The calls that the work cost."""
        before = self.calls()
        work()
        return self.calls() - before

    def names(self) -> list[Any]:
        """Names of the CRM's organisations."""
        return sorted(str(r.values["accountname"]) for r in self.host.all("Organizations"))


@contextmanager
def served(world: World) -> Iterator[str]:
    """The CRM's address for webhooks, served by a thread."""
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(_Current(world)))  # type: ignore[arg-type]  # the library behind it changes
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/modules/XTiger/webhook"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Current:
    """The world's library of the moment: a test may open it anew."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.xt, name)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Told]:
    """Connected, synced once, and subscribed."""
    with make_world(tmp_path) as made:
        told = Told(made.xt, made.host, made.sandbox, made.clock)
        with served(told) as url:
            told.url = url
            told.connect()
            told.default_account()
            told.sync()
            told.subscribe()
            assert told.sandbox.webhooks.intent_to_receive(told.sandbox.client_id)
            try:
                yield told
            finally:
                told.xt.close()
