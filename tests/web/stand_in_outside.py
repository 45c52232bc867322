"""Stand-ins for the services that the CRM's own systems get something of."""

from __future__ import annotations


class StandInReceivers:
    """Nobody gets messages."""

    def given_up(self) -> list[object]:
        """Nothing was sent, so nothing was given up."""
        return []
