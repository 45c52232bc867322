"""The holds that people set on records, read all at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from xtiger.model import setting_keys
from xtiger.model.setting_keys import TenantKey

if TYPE_CHECKING:
    from xtiger.services.parts import Parts

#: The holds that people set are read again after this time.
HOLDS_LIFE = timedelta(seconds=5)


class Holds:
    """The holds that people set, read all at once: a run asks for every record it is to write."""

    def __init__(self) -> None:
        self._read_at: datetime | None = None
        self._reasons: Mapping[TenantKey, Any] = {}

    def forget(self) -> None:
        """Read them again when one is asked for next: somebody has just set or ended one."""
        self._read_at = None

    def reason(self, parts: Parts, key: TenantKey) -> str:
        """The reason in the setting of this name, "" for none."""
        now = parts.clock.now()
        if self._read_at is None or not timedelta(0) <= now - self._read_at < HOLDS_LIFE:
            self._read_at = now
            self._reasons = parts.store.own_settings_like(parts.tenant(), setting_keys.HOLDS)
        return str(self._reasons.get(key) or "")
