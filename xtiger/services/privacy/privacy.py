"""The service for privacy: what is stored of persons, all that is kept of one, and erasing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from xtiger.errors import NeedsPerson
from xtiger.model.privacy.kept import LOG, OF_STORE, UNDONE_BY, Kept
from xtiger.model.privacy.marks import Erasure
from xtiger.model.privacy.person import Person
from xtiger.model.proving.signed import SignedProof
from xtiger.model.values import Plain
from xtiger.services.privacy.erasing import Erased, Erasing
from xtiger.services.privacy.finding import Finding
from xtiger.services.proving.signing import Signing
from xtiger.services.syncing.undoing import KEPT_FOR

if TYPE_CHECKING:
    from xtiger.services.parts import Parts


class Privacy:
    """Says what is stored of persons, gives out what is kept of one, and erases one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def kept(self) -> list[Kept]:
        """What is stored that may name persons, and for how long; extensions add theirs."""
        times = self._parts.settings.keep_log
        found = [Kept(LOG, days=times.days)]
        found += [Kept(LOG, days=days, result=name) for name, days in times.by_result.items()]
        found.append(Kept(UNDONE_BY, days=KEPT_FOR.days))
        found += OF_STORE
        for answer in self._asked("kept_data"):
            found += answer
        return found

    def find(self, text: str) -> list[Person]:
        """The persons whom an e-mail address, an id or a part of a name may mean, by name.

        An id is one of the CRM, such as 17 or Contacts:17, or of Xero.
        """
        return Finding(self._parts).found(text)

    def export(self, text: str) -> SignedProof:
        """All that is kept of one person, signed: `person`, `at`, and `tables`.

        `tables` are rows by the name of their table. `text()` gives the file, which `xtiger
        verify` checks. Raises NeedsPerson where nobody is meant, or several are.
        """
        person = Finding(self._parts).one(text)
        content = {
            "person": {
                "name": person.name,
                "texts": person.texts,
                "records": [
                    {"connection_id": one.connection_id, "side": one.side, "address": one.address}
                    for one in person.places
                ],
            },
            "at": self._parts.clock.now(),
            "tables": self._rows(person),
        }
        return Signing(self._parts).signed(_as_json(content), "export")

    def plan(self, text: str) -> tuple[Person, Mapping[str, int]]:
        """Whom a text means, and table → rows that erasing would go through; raises NeedsPerson."""
        person = Finding(self._parts).one(text)
        counts = {table: len(rows) for table, rows in self._rows(person).items()}
        return person, counts

    def erase(self, text: str, name: str, by: str) -> Erased:
        """Erase one person from everything that is stored; only with its name typed.

        The chain of the log and signed proofs verify as before. The records themselves stay in
        the CRM and in Xero; until `release()` no sync stores them again. Where nothing says the
        name any more, the address is typed, such as Contacts:17. Raises NeedsPerson, and RunBusy
        while a sync runs.
        """
        person = Finding(self._parts).one(text)
        if " ".join(name.split()).casefold() != (person.name or person.address).casefold():
            raise NeedsPerson("This is another name. Nothing was done.")
        return Erasing(self._parts).erase(person, by)

    def marks(self) -> list[Erasure]:
        """Who was erased and is not stored again, newest first: when, and by whom."""
        return Erasing(self._parts).marks()

    def release(self, named: str) -> None:
        """Let the next sync store a person again; named by the id of its mark, by the address of
        one of its records or by an e-mail address. Raises NeedsPerson where nothing is marked so.
        """
        Erasing(self._parts).release(named)

    def _rows(self, person: Person) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
        parts, connections = self._parts, [one.id for one in self._parts.connections()]
        found = dict(parts.store.rows_about(person, parts.tenant(), connections))
        for answer in self._asked("person_data", person=person):
            found |= {table: list(rows) for table, rows in answer.items() if rows}
        return found

    def _asked(self, hook: str, /, **arguments: Any) -> list[Any]:
        """The answers of all extensions: what one keeps stays there while it is off."""
        tenant = self._parts.tenant()
        context = self._parts.context_of(tenant)
        return self._parts.hooks.of_all(hook, context=context, tenant=tenant, **arguments)


def _as_json(value: Any) -> Any:
    """A plain value as JSON takes it: moments, days and amounts as texts."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, date) else str(value)
