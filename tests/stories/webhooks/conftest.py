"""Worlds whose Xero tells the CRM what changed, by real POSTs to a Flask application."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.serving import make_server

from tests.inprocess import routed
from tests.stories.machine.stage import Start as MachineStart
from tests.world import World, hurry
from xtiger.app import XTiger
from xtiger.model.secret import Secret
from xtiger.model.webhook_events import WebhookEvent
from xtiger.sandbox import create_app
from xtiger.sandbox.posting import Reply
from xtiger.sandbox.webhooks import Delivery, signature
from xtiger.web import blueprint


def signed(events: Sequence[Any], number: int, key: str) -> tuple[bytes, str]:
    """A body as Xero writes it, spaces too, and its signature."""
    last = number + max(len(events) - 1, 0)
    body = (
        f'{{"events":{json.dumps(list(events))},"firstEventSequence": {number},'
        f'"lastEventSequence": {last}, "entropy": "S0m3r4Nd0mt3xt"}}'
    ).encode()
    return body, signature(key, body)


class Told(World):
    """A world that listens to the sandbox's webhooks."""

    url = ""

    def subscribe(self, **options: Any) -> None:
        """Let the sandbox send to the CRM, with the key in the CRM's settings."""
        made = self.sandbox.webhooks.subscribe(self.sandbox.client_id, self.url, **options)
        settings = replace(self.xt.settings, xero_webhook_key=Secret(f"an-older-key, {made.key}"))
        self.reopen(settings=settings)

    def reopen(self, **changed: Any) -> None:
        """Another process on the same store and CRM."""
        settings = changed.get("settings", self.xt.settings)
        self.xt.close()
        self.xt = XTiger(self.host, settings=settings, clock=self.clock)
        if settings.database_url.startswith("sqlite"):
            hurry(self.xt)

    def deliver(self) -> list[Delivery]:
        """Let the sandbox send what waits."""
        return self.sandbox.webhooks.deliver_due()

    def deliver_later(self) -> Delivery:
        """Let the sandbox send what waits, and keep it from the CRM; answers what it sent."""
        kept: list[Delivery] = []

        def post(url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
            kept.append(Delivery(url, body, headers, 200))
            return Reply(200, b"", {})

        real, self.sandbox.webhooks.post = self.sandbox.webhooks.post, post
        self.deliver()
        self.sandbox.webhooks.post = real
        return kept[0]

    def hear(self) -> None:
        """Let the sandbox send, and the worker do one round a moment later."""
        self.deliver()
        self.wait(3)
        self.xt.tick()

    def waiting(self) -> list[WebhookEvent]:
        """The events that are not done."""
        return list(self.xt.store.waiting_events(self.xt.connections.get().id))

    def spent(self, work: Callable[[], object]) -> int:
        """The calls that the work cost."""
        before = self.calls()
        work()
        return self.calls() - before

    def event(self, category: str, xero_id: str, **changed: str) -> dict[str, Any]:
        """An event of this moment as Xero writes it."""
        return {
            "resourceUrl": "https://api.xero.com/",
            "resourceId": xero_id,
            "tenantId": self.organisation(),
            "tenantType": "ORGANISATION",
            "eventCategory": category,
            "eventType": "UPDATE",
            "eventDateUtc": self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000"),
            **changed,
        }

    def signed(self, events: Sequence[Mapping[str, Any]], number: int) -> tuple[bytes, str]:
        """A body with these events and this number of the first, and its signature."""
        subscription = self.sandbox.webhooks.subscription(self.sandbox.client_id)
        assert subscription is not None
        return signed(events, number, subscription.key)

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


class Start(MachineStart):
    """The start of these worlds: connected, synced once, and subscribed."""

    def __init__(self) -> None:
        super().__init__(None)
        with routed(create_app(self.sandbox), self.url), self.world(self.home) as made:
            made.sync()
        self.sandbox.webhooks.subscribe(self.sandbox.client_id, "http://localhost:9")
        self.moment, self.snapshot = self.clock.now(), self.sandbox.snapshot()


@cache
def start() -> Start:
    """The start of this process's worlds, made once."""
    return Start()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Told]:
    """Connected, synced once, and subscribed; the CRM listens over HTTP."""
    begin = start()
    begin.sandbox.restore(begin.snapshot)
    begin.clock.set(begin.moment)
    for file in begin.home.iterdir():
        shutil.copy(file, tmp_path)
    with routed(create_app(begin.sandbox), begin.url), begin.world(tmp_path) as made:
        told = Told(made.xt, made.host, made.sandbox, made.clock)
        with served(told) as told.url:
            told.subscribe()
            assert told.sandbox.webhooks.intent_to_receive(told.sandbox.client_id)
            try:
                yield told
            finally:
                told.xt.close()
