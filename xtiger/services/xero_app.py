"""The app at Xero: client id, secret, referral id; of the settings, or typed in and encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from xtiger.errors import SettingInvalid
from xtiger.model import setting_keys
from xtiger.model.secret import Secret
from xtiger.settings import XTID_FIX, is_xtid

if TYPE_CHECKING:
    from xtiger.db.cipher import Cipher
    from xtiger.ports import Clock
    from xtiger.ports.store import SettingStore
    from xtiger.settings import Settings

#: What an error about each of them is named by.
CLIENT_ID, CLIENT_SECRET, XTID = "The client id", "The client secret", "The referral id (XTID)"
#: Xero's client ids have 32 characters; a longer text was pasted with something else.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class AppState:
    """What may be shown of the app; never its secret."""

    client_id: str = ""
    has_secret: bool = False
    #: settings: of the environment or the file, which go first; store: typed in; "": neither.
    source: Literal["settings", "store", ""] = ""
    #: Whether a secret is kept that the key of this installation does not open.
    unreadable: bool = False
    saved_by: str = ""
    saved_at: datetime | None = None
    #: The referral id that links to Xero carry; "" for none.
    xtid: str = ""


class XeroApp:
    """Keeps the one app of the installation; what the settings say goes first."""

    def __init__(
        self, settings: Settings, store: SettingStore, cipher: Cipher, clock: Clock
    ) -> None:
        self._settings, self._store = settings, store
        self._cipher, self._clock = cipher, clock

    def settings(self) -> Settings:
        """The settings with the app that is in force; raises SettingInvalid for a lost key."""
        kept = self._kept()
        if not kept:
            return self._settings
        secret = str(kept.get("secret") or "")
        opened = self._cipher.decrypt(secret) if secret else Secret("")
        return replace(
            self._settings, xero_client_id=str(kept["client_id"]), xero_client_secret=opened
        )

    def state(self) -> AppState:
        """What may be shown."""
        own = self._settings
        if own.xero_client_id:
            return AppState(
                own.xero_client_id, bool(own.xero_client_secret), "settings", xtid=own.xero_xtid
            )
        kept = self._kept()
        if not kept:
            return AppState(xtid=own.xero_xtid)
        try:
            has_secret, unreadable = bool(self.settings().xero_client_secret), False
        except SettingInvalid:
            has_secret, unreadable = True, True
        at = kept.get("at")
        return AppState(
            client_id=str(kept["client_id"]),
            has_secret=has_secret,
            source="store",
            unreadable=unreadable,
            saved_by=str(kept.get("by") or ""),
            saved_at=at if isinstance(at, datetime) else None,
            xtid=self.xtid(),
        )

    def xtid(self) -> str:
        """The referral id that links to Xero carry: of the settings, else as typed in; or ""."""
        return self._settings.xero_xtid or str(self._kept().get("xtid") or "")

    def save(self, client_id: str, secret: Secret, by: str, xtid: str = "") -> None:
        """Keep what was typed; an empty secret leaves the one of the same app as it is.

        Raises SettingInvalid for what is no client id, secret or referral id, and where the
        settings name an app.
        """
        if self._settings.xero_client_id:
            raise SettingInvalid(
                "The app at Xero",
                "stands in the settings of this installation",
                "Change it there.",
            )
        wanted, typed, referral = _read(client_id, secret, xtid)
        kept = self._kept()
        same = str(kept.get("secret") or "") if kept.get("client_id") == wanted else ""
        self._store.save_setting(
            setting_keys.XERO_APP,
            {
                "client_id": wanted,
                "secret": self._cipher.encrypt(typed) if typed else same,
                "xtid": referral,
                "by": by,
                "at": self._clock.now(),
            },
        )

    def _kept(self) -> Mapping[str, object]:
        """What was typed in, where the settings name no app."""
        if self._settings.xero_client_id:
            return {}
        kept = self._store.setting(setting_keys.XERO_APP)
        return kept if isinstance(kept, Mapping) else {}


def _is_one_word(text: str) -> bool:
    """Whether a text is printable ASCII without spaces, and not too long."""
    return 0 < len(text) <= _LONGEST and all("!" <= sign <= "~" for sign in text)


def _read(client_id: str, secret: Secret, xtid: str) -> tuple[str, Secret, str]:
    """What was typed, without blanks around it; raises SettingInvalid for what none can be."""
    wanted = client_id.strip()
    if not _is_one_word(wanted):
        raise SettingInvalid(
            CLIENT_ID,
            "is empty or holds something else",
            "Copy it from the page Configuration of your app at Xero.",
        )
    typed = Secret(secret.reveal().strip())
    if typed and not _is_one_word(typed.reveal()):
        raise SettingInvalid(
            CLIENT_SECRET,
            "holds something else",
            "Generate a secret on the page Configuration of your app at Xero and copy it.",
        )
    referral = xtid.strip()
    if referral and not is_xtid(referral):
        raise SettingInvalid(XTID, "holds something else", XTID_FIX)
    return wanted, typed, referral
