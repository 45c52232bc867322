"""Webhooks of Xero: is a POST really Xero's, and what does it say; nothing is stored here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xtiger.mapping.xero_schema import parse_moment
from xtiger.model.secret import Secret
from xtiger.rules.kinds import WEBHOOK_KINDS, traits

#: The header that carries the signature.
SIGNATURE_HEADER = "x-xero-signature"
#: Larger bodies are refused unread: about 2,000 events. Xero sends far fewer at once.
LARGEST_BYTES = 1_000_000

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_WORD = re.compile(r"[A-Za-z_]{1,40}")
_LARGEST_SEQUENCE = 2**62


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in Xero: which record, never what is in it."""

    organisation_id: str
    #: In capitals, such as CONTACT; also what this release does not know.
    category: str
    xero_id: str
    #: CREATE or UPDATE; whatever else Xero says is kept.
    event_type: str
    #: None where Xero's text is no moment.
    happened_at: datetime | None
    #: Equal for repeats of one event, different for all others.
    key: str

    @property
    def kind(self) -> str:
        """The kind that is read for it, "" when none is."""
        # Xero has none for items and payments; an invoice that got a payment has one, and brings
        # its payments along.
        kinds = (kind for kind in WEBHOOK_KINDS if traits(kind).event == self.category)
        return next(kinds, "")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What one POST says."""

    events: tuple[Event, ...]
    #: Numbers of the first and last event; 0 for an intent to receive, or where Xero gives none.
    first_sequence: int = 0
    last_sequence: int = 0
    #: Events that name no record, so that nobody knows what to read.
    unreadable: int = 0


def signature(key: Secret | str, body: bytes) -> str:
    """The header of a body: base64 of its HMAC-SHA256, the key taken as the text that it is.

    Source: developer.xero.com, Webhooks, Signature verification. The key looks like base64 and
    is not decoded.
    """
    return base64.b64encode(
        hmac.new(Secret(key).reveal().encode(), body, hashlib.sha256).digest()
    ).decode()


def signing_key(keys: Iterable[Secret], body: bytes, given: str | None) -> Secret | None:
    """The key that signed this body, None when none did; takes the same time wherever it differs.

    `body` is what came over the wire, to the byte: JSON that was read and written again has
    another signature.
    """
    text = (given or "").strip().encode("utf-8", "surrogatepass")
    found = None
    for key in keys:
        if key and hmac.compare_digest(signature(key, body).encode(), text):
            found = key
    return found


def fingerprint(key: Secret) -> str:
    """A short name of a key that gives nothing of it away."""
    return hashlib.sha256(b"xtiger webhook key\0" + key.reveal().encode()).hexdigest()[:12]


def parse(body: bytes) -> Envelope | None:
    """What a signed body says, None when it is not the JSON that Xero sends.

    What this release does not know is kept as it is. Xero's schema is not asked: its own intent
    to receive would not pass.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, Mapping) or not isinstance(found.get("events", []), list):
        return None
    listed = found.get("events") or []
    events = [event for one in listed if (event := _event(one)) is not None]
    return Envelope(
        events=tuple(events),
        first_sequence=_number(found.get("firstEventSequence")),
        last_sequence=_number(found.get("lastEventSequence")),
        unreadable=len(listed) - len(events),
    )


def _event(raw: Any) -> Event | None:
    if not isinstance(raw, Mapping):
        return None
    organisation, xero_id = _text(raw, "tenantId", _ID), _text(raw, "resourceId", _ID)
    category, event_type = _text(raw, "eventCategory", _WORD), _text(raw, "eventType", _WORD)
    if not (organisation and xero_id and category):
        return None
    # Xero's ids come in small letters everywhere else.
    organisation, xero_id = organisation.lower(), xero_id.lower()
    category, event_type = category.upper(), event_type.upper()
    said = str(raw.get("eventDateUtc") or "")[:60]
    moment = _moment(said)
    when = moment.isoformat() if moment else _digest(said)
    key = f"{organisation} {category} {xero_id} {when} {event_type}"
    return Event(organisation, category, xero_id, event_type, moment, key)


def _text(raw: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) and form.fullmatch(value) else ""


def _moment(text: str) -> datetime | None:
    """Without zone it is UTC."""
    try:
        return parse_moment(text)
    except ValueError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _number(value: Any) -> int:
    sane = isinstance(value, int) and not isinstance(value, bool)
    return value if sane and 0 <= value <= _LARGEST_SEQUENCE else 0


def next_sequence(known: int, envelope: Envelope) -> tuple[int, bool]:
    """(the last number now, whether events are missing before this envelope).

    `known` is the last number so far, 0 when nothing came yet. Repeats and late ones tell nothing
    new; an intent to receive has no number.
    """
    if not envelope.last_sequence:
        return known, False
    missing = known > 0 and envelope.first_sequence > known + 1
    return max(known, envelope.last_sequence), missing
