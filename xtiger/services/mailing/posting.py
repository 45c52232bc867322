"""Writes letters when they are due, and hands each to the mail server until it took it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from xtiger.errors import NeedsPerson, RetryLater, foreign_reason
from xtiger.i18n.harmless import one_line
from xtiger.i18n.language import language
from xtiger.mail import smtp
from xtiger.mail.drawing import Drawn, draw_alert, draw_report
from xtiger.mail.message import message_bytes
from xtiger.model import setting_keys
from xtiger.model.mailing.letters import Letter, LetterKind, Mail, MailAnswer
from xtiger.model.mailing.recipients import Recipient
from xtiger.model.mailing.servers import MailServer, mail_server
from xtiger.ports.interrupts import FOREIGN, by_signal
from xtiger.rules.mailing.occasions import is_occasion, standing
from xtiger.rules.mailing.timing import next_report, next_try
from xtiger.services.mailing.growing import Growing
from xtiger.services.mailing.letters import new_letter
from xtiger.services.mailing.reporting import Reporting

if TYPE_CHECKING:
    from xtiger.model.mailing.reports import Alert
    from xtiger.services.parts import Parts

#: Letters of one tenant that are sent in one round.
_AT_ONCE = 50
#: A process that sends and does not end within this time has died.
_LEASE_SECONDS = 300
#: What of the words of a function of the CRM is kept.
_MOST_WORDS = 300


class SendMail(Protocol):
    """Hands one mail over, or says what came of it."""

    def __call__(self, mail: Mail, at: datetime) -> MailAnswer:
        """Never raises for what the mail server does; `at` is the date in the mail."""
        ...


def sending_of(parts: Parts) -> SendMail | None:
    """How mails leave: by the CRM's own function, else by the server of the settings; or not."""
    if parts.host_mail is not None:
        return _ByHost(parts.host_mail)
    server = mail_server(parts.settings.mail.server)
    return _BySmtp(server, parts.settings.mail.sender) if server is not None else None


@dataclass(frozen=True, slots=True)
class _BySmtp:
    server: MailServer
    sender: str

    def __call__(self, mail: Mail, at: datetime) -> MailAnswer:
        return smtp.send(self.server, self.sender, mail.to, message_bytes(mail, self.sender, at))


@dataclass(frozen=True, slots=True)
class _ByHost:
    send_mail: Callable[[Mail], object]

    def __call__(self, mail: Mail, at: datetime) -> MailAnswer:
        """What the CRM's function raises says whether it may be tried again."""
        try:
            self.send_mail(mail)
        except RetryLater as error:
            return MailAnswer("later", one_line(str(error))[:_MOST_WORDS])
        except NeedsPerson as error:
            return MailAnswer("refused", one_line(str(error))[:_MOST_WORDS])
        except FOREIGN as error:  # foreign code: nobody knows how far it came
            if by_signal(error):
                raise
            return MailAnswer("unknown", one_line(foreign_reason(error))[:_MOST_WORDS])
        return MailAnswer("sent")


