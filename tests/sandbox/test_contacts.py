"""Claims about contacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import Client, Clock
from xtiger.sandbox import Sandbox

NAME_TAKEN = (
    "The contact name {} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


def test_put_then_get_gives_the_same(client: Client) -> None:
    """What is created is read back by id, number and list."""
    made = client.put("Contacts", {"Name": "Alpha", "ContactNumber": "C-1"})[0]
    by_id = client.get(f"Contacts/{made['ContactID']}")["Contacts"]
    by_number = client.get("Contacts/C-1")["Contacts"]
    listed = client.get("Contacts", page="1")["Contacts"]

    assert [[made]] * 3 == [by_id, by_number, listed]


def test_put_refuses_a_taken_name_regardless_of_case(client: Client) -> None:
    """Names are unique among active contacts."""
    client.put("Contacts", {"Name": "Alpha"})

    assert [NAME_TAKEN.format("ALPHA")] == client.errors("PUT", "Contacts", {"Name": "ALPHA"})


def test_put_refuses_a_taken_number(client: Client) -> None:
    """Numbers are unique among all contacts."""
    client.put("Contacts", {"Name": "Alpha", "ContactNumber": "C-1"})
    errors = client.errors("PUT", "Contacts", {"Name": "Beta", "ContactNumber": "C-1"})

    assert ["The contact number C-1 is already assigned to another contact."] == errors


def test_archived_name_is_free_and_its_number_is_not(client: Client) -> None:
    """An archived contact frees its name, but blocks its number for good."""
    made = client.put("Contacts", {"Name": "Alpha", "ContactNumber": "C-1"})[0]
    client.post(f"Contacts/{made['ContactID']}", {"ContactStatus": "ARCHIVED"})
    client.put("Contacts", {"Name": "Alpha"})
    errors = client.errors("PUT", "Contacts", {"Name": "Beta", "ContactNumber": "C-1"})

    assert ["The contact number C-1 is already assigned to another contact."] == errors


def test_post_with_a_colliding_name_overwrites_the_stranger(client: Client) -> None:
    """POST finds by name too: the trap that creates must avoid."""
    made = client.put("Contacts", {"Name": "Alpha", "EmailAddress": "old@example.com"})[0]
    after = client.post("Contacts", {"Name": "alpha", "EmailAddress": "new@example.com"})[0]

    assert (made["ContactID"], "new@example.com") == (after["ContactID"], after["EmailAddress"])


def test_post_by_number_renames(client: Client) -> None:
    """POST finds by ContactNumber before the name."""
    made = client.put("Contacts", {"Name": "Alpha", "ContactNumber": "C-1"})[0]
    after = client.post("Contacts", {"Name": "Beta", "ContactNumber": "C-1"})[0]

    assert (made["ContactID"], "Beta") == (after["ContactID"], after["Name"])


def test_omitted_fields_stay(client: Client) -> None:
    """An update changes what it names and nothing else."""
    made = client.put("Contacts", {"Name": "Alpha", "TaxNumber": "GB1", "FirstName": "Ann"})[0]
    after = client.post("Contacts", {"ContactID": made["ContactID"], "FirstName": ""})[0]

    assert ("GB1", None) == (after["TaxNumber"], after.get("FirstName"))


def test_archived_contact_cannot_be_edited(client: Client) -> None:
    """An archived contact takes no update, un-archiving included."""
    made = client.put("Contacts", {"Name": "Alpha"})[0]
    path = f"Contacts/{made['ContactID']}"
    client.post(path, {"ContactStatus": "ARCHIVED"})

    assert ["archived contacts cannot currently be edited via the API"] == client.errors(
        "POST", path, {"ContactStatus": "ACTIVE"}
    )


def test_archived_contacts_are_listed_on_request(client: Client) -> None:
    """Lists leave archived contacts out unless includeArchived is set."""
    made = client.put("Contacts", {"Name": "Alpha"})[0]
    client.post(f"Contacts/{made['ContactID']}", {"ContactStatus": "ARCHIVED"})
    short = client.get("Contacts", page="1")["Contacts"]
    full = client.get("Contacts", page="1", includeArchived="true")["Contacts"]

    assert (0, 1) == (len(short), len(full))


def _persons(count: int) -> list[dict[str, Any]]:
    return [
        {"FirstName": f"P{n}", "LastName": "X", "EmailAddress": f"p{n}@example.com"}
        for n in range(count)
    ]


def test_five_persons_are_the_most(client: Client) -> None:
    """A sixth contact person is refused."""
    contact = {"Name": "A", "EmailAddress": "a@example.com"}

    assert ["A contact has at most 5 contact persons."] == client.errors(
        "PUT", "Contacts", contact | {"ContactPersons": _persons(6)}
    )


def test_persons_need_a_primary_address(client: Client) -> None:
    """Persons are refused while the contact itself has no e-mail address."""
    assert [
        "Additional people cannot be added when the primary person has no email address set."
    ] == client.errors("PUT", "Contacts", {"Name": "A", "ContactPersons": _persons(1)})


def test_persons_are_replaced_as_a_list(client: Client) -> None:
    """A list of persons takes the place of the former one; [] changes nothing."""
    contact = {"Name": "A", "EmailAddress": "a@example.com", "ContactPersons": _persons(3)}
    made = client.put("Contacts", contact)[0]
    path = f"Contacts/{made['ContactID']}"
    one = client.post(path, {"ContactPersons": _persons(1)})[0]
    emptied = client.post(path, {"ContactPersons": []})[0]

    assert (3, 1, 1) == tuple(len(row["ContactPersons"]) for row in (made, one, emptied))


def test_phones_and_addresses_merge_by_type(client: Client) -> None:
    """A phone of one type leaves the others; so do addresses."""
    made = client.put(
        "Contacts",
        {
            "Name": "A",
            "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "1"}],
            "Addresses": [{"AddressType": "STREET", "City": "Leeds"}],
        },
    )[0]
    after = client.post(
        f"Contacts/{made['ContactID']}",
        {
            "Phones": [{"PhoneType": "FAX", "PhoneNumber": "2"}],
            "Addresses": [{"AddressType": "POBOX", "City": "York"}],
        },
    )[0]
    phones = {row["PhoneType"]: row["PhoneNumber"] for row in after["Phones"]}
    cities = {row["AddressType"]: row["City"] for row in after["Addresses"]}

    assert {"DEFAULT": "", "DDI": "", "MOBILE": "1", "FAX": "2"} == phones
    assert {"STREET": "Leeds", "POBOX": "York"} == cities


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "The Contact must contain at least 1 of the following elements to identify the "),
        ({"ContactNumber": "C-9"}, "A contact name must be given."),
        ({"Name": "A  B"}, "The contact name must not contain < or >, nor begin, end or repeat "),
        ({"Name": " A"}, "The contact name must not contain < or >, nor begin, end or repeat "),
        ({"Name": "A<B"}, "The contact name must not contain < or >, nor begin, end or repeat "),
        ({"Name": "A" * 256}, "Name is longer than 255 characters."),
        ({"Name": "A", "ContactNumber": "1" * 51}, "ContactNumber is longer than 50 characters."),
        ({"Name": "A", "EmailAddress": "nobody"}, "Email address must be valid."),
        ({"Name": "A", "EmailAddress": "ü@example.com"}, "Email address must be valid."),
        ({"Name": "A", "Addresses": [{"Country": "U5A"}]}, "Country must consist of letters"),
        ({"Name": "A", "DefaultCurrency": "JPY"}, "Users Organisation is not subscribed to "),
    ],
)
def test_rules_of_fields(client: Client, fields: dict[str, Any], error: str) -> None:
    """Each rule of a field refuses the contact with its own message."""
    assert client.errors("PUT", "Contacts", fields)[0].startswith(error)


def test_unknown_default_account_is_dropped_with_a_warning(client: Client) -> None:
    """A default account that does not exist is left out, and a warning says so."""
    answer = client.call("PUT", "Contacts", {"Name": "A", "SalesDefaultAccountCode": "999"})

    assert ["Account code ''999'' has been removed as it does not match a recognised account."] == [
        row["Message"] for row in (answer.json or {})["Warnings"]
    ]


def test_document_with_more_than_an_id_edits_the_contact_and_drops_its_persons(
    client: Client,
) -> None:
    """A contact nested in an invoice is an edit: another trap that writers must avoid."""
    contact = {"Name": "A", "EmailAddress": "a@example.com", "ContactPersons": _persons(2)}
    made = client.put("Contacts", contact)[0]
    nested = {"ContactID": made["ContactID"], "EmailAddress": "b@example.com"}
    client.put("Invoices", {"Type": "ACCREC", "Contact": nested})
    after = client.get(f"Contacts/{made['ContactID']}")["Contacts"][0]

    assert ("b@example.com", []) == (after["EmailAddress"], after["ContactPersons"])


def test_first_documents_make_customer_and_supplier_without_a_new_stamp(
    client: Client, clock: Clock
) -> None:
    """IsCustomer and IsSupplier follow the documents and move no timestamp."""
    made = client.put("Contacts", {"Name": "A"})[0]
    clock.pass_by(seconds=5)
    for kind in ("ACCREC", "ACCPAY"):
        client.put("Invoices", {"Type": kind, "Contact": {"ContactID": made["ContactID"]}})
    after = client.get(f"Contacts/{made['ContactID']}")["Contacts"][0]

    assert made | {"IsCustomer": True, "IsSupplier": True} == after


def test_balances_are_shown_on_full_reads_only(client: Client) -> None:
    """What a contact owes stands in reads by id and page, in base currency."""
    invoice = {
        "Type": "ACCREC",
        "Contact": {"Name": "A"},
        "DueDate": "2026-11-01",
        "Status": "AUTHORISED",
        "CurrencyCode": "EUR",
        "CurrencyRate": 2,
        "LineItems": [{"Description": "x", "UnitAmount": 100, "AccountCode": "200"}],
    }
    client.put("Invoices", invoice)
    paged = client.get("Contacts", page="1")["Contacts"][0]
    plain = client.get("Contacts")["Contacts"][0]

    assert {"Outstanding": 60, "Overdue": 60} == paged["Balances"]["AccountsReceivable"]
    assert "Balances" not in plain


def test_edit_in_xero_moves_the_stamp(client: Client, sandbox: Sandbox, clock: Clock) -> None:
    """An accountant's edit is seen by If-Modified-Since."""
    made = client.put("Contacts", {"Name": "A"}, {"Name": "B"})[0]
    clock.pass_by(seconds=10)
    sandbox.edit("Contacts", made["ContactID"], {"FirstName": "Ann"})
    answer = client.call("GET", "Contacts", If_Modified_Since="2026-11-20T12:00:05")

    assert ["Ann"] == [row["FirstName"] for row in (answer.json or {})["Contacts"]]
