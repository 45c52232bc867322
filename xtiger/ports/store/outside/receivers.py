"""The ReceiverStore protocol: the CRM's own systems that get messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.outside.receivers import Receiver
from xtiger.model.secret import Secret
from xtiger.ports.store.transactional import Transactional


class ReceiverStore(Transactional, Protocol):
    """Receivers of messages."""

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
