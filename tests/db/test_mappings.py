"""Module settings and the versions of mappings."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from decimal import Decimal

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import insert, text

from tests.db.samples import NOW, later
from xtiger.db import tables
from xtiger.db.migrations.versions import v0017_mapping_saved_by
from xtiger.db.store import SqlStore
from xtiger.model.mappings import Mapping, ModuleSettings, Row

MAPPING = Mapping(
    "Organizations",
    "Contact",
    (Row("organisation.name", "Name"), Row("phone", "Phones.DEFAULT", "to_xero", True, True, "e")),
    options={"status_map": {"Paid": "AUTHORISED"}, "share": Decimal("0.10"), "days": [1, 2]},
)


def test_module_settings_never_saved_are_the_defaults(store: SqlStore) -> None:
    """Nothing has to be saved before the first plan."""
    assert ModuleSettings("Products") == store.module_settings("c1", "Products")


def test_module_settings_come_back_whole(store: SqlStore) -> None:
    """The last saved ones, per connection."""
    chosen = ModuleSettings(
        "Invoices", direction="to_xero", statuses=("Sent", "Paid"), owners=("@DRAFT=crm",)
    )
    store.save_module_settings("c1", ModuleSettings("Invoices"))
    store.save_module_settings("c1", chosen)

    assert chosen == store.module_settings("c1", "Invoices")


def test_all_modules_are_read_at_once(store: SqlStore) -> None:
    """Settings with the defaults of who has none; of mappings the newest version of each module."""
    chosen = ModuleSettings("Invoices", direction="to_xero")
    store.save_module_settings("c1", chosen)
    store.save_module_settings("c2", ModuleSettings("Products", enabled=False))
    other = replace(MAPPING, module="Products", kind="Item")
    for each in (MAPPING, other, replace(MAPPING, rows=MAPPING.rows[:1])):
        store.save_mapping("c1", each, NOW)
    store.save_mapping("c2", replace(MAPPING, module="Invoices"), NOW)

    settings = store.all_module_settings("c1", ["Invoices", "Products", "CreditNotes"])
    mappings = store.newest_mappings("c1")

    assert {
        "Invoices": chosen,
        "Products": ModuleSettings("Products"),
        "CreditNotes": ModuleSettings("CreditNotes", enabled=False),
    } == settings
    assert {"Organizations": (2, 1), "Products": (1, 2)} == {
        module: (each.version, len(each.rows)) for module, each in mappings.items()
    }


def test_module_settings_of_another_release_are_understood(store: SqlStore) -> None:
    """A choice that is not saved takes its default, one that is unknown is left alone.

    What was called link is ask now.
    """
    value = {"module": "Invoices", "enabled": False, "duplicates": "link", "from_the_future": 1}
    with store.engine.begin() as db:
        db.execute(
            insert(tables.module_settings).values(
                connection_id="c1", module="Invoices", value=value
            )
        )

    assert ModuleSettings("Invoices", enabled=False) == store.module_settings("c1", "Invoices")


def test_a_mapping_never_saved_is_none(store: SqlStore) -> None:
    """The engine asks for it before anything moves."""
    assert store.mapping("c1", "Organizations") is None


def test_a_mapping_comes_back_whole(store: SqlStore) -> None:
    """Rows in order and options with their types, with version and moment."""
    store.save_mapping("c1", MAPPING, NOW, "ann")

    assert replace(MAPPING, version=1, saved_at=NOW, saved_by="ann") == store.mapping(
        "c1", "Organizations"
    )


def test_an_equal_mapping_keeps_its_version(store: SqlStore) -> None:
    """Saving without a change makes no new version."""
    versions = [store.save_mapping("c1", MAPPING, later(n)) for n in range(2)]

    assert [1, 1] == versions


def test_a_changed_mapping_is_a_new_version_and_the_old_ones_stay(store: SqlStore) -> None:
    """Going back to an older content is a change too."""
    other = replace(MAPPING, rows=MAPPING.rows[:1])
    for mapping in (MAPPING, other, MAPPING):
        store.save_mapping("c1", mapping, NOW)

    assert [3, 2, 1] == [each.version for each in store.mappings("c1", "Organizations")]


def test_a_store_of_before_knows_nobody_who_saved(store: SqlStore) -> None:
    """Revision 0016 had no such column: its versions stay as they are, and later ones say it."""
    store.save_mapping("c1", MAPPING, NOW)
    with store.engine.begin() as db:
        db.execute(text("ALTER TABLE xt_mapping DROP COLUMN saved_by"))
        with Operations.context(MigrationContext.configure(db)):
            v0017_mapping_saved_by.upgrade()

    other = replace(MAPPING, rows=MAPPING.rows[:1])
    store.save_mapping("c1", other, later(1), "ann")

    found = store.mappings("c1", "Organizations")
    assert [(2, "ann"), (1, "")] == [(each.version, each.saved_by) for each in found]
    assert replace(MAPPING, version=1, saved_at=NOW) == found[1]


def test_savers_at_the_same_time_get_versions_of_their_own(store: SqlStore) -> None:
    """No version is given twice and none is lost."""

    def save(number: int) -> int:
        return store.save_mapping("c1", replace(MAPPING, options={"n": number}), NOW)

    with ThreadPoolExecutor(4) as pool:
        versions = sorted(pool.map(save, range(8)))

    assert list(range(1, 9)) == versions


def test_a_row_field_of_a_later_release_is_left_alone(store: SqlStore) -> None:
    """A mapping saved by a later release can still be read after going back."""
    row = {**asdict(Row("a", "B")), "from_the_future": 1}
    with store.engine.begin() as db:
        db.execute(
            insert(tables.mapping).values(
                connection_id="c1",
                module="M",
                version=1,
                kind="K",
                rows=[row],
                options={},
                saved_at=NOW,
            )
        )
    found = store.mapping("c1", "M")

    assert found is not None
    assert (Row("a", "B"),) == found.rows
