"""Who gets mails: how often, about what, and in which language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

#: at_once: after each run; never: none but alerts.
Every = Literal["at_once", "daily", "weekly", "monthly", "never"]
EVERY: Final[tuple[Every, ...]] = get_args(Every)
#: When a report is worth a mail: something was done or failed; something failed; more records
#: wait for a person than at the last report.
Occasion = Literal["anything", "failures", "more_failures"]
OCCASIONS: Final[tuple[Occasion, ...]] = get_args(Occasion)
#: The longest address that mail servers take (RFC 5321, 4.5.3.1.3).
_LONGEST: Final = 254
#: One address and nothing else: no name, no list, no line break, no quotes.
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
)


def is_mail_address(text: str) -> bool:
    """Whether a text is one plain mail address."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address, and what it gets of one connection or of all."""

    address: str
    #: "" for all connections of the tenant, in one mail.
    connection_id: str = ""
    every: Every = "weekly"
    occasion: Occasion = "anything"
    #: Whether trouble is mailed at once: a connection that ended, a plan that the brake stopped.
    alerts: bool = True
    #: Whether the first proof of each month comes as a signed file, as an accountant keeps it.
    proofs: bool = False
    #: en, de or fr.
    language: str = "en"
    #: The time zone in which a day, a week and a month begin, such as Europe/Berlin.
    zone: str = "UTC"
    #: When the next report is due; None for at_once and never.
    due_at: datetime | None = None
    #: What happened until then was reported, or was no occasion; aware UTC.
    reported_until: datetime | None = None
    #: How many records waited for a person at the last report.
    waiting: int = 0
