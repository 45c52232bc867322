"""Links: uniqueness, undo of failures, many rows at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.db.samples import MANY, counted, finish, link, start
from xtiger.db.cipher import new_key
from xtiger.db.store import SqlStore
from xtiger.errors import LinkRefused
from xtiger.model.links import Link


def added(store: SqlStore, *links: Link) -> list[int]:
    """The ids of links just added."""
    return [found.id for found in map(store.add_link, links) if found.id is not None]


def test_a_link_is_found_from_both_sides(store: SqlStore) -> None:
    """By CRM id and by Xero id, whole and with its id."""
    made = store.add_link(link())
    found = (store.links_by_crm("c1", "Organizations"), store.links_by_xero("c1", "Contact"))

    assert ({"1": made}, {"x1": made}) == found


def test_links_are_read_for_given_ids_only(store: SqlStore) -> None:
    """Unknown and repeated ids do no harm; no id reads nothing."""
    made = store.add_link(link("1", "x1"))
    store.add_link(link("2", "x2"))
    found = [store.links_by_crm("c1", "Organizations", ids) for ids in (["1", "1", "9"], [])]

    assert [{"1": made}, {}] == found


def test_links_of_another_connection_are_not_seen(store: SqlStore) -> None:
    """Two organisations may hold the same ids."""
    store.add_link(link())
    store.add_link(replace(link(), connection_id="c2"))

    assert [1, 1] == [len(store.links_by_crm(each, "Organizations")) for each in ("c1", "c2")]


def test_a_second_link_of_a_crm_record_is_refused(store: SqlStore) -> None:
    """The sentence names what it is linked to."""
    store.add_link(link("1", "x1"))

    with pytest.raises(LinkRefused, match="Organizations 1 is linked already, to the Contact x1"):
        store.add_link(link("1", "x2"))


def test_a_second_primary_link_of_a_xero_record_is_refused(store: SqlStore) -> None:
    """The sentence names the record that has it."""
    store.add_link(link("1", "x1"))

    with pytest.raises(LinkRefused, match="Organizations 1 is linked to it"):
        store.add_link(link("2", "x1"))


def test_an_alias_of_a_xero_record_is_taken_beside_its_primary_link(store: SqlStore) -> None:
    """Aliases only resolve parents, so the look-up by Xero id does not show them."""
    primary = store.add_link(link("1", "x1"))
    store.add_link(replace(link("2", "x1"), role="alias"))

    assert {"x1": primary} == store.links_by_xero("c1", "Contact")


def test_a_refused_link_leaves_the_transaction_usable(store: SqlStore) -> None:
    """The caller may hold the record and go on with the others."""
    store.add_link(link("1", "x1"))
    with store.transaction():
        with pytest.raises(LinkRefused):
            store.add_link(link("1", "x2"))
        store.add_link(link("3", "x3"))

    assert {"1", "3"} == set(store.links_by_crm("c1", "Organizations"))


def test_a_link_can_be_changed(store: SqlStore) -> None:
    """State, role and Xero id follow; the rest stays."""
    made = store.add_link(link())
    changed = replace(made, state="orphan", role="alias", xero_id="x2")
    store.change_link(changed)

    assert {"1": changed} == store.links_by_crm("c1", "Organizations")


def test_changing_to_a_linked_xero_record_is_refused(store: SqlStore) -> None:
    """The uniqueness holds for changes too, and the transaction stays usable."""
    store.add_link(link("1", "x1"))
    made = store.add_link(link("2", "x2"))
    with store.transaction():
        with pytest.raises(LinkRefused, match="Organizations 1 is linked to it"):
            store.change_link(replace(made, xero_id="x1"))
        store.add_link(link("3", "x3"))

    assert {"x1", "x2", "x3"} == set(store.links_by_xero("c1", "Contact"))


def test_changing_a_removed_link_is_refused(store: SqlStore) -> None:
    """A change must not get lost in silence."""
    made = store.add_link(link())
    store.remove_link(made.id or 0)

    with pytest.raises(LinkRefused, match="removed meanwhile"):
        store.change_link(made)


def test_many_links_are_added_all_or_none(store: SqlStore) -> None:
    """One that is taken undoes the others of its call only."""
    store.add_link(link("1", "x1"))
    with store.transaction():
        with pytest.raises(LinkRefused):
            store.add_links([link("2", "x2"), link("1", "x3")])
        store.add_links([link("4", "x4")])

    assert {"1", "4"} == set(store.links_by_crm("c1", "Organizations"))


def test_writers_at_the_same_time_cannot_link_one_record_twice(store: SqlStore) -> None:
    """Of eight threads that link one Xero record, one wins."""

    def add(number: int) -> bool:
        try:
            store.add_link(link(str(number), "x1"))
        except LinkRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = sum(pool.map(add, range(8)))

    assert won == 1


def test_processes_at_the_same_time_cannot_link_one_record_twice(
    store: SqlStore, database_url: str
) -> None:
    """Two processes try the same 50 records: each record is linked exactly once."""
    code = (
        "won = 0\n"
        "for number in range(50):\n"
        "    try:\n"
        "        store.add_link(link(f'{sys.argv[3]}-{number}', f'x{number}'))\n"
        "        won += 1\n"
        "    except Exception as error:\n"
        "        assert type(error).__name__ == 'LinkRefused', repr(error)\n"
        "print(won)\n"
    )
    both = [start(code, database_url, new_key(), name) for name in "ab"]
    won = [int(finish(process)) for process in both]

    assert (50, 50) == (sum(won), len(store.links_by_xero("c1", "Contact")))


def test_the_id_of_a_removed_link_is_never_given_again(store: SqlStore) -> None:
    """A late base of the old link must not become the base of a stranger."""
    (first,) = added(store, link())
    store.remove_link(first)
    (second,) = added(store, link())

    assert second > first


@pytest.mark.slow
def test_many_links_take_a_few_statements(store: SqlStore) -> None:
    """Written in one statement with its savepoint, read by id 5,000 at a time."""
    with counted(store.engine) as sent:
        store.add_links([link(str(n), f"x{n}") for n in range(MANY)])
        found = store.links_by_crm("c1", "Organizations", map(str, range(MANY)))

    assert (MANY, True) == (len(found), len(sent) <= 6 + MANY // 5_000)
