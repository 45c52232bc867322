"""What the store drops once its time is over, after a run and at most once a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from xtiger.model.log.keep_times import KeepTimes
from xtiger.model.setting_keys import DROPPED_OLD_AT
from xtiger.ports.store import RetentionStore, SettingStore, UndoStore
from xtiger.services.syncing.undoing import KEPT_FOR

#: Looked through again after so long.
_AGAIN: Final = timedelta(days=1)
#: Rows that one transaction removes, and such transactions after one run: nobody waits long.
_PART, _PARTS = 2_000, 10


class KeepingStore(RetentionStore, UndoStore, SettingStore, Protocol):
    """What is kept for a time."""


def drop_old(store: KeepingStore, now: datetime, times: KeepTimes) -> None:
    """Remove what was kept long enough; what is left of it goes after the next run.

    Batches and what runs overwrote stay as long as undo is promised.
    """
    last = store.setting(DROPPED_OLD_AT)
    if isinstance(last, datetime) and timedelta(0) <= now - last < _AGAIN:
        return
    store.drop_images(now - KEPT_FOR)
    store.drop_batches(now - KEPT_FOR)
    store.drop_runs(times, now)
    for _ in range(_PARTS):
        # Of each table at most so many go at once.
        if store.cut_log(times, now, _PART) < _PART:
            store.save_setting(DROPPED_OLD_AT, now)
            return
