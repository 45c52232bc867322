"""The LetterStore protocol: who gets mails, and each letter until the mail server took it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from xtiger.model.mailing.letters import Letter, MailedReport
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mailing.reports import Worked
from xtiger.ports.store.transactional import Transactional


class LetterStore(Transactional, Protocol):
    """Recipients, letters, and what there is to report."""

    def recipients(self, tenant: str) -> Sequence[Recipient]:
        """Who gets mails of a tenant, by address, all connections before single ones."""
        ...

    def save_recipient(self, tenant: str, recipient: Recipient) -> None:
        """Insert or replace by address and connection."""
        ...

    def note_reported(self, tenant: str, before: Recipient, after: Recipient) -> bool:
        """Keep how far a recipient's reports are; False where it was changed or taken away."""
        ...

    def remove_recipient(self, tenant: str, address: str, connection_id: str) -> bool:
        """Take one away; False where there is none."""
        ...

    def add_letter(self, letter: Letter) -> None:
        """Keep a letter until it is sent; one of an address and key that is known stays."""
        ...

    def due_letters(self, tenant: str, now: datetime, limit: int) -> Sequence[Letter]:
        """Those to be sent until now, and those whose sending was broken off; oldest first."""
        ...

    def save_letter(self, letter: Letter) -> None:
        """Replace what is known of a letter by its id; the text of one that was sent is dropped."""
        ...

    def letters(
        self,
        tenant: str,
        *,
        limit: int,
        offset: int = 0,
        ids: Collection[int] | None = None,
    ) -> Sequence[Letter]:
        """Letters of a tenant, newest first; None for all, or those of these ids."""
        ...

    def mailed_reports(
        self, tenant: str, connections: Collection[str], first: datetime, last: datetime
    ) -> Sequence[MailedReport]:
        """Reports of these connections, or of all, that tell of any moment between these two.

        Both moments are included; oldest first.
        """
        ...

    def worked(self, connection_id: str, since: datetime, until: datetime) -> Worked:
        """What was done for a connection after one moment and until another."""
        ...

    def last_ended(self, connections: Collection[str], since: datetime) -> datetime | None:
        """When the last run of these connections ended, if after this moment."""
        ...
