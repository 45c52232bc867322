"""The service for receivers: which of the CRM's own systems get signed messages."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from xtiger.errors import NeedsPerson
from xtiger.model.outside.receivers import RECEIVER_EVENTS, TEST, Message, Receiver, ReceiverEvent
from xtiger.model.secret import Secret
from xtiger.rules.outside.messages import address_fault, body, written_secret
from xtiger.services.outside.delivering import Delivering
from xtiger.services.outside.writing import message_for

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: Random bytes of a secret.
_BYTES: Final = 32


#: What is refused, in words that a page says in each language.
KNOWN_ALREADY: Final = "This address gets messages already. Change it, or take it away first."
SECRETLESS: Final = "This receiver has no secret yet. Make one first."
NOTHING_CHOSEN: Final = "Nothing is chosen for this receiver. Use one notice at least."
#: The answer of a message that waits since another process sends.
BUSY: Final = (
    "Another process sends messages just now. This one is kept, and goes automatically after them."
)
REFUSED: Final = (KNOWN_ALREADY, SECRETLESS, NOTHING_CHOSEN)


class NewReceiver(NamedTuple):
    """A receiver and its secret, which is shown this once."""

    receiver: Receiver
    secret: Secret


class Receivers:
    """Says who gets messages, and shows what became of each; the worker sends them."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock

    def all(self) -> list[Receiver]:
        """The receivers, the oldest first."""
        return list(self._store.receivers(self._parts.tenant()))

    def get(self, receiver_id: int) -> Receiver:
        """The receiver of this number; raises NeedsPerson where there is none."""
        found = next((one for one in self.all() if one.id == receiver_id), None)
        if found is None:
            raise NeedsPerson(f"There is no receiver {receiver_id}.")
        return found

    def add(
        self,
        address: str,
        by: str,
        events: Collection[str] = RECEIVER_EVENTS,
        connection_id: str = "",
    ) -> NewReceiver:
        """Let an address get messages; its secret is shown this once and kept encrypted.

        `connection_id` may be the name of a connection, "" for all. Raises NeedsPerson naming
        what cannot be.
        """
        made = self._checked(address, events, connection_id, by)
        if any(
            (o.address, o.connection_id) == (made.address, made.connection_id) for o in self.all()
        ):
            raise NeedsPerson(KNOWN_ALREADY)
        with self._store.transaction():
            number = self._store.save_receiver(made)
            secret = written_secret(secrets.token_bytes(_BYTES))
            self._store.save_receiver_secret(number, secret)
        return NewReceiver(self.get(number), secret)

    def change(
        self, receiver_id: int, by: str, *, address: str | None = None, events: Collection[str] = ()
    ) -> Receiver:
        """Let a receiver get others, or at another address; its secret stays.

        Raises NeedsPerson naming what cannot be.
        """
        before = self.get(receiver_id)
        wanted = self._checked(
            address or before.address, events or before.events, before.connection_id, by
        )
        self._store.save_receiver(replace(wanted, id=before.id))
        return self.get(receiver_id)

    def new_secret(self, receiver_id: int) -> Secret:
        """Make another secret, which is shown this once; the one before no longer counts."""
        secret = written_secret(secrets.token_bytes(_BYTES))
        self._store.save_receiver_secret(self.get(receiver_id).id, secret)
        return secret

    def remove(self, receiver_id: int) -> None:
        """Let a receiver get nothing any more, what waits for it neither; raises NeedsPerson."""
        if not self._store.remove_receiver(self._parts.tenant(), receiver_id):
            raise NeedsPerson(f"There is no receiver {receiver_id}.")

    def test(self, receiver_id: int) -> Message:
        """Send a test now, and what else waits for it; returns how far the test came."""
        receiver = self.get(receiver_id)
        if not receiver.has_secret:
            raise NeedsPerson(SECRETLESS)
        made = message_for(receiver, receiver.connection_id, TEST, self._clock)
        text = body(TEST, made.made_at, {}, made.message_id)
        self._store.add_message(replace(made, body=text))
        ours = Delivering(self._parts).deliver(receiver)
        found = next(one for one in self.messages() if one.message_id == made.message_id)
        return _as_sent(found, ours)

    def messages(self, limit: int = 50, offset: int = 0) -> list[Message]:
        """What was written, newest first, and how far each message came."""
        return list(self._store.messages(self._parts.tenant(), limit=limit, offset=offset))

    def given_up(self, limit: int = 50) -> list[Message]:
        """What nobody took for three days, newest first: it waits for a person."""
        tenant = self._parts.tenant()
        return list(self._store.messages(tenant, limit=limit, states=["given_up"]))

    def send_again(self, message_id: int) -> Message:
        """Send a message once more that was given up; returns how far it came."""
        tenant = self._parts.tenant()
        found = next(iter(self._store.messages(tenant, limit=1, ids=[message_id])), None)
        if found is None:
            raise NeedsPerson(f"There is no message {message_id}.")
        if found.state != "given_up":
            raise NeedsPerson(f"Message {message_id} was sent, or is on its way.")
        receiver, now = self.get(found.receiver_id), self._clock.now()
        self._store.save_message(replace(found, state="waiting", tries=0, made_at=now, due_at=now))
        ours = Delivering(self._parts).deliver(receiver)
        return _as_sent(self._store.messages(tenant, limit=1, ids=[message_id])[0], ours)

    def deliver(self) -> None:
        """Write what is wrong, and send what is due, as the worker does."""
        delivering = Delivering(self._parts)
        delivering.write_alerts()
        delivering.deliver()

    def _checked(
        self, address: str, events: Collection[str], connection_id: str, by: str
    ) -> Receiver:
        fault = address_fault(address)
        if fault:
            raise NeedsPerson(fault)
        for word in events:
            if word not in RECEIVER_EVENTS:
                known = ", ".join(RECEIVER_EVENTS)
                raise NeedsPerson(f"{word[:80]!r} is no notice. Use some of: {known}.")
        if not events:
            raise NeedsPerson(NOTHING_CHOSEN)
        chosen: tuple[ReceiverEvent, ...] = tuple(one for one in RECEIVER_EVENTS if one in events)
        return Receiver(
            tenant=self._parts.tenant(),
            address=address,
            connection_id=self._parts.connection(connection_id).id if connection_id else "",
            events=chosen,
            saved_by=by,
            saved_at=self._clock.now(),
        )


def _as_sent(found: Message, ours: bool) -> Message:
    """How far a message came; where another process sends, that it has not come to it yet."""
    begun = found.state == "sent" or (found.state == "waiting" and found.tries)
    return found if ours or begun else replace(found, answer=BUSY)
