"""Named values of the installation."""

from __future__ import annotations

from xtiger.db.store import SqlStore
from xtiger.model.setting_keys import SettingGroup, SettingKey


def test_a_setting_comes_back_as_it_was_put_in(store: SqlStore) -> None:
    """A plain value keeps its types, and a later one replaces it."""
    store.save_setting(SettingKey("terms"), "old")
    store.save_setting(SettingKey("terms"), {"at": [1, True, None, "ü"]})

    assert {"at": [1, True, None, "ü"]} == store.setting(SettingKey("terms"))


def test_a_setting_never_set_is_none(store: SqlStore) -> None:
    """None stands for never set."""
    assert store.setting(SettingKey("terms")) is None


def test_a_setting_can_be_forgotten(store: SqlStore) -> None:
    """A forgotten setting is as if never set."""
    store.save_setting(SettingKey("terms"), 1)
    store.forget_setting(SettingKey("terms"))

    assert {} == store.settings_like(SettingGroup(""))


def test_settings_like_takes_the_prefix_by_the_letter(store: SqlStore) -> None:
    """Neither upper case nor the wildcards of SQL match something else."""
    for name in ("ext_a", "ext_b", "EXT_c", "extXd", "other"):
        store.save_setting(SettingKey(name), name)

    assert {"ext_a": "ext_a", "ext_b": "ext_b"} == store.settings_like(SettingGroup("ext_"))
