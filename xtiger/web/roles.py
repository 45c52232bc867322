"""Who may do what on the pages: what the CRM said, and what follows where it did not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xtiger.model.records import Ref

#: Asked within a request, of its user.
May = Callable[[], bool]


@dataclass(frozen=True)
class Roles:
    """Four rights of the user of a request; who configures may release, who releases may read."""

    #: Connect, map, set up, install.
    configure: May
    #: Let a stopped plan go on.
    release: May
    #: See the pages: overview, log, conflicts, settings.
    read: May
    #: Edit the panel of this record; None asks for the pages, as `read` does.
    use: Callable[[Ref | None], bool]


def roles_of(
    configure: May | None,
    use: Callable[[Ref | None], bool] | None,
    release: May | None,
    read: May | None,
) -> Roles:
    """The rights from what the CRM gave; None for what it did not say.

    Without `configure` nobody configures. Without `read` those see the pages to whom `use` says
    yes for None. Without `use` only those who configure edit a panel.
    """

    def configures() -> bool:
        return configure is not None and configure()

    def releases() -> bool:
        return configures() or (release is not None and release())

    def reads() -> bool:
        if releases():
            return True
        return read() if read is not None else use is not None and use(None)

    def uses(ref: Ref | None) -> bool:
        if ref is None:
            return reads()
        return use(ref) if use is not None else configures()

    return Roles(configures, releases, reads, uses)
