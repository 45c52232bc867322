"""The pages behind Django's login: users, permissions, forms, the panel and the admin."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from werkzeug.wrappers import Request

from tests.djangocrm.models import Company
from tests.world import let_all_go
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.django.site import environ
from xtiger.sandbox import Sandbox

ORGANISATION = "Empty Trading Ltd"
OVERVIEW = "/books/xt/"
OWN = {"HTTP_SEC_FETCH_SITE": "same-origin"}
MakeUser = Callable[..., Any]


def company(name: str) -> Any:
    """A saved company."""
    return Company.objects.create(name=name)


def browser_of(user: Any) -> Client:
    """A browser in which somebody is logged in, and Django checks every form."""
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    browser.force_login(user)
    return browser


@pytest.fixture
def administrator(user: MakeUser) -> Client:
    return browser_of(user(superuser=True))


def connect(browser: Client, xt: XTiger) -> str:
    """Press Connect, allow access at Xero, come back; returns the page seen last."""
    consent = browser.get("/books/modules/XTiger/connect").headers["Location"]
    returned = allow_access(consent, ORGANISATION)
    page = browser.get(returned.removeprefix("http://localhost"), follow=True)
    xt.connections.accept_terms("a test")
    xt.mappings.save_defaults()
    let_all_go(xt)
    return str(page.content.decode())


def test_a_stranger_is_asked_to_log_in(xt: XTiger) -> None:
    """Every page leads to the login and back again, and a post does nothing."""
    browser = Client(SERVER_NAME="localhost")
    page = browser.get(OVERVIEW)
    posted = browser.post("/books/xt/crm/forget-links", {"sure": "1"}, **OWN)

    assert (302, "/login/?next=/books/xt/") == (page.status_code, page.headers["Location"])
    assert (302, "/login/?next=/books/xt/") == (posted.status_code, posted.headers["Location"])


@pytest.mark.parametrize(
    ("right", "reads", "configures"),
    [
        ("view_company", 403, 403),
        ("read", 200, 403),
        ("release", 200, 403),
        ("configure", 200, 302),
    ],
)
def test_permissions_decide(
    xt: XTiger, user: MakeUser, right: str, reads: int, configures: int
) -> None:
    """The rights of Django's users and groups are those of the pages."""
    browser = browser_of(user(right))
    seen = [
        browser.get(address).status_code for address in (OVERVIEW, "/books/modules/XTiger/connect")
    ]

    assert [reads, configures] == seen


def test_connect_through_the_pages(xt: XTiger, administrator: Client) -> None:
    """From the button to a stored connection; Xero's way back leads below the prefix."""
    page = connect(administrator, xt)

    assert [ORGANISATION] == [one.name for one in xt.connections.all()]
    assert 'href="/books/xt/static/xtiger.css"' in page


def test_the_style_sheet_and_the_webhook_need_no_login(xt: XTiger, sandbox: Sandbox) -> None:
    """Xero's servers have no session; what they send is proven by its signature."""
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    style = browser.get("/books/xt/static/xtiger.css")
    unsigned = browser.post("/books/modules/XTiger/webhook", b"{}", content_type="application/json")

    assert (200, "text/css") == (style.status_code, style.headers["Content-Type"].split(";")[0])
    assert (401, {}) == (unsigned.status_code, dict(unsigned.cookies))


