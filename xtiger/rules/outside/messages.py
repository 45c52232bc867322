"""What a message to a receiver says, how it is signed, where it may go, and when it goes again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from xtiger.model.customers.notices import Notice
from xtiger.model.mailing.reports import Alert
from xtiger.model.secret import Secret

#: Seconds until a receiver is tried again after the first, second … try that failed.
PAUSES: Final = (60, 300, 1_800, 3_600)
#: A message that nobody took for so long is given up.
GIVEN_UP_AFTER: Final = timedelta(days=3)
#: What stands before a secret, so that people and scanners know it (Standard Webhooks).
PREFIX: Final = "whsec_"
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
#: The longest address that is kept.
_LONGEST: Final = 2_000


#: What is wrong with an address, and what to use.
ADDRESS_FAULTS: Final = (
    "The address is no web address. Use one like https://crm.example/xero.",
    "Messages would travel without encryption. Use an https address.",
    "The address holds a name or a password. Use it without; the signature proves us.",
    "The address has a part behind #, which no server gets. Use it without.",
)


def address_fault(address: str) -> str:
    """What is wrong with an address, as an English sentence; "" where messages may go there.

    https, or http on this machine; without a name and password, which would stand in every log.
    """
    none, plain, named, cut = ADDRESS_FAULTS
    if len(address) > _LONGEST or not all("!" <= sign <= "~" for sign in address):
        return none
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        # A name with an empty part, or one of more than 63 letters, is none.
        host.encode("idna")
    except ValueError:
        return none
    if not host or parts.scheme not in ("https", "http") or port == 0:
        return none
    if parts.scheme == "http" and host not in _LOCAL:
        return plain
    if "@" in parts.netloc:
        return named
    return cut if parts.fragment else ""


def notice_body(notice: Notice, message_id: str) -> str:
    """What a notice says: the invoice and its money, and nothing of a person."""
    data = {
        "notice": notice.id,
        "connection": notice.connection_id,
        "module": notice.ref.module if notice.ref is not None else "",
        "record": notice.ref.id if notice.ref is not None else "",
        "xero_id": notice.xero_id,
        "number": notice.number,
        "currency": notice.currency,
        "total": str(notice.total),
        "settled": str(notice.settled),
        "left": str(notice.left),
        "due_day": notice.due_day.isoformat() if notice.due_day is not None else None,
    }
    return body(f"invoice.{notice.event}", notice.at, data, message_id)


def alert_body(alert: Alert, message_id: str) -> str:
    """What a trouble says: which, of which connection, since when."""
    data = {"alert": alert.kind, "connection": alert.connection_id, "about": alert.about}
    return body("alert", alert.since, data, message_id)


def body(kind: str, at: datetime, data: Mapping[str, object], message_id: str) -> str:
    """A message as JSON: equal ones have equal bytes."""
    said = {"type": kind, "id": message_id, "timestamp": at.isoformat(), "data": data}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def signed(message_id: str, content: str, secret: Secret, at: datetime) -> dict[str, str]:
    """The headers of a message: its id, the moment of this try, and the signature over all three.

    As Standard Webhooks 1.0 has them (standardwebhooks.com), so that its libraries verify them.
    """
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.reveal().removeprefix(PREFIX))
    covered = f"{message_id}.{stamp}.{content}".encode()
    mark = base64.b64encode(hmac.digest(key, covered, hashlib.sha256)).decode("ascii")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{mark}",
        "content-type": "application/json",
    }


def written_secret(random: bytes) -> Secret:
    """Random bytes as the secret that both sides keep."""
    return Secret(PREFIX + base64.b64encode(random).decode("ascii"))


def next_pause(failures: int, now: datetime) -> datetime:
    """Until when is waited after so many tries that failed, one at least."""
    return now + timedelta(seconds=PAUSES[min(failures, len(PAUSES)) - 1])
