"""The key that tokens are encrypted with: given in the settings, or made and kept in the home."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from xtiger.errors import SettingInvalid
from xtiger.model.disk import file_trouble
from xtiger.model.secret import Secret
from xtiger.settings import KEY_FILE, Settings

_VARIABLE = "XTIGER_SECRET_KEY"


class Cipher:
    """Encrypts with the newest key and decrypts with any of them (Fernet)."""

    def __init__(self, keys: Sequence[str], source: str = _VARIABLE) -> None:
        """Take the keys, newest first; raises SettingInvalid naming `source` for a broken one."""
        self.source = source
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except (ValueError, TypeError) as error:
            # The library's own sentence is left out: nothing of a key may reach a log.
            raise SettingInvalid(
                source,
                "is no Fernet key of 44 characters",
                "Put back the one used before (several are separated by commas, newest first), "
                "or remove it to have a new one made and connect again: xtiger connect",
            ) from error

    def encrypt(self, text: Secret) -> str:
        """The text under the newest key."""
        return self._fernet.encrypt(text.reveal().encode()).decode("ascii")

    def decrypt(self, text: str) -> Secret:
        """The text again; raises SettingInvalid when none of the keys fits."""
        try:
            return Secret(self._fernet.decrypt(text.encode()).decode())
        except InvalidToken as error:
            raise SettingInvalid(
                self.source,
                "does not fit the Xero tokens kept in the database",
                "Put back the key they were saved with, after a comma behind the new one, "
                "or connect again: xtiger connect",
            ) from error


def new_key() -> str:
    """A fresh random key."""
    return Fernet.generate_key().decode("ascii")


def open_cipher(settings: Settings) -> Cipher:
    """The cipher of this installation; on the first run without a key, one is made in the home.

    Raises SettingInvalid when a key is broken, or the home cannot be written.
    """
    if settings.secret_key.reveal().strip():
        return Cipher(_split(settings.secret_key.reveal()))
    path = settings.home / KEY_FILE
    try:
        if not path.exists():
            _make_key_file(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        text = path.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        reason, fix = file_trouble(error, path)
        fix = f"{fix} Or set {_VARIABLE}."
        raise SettingInvalid(str(path), f"cannot be used: {reason}", fix) from error
    return Cipher(_split(text), source=str(path))


def _split(text: str) -> list[str]:
    return [key.strip() for key in text.replace("\n", ",").split(",") if key.strip()]


def _make_key_file(path: Path) -> None:
    """Write a new key whole or not at all; the first of several processes wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
