"""Gathers what a mail reports: what was done, what waits, what it cost, and agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from xtiger.i18n.language import language
from xtiger.model.connections import DISCONNECTED
from xtiger.model.mailing.reports import (
    Alert,
    ConnectionReport,
    Report,
    WaitingGroup,
    WaitingRecord,
)
from xtiger.model.plans import PROOF
from xtiger.model.records import Ref, nameless
from xtiger.panels.proof import proof_said
from xtiger.services.agreements import Agreements
from xtiger.services.needs import Need, Needs
from xtiger.services.sentences import Sentences
from xtiger.xero.health import connection_health

if TYPE_CHECKING:
    from xtiger.model.connections import Connection
    from xtiger.model.mailing.recipients import Recipient
    from xtiger.model.mailing.reports import AlertKind
    from xtiger.model.runs import Outcome
    from xtiger.services.parts import Parts

#: Records of one reason that are named in a mail; the page has all of them.
RECORDS_NAMED = 5
#: Reasons of one connection that are shown in a mail.
GROUPS_SHOWN = 20
#: What a health alert is mailed as; a connection that ended has its own look.
_OF_HEALTH: dict[str, AlertKind] = {
    "key_lost": "key_lost",
    "permission_ends": "permission_ends",
    "calls_used_up": "calls_run_out",
    "calls_run_out": "calls_run_out",
}


class Reporting:
    """Reads what is reported of a tenant; it asks nothing of Xero."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store

    def connections(self, recipient: Recipient) -> list[Connection]:
        """The connections that a recipient reads about."""
        wanted = recipient.connection_id
        return [one for one in self._parts.connections() if wanted in ("", one.id)]

    def report(self, recipient: Recipient, since: datetime, until: datetime) -> Report:
        """What there is to say of a time, in the recipient's language."""
        settings = replace(self._parts.settings, locale=recipient.language)
        parts = replace(self._parts, settings=settings)
        known = self.connections(recipient)
        return Report(
            since,
            until,
            tuple(_ConnectionReporting(parts, one).report(since, until) for one in known),
            settings.mail.pages_url,
        )

    def waiting(self, recipient: Recipient) -> int:
        """How many records of a recipient's connections wait for a person."""
        wanted, counts = recipient.connection_id, Agreements(self._parts).counts()
        return sum(n["needs_you"] for key, n in counts.items() if wanted in ("", key))

    def troubles(self, now: datetime) -> list[Alert]:
        """What is wrong now and is mailed at once."""
        return [alert for one in self._parts.connections() for alert in self._of(one, now)]

    def _of(self, one: Connection, now: datetime) -> list[Alert]:
        if one.state == "ended":
            # Who disconnects it knows.
            if one.reason == DISCONNECTED:
                return []
            return [Alert("ended", one.id, one.name, now, detail=one.reason)]
        found = [
            Alert("braked", one.id, one.name, now, about=plan.run_id)
            for plan in self._store.braked_plans(one.id, "waiting")
        ]
        tier = self._parts.settings.xero_tier
        health = connection_health(self._store, self._parts.clock, one, tier)
        kinds = dict.fromkeys(_OF_HEALTH[name] for name in health.alerts if name in _OF_HEALTH)
        return [*found, *(Alert(kind, one.id, one.name, now) for kind in kinds)]

    def address_of(self, alert: Alert) -> str:
        """Where a trouble is mended; "" where nobody said where the pages are."""
        pages = self._parts.settings.mail.pages_url
        if not pages:
            return ""
        places = {
            "braked": f"/xt/release/{alert.about}",
            "failures_grow": f"/xt/needs?connection={alert.connection_id}",
        }
        return f"{pages}{places.get(alert.kind, '/xt/')}"


class _ConnectionReporting:
    """What there is to say of one connection."""

    def __init__(self, parts: Parts, connection: Connection) -> None:
        self._parts, self._connection = parts, connection
        self._words = language(parts.settings.locale)

    def report(self, since: datetime, until: datetime) -> ConnectionReport:
        """The section of one connection."""
        one, store = self._connection, self._parts.store
        # Of an ended connection, too: it waits still, and would look like new once that is back.
        needs = Needs(self._parts).all(one.id)
        proof = next(iter(store.runs([one.id], 1, trigger=PROOF)), None)
        said, agrees = "", None
        if proof is not None:
            when = self._words.moment(proof.started_at)
            said = f"{proof_said(self._words, proof, 'browser')} ({when} UTC)"
            agrees = proof.state == "agreed"
        return ConnectionReport(
            one.id,
            one.name,
            store.worked(one.id, since, until),
            sum(len(need.outcomes) for need in needs),
            tuple(self._group(need) for need in needs[:GROUPS_SHOWN]),
            said,
            agrees,
            proof.started_at if proof is not None else None,
            tuple(self._troubles()),
        )

    def _troubles(self) -> Sequence[str]:
        one, words = self._connection, self._words
        if one.state == "ended":
            return [f"{words.translate('ended')}: {words.translate(one.reason)}"]
        if self._parts.store.braked_plans(one.id, "waiting"):
            return [words.translate("A sync was stopped and waits for its release.")]
        return []

    def _group(self, need: Need) -> WaitingGroup:
        spoken = Sentences(self._parts).group(need.outcomes, RECORDS_NAMED, "browser")
        named = tuple(
            self._record(one, " ".join(part for part in own if part))
            for one, own in zip(need.outcomes, spoken.each, strict=False)
        )
        return WaitingGroup(need.module, len(need.outcomes), spoken.said, spoken.fix, named)

    def _record(self, outcome: Outcome, sentence: str) -> WaitingRecord:
        name = outcome.name or nameless(outcome.module, outcome.crm_id or outcome.xero_id or "")
        return WaitingRecord(name, self._address(outcome), sentence)

    def _address(self, outcome: Outcome) -> str:
        pages = self._parts.settings.mail.pages_url
        if outcome.crm_id is None:
            return f"{pages}/xt/needs?connection={self._connection.id}" if pages else ""
        with self._parts.host.tenant(self._connection.tenant):
            own = self._parts.host.url(Ref(outcome.module, outcome.crm_id)) or ""
        if own.startswith(("http://", "https://")):
            return own
        record = f"{quote(outcome.module, safe='')}/{quote(outcome.crm_id, safe='')}"
        return f"{pages}/xt/record/{record}" if pages else ""
