"""Claims about history, attachments, PDF, e-mail and online invoices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.client import Client
from tests.sandbox.test_creditnotes import invoice
from xtiger.sandbox.accounting import messages


@pytest.fixture
def sale(client: Client) -> dict[str, Any]:
    """An approved invoice of a contact with an address."""
    contact = client.put("Contacts", {"Name": "Alpha", "EmailAddress": "a@alpha.example"})[0]
    return invoice(client, contact["ContactID"])


def _note(client: Client, path: str, text: str) -> Any:
    return client.call("PUT", f"{path}/History", {"HistoryRecords": [{"Details": text}]})


@pytest.mark.parametrize("kind", ["Contacts", "Items", "Invoices"])
def test_notes_are_kept_newest_first(client: Client, sale: dict[str, Any], kind: str) -> None:
    """A note is added, never edited, and shown as System Generated."""
    client.put("Items", {"Code": "A"})
    row = client.get(kind)[kind][0]
    path = f"{kind}/{row[f'{kind[:-1]}ID']}"
    for text in ("first", "second"):
        assert 200 == _note(client, path, text).status_code
    found = client.get(f"{path}/History")["HistoryRecords"]

    assert [("second", "System Generated"), ("first", "System Generated")] == [
        (row["Details"], row["User"]) for row in found
    ]


def test_long_note_is_refused(client: Client, sale: dict[str, Any]) -> None:
    """2,500 characters are the limit; an empty note is none."""
    path = f"Invoices/{sale['InvoiceID']}"
    codes = [_note(client, path, text).status_code for text in ("x" * 2500, "x" * 2501, "")]

    assert [200, 400, 400] == codes


def test_some_kinds_refuse_notes(client: Client, sale: dict[str, Any]) -> None:
    """A payment takes none, in Xero's words."""
    paid = client.put(
        "Payments",
        {"Invoice": {"InvoiceID": sale["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 1},
    )[0]
    answer = _note(client, f"Payments/{paid['PaymentID']}", "hello")

    assert messages.HISTORY_ID == answer.json["Elements"][0]["ValidationErrors"][0]["Message"]


def _attach(client: Client, path: str, name: str, content: bytes, **query: str) -> Any:
    where = f"{path}/Attachments/{name}"
    return client.call("PUT", where, content, query=query, Content_Type="text/plain")


def test_files_come_back_as_they_were(client: Client, sale: dict[str, Any]) -> None:
    """By name and by id, with their media type; the document says that it has some."""
    path = f"Invoices/{sale['InvoiceID']}"
    made = _attach(client, path, "a note.txt", b"hello \xff", IncludeOnline="true").json
    row = made["Attachments"][0]
    by_name = client.call("GET", f"{path}/Attachments/a%20note.txt", Accept="text/plain")
    by_id = client.call("GET", f"{path}/Attachments/{row['AttachmentID']}", Accept="text/plain")
    listed = client.get(f"{path}/Attachments")["Attachments"]

    assert (b"hello \xff", "text/plain") == (by_name.data, by_name.headers["Content-Type"])
    assert (by_name.data, [row]) == (by_id.data, listed)
    assert ("a note.txt", 7, True) == (
        row["FileName"],
        row["ContentLength"],
        row["IncludeOnline"],
    )
    assert client.get(path)["Invoices"][0]["HasAttachments"]


def test_post_replaces_a_file(client: Client, sale: dict[str, Any]) -> None:
    """POST needs the file to be there and keeps its id."""
    path = f"Invoices/{sale['InvoiceID']}"
    missing = client.call("POST", f"{path}/Attachments/a.txt", b"x", Content_Type="text/plain")
    first = _attach(client, path, "a.txt", b"one").json["Attachments"][0]
    client.call("POST", f"{path}/Attachments/a.txt", b"two!", Content_Type="text/plain")
    listed = client.get(f"{path}/Attachments")["Attachments"]

    assert 404 == missing.status_code
    assert [(first["AttachmentID"], 4)] == [
        (row["AttachmentID"], row["ContentLength"]) for row in listed
    ]


def test_file_limits(client: Client, sale: dict[str, Any]) -> None:
    """Odd names, empty files, files over 10 MB and an eleventh one are refused."""
    path = f"Invoices/{sale['InvoiceID']}"
    odd = _attach(client, path, "a%3Fb.txt", b"x").status_code
    empty = _attach(client, path, "a.txt", b"").status_code
    large = _attach(client, path, "a.txt", b"x" * (10 * 1024 * 1024 + 1)).status_code
    counted = [_attach(client, path, f"{n}.txt", b"x").status_code for n in range(11)]

    assert (400, 400, 400) == (odd, empty, large)
    assert [200] * 10 + [400] == counted


def test_attachments_have_a_scope_of_their_own(client: Client, sale: dict[str, Any]) -> None:
    """A token without accounting.attachments reads the invoice but not its files."""
    from tests.sandbox.client import SCOPES, authorize, code_of, token

    box = client.sandbox
    box.withdraw_consent()
    scope = SCOPES.replace(" accounting.attachments", "")
    code = code_of(authorize(box, scope=scope))
    redirect = "http://localhost:8080/callback"
    answer = token(box, grant_type="authorization_code", code=code, redirect_uri=redirect)
    other = Client(box, client.tenant, (answer.json or {})["access_token"])
    path = f"Invoices/{sale['InvoiceID']}"
    codes = [other.call("GET", where).status_code for where in (path, f"{path}/Attachments")]

    assert [200, 401] == codes


def test_pdf_is_the_document_itself(client: Client, sale: dict[str, Any]) -> None:
    """Accept: application/pdf gives a PDF; for an unknown id a 404 without a body."""
    path = f"Invoices/{sale['InvoiceID']}"
    printed = client.call("GET", path, Accept="application/pdf")
    nothing = client.call("GET", f"Invoices/{client.tenant}", Accept="application/pdf")
    below = client.call("GET", f"{path}/pdf")

    assert ("application/pdf", b"%PDF-1.4") == (printed.content_type, printed.data[:8])
    assert printed.data.endswith(b"%%EOF\n")
    assert (404, b"", 404) == (nothing.status_code, nothing.data, below.status_code)


def test_online_invoice_has_an_address(client: Client, sale: dict[str, Any]) -> None:
    """Approved sales invoices have one, drafts and bills none."""
    found = client.get(f"Invoices/{sale['InvoiceID']}/OnlineInvoice")["OnlineInvoices"]
    draft = invoice(client, sale["Contact"]["ContactID"], Status="DRAFT")
    missing = client.call("GET", f"Invoices/{draft['InvoiceID']}/OnlineInvoice")

    assert (1, 404) == (len(found), missing.status_code)
    assert found[0]["OnlineInvoiceUrl"].startswith("https://in.xero.com/")


def test_email_marks_as_sent(client: Client, sale: dict[str, Any]) -> None:
    """204 and SentToContact; a draft or a contact without an address is refused."""
    draft = invoice(client, sale["Contact"]["ContactID"], Status="DRAFT")
    silent = client.put("Contacts", {"Name": "Silent"})[0]["ContactID"]
    other = invoice(client, silent)
    codes = [
        client.call("POST", f"Invoices/{row['InvoiceID']}/Email", {}).status_code
        for row in (sale, draft, other)
    ]

    assert [204, 400, 400] == codes
    assert client.get(f"Invoices/{sale['InvoiceID']}")["Invoices"][0]["SentToContact"]
