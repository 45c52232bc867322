"""What a person decides about single records, as methods of XTiger: links and conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtiger.conflicts import Conflict
    from xtiger.linking import Linking
    from xtiger.links import Connection, Side
    from xtiger.sending import Sending
    from xtiger.solving import Solving


class Decisions:
    """The part of XTiger for links and conflicts.

    Each decision is carried out by the next tick or sync; send_records() does so at once.
    """

    _linking: Linking
    _solving: Solving
    _sending: Sending

    def connection(self, name_or_id: str | None = None) -> Connection:
        """The named connection or the only active one; XTiger answers it."""
        raise NotImplementedError

    def link(
        self, module: str, crm_id: str, xero_id: str | None, connection_id: str | None = None,
        *, alias: bool = False,
    ) -> str:  # fmt: skip
        """Accept a proposal: link both, as `alias` too, or (None) let a new one be made in Xero."""
        connection = self.connection(connection_id)
        said = self._linking.link(connection, module, crm_id, xero_id, alias=alias)
        self._sending.ask(connection, module, [crm_id])
        return said

    def unlink(
        self, module: str, crm_id: str, connection_id: str | None = None,
        *, xero_id: str | None = None, promote: str | None = None,
    ) -> None:  # fmt: skip
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
        self, module: str, crm_id: str, keep: Side, fields: Sequence[str] = (),
        connection_id: str | None = None, *, shown: str = "",
    ) -> str:  # fmt: skip
        """Keep the value of one side, "crm" or "xero", of these fields or (none named) of all.

        `fields` are keys or labels; `shown` is Conflict.shown as the person saw it. Answers a
        sentence. Raises ConflictRefused when the conflict changed since, or when the value
        cannot travel to the other side.
        """
        connection = self.connection(connection_id)
        said = self._solving.solve(connection, module, crm_id, keep, fields, shown)
        self._sending.ask(connection, module, [crm_id])
        return said
