"""The MessageStore protocol: each message for a receiver until it was taken."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.outside.receivers import Message
from xtiger.ports.store.transactional import Transactional


class MessageStore(Transactional, Protocol):
    """Messages for receivers."""

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
