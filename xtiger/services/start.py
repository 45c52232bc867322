"""The service for the first day of a connection: its questions, and how far its first sync is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xtiger.engine.observe.look_again import look_again
from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.errors import StartUnanswered
from xtiger.rules.starting import proposed
from xtiger.services.first_sync import FirstSync
from xtiger.services.sending import Sending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xtiger.model.connections import Connection
    from xtiger.model.start_answers import Bring, Stage, StartAnswers
    from xtiger.services.parts import Parts

#: How far each stage is from the beginning.
_ORDER: tuple[Stage, ...] = ("asked", "plan", "ten", "check", "all")


class Start:
    """Asks from when on, as what and whom; then leads the first sync from its plan to all."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._store = parts, parts.store
        self._first, self._sending = FirstSync(parts.store), Sending(parts)

    def answers(self, connection_id: str | None = None) -> StartAnswers:
        """What was answered, or is proposed while `.stage` is "asked"."""
        return self._first.answers(self._parts.connection(connection_id).id)

    def proposal(self, connection_id: str | None = None) -> StartAnswers:
        """The answers that cannot hurt the books of the organisation."""
        organisation = self._parts.connection(connection_id).organisation
        today = self._parts.clock.now().date()
        return proposed(organisation, lock_date(organisation), today)

    def answer(
        self, answers: StartAnswers, by: str, connection_id: str | None = None
    ) -> StartAnswers:
        """Keep these answers and who gave them; the next sync looks at all records again.

        The stage stays as it was; after the first answer the plan is to be looked at.
        """
        connection = self._parts.connection(connection_id)
        stage = self._first.answers(connection.id).stage
        kept = replace(
            answers,
            stage="plan" if stage == "asked" else stage,
            answered_by=by,
            answered_at=self._parts.clock.now(),
        )
        with self._store.transaction():
            self._first.save(connection.id, kept)
            self._look_again(connection)
        self._sending.lifted(connection.tenant)
        return kept

    def advance(self, to: Stage, by: str, connection_id: str | None = None) -> StartAnswers:
        """Go on to a later stage: "ten" once the plan was seen, "all" once the ten were.

        A stage that is behind changes nothing; raises StartUnanswered.
        """
        connection = self._parts.connection(connection_id)
        kept = self._first.answers(connection.id)
        if kept.stage == "asked":
            raise StartUnanswered(connection.name)
        if _ORDER.index(to) <= _ORDER.index(kept.stage):
            return kept
        gone_on = replace(kept, stage=to, answered_by=by, answered_at=self._parts.clock.now())
        self._first.save(connection.id, gone_on)
        self._sending.lifted(connection.tenant)
        return gone_on

    def contacts(self, connection_id: str | None = None) -> Mapping[Bring, int]:
        """How many contacts each choice would bring, of those that Xero has and the CRM has not.

        Known once a plan was made: until then nothing of Xero is read.
        """
        connection = self._parts.connection(connection_id)
        linked = self._store.links_by_xero(connection.id, "Contact")
        found = [
            bool(seen.payload.get("IsCustomer"))
            for seen in self._store.each_shadow(connection.id, "xero", "Contact")
            if seen.id not in linked and not seen.gone
        ]
        return {"customers": sum(found), "all": len(found), "none": 0}

    def _look_again(self, connection: Connection) -> None:
        described = {module.name for module in self._parts.described()}
        for sync in self._parts.modules(connection.id):
            if sync.name in described:
                look_again(self._store, connection.id, sync, self._parts.clock.now())
