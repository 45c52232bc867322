"""The tags of menu and list on pages of Django: what each user sees there, and may press."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.djangocrm.models import Company, Product, Service
from tests.djangocrm.test_pages import MakeUser, browser_of, company, connect
from xtiger.app import XTiger
from xtiger.django.listing import list_of
from xtiger.errors import HostUnavailable
from xtiger.sandbox import Sandbox

LIST = "/companies/"


@pytest.fixture
def administrator(user: MakeUser) -> Client:
    return browser_of(user(superuser=True))


def page_of(browser: Client, address: str = LIST) -> str:
    return str(browser.get(address).content.decode())


def words(page: str) -> list[str]:
    """The words of the Xero column, from top to bottom."""
    return re.findall(r'class="xt-word xt-word-(\w+)"', page)


def links(page: str) -> list[tuple[str, str]]:
    """The entries of the menu."""
    (nav,) = re.findall(r"<nav>(.*?)</nav>", page, re.DOTALL)
    return re.findall(r'<a href="([^"]*)">([^<]*)', nav)


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the list's form, and where it goes."""
    (action,) = re.findall(r'action="([^"]*)"', page)
    return {"": action, **dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))}


def test_the_menu_leads_to_the_pages_with_a_number(
    xt: XTiger, sandbox: Sandbox, administrator: Client
) -> None:
    """Below the prefix; what needs a person has its number, and each address is there."""
    connect(administrator, xt)
    company("Kea")
    sandbox.add("Contacts", {"Name": "Kea"}, xt.connections.get().organisation_id)
    xt.sync.run()
    page = page_of(administrator)
    found = links(page)

    assert ("/books/xt/", "XTiger") == found[0]
    assert '<a href="/books/xt/needs">Needs you <span class="xt-count">1</span></a>' in page
    assert [200] * len(found) == [administrator.get(one).status_code for one, _ in found]
    assert [one for one, _ in found] == [one for one, _ in links(page_of(administrator, "/items/"))]


@pytest.mark.parametrize(("right", "shown"), [("view_company", False), ("read", True)])
def test_the_menu_is_for_those_who_may_read(
    xt: XTiger, user: MakeUser, right: str, shown: bool
) -> None:
    """Whoever may not, and a stranger, sees none; the CRM's own page stands."""
    browser = browser_of(user(right))

    assert [shown, False] == [bool(links(page_of(one))) for one in (browser, Client())]


def test_ticked_records_are_sent(xt: XTiger, sandbox: Sandbox, administrator: Client) -> None:
    """From the boxes to Xero and back to the same page of the list, which says what came of it."""
    connect(administrator, xt)
    one, two, three = (company(name) for name in ("Huia", "Kea", "Weka"))
    before = page_of(administrator, f"{LIST}?page=1")
    form = form_of(before)
    posted = administrator.post(
        form.pop(""), {**form, "id": [one.pk, two.pk], "action": "copy"}, HTTP_SEC_FETCH_SITE="none"
    )
    after = page_of(administrator, str(posted.headers["Location"]))

    assert ["waiting"] * 3 == words(before)
    assert (303, f"{LIST}?page=1") == (posted.status_code, posted.headers["Location"])
    assert ["Huia", "Kea"] == sorted(found["Name"] for found in sandbox.table("Contacts"))
    assert ["in_step", "in_step", "waiting"] == words(after)
    assert "2 created" in after
    assert [f'value="{three.pk}"', 'aria-label="Tick Weka"'] == re.findall(
        rf'value="{three.pk}"|aria-label="Tick Weka"', after
    )


@pytest.mark.parametrize(
    ("right", "boxes", "pages", "sync"),
    [
        ("view_company", 0, 0, False),
        ("change_company", 2, 0, False),
        ("read", 0, 2, False),
        ("configure", 0, 2, True),
    ],
)
def test_each_sees_what_they_may_do(
    xt: XTiger,
    administrator: Client,
    user: MakeUser,
    right: str,
    boxes: int,
    pages: int,
    sync: bool,
) -> None:
    """Boxes for who may change the records, pages for who may read, a sync for who configures."""
    connect(administrator, xt)
    for name in ("Kea", "Tui"):
        company(name)
    page = page_of(browser_of(user(right)))
    table = page.split("</nav>")[1]

    assert (boxes, pages, sync, 2) == (
        page.count('type="checkbox"'),
        table.count("<a href"),
        "Sync now" in page,
        len(words(page)),
    )


def test_goods_and_work_of_one_table_have_their_own_lists(
    xt: XTiger, administrator: Client
) -> None:
    """Each item has the box and the word of its own module alone."""
    connect(administrator, xt)
    Product.objects.create(name="Anvil", code="A")
    Service.objects.create(name="Bending", code="B")
    page = page_of(administrator, "/items/")
    boxes = re.findall(r'form="xt-list-(\w+)"', page)

    assert (["Products", "Services"], ["waiting", "waiting"]) == (boxes, words(page))
    assert 'aria-label="Tick Anvil"' in page


def test_a_long_list_asks_as_often_as_a_short_one(
    xt: XTiger, administrator: Client, user: MakeUser
) -> None:
    """The same statements for one record and for fifty, for one who may change none, too."""
    connect(administrator, xt)
    browser = browser_of(user("read"))
    counts = []
    for names in (["Kea"], [f"Tui {number}" for number in range(49)]):
        Company.objects.bulk_create([Company(name=name) for name in names])
        page_of(browser)
        with CaptureQueriesContext(connection) as seen:
            assert len(words(page_of(browser))) in (1, 50)
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_nothing_connected_is_one_sentence(xt: XTiger, administrator: Client) -> None:
    """Until then the list has no column and no box, and says why to who sees the pages."""
    company("Kea")
    page = page_of(administrator)

    assert "No Xero organisation is connected yet." in page
    assert ([], 0) == (words(page), page.count("<form"))


def test_the_page_stands_where_the_list_cannot(
    xt: XTiger, administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Objects of no module, a CRM that does not answer, an empty page: a sentence, or nothing."""
    company("Kea")
    request: HttpRequest = administrator.get(LIST).wsgi_request

    def fails(*_: Any) -> None:
        raise HostUnavailable("crm", "a statement")

    somebody = User.objects.get()
    foreign = list_of([somebody], request)
    empty = list_of(Company.objects.none(), request)
    monkeypatch.setattr(type(xt), "module_list", fails)
    monkeypatch.setattr(type(xt), "menu", fails)
    page = page_of(administrator)

    assert ("User" in foreign.bar(), "xt-note" in empty.bar()) == (True, False)
    assert ("", "") == (foreign.box(somebody), foreign.cell(somebody))
    assert (True, True) == ("xt-problem" in page, "xt-note" in page)
    assert "<td>Kea</td>" in page
