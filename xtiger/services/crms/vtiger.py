"""How this installation reaches its Vtiger: address, user and access key, kept in the home.

`XTIGER_HOST` names `make_host` here once `xtiger connect-crm vtiger` was carried out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xtiger.db.cipher import open_cipher
from xtiger.errors import SettingInvalid
from xtiger.hosts.vtiger import VtigerHost
from xtiger.model.disk import file_trouble
from xtiger.model.secret import Secret
from xtiger.settings import load_settings, private_file, set_in_file

if TYPE_CHECKING:
    import requests

    from xtiger.ports import Clock
    from xtiger.settings import Settings

#: What XTIGER_HOST is set to.
PLACE: Final = "xtiger.services.crms.vtiger:make_host"
#: Where address, user and encrypted key stand, and the tables beside Vtiger.
ACCESS_FILE, TABLES_FILE = "vtiger.json", "vtiger.db"
_AGAIN: Final = "Connect again: xtiger connect-crm vtiger URL"


@dataclass(frozen=True, slots=True)
class Access:
    """What opens a Vtiger."""

    url: str
    user: str
    key: Secret


def make_host() -> VtigerHost:
    """The host of the Vtiger that this installation was connected to."""
    settings = load_settings()
    return open_host(settings, kept_access(settings))


def open_host(
    settings: Settings,
    access: Access,
    *,
    clock: Clock | None = None,
    session: requests.Session | None = None,
) -> VtigerHost:
    """The host that such an access opens, with its tables in the home."""
    path = settings.home / TABLES_FILE
    _private(path)
    return VtigerHost(access.url, access.user, access.key, path=path, clock=clock, session=session)


def keep_access(settings: Settings, access: Access) -> None:
    """Keep the access, its key encrypted, and name this CRM in the settings file.

    Raises SettingInvalid where the home cannot be written.
    """
    kept = {"url": access.url, "user": access.user}
    kept["access_key"] = open_cipher(settings).encrypt(access.key)
    path = settings.home / ACCESS_FILE
    _private(path)
    path.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    set_in_file(settings.home, {"XTIGER_HOST": PLACE})


def kept_access(settings: Settings) -> Access:
    """The access that is kept; raises SettingInvalid where there is none that can be opened."""
    path = settings.home / ACCESS_FILE
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        url, user, sealed = (str(kept[name]) for name in ("url", "user", "access_key"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingInvalid(str(path), "does not say how Vtiger is reached", _AGAIN) from error
    try:
        return Access(url, user, open_cipher(settings).decrypt(sealed))
    except SettingInvalid as error:
        raise SettingInvalid(
            str(path), "holds an access key that the key of this installation does not open", _AGAIN
        ) from error


def _private(path: Path) -> None:
    try:
        private_file(path)
    except OSError as error:
        reason, fix = file_trouble(error, path)
        raise SettingInvalid(str(path), f"cannot be written: {reason}", fix) from error
