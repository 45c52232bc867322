"""A lease of the store: what one process proves by it that nobody else is at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from xtiger.errors import XTigerError
from xtiger.model.setting_keys import LeaseKey


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that somebody holds: what proves it, and what to say when it is lost."""

    name: LeaseKey
    #: The number that `acquire_lease` answered.
    fence: int
    #: How long each renewal lasts.
    seconds: float
    now: Callable[[], datetime]
    #: Makes the error that the late holder gets.
    lost: Callable[[], XTigerError]
