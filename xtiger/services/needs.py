"""The service for what waits for a person: each record that is kept back, grouped by its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from xtiger.model.records import Ref, XeroRef
from xtiger.model.runs import Sent
from xtiger.rules.catalogue import CATALOGUE
from xtiger.services.agreements import Agreements
from xtiger.services.sync import Sync

if TYPE_CHECKING:
    from datetime import datetime

    from xtiger.model.agreement import RecordAgreement
    from xtiger.model.cause_codes import CauseCode
    from xtiger.model.plans import Cause
    from xtiger.model.runs import Outcome
    from xtiger.model.values import Plain
    from xtiger.services.parts import Parts

#: What a reason is about: a mapping or a setting, a refusal of the other side, or the record.
About = Literal["mapping", "refused", "record"]
#: What the other side said in its own words: records are grouped by these, whole.
REFUSED: frozenset[CauseCode] = frozenset({"xero_refused", "crm_refused"})
#: The code of what waits for a record that is asked for itself.
FOLLOWS: CauseCode = "waits_for_parent"


@dataclass(frozen=True, slots=True)
class Need:
    """What keeps records of one module back for one reason."""

    module: str
    #: Of the first record; the code is that of all.
    cause: Cause
    #: Newest first.
    outcomes: tuple[Outcome, ...]
    #: Records that wait for one of these, and for no person: each goes once that one does.
    followers: tuple[Outcome, ...] = ()

    def behind(self, outcome: Outcome) -> tuple[Outcome, ...]:
        """The records that wait for this one."""
        return tuple(one for one in self.followers if _leads(outcome, one))

    @property
    def code(self) -> str:
        """The reason that all of these have."""
        return self.cause.code

    @property
    def message(self) -> str:
        """What Xero or the CRM said in its own words; "" for a reason that the library knows."""
        return message_of(self.cause)

    @property
    def about(self) -> About:
        """Who has to look: at a mapping, at what Xero or the CRM refused, or at the record."""
        if self.code in REFUSED:
            return "refused"
        entry = CATALOGUE.get(self.code)
        return "mapping" if entry is not None and entry.button in ("map", "settings") else "record"

    def causes(self) -> list[Mapping[str, Plain]]:
        """What the sentences of this reason are filled with, of each record."""
        found = (one.cause.each() for one in self.outcomes if one.cause is not None)
        return [cause.data for each in found for cause in each if cause.code == self.code]


class Needs:
    """Lists what waits for a person, and tries it again; other cures are those of links, conflicts.

    Equal reasons are one group, with the number of its records.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._agreements = parts, Agreements(parts)

    def all(self, connection_id: str | None = None) -> list[Need]:
        """What waits in a connection: modules in their order, the most records first."""
        connection = self._parts.connection(connection_id)
        order = [sync.name for sync in self._parts.modules(connection.id)]
        groups: dict[tuple[str, str, str], list[Outcome]] = {}
        for one in self._agreements.records("needs_you", connection.id):
            if one.outcome is not None and one.outcome.cause is not None:
                key = one.module, one.outcome.cause.code, message_of(one.outcome.cause)
                groups.setdefault(key, []).append(one.outcome)
        following = _by_parent(self._agreements.records("waiting", connection.id, code=FOLLOWS))
        needs = [
            Need(module, outcomes[0].cause, tuple(outcomes), _followers(outcomes, following))
            for (module, _code, _message), outcomes in groups.items()
            if outcomes[0].cause is not None and module in order
        ]
        return sorted(needs, key=lambda one: (order.index(one.module), -len(one.outcomes)))

    def retry(
        self,
        code: str,
        module: str = "",
        connection_id: str | None = None,
        *,
        message: str = "",
        until: datetime | None = None,
    ) -> tuple[int, Sent]:
        """Try all records of one cause again, of one module or of all, parents first.

        Returns how many records have it, and what became of them; `message` names those alone of
        which Xero or the CRM said this. Past `until`, by default 5 s from now, they go on in the
        background. What only Xero has goes with the next sync. Raises as sync.send() does.
        """
        sync, count, sent = Sync(self._parts), 0, Sent()
        for need in self.all(connection_id):
            if need.code != code or module not in ("", need.module):
                continue
            if message not in ("", need.message):
                continue
            count += len(need.outcomes)
            ids = [one.crm_id for one in need.outcomes if one.crm_id]
            if ids:
                sent = sent.joined(sync.send(need.module, ids, connection_id, until=until))
        return count, sent

    def count(self) -> int:
        """How many records of all active connections wait for a person; one statement."""
        return self._agreements.needing()


def message_of(cause: Cause) -> str:
    """What Xero or the CRM said in its own words; "" for a reason that the library knows."""
    return str(cause.data.get("message") or "") if cause.code in REFUSED else ""


def _parent_of(follower: Outcome) -> Ref | XeroRef | None:
    """The record that a follower waits for."""
    data = follower.cause.data if follower.cause is not None else {}
    if data.get("id"):
        return Ref(str(data.get("module")), str(data["id"]))
    if data.get("xero_id"):
        return XeroRef(str(data.get("xero_kind")), str(data["xero_id"]))
    return None


def _names_of(outcome: Outcome) -> list[Ref | XeroRef]:
    """The record of an outcome, on each side that has it."""
    found: list[Ref | XeroRef] = []
    if outcome.crm_id:
        found.append(Ref(outcome.module, outcome.crm_id))
    if outcome.xero_id:
        found.append(XeroRef(outcome.kind, outcome.xero_id))
    return found


def _leads(outcome: Outcome, follower: Outcome) -> bool:
    return _parent_of(follower) in _names_of(outcome)


def _by_parent(
    records: Sequence[RecordAgreement],
) -> Mapping[Ref | XeroRef, list[Outcome]]:
    """Parent → the records that wait for it."""
    found: dict[Ref | XeroRef, list[Outcome]] = {}
    for one in records:
        parent = _parent_of(one.outcome) if one.outcome is not None else None
        if parent is not None and one.outcome is not None:
            found.setdefault(parent, []).append(one.outcome)
    return found


def _followers(
    outcomes: Sequence[Outcome], following: Mapping[Ref | XeroRef, list[Outcome]]
) -> tuple[Outcome, ...]:
    """What waits for these, in their order."""
    return tuple(
        each for one in outcomes for name in _names_of(one) for each in following.get(name, ())
    )
