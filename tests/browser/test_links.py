"""Links in the browser: to the record in Xero, in the CRM, and from page to page."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from tests.browser.chromium import follow, visit
from tests.browser.person import SLUGS, Person
from xtiger.demo.models import Organization
from xtiger.model.records import Ref

pytestmark = pytest.mark.slow

#: How many addresses of one form are asked for.
_OF_A_FORM = 3
_LOGIN = "https://go.xero.com/organisationlogin/default.aspx"
#: Where Xero shows a record, by the kind that it is linked to.
_IN_XERO = {
    "Contact": "/Contacts/View/{id}",
    "Person": "/Contacts/View/{id}",
    "Invoice": "/AccountsReceivable/View.aspx?InvoiceID={id}",
}


@pytest.mark.parametrize("module", SLUGS)
def test_a_panel_leads_to_the_record_in_xero(person: Person, module: str) -> None:
    """In the right organisation; a kind that has no page of its own in Xero has no link."""
    xt = person.stage.xt
    connection = xt.connections.get()
    links = xt.store.links_by_crm(connection.id, module)
    crm_id = next(one for one in person.ids(module) if one in links)
    panel = person.open(module, crm_id)
    link = links[crm_id]
    page = _IN_XERO.get(link.kind, "").format(id=link.xero_id.partition("/")[0])
    address = f"{_LOGIN}?shortcode={connection.short_code}&redirecturl={page}"

    assert ([[address, "_blank", "noopener noreferrer"]] if page else []) == panel.get_by_text(
        "View in Xero"
    ).evaluate_all("all => all.map(one => [one.href, one.target, one.rel])")


def test_a_conflict_leads_to_both_records(person: Person) -> None:
    """The CRM's own page of just that record, and Xero's of the contact that it is linked to."""
    page, xt = person.page, person.stage.xt
    connection = xt.connections.get()
    _two_sides_differ(person)
    visit(page, f"{person.stage.crm_url}/xt/conflicts")
    shown = page.locator(".xt-conflict").first
    name = shown.locator("h2").evaluate("one => one.firstChild.textContent.trim()")
    in_xero = shown.get_by_text("View in Xero").get_attribute("href") or ""
    follow(page, shown.get_by_text("View in the CRM"))
    crm_id = page.url.rpartition("/")[2]
    link = xt.store.links_by_crm(connection.id, "Organizations", [crm_id])[crm_id]

    assert page.url == person.address("Organizations", crm_id)
    assert name == page.locator("h1").inner_text()
    assert in_xero.endswith(f"{connection.short_code}&redirecturl=/Contacts/View/{link.xero_id}")


def _two_sides_differ(person: Person) -> None:
    """A customer of whom both sides change the e-mail, unless somebody waits for a decision."""
    xt, stage = person.stage.xt, person.stage
    if xt.conflicts.all():
        return
    crm_id = "10"
    link = xt.store.links_by_crm(xt.connections.get().id, "Organizations", [crm_id])[crm_id]
    with stage.sessions() as session, session.begin():
        session.get_one(Organization, int(crm_id)).email = "crm@example.com"
    stage.sandbox.edit("Contacts", link.xero_id, {"EmailAddress": "xero@example.com"})
    xt.sync.run()


def test_the_queue_names_its_records(person: Person) -> None:
    """As the CRM calls them, before anything was sent."""
    xt = person.stage.xt
    xt.panels.press("queue", [Ref("Organizations", "4")])
    xt.panels.press("queue", [Ref("Payments", "10")])
    visit(person.page, f"{person.stage.crm_url}/xt/queue")
    rows = person.page.locator(".xt-table tbody tr").evaluate_all(
        "all => all.map(one => [...one.cells].map(cell => cell.innerText))"
    )

    name = person.record("Organizations", "4").values["name"]
    assert any(f"{name}\nOrganizations" in cells for cells in rows)
    assert any("PAY-0010\nPayments" in cells for cells in rows)
    person.let_it_go("Payments", "10")


def test_no_link_leads_nowhere(person: Person) -> None:
    """Every link of our pages, and of a record of each module, answers.

    Of addresses that differ by a record, a page or a word alone, the first few are asked for: the
    filters of the log alone can be combined in thousands of ways.
    """
    start, base = ["/xt/"], person.stage.crm_url
    start += [f"/{SLUGS[module]}/{person.ids(module)[0]}" for module in SLUGS]
    waiting, seen, dead = [urljoin(base, one) for one in start], set(start), []
    asked: Counter[str] = Counter()
    while waiting:
        address = waiting.pop()
        asked[_form(address)] += 1
        if asked[_form(address)] > _OF_A_FORM:
            continue
        answer = person.page.request.get(address)
        if not answer.ok:
            dead.append(f"{answer.status}: {address}")
        if not _is_ours(urlsplit(address).path):
            continue  # the CRM's own page: looked at, not gone through
        for found in re.findall(r'href="([^"#]+)', answer.text()):
            link = urljoin(address, found.replace("&amp;", "&"))
            if link.startswith(base) and link not in seen and "/connect" not in link:
                seen.add(link)
                waiting.append(link)

    assert [] == dead
    assert len([one for one in seen if _is_ours(urlsplit(one).path)]) >= 8


def _form(address: str) -> str:
    """The address without ids and numbers, and without what its questions ask for."""
    parts = urlsplit(address)
    path = re.sub(r"[0-9a-f-]{32,}|[0-9]+", "#", parts.path)
    return f"{path}?{sorted(key for key, _ in parse_qsl(parts.query, keep_blank_values=True))}"


def _is_ours(path: str) -> bool:
    return path.startswith(("/xt/", "/modules/XTiger/"))
