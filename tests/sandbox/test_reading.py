"""Claims about lists: pages, order, increments, ids, search, summaries."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from tests.sandbox.client import Client, Clock
from tests.sandbox.test_invoices import draft


def _fill(client: Client, count: int) -> None:
    client.put("Contacts", *({"Name": f"C{n:04d}"} for n in range(count)))


def test_pages_and_their_object(client: Client) -> None:
    """Pages of the asked size, with the figures to stop by."""
    _fill(client, 25)
    last = client.get("Contacts", page="3", pageSize="10", order="Name")

    assert {"page": 3, "pageSize": 10, "pageCount": 3, "itemCount": 25} == last["pagination"]
    assert [f"C{n:04d}" for n in range(20, 25)] == [row["Name"] for row in last["Contacts"]]


@pytest.mark.parametrize(("asked", "used"), [("5000", 1000), ("0", 1), ("-3", 1), ("", 100)])
def test_page_size_is_clamped_silently(client: Client, asked: str, used: int) -> None:
    """A size out of range becomes the nearest one, without an error."""
    query = {"page": "1"} | ({"pageSize": asked} if asked else {})

    assert used == client.get("Contacts", **query)["pagination"]["pageSize"]


@pytest.mark.parametrize(("longer", "status"), [(0, 200), (1, 404)])
def test_long_query_is_not_found(client: Client, longer: int, status: int) -> None:
    """2,048 encoded characters after the question mark are read; one more is a 404 in HTML."""
    where = 'Name=="' + "é" * 300  # each of them six characters once encoded
    sent = urlencode({"where": where}, quote_via=quote)
    more = "x" * (2048 - len(sent) - len("%22") + longer)
    answer = client.call("GET", f"Contacts?{sent}{more}%22")

    assert status == answer.status_code
    if longer:
        assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
        assert "The resource you're looking for cannot be found" == answer.text
        assert "X-MinLimit-Remaining" not in answer.headers


def test_page_after_the_last_is_empty(client: Client) -> None:
    """Beyond the end there is nothing, and no error."""
    _fill(client, 3)

    assert [] == client.get("Contacts", page="2")["Contacts"]


def test_without_page_all_rows_come_without_pagination(client: Client) -> None:
    """A plain list is whole and has no pagination object."""
    _fill(client, 150)
    answer = client.get("Contacts")

    assert (150, False) == (len(answer["Contacts"]), "pagination" in answer)


def test_paging_in_default_order_loses_a_row_when_one_is_edited(
    client: Client, clock: Clock
) -> None:
    """The trap: an edited row jumps to the end and the row behind it slips over the border."""
    _fill(client, 4)
    first = client.get("Contacts", page="1", pageSize="2")["Contacts"]
    clock.pass_by(seconds=1)
    client.post(f"Contacts/{first[0]['ContactID']}", {"FirstName": "Edited"})
    second = client.get("Contacts", page="2", pageSize="2")["Contacts"]
    seen = {row["ContactID"] for row in first + second}

    assert 3 == len(seen)


def test_paging_over_ids_loses_nothing(client: Client, clock: Clock) -> None:
    """An immutable order survives an edit between two pages."""
    _fill(client, 4)
    pages = {"pageSize": "2", "order": "ContactID"}
    first = client.get("Contacts", page="1", **pages)["Contacts"]
    clock.pass_by(seconds=1)
    client.post(f"Contacts/{first[0]['ContactID']}", {"FirstName": "Edited"})
    second = client.get("Contacts", page="2", **pages)["Contacts"]
    seen = {row["ContactID"] for row in first + second}

    assert 4 == len(seen)


def test_order_by_an_unknown_field_is_refused(client: Client) -> None:
    """Order must name a field."""
    answer = client.call("GET", "Contacts", query={"order": "Shoesize DESC"})

    assert (400, 16) == (answer.status_code, (answer.json or {})["ErrorNumber"])


@pytest.mark.parametrize("kind", ["Contacts", "Items", "Accounts", "Invoices", "Payments"])
def test_modified_since_is_obeyed(client: Client, clock: Clock, kind: str) -> None:
    """A list since the next second is empty."""
    client.put("Items", {"Code": "x"})
    client.put("Invoices", draft())
    answer = client.call("GET", kind, If_Modified_Since="2026-11-20T12:00:01")

    assert [] == (answer.json or {})[kind]


@pytest.mark.parametrize("kind", ["TaxRates", "Currencies"])
def test_modified_since_is_ignored_where_xero_ignores_it(client: Client, kind: str) -> None:
    """Tax rates and currencies always come whole."""
    answer = client.call("GET", kind, If_Modified_Since="2030-01-01T00:00:00")

    assert [] != (answer.json or {})[kind]


@pytest.mark.parametrize("since", ["2026-11-20T12:00:00Z", "2026-11-20T12:00:00.000", "today"])
def test_modified_since_in_another_form_is_refused(client: Client, since: str) -> None:
    """UTC, whole seconds, no zone: anything else answers 412."""
    assert 412 == client.call("GET", "Contacts", If_Modified_Since=since).status_code


def test_modified_since_as_an_http_date(client: Client, clock: Clock) -> None:
    """The form of the HTTP header itself is taken, too."""
    client.put("Contacts", {"Name": "Alpha"})
    found = [
        len((client.call("GET", "Contacts", If_Modified_Since=since).json or {})["Contacts"])
        for since in ("Fri, 20 Nov 2026 12:00:00 GMT", "Fri, 20 Nov 2026 12:00:01 GMT")
    ]

    assert [1, 0] == found


def test_lists_by_ids_numbers_contacts_and_statuses(client: Client) -> None:
    """Each list parameter leaves only what it names."""
    rows = client.put(
        "Invoices",
        draft(InvoiceNumber="A1"),
        draft(InvoiceNumber="A2", Contact={"Name": "Beta"}, Status="AUTHORISED"),
        draft(InvoiceNumber="A3"),
    )
    found = [
        client.get("Invoices", IDs=",".join(row["InvoiceID"] for row in rows[:2])),
        client.get("Invoices", InvoiceNumbers="A2,A3"),
        client.get("Invoices", ContactIDs=rows[1]["Contact"]["ContactID"]),
        client.get("Invoices", Statuses="AUTHORISED,VOIDED"),
    ]

    assert ["A1 A2", "A2 A3", "A2", "A2"] == [
        " ".join(sorted(row["InvoiceNumber"] for row in answer["Invoices"])) for answer in found
    ]


def test_search_finds_parts_of_words(client: Client) -> None:
    """SearchTerm is a substring in any case, over several fields."""
    client.put("Contacts", {"Name": "Alpha", "EmailAddress": "sales@beta.example"})
    client.put("Contacts", {"Name": "Betamax"}, {"Name": "Gamma"})
    rows = client.get("Contacts", searchTerm="BETA", page="1")["Contacts"]

    assert {"Alpha", "Betamax"} == {row["Name"] for row in rows}


def test_summary_drops_parts_and_the_pagination_object(client: Client) -> None:
    """SummaryOnly is smaller, and one must page without the figures."""
    client.put("Invoices", draft())
    invoices = client.get("Invoices", summaryOnly="true")
    contacts = client.get("Contacts", summaryOnly="true", page="1")

    assert {"pagination"}.isdisjoint(invoices.keys() | contacts.keys())
    assert {"LineItems", "Payments"}.isdisjoint(invoices["Invoices"][0])
    assert {"Addresses", "ContactPersons", "IsCustomer"}.isdisjoint(contacts["Contacts"][0])


def test_unknown_id_is_an_html_404(client: Client) -> None:
    """What is not there answers 404 in HTML, not JSON."""
    answer = client.call("GET", "Contacts/00000000-0000-0000-0000-000000000000")

    assert (404, "text/html", b"The resource you're looking for cannot be found") == (
        answer.status_code,
        answer.mimetype,
        answer.data,
    )


@pytest.mark.parametrize(
    "path", ["BankTransfers", "Contacts/x/CISSettings", "Organisation/Nothing"]
)
def test_unbuilt_endpoints_are_404(client: Client, path: str) -> None:
    """What the sandbox has not is not found."""
    client.put("Contacts", {"Name": "x", "ContactNumber": "x"})

    assert 404 == client.call("GET", path).status_code


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "Contacts"), ("POST", "Accounts"), ("PUT", "Organisation")]
)
def test_unbuilt_verbs_are_501(client: Client, method: str, path: str) -> None:
    """A verb that an endpoint has not answers 501 with ErrorNumber 20."""
    answer = client.call(method, path, {"Name": "x"})

    assert (501, 20) == (answer.status_code, (answer.json or {})["ErrorNumber"])


def test_xml_is_refused_with_a_hint(client: Client) -> None:
    """Without Accept: application/json the answer says what to send."""
    answer = client.call("GET", "Contacts", Accept="*/*")

    assert 406 == answer.status_code
    assert "Send the header Accept: application/json." in (answer.json or {})["Detail"]
