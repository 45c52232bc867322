"""Why nothing is taken away, as whole sentences that every face shows in its language."""

from __future__ import annotations

from typing import Final

NOT_NAMED: Final = "Nothing was done: type the name of the organisation exactly as it is shown."
NOT_AS_SEEN: Final = (
    "Nothing was done: what would go has changed since it was looked at. Look at it again."
)
NOTHING_CAME: Final = (
    "There is nothing to take away: no record of the CRM came from Xero, or each is somebody's "
    "own by now."
)
NOT_ITS_EXPORT: Final = (
    "Nothing was done: the file is not what a reset of this organisation wrote, or it is not whole."
)
#: All of them, for the catalogues.
REFUSALS = (NOT_NAMED, NOT_AS_SEEN, NOTHING_CAME, NOT_ITS_EXPORT)
