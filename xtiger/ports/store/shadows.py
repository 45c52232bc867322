"""The ShadowStore protocol: what each side's records were when last seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from xtiger.model.links import Shadow, Side
from xtiger.model.values import Plain
from xtiger.ports.store.transactional import Transactional


class ShadowStore(Transactional, Protocol):
    """Shadows: the last seen copies of records of both sides."""

    def shadows(
        self, connection_id: str, side: Side, type: str, ids: Iterable[str] | None = None
    ) -> Mapping[str, Shadow]:
        """Id → last seen copy, for these ids or (None) all."""
        ...

    def shadow_ids(
        self, connection_id: str, side: Side, type: str, ids: Iterable[str] | None = None
    ) -> set[str]:
        """Those of these ids, or (None) all ids, that have a last seen copy."""
        ...

    def each_shadow(self, connection_id: str, side: Side, type: str) -> Iterator[Shadow]:
        """All last seen copies by id, without holding them all at once."""
        ...

    def differing(
        self,
        connection_id: str,
        side: Side,
        type: str,
        payloads: Mapping[str, Plain],
        gone: Collection[str] = (),
    ) -> Sequence[str]:
        """The ids of those that are new or not as last seen, in their order; `gone`: ids of them
        that are gone now.
        """
        ...

    def save_shadows(self, connection_id: str, shadows: Iterable[Shadow]) -> None:
        """Insert or replace."""
        ...
