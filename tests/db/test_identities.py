"""What is forgotten with a CRM that another one took the place of."""

from __future__ import annotations

from tests.db.samples import connection
from xtiger.db.store import SqlStore
from xtiger.model import setting_keys


def test_what_names_records_of_the_old_crm_is_forgotten(store: SqlStore) -> None:
    """Its changes under way and its last plan, of this connection alone; Xero's own stays."""
    for name in ("c1", "c2"):
        store.save_connection(connection(name))
        store.save_setting(setting_keys.crm_changes(name, "Contacts", "Contact"), [["7"]])
        store.save_setting(setting_keys.sync_plan(name), {"items": ["Ann Lee"]})
        store.save_setting(setting_keys.settings_read(name), {"Account": "today"})

    store.forget_crm("c1")

    assert [[None, None, True], [True, True, True]] == [
        [
            None if store.setting(key) is None else True
            for key in (
                setting_keys.crm_changes(name, "Contacts", "Contact"),
                setting_keys.sync_plan(name),
                setting_keys.settings_read(name),
            )
        ]
        for name in ("c1", "c2")
    ]
