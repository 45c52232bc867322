"""What every page of the demo CRM needs: the database, and XTiger where it is plugged in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for
from sqlalchemy.orm import Session, sessionmaker

if TYPE_CHECKING:
    from xtiger import XTiger


@dataclass(frozen=True, slots=True)
class Site:
    """One running CRM."""

    sessions: sessionmaker[Session]
    #: None runs the CRM alone, as it was before XTiger came.
    xt: XTiger | None = None

    def panel(self, module: str, record_id: str) -> Any:
        """The Xero Information panel of a record; None where XTiger does not know the module."""
        if self.xt is None or module not in {known.name for known in self.xt.modules.all()}:
            return None
        return self.xt.panel(module, record_id)

    def menu(self) -> list[tuple[str, str]]:
        """(label, address) of what XTiger and its extensions add to the menu."""
        if self.xt is None:
            return []
        pages = {entry.page: entry.label for entry in self.xt.menu()}
        return [
            ("Xero", url_for("xtiger.overview")),
            *((label, url_for("xtiger.page", name=page)) for page, label in pages.items()),
        ]
