"""Letters: one mail to one recipient, from its writing until the mail server took it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

#: waiting: to be sent, for the first time or again; sending: on its way, and what became of it is
#: not known before the server answers; refused: the server takes it never; given_up: tried often
#: enough.
LetterState = Literal["waiting", "sending", "sent", "refused", "given_up"]
LetterKind = Literal["report", "alert", "test", "proof"]
#: later: not taken, try again; unknown: no answer came after the text was sent.
AnswerCode = Literal["sent", "later", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file that goes with a mail: JSON in UTF-8."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent: a function of the CRM gets it, or the mail server."""

    to: str
    subject: str
    #: The same twice: plain, and as a page of its own.
    text: str
    html: str
    #: With its angle brackets; the same however often it is sent.
    message_id: str
    #: None for most.
    file: MailFile | None = None


@dataclass(frozen=True, slots=True)
class MailAnswer:
    """What became of one try to send a letter."""

    code: AnswerCode
    #: The server's own words, or what went wrong; "" where all is well.
    said: str = ""


@dataclass(frozen=True, slots=True)
class MailedReport:
    """A report to one recipient, as far as the log needs it: of which time, and how far it came."""

    address: str
    #: "" where it is about all connections.
    connection_id: str
    #: What happened after `since` and until `until` is in it.
    since: datetime
    until: datetime
    state: LetterState
    #: When the mail server took it, else when it was written.
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one recipient."""

    #: Set by the store, rising.
    id: int | None = None
    tenant: str
    address: str
    #: "" where it is about all connections.
    connection_id: str = ""
    kind: LetterKind
    #: What it is about, so that it is written once.
    key: str
    mail: Mail
    #: What happened from then until then is in it; None in those that report no time.
    since: datetime | None = None
    until: datetime | None = None
    state: LetterState = "waiting"
    #: How often it was given to the mail server.
    tries: int = 0
    #: How often no answer came, so that it may have arrived although it was sent again.
    unanswered: int = 0
    made_at: datetime
    #: When it is to be sent next.
    due_at: datetime
    #: When the mail server took it.
    sent_at: datetime | None = None
    #: What the server said last.
    answer: str = ""
