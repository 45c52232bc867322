"""The feed of a Vtiger loses nothing within its seconds, and reads nothing for ever."""

from __future__ import annotations

import pytest

from tests.hosts.vtiger.opened import opened
from tests.vtigercrm.server import WebService
from xtiger.errors import BrokenHost
from xtiger.hosts.vtiger import VtigerHost

OWN = {"assigned_user_id": "19x1"}


def _ids(host: VtigerHost, module: str, cursor: str | None) -> tuple[list[str], str]:
    found: list[str] = []
    while True:
        page = host.changed_since(module, cursor)
        found += [record.ref.id for record in page.records]
        cursor = page.cursor
        if not page.more:
            return found, cursor


def _contacts(service: WebService, count: int) -> list[str]:
    return [
        str(service.crm.create("Contacts", {**OWN, "lastname": f"P{n}"})["id"])
        for n in range(count)
    ]


def test_a_second_edit_within_the_second_is_seen() -> None:
    """The time of the record is the same as when it was read first."""
    with opened() as (host, service, clock):
        (one,) = _contacts(service, 1)
        first, cursor = _ids(host, "Contacts", None)
        service.crm.revise({"id": one, "lastname": "Again"})
        clock.sleep(5)
        page = host.changed_since("Contacts", cursor)

        assert [one] == first
        assert ["Again"] == [record.values["lastname"] for record in page.records]


def test_an_edit_that_arrives_late_is_seen() -> None:
    """Vtiger's time of it lies before that of a record that was read already."""
    with opened() as (host, service, clock):
        early, late = _contacts(service, 2)
        clock.sleep(100)
        service.crm.revise({"id": late, "lastname": "Late"})
        _, cursor = _ids(host, "Contacts", None)
        row = service.crm.row(early)
        service.crm.revise({"id": early, "lastname": "Early"})
        row.modified = row.modified.replace(second=(row.modified.second - 30) % 60)
        clock.sleep(5)
        found, _ = _ids(host, "Contacts", cursor)

        assert early in found


@pytest.mark.parametrize(("module", "most"), [("Contacts", 6), ("Products", 6)])
def test_what_rests_is_read_no_longer(module: str, most: int) -> None:
    """Read twice at most; after a minute a look costs as many calls however much there is."""
    name = "lastname" if module == "Contacts" else "productname"
    with opened() as (host, service, clock):
        for n in range(40):
            service.crm.create(module, {**OWN, name: f"N{n}"})
        found, cursor = _ids(host, module, None)
        again, counts = [len(found)], list[int]()
        for _ in range(6):
            clock.sleep(30)
            before = host.calls
            found, cursor = _ids(host, module, cursor)
            again.append(len(found))
            counts.append(host.calls - before)

        assert [40, 40, 0, 0, 0, 0, 0] == again
        assert max(counts[2:]) <= most


def test_many_of_one_second_are_read_in_pages() -> None:
    """An import gives hundreds of records one time; each page goes on behind the last id."""
    with opened() as (host, service, _clock):
        made = _contacts(service, 250)
        found, _ = _ids(host, "Contacts", None)

        assert made == found


def test_deletions_are_named_once_where_sync_works() -> None:
    """More than a page of them, and one in the second of the last look."""
    with opened(sync_works=True) as (host, service, clock):
        made = _contacts(service, 130)
        _, cursor = _ids(host, "Contacts", None)
        clock.sleep(10)
        for one in made[:120]:
            host.delete("Contacts", [one])
        named: list[list[str]] = []
        for _ in range(3):
            clock.sleep(1)
            page = host.changed_since("Contacts", cursor)
            named.append([record.ref.id for record in page.records if record.deleted])
            cursor = page.cursor
        service.crm.delete(made[120])
        page = host.changed_since("Contacts", cursor)

        assert [made[:120], [], []] == named
        assert [made[120]] == [record.ref.id for record in page.records if record.deleted]


@pytest.mark.parametrize("cursor", ["", "12", "[]", '{"other": 1}'])
def test_another_cursor_is_refused(cursor: str) -> None:
    """It is no place of this feed."""
    with opened() as (host, _service, _clock), pytest.raises(BrokenHost):
        host.changed_since("Contacts", cursor)
