"""The signing keys of Xero's webhooks: from the settings, or typed in and kept encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from xtiger.errors import SettingInvalid
from xtiger.model import setting_keys
from xtiger.model.secret import Secret

if TYPE_CHECKING:
    from xtiger.db.cipher import Cipher
    from xtiger.ports import Clock
    from xtiger.ports.store import SettingStore
    from xtiger.settings import Settings

#: What an error about a key that was typed is named by.
WEBHOOK_KEY = "The webhooks key"
#: Xero's keys have 88 characters; two stand beside each other while one is changed.
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class WebhookKeyState:
    """What may be shown of the keys; never a key."""

    #: settings: of the environment or the file, which go first; store: typed in; "": neither.
    source: Literal["settings", "store", ""] = ""
    #: Whether keys are kept that the key of this installation does not open.
    unreadable: bool = False
    saved_by: str = ""
    saved_at: datetime | None = None


class WebhookKeys:
    """Keeps the keys of the installation; what the settings say goes first."""

    def __init__(
        self, settings: Settings, store: SettingStore, cipher: Cipher, clock: Clock
    ) -> None:
        self._settings, self._store = settings, store
        self._cipher, self._clock = cipher, clock

    def keys(self) -> tuple[Secret, ...]:
        """The keys in force; what any of them signed is taken. None where they cannot be read."""
        try:
            return self._settings.webhook_keys or _parted(self._opened())
        except SettingInvalid:
            return ()

    def state(self) -> WebhookKeyState:
        """What may be shown."""
        if self._settings.webhook_keys:
            return WebhookKeyState("settings")
        kept = self._kept()
        if not kept:
            return WebhookKeyState()
        at = kept.get("at")
        return WebhookKeyState(
            "store",
            unreadable=not self.keys(),
            saved_by=str(kept.get("by") or ""),
            saved_at=at if isinstance(at, datetime) else None,
        )

    def save(self, typed: Secret, by: str) -> None:
        """Keep what was typed, in place of what was kept before.

        Raises SettingInvalid for what is no key, and where the settings name one.
        """
        if self._settings.webhook_keys:
            raise SettingInvalid(
                WEBHOOK_KEY, "stands in the settings of this installation", "Change it there."
            )
        keys = _parted(typed)
        if not keys or not _is_plain(typed.reveal()):
            raise SettingInvalid(
                WEBHOOK_KEY,
                "is empty or holds something else",
                "Copy it from the page Webhooks of your app at Xero.",
            )
        self._store.save_setting(
            setting_keys.WEBHOOK_KEYS,
            {"keys": self._cipher.encrypt(typed), "by": by, "at": self._clock.now()},
        )

    def _opened(self) -> Secret:
        kept = self._kept()
        return self._cipher.decrypt(str(kept["keys"])) if kept else Secret("")

    def _kept(self) -> Mapping[str, object]:
        kept = self._store.setting(setting_keys.WEBHOOK_KEYS)
        return kept if isinstance(kept, Mapping) else {}


def _parted(keys: Secret) -> tuple[Secret, ...]:
    """The keys that stand in a text with commas between."""
    return tuple(Secret(key.strip()) for key in keys.reveal().split(",") if key.strip())


def _is_plain(text: str) -> bool:
    """Whether a text is printable ASCII, with spaces only beside commas, and not too long."""
    words = [word.strip() for word in text.split(",")]
    return len(text) <= _LONGEST and all("!" <= sign <= "~" for word in words for sign in word)
