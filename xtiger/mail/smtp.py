"""Handing one mail to the mail server, and what its answer means."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress

from xtiger.i18n.harmless import harmless
from xtiger.model.mailing.letters import MailAnswer
from xtiger.model.mailing.servers import MailServer

#: Seconds that the server may be silent.
TIMEOUT_SECONDS = 30
#: What of a server's words is kept.
_MOST_WORDS = 300


def send(server: MailServer, sender: str, to: str, message: bytes) -> MailAnswer:
    """Hand a mail over; never raises for what the server or the network does.

    `unknown` is returned only where the text was sent and no answer came: then it may have
    arrived.
    """
    try:
        smtp = _open(server)
    except (OSError, smtplib.SMTPException) as error:
        return MailAnswer("later", _said(error))
    try:
        return _hand_over(smtp, server, sender, to, message)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()


def _open(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        context = _context(server)
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)


def _context(server: MailServer) -> ssl.SSLContext:
    """Certificates are checked, always: a stranger must not read the mails."""
    return ssl.create_default_context(cafile=str(server.trusted) if server.trusted else None)


def _hand_over(
    smtp: smtplib.SMTP, server: MailServer, sender: str, to: str, message: bytes
) -> MailAnswer:
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=_context(server))
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password.reveal())
        for code, said in (smtp.mail(sender), smtp.rcpt(to)):
            if code not in (250, 251):
                return _refusal(code, said)
    except smtplib.SMTPResponseException as error:
        # A wrong password is mended in the settings, and the letter goes then.
        return MailAnswer("later", _said(error))
    except (OSError, smtplib.SMTPException) as error:
        return MailAnswer("later", _said(error))
    try:
        code, said = smtp.data(message)
    except smtplib.SMTPDataError as error:
        # It did not want the text at all: nothing was sent.
        return _refusal(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return MailAnswer("unknown", _said(error))
    return MailAnswer("sent", _words(code, said)) if code == 250 else _refusal(code, said)


def _refusal(code: int, said: bytes | str) -> MailAnswer:
    """RFC 5321, 4.2.1: 5yz is for good, 4yz passes."""
    return MailAnswer("refused" if code >= 500 else "later", _words(code, said))


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    return harmless(f"{type(error).__name__}: {error}")[:_MOST_WORDS]


def _words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return harmless(f"{code} {' '.join(text.split())}")[:_MOST_WORDS]
