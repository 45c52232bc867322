"""The service for mails: who gets which, what a mail would say, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from xtiger.errors import NeedsPerson
from xtiger.i18n.language import REGIONS, language
from xtiger.mail.drawing import Drawn, draw_report, draw_test
from xtiger.model.mailing.letters import Letter, MailedReport
from xtiger.model.mailing.recipients import EVERY, OCCASIONS, Recipient, is_mail_address
from xtiger.model.mailing.servers import mail_server
from xtiger.rules.mailing.reported import mails_of
from xtiger.services.mailing.posting import Posting, sending_of
from xtiger.services.mailing.reporting import Reporting

if TYPE_CHECKING:
    from xtiger.model.runs import Outcome
    from xtiger.services.parts import Parts

#: What a preview reports of, where nothing was reported yet.
_PREVIEWED = timedelta(days=7)
#: States of a letter that is not to be sent any more.
_ENDED = ("refused", "given_up")


class Mails:
    """Says who gets mails, and shows what became of each letter; the worker sends them."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._posting = parts, parts.store, Posting(parts)

    def way(self) -> str:
        """How mails leave: the name of the server, "host" for the CRM's own function, "" for not.

        Raises SettingInvalid where the settings name no usable server.
        """
        if self._parts.host_mail is not None:
            return "host"
        server = mail_server(self._parts.settings.mail.server)
        return server.shown if server is not None else ""

    def recipients(self) -> list[Recipient]:
        """Who gets mails, by address."""
        return list(self._store.recipients(self._parts.tenant()))

    def save(self, recipient: Recipient) -> Recipient:
        """Let somebody get mails, or get others; returns it with the moment of the next report.

        `connection_id` may be the name of a connection. Raises NeedsPerson naming what cannot be.
        """
        require_recipient(recipient)
        named = recipient.connection_id
        known = self._parts.connection(named).id if named else ""
        return self._posting.begin(replace(recipient, connection_id=known))

    def remove(self, address: str, connection_id: str = "") -> None:
        """Let somebody get no mails; raises NeedsPerson where nobody of this address does."""
        known = self._parts.connection(connection_id).id if connection_id else ""
        if not self._store.remove_recipient(self._parts.tenant(), address, known):
            raise NeedsPerson(f"Nobody with the address {address!r} gets such mails.")

    def letters(self, limit: int = 50, offset: int = 0) -> list[Letter]:
        """What was written, newest first, and how far each letter came."""
        return list(self._store.letters(self._parts.tenant(), limit=limit, offset=offset))

    def of(self, outcomes: Sequence[Outcome]) -> Mapping[int, Sequence[MailedReport]]:
        """Id of an outcome → the reports that tell of it, each with its recipient and its state.

        An outcome without any is left out; one statement, however many there are.
        """
        moments = [one.at for one in outcomes if one.at is not None]
        if not moments:
            return {}
        known = {one.connection_id for one in outcomes}
        tenant = self._parts.tenant()
        return mails_of(
            outcomes, self._store.mailed_reports(tenant, known, min(moments), max(moments))
        )

    def preview(self, recipient: Recipient) -> Drawn:
        """What the next report would say if it were due now, whether or not it is worth a mail."""
        now = self._parts.clock.now()
        since = recipient.reported_until or now - _PREVIEWED
        report = Reporting(self._parts).report(recipient, since, now)
        words = language(recipient.language)
        return draw_report(report, recipient, words, self._parts.mail_templates)

    def test(self, address: str, locale: str = "") -> Letter:
        """Write a test mail, and send it with all that waits; returns how far it came.

        Raises NeedsPerson where the address is none, or where nothing says how mails leave.
        """
        chosen = locale or self._parts.settings.locale
        recipient = Recipient(address=address, language=chosen)
        require_recipient(recipient)
        self._require_way()
        words, key = language(chosen), f"test:{self._parts.clock.new_id()}"
        made = self._posting.add(
            recipient, "test", key, draw_test(words, self._parts.mail_templates)
        )
        self._posting.post()
        return next(one for one in self.letters() if one.key == made.key)

    def send_again(self, letter_id: int) -> Letter:
        """Send a letter once more that was refused or given up; returns how far it came."""
        self._require_way()
        tenant = self._parts.tenant()
        found = next(iter(self._store.letters(tenant, limit=1, ids=[letter_id])), None)
        if found is None:
            raise NeedsPerson(f"There is no letter {letter_id}.")
        if found.state not in _ENDED:
            raise NeedsPerson(f"Letter {letter_id} was sent, or is on its way.")
        again = replace(found, state="waiting", tries=0, due_at=self._parts.clock.now())
        self._store.save_letter(again)
        self._posting.post()
        return self._store.letters(tenant, limit=1, ids=[letter_id])[0]

    def post(self) -> None:
        """Write what is due, and send what waits, as the worker does."""
        self._posting.post()

    def _require_way(self) -> None:
        if sending_of(self._parts) is None:
            raise NeedsPerson(
                "Nothing says how mails leave. Set XTIGER_MAIL_SERVER and XTIGER_MAIL_FROM, or "
                "give the adapter of the CRM a function send_mail()."
            )


def require_recipient(recipient: Recipient) -> None:
    """Raise NeedsPerson naming what of a recipient cannot be."""
    if not is_mail_address(recipient.address):
        raise NeedsPerson(f"{recipient.address[:80]!r} is no mail address.")
    for value, known, what in (
        (recipient.every, EVERY, "how often"),
        (recipient.occasion, OCCASIONS, "occasion"),
        (recipient.language, tuple(REGIONS), "language"),
    ):
        if value not in known:
            named = ", ".join(known)
            raise NeedsPerson(f"{value[:80]!r} is no {what}. Take one of: {named}.")
    try:
        ZoneInfo(recipient.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NeedsPerson(
            f"There is no time zone {recipient.zone[:80]!r}. Name one such as Europe/Berlin."
        ) from None
