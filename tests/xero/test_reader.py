"""Reading: pages that lose nothing, times that Xero understands, look-ups that are exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import simplejson

from tests.xero.clock import START, StepClock
from tests.xero.doors import ShortQueries
from tests.xero.stub import Say, Stub
from xtiger.db.store import SqlStore
from xtiger.errors import UnreadableAnswer, XeroRejected
from xtiger.model.connections import Connection
from xtiger.ports.xero import WriteRequest
from xtiger.sandbox import Limits, Sandbox
from xtiger.settings import Settings
from xtiger.xero.organisations import XeroOrganisation

Dial = Callable[[str], XeroOrganisation]
Found = Mapping[str, Any]


def _put(xero: XeroOrganisation, plural: str, *elements: Found) -> list[Found]:
    body = simplejson.dumps({plural: elements}, use_decimal=True).encode()
    answers = xero.send(WriteRequest("PUT", f"/{plural}", body, ""))
    assert [()] * len(elements) == [answer.problems for answer in answers]
    return [answer.element for answer in answers]


def _paid(xero: XeroOrganisation, sandbox: Sandbox) -> Found:
    """A new payment on the first invoice that can be paid."""
    invoice = next(
        one
        for page in xero.read("Invoice")
        for one in page.elements
        if one["Status"] == "AUTHORISED" and one["AmountDue"] > 1
    )
    bank = next(
        row
        for row in sandbox.table("Accounts")
        if row["Type"] == "BANK" and row.get("CurrencyCode", "GBP") == invoice["CurrencyCode"]
    )
    payment = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"AccountID": bank["AccountID"]},
        "Date": "2026-11-20",
        "Amount": Decimal("1.00"),
    }
    return _put(xero, "Payments", payment)[0]


def _page(plural: str, ids: range, pages: int | None = None, items: int | None = None) -> Say:
    body: dict[str, object] = {
        plural: [{f"{plural[:-1]}ID": f"id-{number}"} for number in ids],
        "DateTimeUTC": f"/Date({1_800_000_000_000 + ids.start})/",
    }
    if pages is not None:
        body["pagination"] = {"page": 1, "pageSize": 1000, "pageCount": pages, "itemCount": items}
    return Say(body)


class TestPages:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(minute=1_000)

    def test_2500_contacts_come_in_three_pages(
        self, xero: XeroOrganisation, sandbox: Sandbox
    ) -> None:
        """Every contact comes once, archived ones too, in pages of 1,000 of an immutable order."""
        for start in range(0, 2_500, 500):
            _put(xero, "Contacts", *({"Name": f"N {n}"} for n in range(start, start + 500)))
        gone = sandbox.table("Contacts")[-1]["ContactID"]
        sandbox.edit("Contacts", gone, {"ContactStatus": "ARCHIVED"})
        stored = {row["ContactID"] for row in sandbox.table("Contacts")}
        before = xero.calls
        pages = list(xero.read("Contact"))
        found = [one["ContactID"] for page in pages for one in page.elements]

        assert (sorted(stored), -(-len(stored) // 1_000), [1, 2, 3]) == (
            sorted(found),
            xero.calls - before,
            [page.page for page in pages],
        )

    def test_an_edit_during_the_read_loses_no_row(
        self, xero: XeroOrganisation, sandbox: Sandbox
    ) -> None:
        """A contact edited between two pages shifts no other one out of sight."""
        for start in range(0, 1_500, 500):
            _put(xero, "Contacts", *({"Name": f"N {n}"} for n in range(start, start + 500)))
        reading = xero.read("Contact")
        found = {one["ContactID"] for one in next(reading).elements}
        for contact_id in list(found)[:50]:
            sandbox.edit("Contacts", contact_id, {"AccountNumber": "edited"})
        found |= {one["ContactID"] for page in reading for one in page.elements}

        assert {row["ContactID"] for row in sandbox.table("Contacts")} == found


def test_all_pages_tell_the_time_of_the_first(dial: Dial) -> None:
    """An edit made while later pages are read lies after the time to read on from."""
    with Stub(
        _page("Contacts", range(1000), 2, 1500), _page("Contacts", range(1000, 1500), 2, 1500)
    ) as stub:
        times = {page.server_time for page in dial(stub.url).read("Contact")}

    assert 1 == len(times)


def test_without_count_a_short_page_is_the_last(dial: Dial) -> None:
    """Where Xero gives no pagination, reading goes on until a page is shorter than the first."""
    with Stub(
        _page("Contacts", range(100)),
        _page("Contacts", range(100, 200)),
        _page("Contacts", range(200, 250)),
        Say(b"", 500),
    ) as stub:
        found = sum(len(page.elements) for page in dial(stub.url).read("Contact"))

    assert (250, 3) == (found, len(stub.got))


def test_without_count_an_empty_page_is_the_last(dial: Dial) -> None:
    """A list that ends with a full page is ended by an empty one."""
    with Stub(_page("Contacts", range(100)), _page("Contacts", range(0))) as stub:
        found = sum(len(page.elements) for page in dial(stub.url).read("Contact"))

    assert (100, 2) == (found, len(stub.got))


def test_a_smaller_page_size_than_asked_is_understood(dial: Dial) -> None:
    """Where Xero gives pages of 100 for the 1,000 asked, all of its pages are read."""
    with Stub(*(_page("Contacts", range(n, n + 100), 3, 300) for n in (0, 100, 200))) as stub:
        found = sum(len(page.elements) for page in dial(stub.url).read("Contact"))

    assert (300, 3) == (found, len(stub.got))


def test_an_incomplete_read_is_never_taken_for_whole(dial: Dial) -> None:
    """Fewer elements than Xero counts end the read with an error: nothing may look deleted."""
    with (
        Stub(
            _page("Contacts", range(1000), 2, 1500), _page("Contacts", range(1000, 1400), 2, 1500)
        ) as stub,
        pytest.raises(UnreadableAnswer, match="counts 1,500 elements and gave 1,400"),
    ):
        list(dial(stub.url).read("Contact"))


def test_nothing_changed_is_one_empty_page(xero: XeroOrganisation, clock: StepClock) -> None:
    """A read since now gives one page without elements, by one call."""
    clock.move(hours=1)
    pages = list(xero.read("Contact", since=clock.now()))

    assert ([()], 1) == ([page.elements for page in pages], xero.calls)


def test_if_modified_since_is_utc_without_zone(dial: Dial) -> None:
    """The moment is sent two minutes earlier, in whole seconds of UTC, without zone."""
    with Stub(_page("Contacts", range(0), 0, 0)) as stub:
        since = START + timedelta(seconds=30, microseconds=999_999)
        list(dial(stub.url).read("Contact", since=since))

    assert "2026-11-20T08:58:30" == stub.got[0].headers["if-modified-since"]


def test_changes_since_are_read(xero: XeroOrganisation, sandbox: Sandbox, clock: StepClock) -> None:
    """Of all contacts only the one edited since the last read's server time comes back."""
    since = next(iter(xero.read("Contact"))).server_time
    clock.move(minutes=10)
    edited = sandbox.table("Contacts")[5]["ContactID"]
    sandbox.edit("Contacts", edited, {"AccountNumber": "A-77"})
    clock.move(minutes=10)
    found = [
        one
        for page in xero.read("Contact", since=since + timedelta(minutes=5))
        for one in page.elements
    ]

    assert [(edited, "A-77")] == [(one["ContactID"], one["AccountNumber"]) for one in found]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            "Contact",
            {"page": "1", "pageSize": "1000", "order": "ContactID", "includeArchived": "true"},
        ),
        (
            "Invoice",
            {
                "page": "1",
                "pageSize": "1000",
                "order": "InvoiceID",
                "includeArchived": "true",
                "unitdp": "4",
            },
        ),
        ("Payment", {"page": "1", "pageSize": "1000", "order": "PaymentID"}),
        ("CreditNote", {"page": "1", "pageSize": "1000", "order": "CreditNoteID", "unitdp": "4"}),
        ("Item", {"unitdp": "4"}),
        ("Account", {}),
        ("TaxRate", {}),
    ],
)
def test_what_a_read_asks_for(dial: Dial, kind: str, expected: dict[str, str]) -> None:
    """Each kind is read with the parameters that its endpoint has, and no other."""
    plural = f"{kind}s"
    with Stub(Say({plural: [], "DateTimeUTC": "/Date(1)/"})) as stub:
        list(dial(stub.url).read(kind))

    assert (f"/api.xro/2.0/{plural}", expected) == (stub.got[0].path, stub.got[0].query)


