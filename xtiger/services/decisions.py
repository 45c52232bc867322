"""What a person decides, as methods of XTiger: links, conflicts, and which CRM it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtiger.errors import Mismatch
    from xtiger.model.conflicts import Conflict
    from xtiger.model.connections import Connection
    from xtiger.model.links import Side
    from xtiger.services.conflicts import Solving
    from xtiger.services.identities import Identities
    from xtiger.services.links import Linking
    from xtiger.services.sending import Sending


class Decisions:
    """The part of XTiger for what a person decides.

    Each decision is carried out by the next tick or sync; send_records() does so at once.
    """

    identities: Identities

    _linking: Linking
    _solving: Solving
    _sending: Sending

    def connection(self, name_or_id: str | None = None) -> Connection:
        """The named connection or the only active one; XTiger answers it."""
        raise NotImplementedError

    def tenant(self) -> str:
        """The tenant that is meant; XTiger answers it."""
        raise NotImplementedError

    def link(
        self,
        module: str,
        crm_id: str,
        xero_id: str | None,
        connection_id: str | None = None,
        *,
        alias: bool = False,
    ) -> str:
        """Accept a proposal: link both, as `alias` too, or (None) let a new one be made in Xero."""
        connection = self.connection(connection_id)
        said = self._linking.link(connection, module, crm_id, xero_id, alias=alias)
        self._sending.ask(connection, module, [crm_id])
        return said

    def unlink(
        self,
        module: str,
        crm_id: str,
        connection_id: str | None = None,
        *,
        xero_id: str | None = None,
        promote: str | None = None,
    ) -> None:
        """Forget that two records belong together; neither is changed.

        `xero_id` names an alias in Xero; `promote` the alias that takes a primary's place.
        """
        connection = self.connection(connection_id)
        self._linking.unlink(connection, module, crm_id, xero_id=xero_id, promote=promote)

    def conflicts(self, connection_id: str | None = None) -> list[Conflict]:
        """What waits for a person's decision, parents first; orphans that were left are not in."""
        return self._solving.conflicts(self.connection(connection_id))

    def conflict(
        self, module: str, crm_id: str, connection_id: str | None = None, *, fresh: bool = False
    ) -> Conflict:
        """The conflict of one record as last seen, or `fresh` from both sides (two calls).

        Raises ConflictRefused when there is none.
        """
        connection = self.connection(connection_id)
        if fresh:
            return self._solving.conflict_now(connection, module, crm_id)
        return self._solving.conflict(connection, module, crm_id)

    def solve(
        self,
        module: str,
        crm_id: str,
        keep: Side,
        fields: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        shown: str = "",
    ) -> str:
        """Keep the value of one side, "crm" or "xero", of these fields or (none named) of all.

        `fields` are keys or labels; `shown` is Conflict.shown as the person saw it. Answers a
        sentence. Raises ConflictRefused when the conflict changed since, or when the value
        cannot travel to the other side.
        """
        connection = self.connection(connection_id)
        said = self._solving.solve(connection, module, crm_id, keep, fields, shown)
        self._sending.ask(connection, module, [crm_id])
        return said

    def crm_mismatch(self) -> Mismatch | None:
        """Why this CRM is not the one whose records are linked; None when all is well.

        As long as there is one every run raises OtherCrm, and a person decides.
        """
        return self.identities.mismatch(self.tenant())

    def same_crm(self) -> int:
        """This is the same CRM: go on with its links; answers how many are asked about again.

        What a restored backup set back is held for a person, and not sent. Raises RunBusy.
        """
        count = self.identities.keep(self.tenant())
        self._sending.lifted(self.tenant())
        return count

    def forget_links(self) -> int:
        """This is another CRM: begin without links; answers how many were forgotten.

        Nothing is changed in Xero or in the CRM; settings and mappings stay. Raises RunBusy.
        """
        count = self.identities.forget(self.tenant())
        self._sending.lifted(self.tenant())
        return count
