"""How far a read of a module has come, as the cursor of a page says it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

#: A transaction that began so long ago has surely ended: its stamps can no longer appear.
OVERLAP: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a read has come; "" stands for the start."""

    #: The last id read without a stamp; None once those are through, "" before the first.
    unstamped_id: str | None = ""
    #: The stamp of the last record read, as text.
    stamp: str = ""
    #: The last id read among records of that stamp.
    id: str = ""

    def text(self) -> str:
        """The cursor that stands for this place."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def of(cls, cursor: str | None) -> Place:
        """The place of a cursor."""
        return cls(**json.loads(cursor)) if cursor else cls()