def test_a_signed_webhook_is_taken(xt: XTiger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes arrive as they were signed."""
    taken: list[bytes] = []

    def receive(body: bytes, signature: str | None) -> int:
        taken.append(body)
        return 200

    monkeypatch.setattr(xt, "receive_webhook", receive)
    body = '{"events": [], "ü":  1}'.encode()
    browser = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    answer = browser.post("/books/modules/XTiger/webhook", body, content_type="application/json")

    assert (200, [body]) == (answer.status_code, taken)


@pytest.mark.parametrize("read", [False, True], ids=["untouched", "read before"])
def test_a_file_arrives_whatever_looked_at_it_before(xt: XTiger, read: bool) -> None:
    """Middleware that reads the form leaves no bytes of it; the pages get it all the same."""
    content = bytes(range(256)) * 20_000  # more than Django keeps in memory
    fields = {"word": "ü", "zip": SimpleUploadedFile("a.zip", content, "application/zip")}
    request = RequestFactory(SERVER_NAME="localhost").post("/books/xt/extensions", fields)
    if read:
        assert "ü" == request.POST["word"]
    seen = Request(environ(request))
    arrived = (seen.form["word"], seen.files["zip"].filename, seen.files["zip"].read(), seen.path)
    seen.close()
    request.close()

    assert ("ü", "a.zip", content, "/xt/extensions") == arrived


@pytest.mark.parametrize("key", ["Kererū", "café", "🐦 7", "a/b", "50%"])
def test_an_address_arrives_in_any_script(xt: XTiger, administrator: Client, key: str) -> None:
    """A CRM may key its records by words: its page is asked for the very same."""
    page = administrator.get(f"/books/xt/record/Organizations/{quote(key)}")

    assert (200, True) == (page.status_code, f"Organizations {key}" in page.content.decode())


def test_a_form_needs_the_token_of_the_session(xt: XTiger, administrator: Client) -> None:
    """Django's own check is taken over by the pages': a foreign form is asked about first."""
    connect(administrator, xt)
    page = administrator.get(f"/companies/{company(name='A').pk}/").content.decode()
    token = form_of(page)["xt_csrf"]
    foreign = administrator.post("/books/xt/crm/same", {}, HTTP_SEC_FETCH_SITE="cross-site")
    own = administrator.post(
        "/books/xt/crm/same", {"xt_csrf": token}, HTTP_SEC_FETCH_SITE="cross-site"
    )

    assert (403, 303) == (foreign.status_code, own.status_code)


def test_what_the_pages_remember_ends_with_the_login(xt: XTiger, administrator: Client) -> None:
    """The token stands in Django's session, and no cookie of another framework is set."""
    administrator.get(OVERVIEW)
    first = administrator.session["xtiger"]
    cookies = set(administrator.cookies)
    administrator.logout()

    assert "xt_csrf" in first
    assert {"sessionid"} == cookies
    assert "xtiger" not in administrator.session


# --- the panel ------------------------------------------------------------------------------------


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the panel's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def test_the_panel_sends_a_record(xt: XTiger, sandbox: Sandbox, administrator: Client) -> None:
    """The tag draws it, its button copies to Xero and leads back to the page."""
    connect(administrator, xt)
    record = company(name="Kererū Café")
    address = f"/companies/{record.pk}/"
    page = administrator.get(address).content.decode()
    action = re.findall(r'action="(/books/modules/XTiger/panel/[^"]+)"', page)[0]
    fields = form_of(page)
    posted = administrator.post(action, {**fields, fields["shown"]: "1", "action": "copy"})
    after = administrator.get(address).content.decode()

    assert (303, address) == (posted.status_code, posted.headers["Location"])
    assert ["Kererū Café"] == [one["Name"] for one in sandbox.table("Contacts")]
    assert "xt-said" in after
    assert "xt-said" not in administrator.get(address).content.decode()


def test_who_may_not_change_a_record_may_not_press(xt: XTiger, user: MakeUser) -> None:
    """change_company is asked of Django, whatever else somebody may."""
    record = company(name="A")
    address = f"/books/modules/XTiger/panel/Organizations/{record.pk}"
    codes = [
        browser_of(user(right)).post(address, {"action": "x"}, **OWN).status_code
        for right in ("configure", "view_company", "change_company")
    ]

    assert [403, 403, 303] == codes


def test_a_page_stands_where_the_panel_cannot(xt: XTiger, administrator: Client) -> None:
    """A model that nobody declared, or a library that fails, costs a sentence and no page."""
    from xtiger.django.panel import panel_html

    page = administrator.get("/admin/").wsgi_request
    drawn = panel_html(page.user, page)

    assert 'class="xt-problem"' in drawn


def token_of(page: Any) -> str:
    """Django's own token on a page."""
    found = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    return str(found[0])


# --- the admin ------------------------------------------------------------------------------------


def test_the_admin_shows_the_panel_below_its_form(xt: XTiger, administrator: Client) -> None:
    """Two forms beside each other: none stands in the other."""
    record = company(name="Kererū Café")
    page = administrator.get(f"/admin/djangocrm/company/{record.pk}/change/").content.decode()
    new = administrator.get("/admin/djangocrm/company/add/").content.decode()
    panel = page.index("/books/modules/XTiger/panel/")

    assert page.count("<form", 0, panel) == page.count("</form>", 0, panel) + 1
    assert page.index('id="company_form"') < page.rindex("</form>", 0, panel) < panel
    assert "XTiger/panel" not in new


def test_the_admin_saves_with_the_panel_on_its_page(xt: XTiger, administrator: Client) -> None:
    """The admin's own form works as before."""
    record = company(name="Kererū Café")
    address = f"/admin/djangocrm/company/{record.pk}/change/"
    page = administrator.get(address)
    posted = administrator.post(
        address, {"csrfmiddlewaretoken": token_of(page), "name": "Tūī Café", "active": "unknown"}
    )

    assert (302, "Tūī Café") == (posted.status_code, Company.objects.get().name)


def test_the_list_of_the_admin_sends_records(
    xt: XTiger, sandbox: Sandbox, administrator: Client
) -> None:
    """Copy to Xero stands among the actions, and says what came of it."""
    connect(administrator, xt)
    keys = [company(name=name).pk for name in ("Huia", "Kea", "Weka")]
    page = administrator.get("/admin/djangocrm/company/")
    fields = {
        "csrfmiddlewaretoken": token_of(page),
        "action": "xtiger_copy",
        "_selected_action": keys[:2],
    }
    after = administrator.post("/admin/djangocrm/company/", fields, follow=True)

    assert "Copy to Xero" in page.content.decode()
    assert ["Huia", "Kea"] == sorted(one["Name"] for one in sandbox.table("Contacts"))
    assert '<li class="info">' in after.content.decode()


def test_who_may_only_look_gets_no_action(xt: XTiger, user: MakeUser) -> None:
    """The buttons are for those who may change the records."""
    company(name="A")
    page = browser_of(user("view_company")).get("/admin/djangocrm/company/").content.decode()

    assert "Copy to Xero" not in page


def test_the_list_of_the_admin_has_a_column(xt: XTiger, administrator: Client) -> None:
    """How each record stands, with the library's style; asked as often for ten as for one."""
    connect(administrator, xt)
    company(name="Kea")
    xt.sync.run()
    for name in ("Huia", "Weka"):
        company(name=name)
    address = "/admin/djangocrm/company/"
    with CaptureQueriesContext(connection) as few:
        page = administrator.get(address).content.decode()
    for number in range(9):
        company(name=f"Company {number}")
    with CaptureQueriesContext(connection) as many:
        administrator.get(address)
    column = re.findall(r"field-xtiger_state.*?</td>", page, re.DOTALL)

    assert 3 == len(column)
    assert [True] == ["In step" in one for one in column if "xt-word-in_step" in one]
    assert '<link href="/books/xt/static/xtiger.css" media="all" rel="stylesheet">' in page
    assert len(few) == len(many)


def test_the_column_costs_no_list(xt: XTiger, administrator: Client) -> None:
    """While nothing is connected, and where the library fails, the list stands without words."""
    company(name="Kea")
    page = administrator.get("/admin/djangocrm/company/")

    assert (200, False) == (page.status_code, "xt-word" in page.content.decode())
    assert "Kea" in page.content.decode() or "Company object" in page.content.decode()
