"""The host as a run meets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from xtiger.engine.workbench.contact_name import with_name, with_name_field
from xtiger.model.records import Document, Module, OutboxRow, Page, Record, Ref, Result, Tax, Write
from xtiger.ports import Host


class HostDoor:
    """The host as a run calls it: in parts that it takes, writes marked as ours.

    It is guarded already: what an adapter raises or answers wrongly arrives as BrokenHost.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self._modules: dict[str, Module] | None = None

    def modules(self) -> Sequence[Module]:
        """Host.modules; contacts have a full name, too."""
        return [with_name_field(module) for module in self.host.modules()]

    def _described(self, module: str) -> Module | None:
        """As described when the run began: names and roles are read for every record."""
        if self._modules is None:
            self._modules = {one.name: one for one in self.host.modules()}
        return self._modules.get(module)

    def get(self, module: str, ids: Sequence[str]) -> dict[str, Record]:
        """Host.get in parts that the host takes."""
        found: dict[str, Record] = {}
        step = max(1, self.host.caps.max_batch)
        for start in range(0, len(ids), step):
            found.update(self.host.get(module, ids[start : start + step]))
        described = self._described(module)
        return {key: with_name(described, record) for key, record in found.items()}

    def changed_since(self, module: str, cursor: str | None) -> Page:
        """Host.changed_since."""
        page, described = self.host.changed_since(module, cursor), self._described(module)
        return replace(page, records=tuple(with_name(described, one) for one in page.records))

    def save(self, module: str, writes: Sequence[Write]) -> Sequence[Result]:
        """Host.save with origin xero."""
        return self.host.save(module, writes, origin="xero")

    def find(self, module: str, field: str, value: str, limit: int) -> Sequence[Record]:
        """Host.find."""
        return self.host.find(module, field, value, limit)

    def delete(self, module: str, ids: Sequence[str]) -> Sequence[Result]:
        """Host.delete with origin xero."""
        return self.host.delete(module, ids, origin="xero")

    def outbox(self, now: datetime) -> Sequence[OutboxRow]:
        """Host.outbox."""
        return self.host.outbox(now)

    def outbox_done(self, rows: Sequence[OutboxRow]) -> None:
        """Host.outbox_done."""
        self.host.outbox_done(rows)

    def url(self, ref: Ref) -> str | None:
        """Host.url."""
        return self.host.url(ref)

    def document(self, ref: Ref) -> Document | None:
        """Host.document."""
        return self.host.document(ref)

    def taxes(self) -> Sequence[Tax]:
        """Host.taxes."""
        return self.host.taxes()

    def save_taxes(self, taxes: Sequence[Tax]) -> None:
        """Host.save_taxes."""
        self.host.save_taxes(taxes)
