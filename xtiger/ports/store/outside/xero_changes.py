"""The XeroChangeStore protocol: what changed in Xero since a place, of the kept copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from xtiger.model.links import Shadow
from xtiger.model.outside.xero_changes import ChangePlace
from xtiger.ports.store.transactional import Transactional


class NumberedShadows(NamedTuple):
    """Copies of Xero's records in the order of their numbers."""

    #: As they are now.
    shadows: Sequence[Shadow]
    #: Every change up to this number is among them, or was before.
    number: int
    #: Whether there are more now.
    more: bool


class XeroChangeStore(Transactional, Protocol):
    """What changed in Xero."""

    def changed_in_xero(
        self, place: ChangePlace, kinds: Sequence[str], limit: int
    ) -> NumberedShadows | None:
        """The copies of these kinds that changed after the place, each once, as they are now.

        None: the place is one that this store never reached, so that it is not the store that
        gave it. A change that is committed is among these or the next ones, whatever was
        committed beside or before it.
        """
        ...
