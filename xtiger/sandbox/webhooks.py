"""The webhook sender: what changed, sent to an app by signed POSTs, in order, until it listens."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from xtiger.sandbox.accounting.envelope import dumps, milliseconds, moment
from xtiger.sandbox.events import CATEGORIES, Change, events_of
from xtiger.sandbox.posting import Reply
from xtiger.sandbox.state import NOBODY, Raw, State

#: Sends a POST: address, body, headers.
Post = Callable[[str, bytes, Mapping[str, str]], Reply]
TroubleKind = Literal["repeat", "reorder", "lose", "wrong_signature"]
RETRY = dt.timedelta(minutes=15)
#: How long a receiver may fail before it is switched off, and how long events are kept.
PATIENCE = dt.timedelta(hours=24)
KEPT = dt.timedelta(days=31)
_LARGEST_BATCH = 100
#: Signatures of an intent to receive: right ones and, in between, wrong ones.
_INTENT = (True, False, True, False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one app is sent, and where."""

    client_id: str
    url: str
    #: Signs the bodies: used as text, although it looks like base64.
    key: str = field(repr=False)
    categories: tuple[str, ...]
    #: waiting: an intent to receive is due; ok: events are sent; disabled: it failed too long.
    status: Literal["waiting", "ok", "disabled"] = "waiting"
    #: Number of the last event.
    sequence: int = 0
    #: Since when deliveries fail, and when the next one is due; ms since 1970, 0: neither.
    failing_since: int = 0
    next_try: int = 0
    #: Whether money on an invoice is an event of the invoice; Xero does not document it.
    money_events: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST that was made."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    #: The receiver's status; 0: no answer.
    status: int


