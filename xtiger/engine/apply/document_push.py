"""Sending documents: those whose number Xero takes more than once have nothing to refuse a double.

A bill of a supplier may stand twice in Xero. So a create without answer is repeated by its own key
while Xero knows that, and found again by the address that it bears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xtiger.engine.apply.batches import Outgoing, key_protects
from xtiger.engine.apply.push import Looked, Pusher
from xtiger.engine.pair.ours import made_by
from xtiger.model.calls import Batch
from xtiger.rules.kinds import traits


class DocumentPusher(Pusher):
    """Sends the documents of one module to Xero."""

    def _unknown(
        self,
        batch: Batch,
        part: Sequence[Outgoing],
        *,
        creating: bool,
        again: bool,
        http_status: int | None,
    ) -> None:
        """No answer came: the same request once more where Xero takes it for the first one.

        Xero may be carrying out the first one yet: then a look shows nothing, and another key
        would make a second document of it.
        """
        doubled = creating and any(not self._is_numbered(one.element) for one in part)
        if doubled and again and key_protects(batch, http_status, self.bench.clock.now()):
            self._carry_out(batch, part, creating=creating, again=False)
            return
        super()._unknown(batch, part, creating=creating, again=again, http_status=http_status)

    def _is_numbered(self, element: Mapping[str, Any]) -> bool:
        document = traits(self.scope.kind).type_of(element)
        return document is None or document.numbered

    def _created(self, part: Sequence[Outgoing]) -> Looked:
        """As usual; what has no number of ours is the free document that is as it was sent."""
        numbered = [one for one in part if self._is_numbered(one.element)]
        arrived, edited = dict(super()._created(numbered)[0]), set[int]()
        rest = [one for one in part if not self._is_numbered(one.element)]
        if not rest:
            return arrived, edited
        bench, kind = self.bench, self.scope.kind
        links = bench.store.links_by_xero(bench.connection_id, kind)
        seen = bench.store.each_shadow(bench.connection_id, "xero", kind)
        free = {one.id: one.payload for one in seen if one.id not in links and not one.gone}
        for one in rest:
            found = next((i for i, raw in free.items() if made_by(kind, one.element, raw)), None)
            if found is not None:
                # Each stands for one of those sent: two may be alike to the last line.
                arrived[one.item.number] = free.pop(found)
        return arrived, edited
