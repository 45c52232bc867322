"""Claims about the where language."""

from __future__ import annotations

import pytest

from tests.sandbox.client import Client, Clock
from tests.sandbox.test_invoices import draft

ROWS = (
    {"Name": 'Alpha "A"', "ContactNumber": "C-1", "EmailAddress": "a@example.com"},
    {"Name": "Beta (B)", "ContactNumber": "C-2"},
    {"Name": "Gamma AND Co"},
)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Name=="beta (b)"', "B"),
        ('Name="Beta (B)"', "B"),
        ('Name!="Beta (B)"', "AG"),
        ('Name<>"Beta (B)"', "AG"),
        ('Name=="Alpha ""A"""', "A"),
        ('Name=="Gamma AND Co"', "G"),
        ('ContactNumber=="C-1" OR ContactNumber=="C-2"', "AB"),
        ('ContactNumber=="C-1"||ContactNumber=="C-2"', "AB"),
        ('(Name=="x" OR ContactNumber=="C-2") AND ContactStatus=="ACTIVE"', "B"),
        ('Name=="x" OR ContactNumber=="C-2" && ContactStatus=="ARCHIVED"', ""),
        ("ContactNumber==null", "G"),
        ("ContactNumber!=null", "AB"),
        ('ContactNumber!=null AND ContactNumber.Contains("2")', "B"),
        ('Name.StartsWith("GAMMA")', "G"),
        ('Name.EndsWith("(B)")', "B"),
        ('Name.ToLower().Contains("alpha")', "A"),
        ('Name.ToLower()=="beta (b)"', "B"),
        ('Name.Trim().ToUpper()=="BETA (B)"', "B"),
        ('"beta (b)".Contains(Name)', "B"),
        ("IsCustomer==false", "ABG"),
        ("IsCustomer", ""),
        ("!IsCustomer", "ABG"),
        ("NOT IsCustomer", "ABG"),
        ("UpdatedDateUTC>=DateTime(2026, 11, 20)", "ABG"),
        ("UpdatedDateUTC>DateTime(2026,11,20,12,0,1)", ""),
        ('contactid==Guid("00000000-0000-0000-0000-000000000000")', ""),
    ],
)
def test_where(client: Client, where: str, found: str) -> None:
    """Each form of the language finds exactly its rows."""
    client.put("Contacts", *ROWS)
    rows = client.get("Contacts", where=where, page="1", order="Name")["Contacts"]

    assert found == "".join(row["Name"][0] for row in rows)


@pytest.mark.parametrize(
    "where",
    [
        'Name=="open',
        'Name==\\"x\\"',
        "Name==",
        'Nme=="x"',
        'Name=="x" AND',
        '(Name=="x"',
        'Name=="x")',
        'Name=="x" Name=="y"',
        "Name",
        'Name.Reverse()=="x"',
        'ContactNumber.Contains("C")',
        'ContactID=="5cc8cf28-567e-4d43-b287-687cfcaec47c"',
        'ContactID==guid("no")',
        "UpdatedDateUTC>DateTime(2026,13,1)",
        'UpdatedDateUTC>"2026-01-01"',
        "Name>5",
    ],
)
def test_bad_where_is_a_query_parse_exception(client: Client, where: str) -> None:
    """What cannot be read or compared answers 400 with ErrorNumber 16."""
    client.put("Contacts", *ROWS)
    answer = client.call("GET", "Contacts", query={"where": where})

    assert (400, 16, "QueryParseException") == (
        answer.status_code,
        (answer.json or {})["ErrorNumber"],
        (answer.json or {})["Type"],
    )


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Contact.Name=="Alpha"', 1),
        ('Status=="DRAFT" AND Type=="ACCREC"', 2),
        ("AmountDue>=120", 2),
        ("AmountDue<120", 0),
        ("Total==120.00", 2),
        ("Date>=DateTime(2026, 11, 20) AND Date<DateTime(2026, 11, 21)", 2),
        ("DueDate<DateTime(2026, 11, 20)", 0),
        ('Reference!=null&&Reference.Contains("x")', 1),
        ("SentToContact==false", 2),
    ],
)
def test_where_on_invoices(client: Client, where: str, found: int) -> None:
    """Nested fields, amounts and days can be asked for."""
    client.put("Invoices", draft(Reference="xy"), draft(Contact={"Name": "Beta"}))

    assert found == len(client.get("Invoices", where=where)["Invoices"])


def test_where_compares_stamps_within_a_day(client: Client, clock: Clock) -> None:
    """A moment in DateTime tells apart two stamps of one day."""
    client.put("Contacts", {"Name": "Old"})
    clock.pass_by(minutes=20)
    client.put("Contacts", {"Name": "New"})
    rows = client.get("Contacts", where="UpdatedDateUTC>=DateTime(2026,11,20,12,10,0)")

    assert ["New"] == [row["Name"] for row in rows["Contacts"]]