class Posting:
    """One tenant's mails: written in one transaction with what was reported, then sent.

    A letter is marked before it is handed over and after it. Where the process dies in between,
    or the server gives no answer, it is sent again under the same Message-ID, and the letter says
    how often that was.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store, self._clock = parts, parts.store, parts.clock
        self._reporting = Reporting(parts)
        self._growing = Growing(parts)

    def post(self) -> None:
        """Write what is due, and send what waits; one process at a time does it for a tenant."""
        send = sending_of(self._parts)
        if send is None:
            return
        tenant = self._parts.tenant()
        lease, holder = setting_keys.mail_lease(tenant), self._clock.new_id()
        fence = self._store.acquire_lease(lease, holder, _LEASE_SECONDS, self._clock.now())
        if fence is None:
            return  # another process sends them
        try:
            self.write()
            self._send_due(send, lambda: self._renew(lease, fence))
        finally:
            self._store.release_lease(lease, fence)

    def _renew(self, lease: setting_keys.LeaseKey, fence: int) -> None:
        self._store.renew_lease(lease, fence, _LEASE_SECONDS, self._clock.now())

    # --- writing ---

    def write(self) -> None:
        """Write the letters that are due.

        What they say is gathered before the transaction: the CRM is asked, and may be slow.
        """
        tenant, now = self._parts.tenant(), self._clock.now()
        self._start(tenant)
        known = self._store.recipients(tenant)
        if not known:
            return
        self._write_alerts(known, now)
        for one in known:
            self._write_report(one, now)

    def _start(self, tenant: str) -> None:
        """Make the administrators of the settings recipients, each once: who was taken away stays
        so.
        """
        kept: Any = self._store.own_setting(tenant, setting_keys.MAIL_STARTED)
        started = list(kept) if isinstance(kept, list) else []
        fresh = [one for one in self._parts.settings.mail.administrators if one not in started]
        if not fresh:
            return
        known = {one.address for one in self._store.recipients(tenant)}
        with self._store.transaction():
            for address in fresh:
                if address not in known:
                    locale = self._parts.settings.locale
                    self.begin(Recipient(address=address, language=locale))
            self._store.save_own_setting(tenant, setting_keys.MAIL_STARTED, [*started, *fresh])

    def begin(self, recipient: Recipient) -> Recipient:
        """Keep a recipient, whose first report begins now; one that is known goes on from then."""
        tenant, now = self._parts.tenant(), self._clock.now()
        key = recipient.address, recipient.connection_id
        known = self._store.recipients(tenant)
        before = next((one for one in known if (one.address, one.connection_id) == key), None)
        made = replace(
            recipient,
            due_at=next_report(recipient.every, recipient.zone, now),
            reported_until=before.reported_until if before else now,
            waiting=before.waiting if before else 0,
        )
        self._store.save_recipient(tenant, made)
        return made

    def _write_alerts(self, known: Sequence[Recipient], now: datetime) -> None:
        tenant = self._parts.tenant()
        kept: Any = self._store.own_setting(tenant, setting_keys.MAIL_TROUBLES)
        before = dict(kept) if isinstance(kept, dict) else {}
        failures = self._growing.looked(now)
        troubles = [*self._reporting.troubles(now), *self._growing.alerts(failures, now)]
        found, after = standing(troubles, before)
        if after == before:
            self._growing.keep(failures)
            return
        letters = [
            self._letter(one, "alert", alert.key, self._draw(alert, one))
            for alert in found
            for one in known
            if one.alerts and one.connection_id in ("", alert.connection_id)
        ]
        with self._store.transaction():
            self._store.save_own_setting(tenant, setting_keys.MAIL_TROUBLES, dict(after))
            self._growing.keep(failures)
            for letter in letters:
                # One that lasts is known by its key, and written once.
                self._store.add_letter(letter)

    def _draw(self, alert: Alert, one: Recipient) -> Drawn:
        words, url = language(one.language), self._reporting.address_of(alert)
        return draw_alert(alert, url, words, self._parts.mail_templates)

    def _write_report(self, one: Recipient, now: datetime) -> None:
        since = one.reported_until or now
        until = self._until(one, since, now)
        if until is None:
            return
        report = self._reporting.report(one, since, until)
        letter = None
        if is_occasion(one, report):
            words = language(one.language)
            drawn = draw_report(report, one, words, self._parts.mail_templates)
            key = f"report:{one.connection_id}:{until.isoformat()}"
            letter = replace(self._letter(one, "report", key, drawn), since=since, until=until)
        due = next_report(one.every, one.zone, now)
        after = replace(one, due_at=due, reported_until=until, waiting=report.waiting)
        with self._store.transaction():
            # Somebody may have changed or removed it meanwhile: then the next look decides.
            if self._store.note_reported(self._parts.tenant(), one, after) and letter:
                self._store.add_letter(letter)

    def _until(self, one: Recipient, since: datetime, now: datetime) -> datetime | None:
        """Until when is to be reported now; None while nothing is due."""
        if one.every == "at_once":
            ids = [each.id for each in self._reporting.connections(one)]
            return self._store.last_ended(ids, since) if ids else None
        return now if one.due_at is not None and one.due_at <= now else None

    def add(self, one: Recipient, kind: LetterKind, key: str, drawn: Drawn) -> Letter:
        """Keep a letter to be sent."""
        letter = self._letter(one, kind, key, drawn)
        self._store.add_letter(letter)
        return letter

    def _letter(self, one: Recipient, kind: LetterKind, key: str, drawn: Drawn) -> Letter:
        return new_letter(self._parts, one, kind, key, drawn)

    # --- sending ---

    def _send_due(self, send: SendMail, renew: Callable[[], None]) -> None:
        """Send what is due; the rest waits for the next round where the server takes none now.

        A sync waits meanwhile, and each letter would find a silent server silent.
        """
        tenant = self._parts.tenant()
        for letter in self._store.due_letters(tenant, self._clock.now(), _AT_ONCE):
            if self._send(letter, send).code in ("later", "unknown"):
                return
            renew()

    def _send(self, letter: Letter, send: SendMail) -> MailAnswer:
        # Under the lease nobody else sends: who began this one has died, and nobody knows how far
        # it came.
        died = letter.state == "sending"
        begun = replace(
            letter,
            state="sending",
            tries=letter.tries + 1,
            unanswered=letter.unanswered + died,
        )
        self._store.save_letter(begun)
        answer = send(begun.mail, begun.made_at)
        self._store.save_letter(self._after(begun, answer))
        return answer

    def _after(self, letter: Letter, answer: MailAnswer) -> Letter:
        now = self._clock.now()
        said = replace(letter, answer=answer.said)
        if answer.code == "sent":
            return replace(said, state="sent", sent_at=now)
        if answer.code == "refused":
            return replace(said, state="refused")
        said = replace(said, unanswered=letter.unanswered + (answer.code == "unknown"))
        again = next_try(letter.tries, now)
        if again is None:
            return replace(said, state="given_up")
        return replace(said, state="waiting", due_at=again)
