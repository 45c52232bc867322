"""Mails by a mail server in a process of its own, and senders that are killed at each step."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import certificate
from tests.processes.home import ROOT, Home, LateClock, finish
from tests.processes.mail_server import PASSWORD, USER
from xtiger.app import XTiger
from xtiger.demo.host import build
from xtiger.model.mailing.letters import Letter
from xtiger.model.mailing.recipients import Recipient
from xtiger.settings import load_settings

#: Each step of a letter: what is called, the how manieth call of it, and whether the process is
#: killed before or after it; "half" is within it, when half of the text has left.
STEPS = {
    "before it is written": ("store", "add_letter", 1, "before"),
    "once it is written": ("store", "add_letter", 1, "after"),
    "before it is marked": ("store", "save_letter", 1, "before"),
    "once it is marked": ("store", "save_letter", 1, "after"),
    "once the cipher is agreed": ("smtp", "starttls", 1, "after"),
    "once it is logged in": ("smtp", "login", 1, "after"),
    "once the sender is named": ("smtp", "mail", 1, "after"),
    "once the recipient is named": ("smtp", "rcpt", 1, "after"),
    "amid the text": ("smtp", "send", 1, "half"),
    "once the text is taken": ("smtp", "data", 1, "after"),
    "once it said farewell": ("smtp", "quit", 1, "after"),
    "before its end is kept": ("store", "save_letter", 2, "before"),
    "once its end is kept": ("store", "save_letter", 2, "after"),
}
#: Where the server took it and the sender died before that was kept.
UNKNOWN = {"once the text is taken", "once it said farewell", "before its end is kept"}
#: Where it was marked as on its way: nobody but the server knows whether it got it.
MARKED = UNKNOWN | {
    "once it is marked",
    "once the cipher is agreed",
    "once it is logged in",
    "once the sender is named",
    "once the recipient is named",
    "amid the text",
}
_DYING = """
import os, signal, smtplib
from xtiger.db.store import SqlStore
owner = {"store": SqlStore, "smtp": smtplib.SMTP}[where]
real, calls = getattr(owner, name), []

def killed(self, *given, **named):
    if when == "half" and len(given[0]) < 1000:
        return real(self, *given, **named)
    calls.append(name)
    if len(calls) != number:
        return real(self, *given, **named)
    if when == "half":
        self.sock.sendall(given[0][: len(given[0]) // 2])
    if when == "after":
        real(self, *given, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, name, killed)
"""


@dataclass
class Post:
    """A mail server in a process of its own, and the library with settings for it."""

    home: Home
    folder: Path
    port: int = 0
    server: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the server, at the port that it had."""
        self.server = subprocess.Popen(
            [sys.executable, "-m", "tests.processes.mail_server", self.folder, str(self.port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.home.started.append(self.server)
        assert self.server.stdout is not None
        self.port = int(self.server.stdout.readline())

    def settings(self) -> dict[str, str]:
        """What the environment says."""
        address = f"{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}"
        return {
            "XTIGER_NEW_EXTENSIONS": "off",
            "XTIGER_MAIL_SERVER": f"smtp://{address}?trusted={self.folder / 'mail.pem'}",
            "XTIGER_MAIL_FROM": "xero@crm.example",
        }

    def open(self, ahead_seconds: float = 0) -> XTiger:
        """The library in this process."""
        made = load_settings(self.settings(), self.home.path)
        return XTiger(build(self.home.path), made, LateClock(ahead_seconds))

    def post(self, code: str = "", ahead_seconds: float = 0) -> Any:
        """Let a process of its own write and send what is due; `code` runs in it before."""
        begun = (
            f"from xtiger.settings import load_settings\nxt.close()\n{code}\n"
            f"made = load_settings({self.settings()!r}, Path(sys.argv[1]))\n"
            "xt = XTiger(build(Path(sys.argv[1])), made, LateClock(float(sys.argv[2])))\n"
            "xt.mails.post()\nxt.close()\n"
        )
        return self.home.start(begun, ahead_seconds)

    def taken(self) -> list[dict[str, Any]]:
        """What the server took."""
        file = self.folder / "taken.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [json.loads(line) for line in lines]

    def newest(self) -> Letter:
        """The newest letter."""
        with closing(self.open()) as xt:
            return xt.mails.letters(1)[0]


@pytest.fixture
def post(home: Home, tmp_path: Path) -> Post:
    """A mail server that runs, and somebody who gets a report after each sync."""
    folder = tmp_path / "mail"
    folder.mkdir()
    certificate(folder)
    made = Post(home, folder)
    made.start()
    with closing(made.open()) as xt:
        xt.mails.save(Recipient(address="boss@crm.example", every="at_once"))
    return made


@pytest.mark.feature("F092", "F093")
def test_killed_at_each_step_none_is_lost(post: Post) -> None:
    """Each arrives under the id that it was written with: once, and twice only where the server
    took it and nobody kept that; the log counts each time that nobody knows.
    """
    arrived, unanswered, states = {}, {}, set()
    for at, (step, (where, name, number, when)) in enumerate(STEPS.items()):
        ahead = 10_000 * at
        before = len(post.taken())
        post.home.organizations(f"Customer {at}")
        with closing(post.open(ahead + 100)) as xt:
            xt.sync.run(("Organizations",))
        given = f"where, name, number, when = {(where, name, number, when)!r}\n{_DYING}"
        killed = post.post(given, ahead + 200)
        killed.wait()
        assert -9 == killed.returncode, killed.communicate()
        finish(post.post(ahead_seconds=ahead + 1_400))
        letter = post.newest()
        fresh = post.taken()[before:]
        assert {letter.mail.message_id} == {mail["id"] for mail in fresh}, step
        arrived[step], unanswered[step] = len(fresh), letter.unanswered
        states.add(letter.state)

    assert {"sent"} == states
    assert {step: 2 if step in UNKNOWN else 1 for step in STEPS} == arrived
    assert {step: 1 if step in MARKED else 0 for step in STEPS} == unanswered
    assert {(True, True)} == {(mail["behind_tls"], mail["login"]) for mail in post.taken()}


def test_a_server_that_dies_after_the_text_gets_it_again(post: Post) -> None:
    """Nobody knows whether it kept it: the same id once more, which the log says."""
    with closing(post.open()) as xt:
        first = xt.mails.test("gone@crm.example")
    assert post.server is not None
    assert 9 == post.server.wait(30)
    with closing(post.open(70)) as xt:
        xt.mails.post()
    down = post.newest()
    post.start()
    with closing(post.open(1_000)) as xt:
        xt.mails.post()
    sent = post.newest()

    assert ("waiting", 1, 1) == (first.state, first.tries, first.unanswered)
    assert ("waiting", 2, 1) == (down.state, down.tries, down.unanswered)
    assert ("sent", 3, 1) == (sent.state, sent.tries, sent.unanswered)
    assert [sent.mail.message_id] * 2 == [mail["id"] for mail in post.taken()]


def test_one_that_is_refused_holds_up_no_other(post: Post) -> None:
    """Refused for good it stays so, put off it goes later; the others have arrived meanwhile."""
    with closing(post.open()) as xt:
        states = [
            xt.mails.test(f"{name}@crm.example").state for name in ("nobody", "later", "anna")
        ]
        answers = {one.address: one.answer for one in xt.mails.letters()}

    assert ["refused", "waiting", "sent"] == states
    assert "550 5.1.1 nobody of this name" == answers["nobody@crm.example"]
    assert "451 4.7.1 try later" == answers["later@crm.example"]
    assert ["anna@crm.example"] == [to for mail in post.taken() for to in mail["to"]]