def test_lists_without_if_modified_since_are_read_whole(dial: Dial) -> None:
    """Tax rates know no If-Modified-Since, so it is not sent."""
    with Stub(Say({"TaxRates": [], "DateTimeUTC": "/Date(1)/"})) as stub:
        list(dial(stub.url).read("TaxRate", since=START))

    assert "if-modified-since" not in stub.got[0].headers


def test_an_unknown_kind_is_named(dial: Dial) -> None:
    """A kind that Xero has not is refused with the known ones."""
    with pytest.raises(ValueError, match="'Sock' is no kind of Xero; known: Contact, Person, Item"):
        list(dial("http://localhost:9").read("Sock"))


def test_items_come_in_one_call(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """All items come unpaged."""
    found = [one for page in xero.read("Item") for one in page.elements]

    assert (len(sandbox.table("Items")), 1) == (len(found), xero.calls)


@pytest.mark.parametrize("kind", ["Account", "TaxRate", "Currency"])
def test_settings(xero: XeroOrganisation, sandbox: Sandbox, kind: Any) -> None:
    """Chart, tax rates and currencies come whole, each by one call."""
    plural = "Currencies" if kind == "Currency" else f"{kind}s"

    assert (len(sandbox.table(plural)), 1) == (len(xero.settings(kind).elements), xero.calls)


def test_fetch_goes_by_forty(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """Ids are asked for by 40 a call and answered in the order asked; unknown ones are absent."""
    _put(xero, "Contacts", *({"Name": f"N {n}"} for n in range(100)))
    ids = [row["ContactID"] for row in sandbox.table("Contacts")][-90:]
    asked = [ids[5], "5ad1e6d3-0000-4000-8000-000000000000", *reversed(ids), ids[5]]
    before = xero.calls
    found = [one["ContactID"] for one in xero.fetch("Contact", asked)]

    assert ([ids[5], *(i for i in reversed(ids) if i != ids[5])], 3) == (
        found,
        xero.calls - before,
    )


def test_fetched_invoices_have_their_lines(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """An invoice fetched by id comes with its lines."""
    wanted = sandbox.table("Invoices")[0]["InvoiceID"]
    found = xero.fetch("Invoice", [wanted])

    assert (wanted, True) == (found[0]["InvoiceID"], bool(found[0]["LineItems"]))


@pytest.mark.parametrize("count", [2, 5])
def test_items_by_id(xero: XeroOrganisation, sandbox: Sandbox, count: int) -> None:
    """Few items are fetched one by one, many by one read of all."""
    ids = [row["ItemID"] for row in sandbox.table("Items")][:count]
    found = [one["ItemID"] for one in xero.fetch("Item", ids)]

    assert (ids, 2 if count == 2 else 1) == (found, xero.calls)


def test_an_unknown_item_is_absent(xero: XeroOrganisation) -> None:
    """An item that Xero does not have is no error."""
    assert [] == xero.fetch("Item", ["5ad1e6d3-0000-4000-8000-000000000000"])


def test_payments_by_id(xero: XeroOrganisation, sandbox: Sandbox) -> None:
    """Payments are fetched by a filter on their ids."""
    ids = [_paid(xero, sandbox)["PaymentID"] for _ in range(2)]

    assert ids == [one["PaymentID"] for one in xero.fetch("Payment", ids)]


def test_fetching_nothing_calls_nobody(xero: XeroOrganisation) -> None:
    """No ids, no call."""
    assert ((), 0) == (xero.fetch("Contact", []), xero.calls)


class TestLookUp:
    def test_contact_by_number(self, xero: XeroOrganisation, sandbox: Sandbox) -> None:
        """A contact is found by its exact number, an archived one too."""
        made = _put(xero, "Contacts", {"Name": "A", "ContactNumber": "xt-1"})[0]
        sandbox.edit("Contacts", made["ContactID"], {"ContactStatus": "ARCHIVED"})
        found = xero.look_up("Contact", "ContactNumber", "xt-1")

        assert [made["ContactID"]] == [one["ContactID"] for one in found]

    def test_case_counts(self, xero: XeroOrganisation) -> None:
        """A hit that differs in case only is none: Xero's filters ignore case."""
        _put(xero, "Contacts", {"Name": "Case Ltd"})

        assert ([], 1) == (
            xero.look_up("Contact", "Name", "CASE LTD"),
            len(xero.look_up("Contact", "Name", "Case Ltd")),
        )

    @pytest.mark.parametrize(
        "name", ['He said "hi"', "O'Neill & Söhne", "50% + 1 = x", "日本 商事", "a\\b", "A,B"]
    )
    def test_signs_in_values(self, xero: XeroOrganisation, name: str) -> None:
        """Quotation marks, percent, plus, umlauts and CJK are found as they are."""
        _put(xero, "Contacts", {"Name": name})

        assert [name] == [one["Name"] for one in xero.look_up("Contact", "Name", name)]

    def test_an_empty_value_finds_nothing(self, xero: XeroOrganisation) -> None:
        """Without natural key nothing is asked."""
        assert ((), 0) == (xero.look_up("Contact", "ContactNumber", ""), xero.calls)

    @pytest.mark.parametrize("code", ["AB-1", "A/B", "..", "Ä 1", "50%", "a\\b"])
    def test_item_by_code(self, xero: XeroOrganisation, code: str) -> None:
        """An item is found by any code that Xero takes."""
        _put(xero, "Items", {"Code": code, "Name": "thing"})

        assert [code] == [one["Code"] for one in xero.look_up("Item", "Code", code)]

    @pytest.mark.parametrize("code", ["none", "no/ne"])
    def test_no_such_item(self, xero: XeroOrganisation, code: str) -> None:
        """A code that no item has finds nothing, and raises nothing."""
        assert [] == xero.look_up("Item", "Code", code)

    @pytest.mark.parametrize("number", ["LU-1", "LU 2, part"])
    def test_invoice_by_number(self, xero: XeroOrganisation, sandbox: Sandbox, number: str) -> None:
        """An invoice is found by its number, whatever it holds, a voided one too."""
        invoice = sandbox.table("Invoices")[0]["InvoiceID"]
        sandbox.edit("Invoices", invoice, {"InvoiceNumber": number})
        sandbox.edit("Invoices", invoice, {"Status": "VOIDED"})
        found = xero.look_up("Invoice", "InvoiceNumber", number)

        assert [invoice] == [one["InvoiceID"] for one in found]

    def test_payments_of_an_invoice(self, xero: XeroOrganisation, sandbox: Sandbox) -> None:
        """Payments are found by their invoice's id, in any casing."""
        payment = _paid(xero, sandbox)
        invoice = payment["Invoice"]["InvoiceID"]
        found = xero.look_up("Payment", "Invoice.InvoiceID", invoice.upper())

        assert [payment["PaymentID"]] == [one["PaymentID"] for one in found]


def test_prices_keep_four_decimals(xero: XeroOrganisation) -> None:
    """A price of 4 decimals is written and read exactly, as Decimal."""
    price = Decimal("1.2345")
    _put(xero, "Items", {"Code": "P-4", "SalesDetails": {"UnitPrice": price}})

    assert price == xero.look_up("Item", "Code", "P-4")[0]["SalesDetails"]["UnitPrice"]


def test_an_answer_without_its_list_is_unreadable(dial: Dial) -> None:
    """An envelope without the list that was asked for is not taken for an empty one."""
    with (
        Stub(Say({"Things": [], "DateTimeUTC": "/Date(1)/"})) as stub,
        pytest.raises(UnreadableAnswer, match="it has no list Contacts"),
    ):
        list(dial(stub.url).read("Contact"))


def test_a_list_that_xero_does_not_know(dial: Dial) -> None:
    """A 404 on a whole list is an error, never an empty list."""
    with (
        Stub(Say(b"<p>not found</p>", 404, {"Content-Type": "text/html"})) as stub,
        pytest.raises(UnreadableAnswer, match="does not know the list"),
    ):
        list(dial(stub.url).read("Contact"))


_LISTS: dict[str, Callable[[XeroOrganisation], object]] = {
    "pages": lambda xero: list(xero.read("Invoice")),
    "whole": lambda xero: list(xero.read("Item")),
    "settings": lambda xero: xero.settings("Account"),
    "by IDs": lambda xero: xero.fetch("Contact", ["c-1"]),
    "by filter": lambda xero: xero.fetch("Payment", ["p-1"]),
    "whole for ids": lambda xero: xero.fetch("Item", ["a", "b", "c", "d"]),
    "by field": lambda xero: xero.look_up("Contact", "AccountNumber", "A 1"),
    "by number": lambda xero: xero.look_up("Invoice", "InvoiceNumber", "A-1"),
    "organisation": lambda xero: xero.organisation(),
}
_NOT_FOUND = Say(b"<p>not found</p>", 404, {"Content-Type": "text/html"})
_NO_CONTENT = Say(b"", 204, {"Date": "Fri, 20 Nov 2026 09:00:00 GMT"})
_NOTHING_INSIDE = Say({"DateTimeUTC": "/Date(1)/"})
_NO_LIST = Say(
    {
        **dict.fromkeys(("Contacts", "Invoices", "Items", "Payments", "Accounts", "Organisations")),
        "DateTimeUTC": "/Date(1)/",
    }
)
_A_PAGE = Say(b"<html>Sign in to this network</html>", 200, {"Content-Type": "text/html"})


@pytest.mark.parametrize("read", _LISTS.values(), ids=_LISTS)
@pytest.mark.parametrize(
    "say",
    [_NOT_FOUND, _NO_CONTENT, _NOTHING_INSIDE, _NO_LIST, _A_PAGE],
    ids=["404", "204", "no list", "null", "html"],
)
def test_an_error_is_never_an_empty_list(
    dial: Dial, read: Callable[[XeroOrganisation], object], say: Say
) -> None:
    """Whatever is asked for as a list and answered without one is an error."""
    with Stub(say) as stub, pytest.raises(UnreadableAnswer, match="could not be read"):
        read(dial(stub.url))


@pytest.fixture
def strict(
    connection: Connection, settings: Settings, store: SqlStore, clock: StepClock
) -> Iterator[tuple[XeroOrganisation, ShortQueries]]:
    """A door to the sandbox that takes no longer query than Xero does, and that limit's own log."""
    http = ShortQueries()
    yield XeroOrganisation(connection, settings, store, clock, "run1", http=http), http
    http.close()


@pytest.mark.parametrize("kind", ["Contact", "Invoice", "Payment"])
def test_many_ids_go_in_queries_that_xero_takes(
    strict: tuple[XeroOrganisation, ShortQueries], sandbox: Sandbox, kind: str
) -> None:
    """90 ids of any kind all come back, however long each makes the query."""
    xero, http = strict
    known = [row[f"{kind}ID"] for row in sandbox.table(f"{kind}s")]
    ids = [*known[:2], *(str(uuid4()) for _ in range(90)), *known[2:4]]

    found = [one[f"{kind}ID"] for one in xero.fetch(kind, ids)]

    assert (known[:4], True) == (found, max(http.lengths) <= 2_048)
    assert len(http.lengths) <= 5


def test_a_name_too_long_for_a_query_is_found(
    strict: tuple[XeroOrganisation, ShortQueries],
) -> None:
    """255 signs of three bytes each fit into no address; the contact is found all the same."""
    xero, _ = strict
    _put(xero, "Contacts", {"Name": "商" * 255})

    assert 1 == len(xero.look_up("Contact", "Name", "商" * 255))


def test_a_field_that_an_element_lacks_is_not_equal(dial: Dial) -> None:
    """A hit without the field that was asked for is no hit."""
    hits = [{"ContactID": "c-1"}, {"ContactID": "c-2", "ContactNumber": None}]
    with Stub(Say({"Contacts": hits, "DateTimeUTC": "/Date(1)/"})) as stub:
        found = dial(stub.url).look_up("Contact", "ContactNumber", "None")

    assert [] == found


def test_a_backslash_in_a_field_without_search_is_filtered(dial: Dial) -> None:
    """A field that searchTerm does not look into is asked for by filter all the same."""
    with Stub(Say({"Contacts": [], "DateTimeUTC": "/Date(1)/"})) as stub:
        dial(stub.url).look_up("Contact", "AccountNumber", "a\\b")

    assert 'AccountNumber=="a\\b"' == stub.got[0].query["where"]


def test_a_filter_that_xero_does_not_understand(xero: XeroOrganisation) -> None:
    """Xero's refusal of a filter is told in its words."""
    with pytest.raises(XeroRejected, match="GET /Contacts with 400"):
        xero.look_up("Contact", "NoSuchField", "x")
