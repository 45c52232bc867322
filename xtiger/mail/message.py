"""A mail as the bytes that a mail server takes: text and HTML, with fixed headers."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from xtiger.errors import SettingInvalid
from xtiger.model.mailing.letters import Mail
from xtiger.model.mailing.recipients import is_mail_address

#: The name that stands beside the address of the sender.
_SENDER = "XTiger"
#: Longer subjects are folded; before that, some programs would show an empty first line (RFC 5322
#: allows 998, and asks for 78 where it can be).
_LINE = 200


def sender_domain(sender: str) -> str:
    """The part of the sender's address that makes ids unique; raises SettingInvalid."""
    if not is_mail_address(sender):
        raise SettingInvalid(
            "XTIGER_MAIL_FROM", "is no mail address", "Write one like xero@example.com."
        )
    return sender.rpartition("@")[2]


def message_bytes(mail: Mail, sender: str, at: datetime) -> bytes:
    """The whole message, lines ended as RFC 5322 says; the same bytes for the same letter.

    Nobody answers it automatically (RFC 3834), and a person who answers reaches the sender.
    """
    message = EmailMessage(policy=SMTP.clone(max_line_length=_LINE))
    message["From"] = Address(_SENDER, addr_spec=sender)
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.file is not None:
        message.add_attachment(
            mail.file.text.encode(),
            maintype="application",
            subtype="json",
            filename=mail.file.name,
        )
    # The boundary between both parts would else be drawn by chance.
    message.set_boundary(f"=_{mail.message_id.strip('<>').partition('@')[0]}")
    return message.as_bytes()
