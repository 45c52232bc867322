"""The key of the tokens: given, made, kept, rotated."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xtiger.db.cipher import Cipher, new_key, open_cipher
from xtiger.errors import SettingInvalid
from xtiger.model.secret import Secret
from xtiger.settings import Settings


def settings(home: Path, secret_key: str = "") -> Settings:
    """Settings with this home and key."""
    return Settings(home=home, database_url="", secret_key=secret_key)


def test_the_first_run_makes_a_key_for_its_owner_only(tmp_path: Path) -> None:
    """The file has mode 600 in a folder of mode 700."""
    home = tmp_path / "home"
    open_cipher(settings(home))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "secret.key")]

    assert [0o700, 0o600] == modes


def test_later_runs_use_the_same_key(tmp_path: Path) -> None:
    """What one run encrypts, the next one reads."""
    kept = open_cipher(settings(tmp_path)).encrypt(Secret("token"))

    assert open_cipher(settings(tmp_path)).decrypt(kept) == Secret("token")


def test_runs_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    """Of several that make the key at once, one wins and all use it."""
    with ThreadPoolExecutor(8) as pool:
        ciphers = list(pool.map(lambda _: open_cipher(settings(tmp_path)), range(8)))
    kept = ciphers[0].encrypt(Secret("token"))

    assert [Secret("token")] * 8 == [cipher.decrypt(kept) for cipher in ciphers]


def test_making_a_key_leaves_nothing_else_behind(tmp_path: Path) -> None:
    """The draft of the key is gone."""
    open_cipher(settings(tmp_path))

    assert ["secret.key"] == [path.name for path in tmp_path.iterdir()]


def test_a_key_file_open_to_others_is_closed(tmp_path: Path) -> None:
    """Restoring a backup often loosens the mode; the next run mends it."""
    (tmp_path / "secret.key").write_text(new_key())
    (tmp_path / "secret.key").chmod(0o644)
    open_cipher(settings(tmp_path))

    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_key_in_the_settings_needs_no_file(tmp_path: Path) -> None:
    """Nothing is written to the home then."""
    open_cipher(settings(tmp_path, new_key()))

    assert [] == list(tmp_path.iterdir())


def test_keys_are_separated_by_commas_newest_first(tmp_path: Path) -> None:
    """The first one encrypts; the others only decrypt."""
    old, new = new_key(), new_key()
    kept = open_cipher(settings(tmp_path, f"{new}, {old}")).encrypt(Secret("token"))

    assert Cipher([new]).decrypt(kept) == Secret("token")


@pytest.mark.parametrize("broken", ["short", "ü" * 44, ","])
def test_a_broken_key_is_refused_without_showing_it(tmp_path: Path, broken: str) -> None:
    """The sentence names the setting and the fix, never the key."""
    with pytest.raises(SettingInvalid) as caught:
        open_cipher(settings(tmp_path, broken))

    assert str(caught.value).startswith("XTIGER_SECRET_KEY is no Fernet key")


def test_a_broken_key_file_is_named(tmp_path: Path) -> None:
    """A person must know which file to mend."""
    (tmp_path / "secret.key").write_text("broken")

    with pytest.raises(SettingInvalid, match=r"secret\.key is no Fernet key"):
        open_cipher(settings(tmp_path))


def test_a_home_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file in the place of the home is no trace but a sentence."""
    (tmp_path / "home").write_text("")

    with pytest.raises(SettingInvalid, match="cannot be used"):
        open_cipher(settings(tmp_path / "home"))