class Webhooks:
    """The subscriptions of all apps and the events that wait; `post` may be replaced."""

    def __init__(
        self,
        state: State,
        now: Callable[[], dt.datetime],
        word: Callable[[], str],
        post: Post,
    ) -> None:
        self._state, self._now, self._word = state, now, word
        self.post = post

    # --- subscriptions ----------------------------------------------------------------------

    def subscribe(
        self,
        client_id: str,
        url: str,
        categories: Sequence[str] = CATEGORIES,
        *,
        money_events: bool = True,
    ) -> Subscription:
        """Set or change where an app listens; the key stays, an intent to receive is due."""
        if unknown := set(categories) - set(CATEGORIES):
            raise ValueError(f"Unknown categories: {', '.join(sorted(unknown))}.")
        _check_url(url)
        old = self.subscription(client_id)
        key = old.key if old else base64.b64encode(bytes.fromhex(self._word())).decode()
        sequence = old.sequence if old else 0
        return self._keep(
            Subscription(
                client_id,
                url,
                key,
                tuple(categories),
                sequence=sequence,
                money_events=money_events,
            )
        )

    def subscription(self, client_id: str) -> Subscription | None:
        """Return the subscription of an app."""
        row = self._state.get(NOBODY, "Subscription", client_id)
        return Subscription(**row | {"categories": tuple(row["categories"])}) if row else None

    def _keep(self, subscription: Subscription) -> Subscription:
        row = {name: getattr(subscription, name) for name in Subscription.__slots__}
        self._state.put(NOBODY, "Subscription", subscription.client_id, row)
        return subscription

    def intent_to_receive(self, client_id: str) -> bool:
        """Ask whether the receiver checks signatures; from then on events are sent, or not.

        Right signatures must get 2xx and wrong ones 401, with empty bodies and no cookies.
        """
        subscription = self._wanted(client_id)
        passed = True
        for right in _INTENT:
            reply = self.post(subscription.url, *self._signed(subscription, [], 0, 0, right=right))
            good = 200 <= reply.status < 300 if right else reply.status == 401
            cookies = any(name.lower() == "set-cookie" for name in reply.headers)
            passed &= good and not reply.body and not cookies
        status: Literal["ok", "waiting"] = "ok" if passed else "waiting"
        self._change(client_id, status=status, failing_since=0, next_try=0)
        return passed

    def _change(self, client_id: str, **changes: Any) -> None:
        """Change a subscription as it is now: events may have been counted meanwhile."""
        with self._state.transaction():
            self._keep(replace(self._wanted(client_id), **changes))

    def _wanted(self, client_id: str) -> Subscription:
        found = self.subscription(client_id)
        if found is None:
            raise LookupError(f"The app {client_id} has no webhook subscription.")
        return found

    # --- events -----------------------------------------------------------------------------

    def changed(self, changes: Sequence[Change]) -> None:
        """Take in what a transaction changed; called before it ends."""
        for row in self._state.all(NOBODY, "Subscription"):
            client_id = str(row["client_id"])
            for change in changes:
                tenant = change.key[0]
                if self._state.get(NOBODY, "Connection", f"{client_id} {tenant}") is None:
                    continue
                for event in events_of(change, self._now(), money=row["money_events"]):
                    self.emit(client_id, event)

    def emit(self, client_id: str, event: Raw) -> None:
        """Let an event wait for an app, if it listens to its category."""
        with self._state.transaction():
            subscription = self._wanted(client_id)
            if event["eventCategory"] not in subscription.categories:
                return
            number = subscription.sequence + 1
            self._keep(replace(subscription, sequence=number))
            row = {"app": client_id, "sequence": number, "event": event}
            row["made"] = milliseconds(self._now())
            self._state.put(NOBODY, "WebhookEvent", f"{client_id} {number:09d}", row)

    def waiting(self, client_id: str, last: int | None = None) -> list[Raw]:
        """Return the events that were not delivered yet, in order, up to the number `last`."""
        oldest = milliseconds(self._now() - KEPT)
        return [
            row
            for row in self._state.all(NOBODY, "WebhookEvent")
            if row["app"] == client_id
            and row["made"] >= oldest
            and (last is None or row["sequence"] <= last)
        ]

    # --- deliveries -------------------------------------------------------------------------

    def trouble(self, kind: TroubleKind, count: int = 1) -> None:
        """Let the next `count` batches be repeated, reordered, lost or signed wrongly."""
        if kind not in get_args(TroubleKind):
            raise ValueError(f"kind must be one of: {', '.join(get_args(TroubleKind))}.")
        rows = (self._state.get(NOBODY, "Trouble", "all") or {"rows": []})["rows"]
        self._state.put(NOBODY, "Trouble", "all", {"rows": [*rows, *[kind] * count]})

    def _next_trouble(self) -> str:
        rows = (self._state.get(NOBODY, "Trouble", "all") or {"rows": []})["rows"]
        if rows:
            self._state.put(NOBODY, "Trouble", "all", {"rows": rows[1:]})
        return rows[0] if rows else ""

    def deliver_due(self) -> list[Delivery]:
        """Send what is due by the sandbox's clock; return the POSTs that were made."""
        made: list[Delivery] = []
        for row in self._state.all(NOBODY, "Subscription"):
            subscription = self._wanted(str(row["client_id"]))
            now = milliseconds(self._now())
            if subscription.status != "ok" or now < subscription.next_try:
                continue
            # What a receiver changes meanwhile waits for the next time.
            last = subscription.sequence
            while rows := self.waiting(subscription.client_id, last)[:_LARGEST_BATCH]:
                batch = self._batch(subscription, rows)
                made += batch
                if batch and not 200 <= batch[-1].status < 300:
                    break
        return made

    def _batch(self, subscription: Subscription, rows: list[Raw]) -> list[Delivery]:
        trouble = self._next_trouble()
        made = []
        if trouble != "lose":
            made = self._sent(subscription, rows, trouble)
            if not 200 <= made[-1].status < 300:
                self._failed(subscription)
                return made
        for row in rows:
            key = f"{subscription.client_id} {row['sequence']:09d}"
            self._state.put(NOBODY, "WebhookEvent", key, None)
        self._change(subscription.client_id, failing_since=0, next_try=0)
        return made

    def _sent(self, subscription: Subscription, rows: list[Raw], trouble: str) -> list[Delivery]:
        events = [row["event"] for row in rows]
        if trouble == "reorder":
            events.reverse()
        first, last = rows[0]["sequence"], rows[-1]["sequence"]
        right = trouble != "wrong_signature"
        body, headers = self._signed(subscription, events, first, last, right=right)
        made: list[Delivery] = []
        # A failure is tried again at once, and only then every 15 minutes.
        for attempt in range(2):
            status = self.post(subscription.url, body, headers).status
            made.append(Delivery(subscription.url, body, headers, status))
            if 200 <= status < 300 and not (trouble == "repeat" and attempt == 0):
                break
            body, headers = self._signed(subscription, events, first, last, right=True)
        return made

    def _failed(self, subscription: Subscription) -> None:
        now = self._now()
        since = subscription.failing_since or milliseconds(now)
        ended = now - moment(since) >= PATIENCE
        self._change(
            subscription.client_id,
            status="disabled" if ended else "ok",
            failing_since=since,
            next_try=milliseconds(now + RETRY),
        )

    def _signed(
        self, subscription: Subscription, events: list[Any], first: int, last: int, *, right: bool
    ) -> tuple[bytes, dict[str, str]]:
        """Return body and headers; the spaces in the body are Xero's and are signed as they are."""
        listed = dumps(events).decode()
        body = (
            f'{{"events":{listed},"firstEventSequence": {first},"lastEventSequence": {last}, '
            f'"entropy": "{self._word()[:20].upper()}"}}'
        ).encode()
        mark = signature(subscription.key, body)
        if not right:  # often one character off only
            mark = ("B" if mark[0] == "A" else "A") + mark[1:]
        return body, {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": mark}


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("A webhook needs an address such as https://crm.example/webhook.")


def signature(key: str, body: bytes) -> str:
    """Return the header that proves a body: base64 of its HMAC-SHA256."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()
