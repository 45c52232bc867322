"""Writes alerts for receivers, and sends each message until its receiver took it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from xtiger.errors import SettingInvalid
from xtiger.model import setting_keys
from xtiger.model.outside.receivers import Delivery, Message, Receiver
from xtiger.outgoing.http import HttpPost, Post
from xtiger.rules.mailing.occasions import standing
from xtiger.rules.outside.messages import (
    GIVEN_UP_AFTER,
    alert_body,
    next_pause,
    signed,
)
from xtiger.services.mailing.reporting import Reporting
from xtiger.services.outside.writing import message_for

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: Messages of one receiver that are sent in one round.
_AT_ONCE: Final = 50
#: A process that sends and does not end within this time has died.
_LEASE_SECONDS: Final = 300
#: Messages that were taken are listed for so long.
_KEPT: Final = timedelta(days=30)


class Delivering:
    """One tenant's messages: written with what they tell of, then sent.

    A message is marked before it is sent and after it. Where the process dies in between, or no
    answer comes, it is sent again under the same id, and says how often that was.
    """

    def __init__(self, parts: Parts, post: Post | None = None) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock
        self._post = post

    def write_alerts(self) -> None:
        """Write what is wrong since the last look, each trouble once while it lasts."""
        tenant, now = self._parts.tenant(), self._clock.now()
        known = [one for one in self._store.receivers(tenant) if "alert" in one.events]
        if not known:
            return
        kept: Any = self._store.own_setting(tenant, setting_keys.MESSAGE_TROUBLES)
        before = dict(kept) if isinstance(kept, dict) else {}
        found, after = standing(Reporting(self._parts).troubles(now), before)
        with self._store.transaction():
            if after != before:
                self._store.save_own_setting(tenant, setting_keys.MESSAGE_TROUBLES, dict(after))
            for alert in found if after != before else ():
                for one in known:
                    if one.wants("alert", alert.connection_id):
                        made = message_for(one, alert.connection_id, "alert", self._clock)
                        text = alert_body(alert, made.message_id)
                        self._store.add_message(replace(made, key=alert.key, body=text))

    def deliver(self, only: Receiver | None = None) -> bool:
        """Send what is due, or what waits for one receiver even where it rests.

        One process at a time does it for a tenant; returns False while that is another.
        """
        tenant, now = self._parts.tenant(), self._clock.now()
        if only is None and not self._store.has_due_messages(tenant, now):
            return True
        lease, holder = setting_keys.message_lease(tenant), self._clock.new_id()
        fence = self._store.acquire_lease(lease, holder, _LEASE_SECONDS, now)
        if fence is None:
            return False
        own = HttpPost() if self._post is None else None
        post = self._post or own
        try:
            for one in [only] if only is not None else self._store.receivers(tenant):
                rests = one.rests_until is not None and one.rests_until > now and only is None
                if one.has_secret and not rests and post is not None:
                    self._send_all(one, post, lambda: self._renew(lease, fence))
            self._store.drop_messages(tenant, now - _KEPT)
        finally:
            if own is not None:
                own.close()
            self._store.release_lease(lease, fence)
        return True

    def _renew(self, lease: setting_keys.LeaseKey, fence: int) -> None:
        self._store.renew_lease(lease, fence, _LEASE_SECONDS, self._clock.now())

    def _send_all(self, receiver: Receiver, post: Post, renew: Callable[[], None]) -> None:
        """Send what is due to one receiver, until it takes one not: then it rests."""
        for one in self._store.due_messages(receiver.id, self._clock.now(), _AT_ONCE):
            answer = self._send(receiver, one, post)
            renew()
            now = self._clock.now()
            if answer.code != "sent":
                failures = receiver.failures + 1
                self._store.note_delivery(receiver.id, failures, next_pause(failures, now))
                self._store.give_up_messages(receiver.id, now - GIVEN_UP_AFTER)
                return
            if receiver.failures:
                receiver = replace(receiver, failures=0, rests_until=None)
                self._store.note_delivery(receiver.id, 0, None)

    def _send(self, receiver: Receiver, message: Message, post: Post) -> Delivery:
        # Under the lease nobody else sends: the process that began this one has died, and nobody
        # knows how far it came.
        died = message.state == "sending"
        begun = replace(
            message,
            state="sending",
            tries=message.tries + 1,
            unanswered=message.unanswered + died,
        )
        try:
            secret = self._store.receiver_secret(receiver.id)
        except SettingInvalid:
            # Nothing was sent: the key of the installation is another one now.
            answer = Delivery("later", "its secret cannot be read")
        else:
            self._store.save_message(begun)
            headers = signed(begun.message_id, begun.body, secret, self._clock.now())
            answer = post(receiver.address, headers, begun.body.encode())
        self._store.save_message(self._after(begun, answer))
        return answer

    def _after(self, message: Message, answer: Delivery) -> Message:
        now = self._clock.now()
        if answer.code == "sent":
            return replace(message, state="sent", sent_at=now, answer=answer.said)
        return replace(
            message,
            state="waiting",
            due_at=next_pause(message.tries, now),
            unanswered=message.unanswered + (answer.code == "unknown"),
            answer=answer.said,
        )
