"""The LinkStore protocol: which CRM record and which Xero record are the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from xtiger.model.links import Link
from xtiger.model.records import Ref
from xtiger.ports.store.transactional import Transactional


class LinkStore(Transactional, Protocol):
    """Links of CRM records to Xero records; an alias is one more record on a side."""

    def links_by_crm(
        self, connection_id: str, module: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """CRM id → its own link, primary or alias, for these ids or (None) all."""
        ...

    def links_of(self, connection_id: str, refs: Collection[Ref]) -> Mapping[Ref, Link]:
        """CRM record → its own link, primary or alias; those of these records that are linked."""
        ...

    def link_counts(self, connection_id: str) -> Mapping[str, int]:
        """Module → links of its records in a connection, aliases of either side among them."""
        ...

    def links_by_xero(
        self, connection_id: str, kind: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """Xero id → its primary link, for these ids or (None) all."""
        ...

    def aliases(
        self, connection_id: str, kind: str, xero_ids: Iterable[str] | None = None
    ) -> Sequence[Link]:
        """The links of further CRM records to these Xero records, or (None) to all; by id."""
        ...

    def xero_aliases(
        self, connection_id: str, kind: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Link]:
        """Xero id → its link as one more Xero record of a CRM record, for these ids or all."""
        ...

    def add_link(self, link: Link) -> Link:
        """Insert and answer it with its id; raises LinkRefused when either side is linked."""
        ...

    def change_link(self, link: Link) -> None:
        """Replace by id (state, role, xero_id)."""
        ...

    def remove_link(self, link_id: int) -> None:
        """Remove a link with its base."""
        ...
