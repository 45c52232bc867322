"""A mail server in a process of its own: STARTTLS, a login, and recipients that make trouble.

`python -m tests.processes.mail_server FOLDER PORT` prints its port. What it takes stands in
FOLDER/taken.jsonl, a line for each mail. Mails to nobody@ are refused, mails to later@ put off; at
the first mail to gone@ it takes the text and dies before it answers.
"""

from __future__ import annotations

import asyncio
import email
import json
import os
import ssl
import sys
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: What it wants of who logs in.
USER, PASSWORD = "clerk", "pass word"
_REFUSALS = {"nobody": "550 5.1.1 nobody of this name", "later": "451 4.7.1 try later"}


class Postbox:
    """Takes mails into a file."""

    def __init__(self, folder: Path) -> None:
        self._taken, self._died = folder / "taken.jsonl", folder / "died"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        refusal = _REFUSALS.get(address.partition("@")[0])
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail, whole, before it is answered."""
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=default)
        line = {
            "id": mail["Message-ID"],
            "to": envelope.rcpt_tos,
            "subject": mail["Subject"],
            "behind_tls": session.ssl is not None,
            "login": session.authenticated,
        }
        with self._taken.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        if envelope.rcpt_tos[0].startswith("gone@") and not self._died.exists():
            self._died.touch()
            os._exit(9)
        return "250 OK taken"


def _checked(_server: Any, _session: Any, _envelope: Any, _kind: Any, given: Any) -> AuthResult:
    right = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == right, handled=False)


async def _serve(folder: Path, port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "mail.pem", folder / "mail.key")
    box, loop = Postbox(folder), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            box,
            hostname="mail.test",
            tls_context=context,
            require_starttls=True,
            authenticator=_checked,
            auth_required=True,
            loop=loop,
        ),
        "127.0.0.1",
        port,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
