"""Claims about bodies in XML."""

from __future__ import annotations

from decimal import Decimal

import pytest
from werkzeug.test import TestResponse

from tests.sandbox.client import Client

CONTACT = """<Contact><Name>Alpha &amp; Co</Name><EmailAddress>a@example.com</EmailAddress>
<ContactPersons><ContactPerson><FirstName>Bob</FirstName><IncludeInEmails>true</IncludeInEmails>
</ContactPerson></ContactPersons></Contact>"""


def _put(client: Client, kind: str, body: str) -> TestResponse:
    return client.call("PUT", kind, body.encode(), Content_Type="application/xml")


@pytest.mark.parametrize("body", [CONTACT, f"<Contacts>{CONTACT}</Contacts>"])
def test_element_or_list(client: Client, body: str) -> None:
    """One element, or a list of them, with lists and flags inside."""
    answer = _put(client, "Contacts", body)
    made = (answer.json or {})["Contacts"][0]

    assert ("Alpha & Co", [("Bob", True)]) == (
        made["Name"],
        [(row["FirstName"], row["IncludeInEmails"]) for row in made["ContactPersons"]],
    )


def test_lines_keep_their_decimals(client: Client) -> None:
    """Amounts are read exactly, one line or more."""
    line = "<LineItem><Description>a</Description><UnitAmount>0.07</UnitAmount></LineItem>"
    for count in (1, 3):
        body = (
            "<Invoices><Invoice><Type>ACCREC</Type><Contact><Name>Alpha</Name></Contact>"
            f"<LineItems>{line * count}</LineItems></Invoice></Invoices>"
        )
        assert 200 == _put(client, "Invoices", body).status_code
    totals = [row["SubTotal"] for row in client.sandbox.table("Invoices")]

    assert [Decimal("0.07"), Decimal("0.21")] == totals


@pytest.mark.parametrize("body", ["<Contact><Name>", "<Contacts/>", "<Contact>text</Contact>"])
def test_what_holds_nothing_is_refused(client: Client, body: str) -> None:
    """Broken or empty XML answers ErrorNumber 14."""
    answer = _put(client, "Contacts", body)

    assert (400, 14) == (answer.status_code, (answer.json or {})["ErrorNumber"])


def test_entities_do_not_blow_up(client: Client) -> None:
    """A body that would grow without end is refused, not expanded."""
    rows = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' if n else '<!ENTITY e0 "x">' for n in range(12)
    )
    body = f"<!DOCTYPE a [{rows}]><Contact><Name>&e11;</Name></Contact>"

    assert 400 == _put(client, "Contacts", body).status_code
