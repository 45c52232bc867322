"""What every page of the demo CRM needs: the database, and XTiger where it is plugged in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session, sessionmaker

if TYPE_CHECKING:
    from xtiger import XTiger
    from xtiger.model.records import Ref


#: A session of the CRM → the block in which the host works in it.
Join = Callable[[Session], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Site:
    """One running CRM."""

    sessions: sessionmaker[Session]
    #: None runs the CRM alone, as it was before XTiger came.
    xt: XTiger | None = None
    #: Lets XTiger's host work in a session of the CRM within the block.
    join: Join | None = None

    def panel(self, module: str, record_id: str) -> Any:
        """The Xero Information panel of a record; None where XTiger does not know the module."""
        if self.xt is None or module not in {known.name for known in self.xt.modules.all()}:
            return None
        return self.xt.panel(module, record_id)

    def module_list(self, module: str, ids: Sequence[str]) -> Any:
        """How the records of a list stand in Xero, for the user; None without XTiger."""
        if self.xt is None:
            return None
        from xtiger.web.module_list import drawn_list  # the CRM alone needs nothing of XTiger

        return drawn_list(self.xt.module_list(module, ids))

    def won(self, session: Session, sale: Ref) -> Ref | None:
        """Report a won sale in the transaction of this session; returns its invoice."""
        if self.xt is None or self.join is None:
            return None
        with self.join(session):
            return self.xt.sale_closed(sale)

    def menu(self) -> list[tuple[str, str, int]]:
        """(label, address, number or 0) of what XTiger and its extensions add to the menu."""
        if self.xt is None:
            return []
        # The CRM alone loads nothing of XTiger.
        from xtiger.web import menu

        return [(one.label, one.address, one.number) for one in menu()]
