"""A real mail server on this machine, and a world whose mails it takes."""

from __future__ import annotations

import asyncio
import email
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.world import World, connected_world
from xtiger.app import XTiger
from xtiger.model.mailing.servers import MailSettings
from xtiger.model.secret import Secret

#: Who gets the mails of these tests, and where their links lead.
BOSS, PAGES = "boss@crm.example", "https://crm.example/books"


@dataclass
class Postbox:
    """What a mail server took, and what it answers next."""

    mails: list[EmailMessage] = field(default_factory=list)
    #: Answers to the next texts in place of taking them; "gone" takes it and never answers.
    answers: list[str] = field(default_factory=list)
    #: Answers to the next recipients in place of taking them.
    refusals: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a mail, or answer what the test said."""
        answer = self.answers.pop(0) if self.answers else ""
        if answer in ("", "gone"):
            content = envelope.content
            assert isinstance(content, bytes)
            read = email.message_from_bytes(content, policy=default)
            assert isinstance(read, EmailMessage)
            self.mails.append(read)
        if answer == "gone":
            assert server.transport is not None
            server.transport.close()
        return answer if answer not in ("", "gone") else "250 OK taken"

    def text(self, place: int = -1) -> str:
        """The plain text of a mail."""
        return self.part("plain", place)

    def part(self, kind: str, place: int = -1) -> str:
        """The text of one kind of a mail."""
        found = self.mails[place].get_body((kind,))
        assert found is not None
        content = found.get_content()
        assert isinstance(content, str)
        return content

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was taken."""
        return [str(one["Message-ID"]) for one in self.mails]

    @property
    def subjects(self) -> list[str]:
        """The subjects of what was taken."""
        return [str(one["Subject"]) for one in self.mails]


@contextmanager
def served(
    postbox: Postbox, tls: ssl.SSLContext | None = None, password: str = ""
) -> Iterator[None]:
    """A mail server on a free port; with `tls` it wants STARTTLS, with a password a login."""

    def check(_server: Any, _session: Any, _envelope: Any, _kind: Any, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password == password.encode()
        return AuthResult(success=right, handled=False)

    wanted: dict[str, Any] = {}
    if tls is not None:
        wanted = {"tls_context": tls, "require_starttls": True}
    if password:
        wanted |= {"authenticator": check, "auth_required": True}
    loop = asyncio.new_event_loop()
    making = loop.create_server(
        lambda: SMTP(postbox, hostname="mail.test", loop=loop, **wanted), "127.0.0.1", 0
    )
    # In a thread from the first: where a browser is open, this one counts as having a loop.
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(making, loop).result(10)
    postbox.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_ended(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _ended() -> None:
    """Let every conversation end, so that no task is left."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def with_mail(world: World, postbox: Postbox, **changes: Any) -> World:
    """The same world, opened again with settings for its mails."""
    server = Secret(f"smtp+plain://127.0.0.1:{postbox.port}")
    mail = MailSettings(server, "xero@crm.example", (BOSS,), PAGES)
    return opened_again(world, mail=replace(mail, **changes))


def opened_again(world: World, **settings: Any) -> World:
    """The same world after a restart of the process, with other settings."""
    world.xt.close()
    changed = replace(world.xt.settings, **settings)
    world.xt = XTiger(world.host, settings=changed, clock=world.clock)
    return world


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A mail server that takes everything."""
    box = Postbox()
    with served(box):
        yield box


@pytest.fixture
def world(tmp_path: Path, postbox: Postbox) -> Iterator[World]:
    """A connected world with an administrator who gets mails."""
    with connected_world(tmp_path) as made:
        yield with_mail(made, postbox)
