"""The part of the conformance kit about which CRM it is."""

from __future__ import annotations

from xtiger.ports.host import Host
from xtiger.testing.conformance_kit import Kit

#: Longest id that the library keeps.
_LONGEST = 100


class IdentityContract(Kit):
    """What a CRM says of itself, so that another one is never taken for it."""

    def test_the_identity_lasts(self, host: Host) -> None:
        """It is the same at each call, and was not undone with a transaction that failed."""
        self.undo(host, host.identity)
        first, second = host.identity(), host.identity()

        assert first == second
        assert first is None or 0 < len(first.id) <= _LONGEST

    def test_each_run_is_counted_once(self, host: Host) -> None:
        """The number rises by one and stays; a CRM without identity counts nothing."""
        before = host.identity()
        counted = host.count_run()

        if before is None:
            assert None is counted
            return
        assert counted is not None
        assert (before.id, before.runs + 1) == (counted.id, counted.runs)
        assert counted == host.identity()
