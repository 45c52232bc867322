"""Pairing of receipts: with the bank transactions that they are in Xero.

Xero has many others, of bank feeds and of suppliers. Those never come in, so they leave no keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xtiger.engine.pair.document_pairing import DocumentPairer
from xtiger.engine.pair.document_types import TYPE_ROLE, belongs
from xtiger.engine.pair.pair import Pairing
from xtiger.engine.pair.pairing import Early
from xtiger.engine.pair.selection import Selection
from xtiger.engine.workbench.limits import Wanted
from xtiger.model.links import DirtyKey, Link


class ReceiptPairer(DocumentPairer):
    """Pairs the receipts of a module."""

    def pairings(
        self, wanted: Wanted | None = None, early: Early = lambda _part: None
    ) -> list[Pairing]:
        """As usual; a run of other records reads nothing of the bank."""
        if wanted is not None and not wanted.xero and not self._any(wanted.crm):
            return []
        return super().pairings(wanted, early)

    def _any(self, ids: Sequence[str]) -> bool:
        """Whether one of these records is a receipt."""
        bench, scope = self.bench, self.scope
        links = bench.store.links_by_crm(bench.connection_id, scope.name, ids) if ids else {}
        if any(link.kind == scope.kind for link in links.values()):
            return True
        new = [crm_id for crm_id in ids if crm_id and crm_id not in links]
        records = list(bench.host.get(scope.name, new).values()) if new else []
        words = Selection(bench, scope).own_of(records, TYPE_ROLE) if records else {}
        return any(belongs(scope, word) for word in words.values())

    def _xero_keys(
        self, wanted: Wanted | None, by_crm: Mapping[str, Link]
    ) -> tuple[list[DirtyKey], Mapping[str, Link]]:
        """Those that a record is linked to."""
        if wanted is not None and not wanted.xero:
            return [], {}
        store, connection_id, kind = self.bench.store, self.bench.connection_id, self.scope.kind
        keys = store.dirty(connection_id, "xero", kind)
        if wanted is not None:
            keys = [key for key in keys if key.id in wanted.xero]
        links = store.links_by_xero(connection_id, kind, [key.id for key in keys])
        return [key for key in keys if key.id in links], links

    def _load(self, found: Sequence[Pairing]) -> None:
        """As usual; what was reconciled when last seen is read now, since that shows in no feed."""
        super()._load(found)
        stale = [
            pairing
            for pairing in found
            if pairing.xero is not None
            and pairing.xero.values.get("IsReconciled")
            and any(key[0] == "crm" for key in pairing.keys)
        ]
        ids = [pairing.xero_id for pairing in stale if pairing.xero_id]
        if not ids:
            return
        self._fetch(ids)
        seen = self._shadows(ids)
        for pairing in stale:
            if (shadow := seen.get(pairing.xero_id or "")) is not None:
                self.set_xero(pairing, shadow)
