"""The PersonStore protocol: what the store keeps of one person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from xtiger.model.links import Side
from xtiger.model.privacy.person import Person, Place
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class PersonStore(Transactional, Protocol):
    """A person is found by its records; every row about it is found by them and by its texts."""

    def places_of(
        self,
        connection_ids: Sequence[str],
        parties: Mapping[Side, Collection[str]],
        *,
        text: str = "",
        ids: Collection[str] = (),
    ) -> list[Place]:
        """Records of these modules and kinds whose copy or log holds a text, or of these ids."""
        ...

    def partners_of(self, places: Iterable[Place]) -> list[Place]:
        """The records that are linked to these, aliases among them."""
        ...

    def values_of(self, place: Place) -> tuple[Mapping[str, Plain], Sequence[Mapping[str, Plain]]]:
        """The last seen copy of a record, and the halves of what was agreed on, by Xero's field."""
        ...

    def rows_about(
        self, person: Person, tenant: str, connection_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Plain]]]:
        """Table → its rows about a person, as plain values; without tables that have none."""
        ...
