"""The ReceiverStore protocol: who gets messages, and each message until it was taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.outside.receivers import Message, Receiver
from xtiger.model.secret import Secret
from xtiger.ports.store.transactional import Transactional


class ReceiverStore(Transactional, Protocol):
    """Receivers and messages."""

    def receivers(self, tenant: str) -> Sequence[Receiver]:
        """The receivers of a tenant, the oldest first."""
        ...

    def save_receiver(self, receiver: Receiver) -> int:
        """Insert one without an id, else replace what a person chose; returns its id."""
        ...

    def save_receiver_secret(self, receiver_id: int, secret: Secret) -> None:
        """Keep its secret, encrypted, in place of the one before."""
        ...

    def receiver_secret(self, receiver_id: int) -> Secret:
        """Its secret; raises SettingInvalid where the key of the installation opens it not."""
        ...

    def note_delivery(self, receiver_id: int, failures: int, rests_until: datetime | None) -> None:
        """Keep how the last try went."""
        ...

    def remove_receiver(self, tenant: str, receiver_id: int) -> bool:
        """Take one away with its messages; False where there is none."""
        ...

    def add_message(self, message: Message) -> bool:
        """Keep a message until it is taken; False for one of a receiver and key that is known."""
        ...

    def due_messages(self, receiver_id: int, now: datetime, limit: int) -> Sequence[Message]:
        """Those to be sent until now, and those whose sending was broken off; least tried first."""
        ...

    def has_due_messages(self, tenant: str, now: datetime) -> bool:
        """Whether a receiver that does not rest has any."""
        ...

    def save_message(self, message: Message) -> None:
        """Replace what is known of a message; the text of one that was sent is dropped."""
        ...

    def give_up_messages(self, receiver_id: int, made_before: datetime) -> None:
        """Give up what waits for so long."""
        ...

    def drop_messages(self, tenant: str, sent_before: datetime) -> None:
        """Drop those that were sent long ago."""
        ...

    def messages(
        self,
        tenant: str,
        *,
        limit: int,
        offset: int = 0,
        states: Collection[str] = (),
        ids: Collection[int] = (),
    ) -> Sequence[Message]:
        """Messages of a tenant, newest first; empty: of all states, all ids."""
        ...
