"""The seed against the sandbox: whatever is not listed as flawed is taken, to the cent."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
import simplejson
from werkzeug.test import Client

from xtiger.demo.seeding.load_seed import flaws, read_seed
from xtiger.sandbox import Sandbox, create_app

Row = Mapping[str, Any]
TAX_TYPES = {
    "20% (VAT on Income)": "OUTPUT2",
    "5% (VAT on Income)": "RROUTPUT",
    "Zero Rated Income": "ZERORATEDOUTPUT",
}
SCOPES = (
    "accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.contacts accounting.settings"
)


class Xero:
    """The seeded organisation, spoken to in Xero's own words."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(seed="demo")
        self._tenant = self._sandbox.organisations()[0][0]
        self._client = Client(create_app(self._sandbox))
        self._token = self._fetch_token()

    def _fetch_token(self) -> str:
        key = f"{self._sandbox.client_id}:{self._sandbox.client_secret}"
        answer = self._client.post(
            "/connect/token",
            base_url="http://localhost",
            data={"grant_type": "client_credentials", "scope": SCOPES},
            headers={"Authorization": "Basic " + base64.b64encode(key.encode()).decode()},
        )
        return str(simplejson.loads(answer.text)["access_token"])

    def rows(self, kind: str) -> Sequence[Row]:
        """What the organisation holds."""
        rows: Sequence[Row] = self._sandbox.table(kind, self._tenant)
        return rows

    def put(self, kind: str, elements: Sequence[Row]) -> list[Row]:
        """Create elements, 50 a call; answers them as Xero does, errors inside."""
        answers: list[Row] = []
        for start in range(0, len(elements), 50):
            body = simplejson.dumps({kind: elements[start : start + 50]}, use_decimal=True)
            answer = self._client.put(
                f"/api.xro/2.0/{kind}?summarizeErrors=false&unitdp=4",
                base_url="http://localhost",
                input_stream=io.BytesIO(body.encode()),
                content_length=len(body.encode()),
                content_type="application/json",
                headers={
                    "Accept": "application/json",
                    "Authorization": f"Bearer {self._token}",
                    "xero-tenant-id": self._tenant,
                },
            )
            answers += simplejson.loads(answer.text, use_decimal=True)[kind]
        return answers


def _whole(part: str) -> list[Row]:
    """The records of a part that the first sync links."""
    left = {
        int(flaw.crm_id)
        for flaw in flaws()
        if flaw.module.lower() == part and flaw.result != "conflict"
    }
    return [row for row in read_seed()[part] if row["id"] not in left]


def _address(row: Row) -> Row:
    lines = str(row["billing_street"]).split("\n")
    return {
        "AddressType": "POBOX",
        **{f"AddressLine{number}": line for number, line in enumerate(lines, start=1)},
        "City": row["billing_city"],
        "Region": row["billing_region"],
        "PostalCode": row["billing_postal_code"],
        "Country": row["billing_country"],
    }


def _contact(row: Row) -> Row:
    return {
        "Name": row["name"],
        "AccountNumber": row["number"],
        "EmailAddress": row["email"],
        "TaxNumber": row["tax_number"],
        "CompanyNumber": row["company_number"],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": row["phone"]}],
        "Addresses": [_address(row)],
    }


def _item(row: Row) -> Row:
    found = {
        "Code": row["code"],
        "Name": row["name"],
        "Description": row["description"],
        "SalesDetails": {
            "UnitPrice": Decimal(row["sales_price"]),
            "AccountCode": row["sales_account"],
            "TaxType": TAX_TYPES[row["sales_tax"]],
        },
    }
    if row.get("purchase_price"):
        found["PurchaseDetails"] = {
            "UnitPrice": Decimal(row["purchase_price"]),
            "AccountCode": row["purchase_account"],
        }
    return found


def _line(line: Row) -> Row:
    found = {
        "Description": line["description"],
        "Quantity": Decimal(line["quantity"]),
        "UnitAmount": Decimal(line["unit_price"]),
        "TaxType": TAX_TYPES[line["tax_name"]],
        "AccountCode": line["account"] or "200",
    }
    if Decimal(line["discount_percent"]):
        found["DiscountRate"] = Decimal(line["discount_percent"])
    if Decimal(line["discount_amount"]):
        found["DiscountAmount"] = Decimal(line["discount_amount"])
    return found


def _invoice(row: Row, contact_id: str) -> Row:
    return {
        "Type": "ACCREC",
        "InvoiceNumber": row["number"],
        "Contact": {"ContactID": contact_id},
        "Date": row["date"],
        "DueDate": row["due_date"],
        "LineAmountTypes": "Exclusive",
        "CurrencyCode": row["currency"],
        "Status": "DRAFT" if row["status"] == "Created" else "AUTHORISED",
        "LineItems": [_line(line) for line in row["lines"]],
    }


def _taken(answers: Sequence[Row]) -> list[str]:
    return [row["Name"] for row in answers if row["StatusAttributeString"] == "OK"]


@pytest.fixture
def xero() -> Xero:
    return Xero()


def test_whole_organisations_are_taken(xero: Xero) -> None:
    """Xero makes a contact of each organisation that is neither flawed nor known there."""
    known = {row.get("AccountNumber") for row in xero.rows("Contacts")}
    new = [_contact(row) for row in _whole("organizations") if row["number"] not in known]

    assert [row["Name"] for row in new] == _taken(xero.put("Contacts", new))


def test_whole_goods_are_taken(xero: Xero) -> None:
    """Xero makes an item of each product and service that is neither flawed nor known there."""
    known = {row["Code"] for row in xero.rows("Items")}
    goods = [*_whole("products"), *_whole("services")]
    new = [_item(row) for row in goods if row["code"] not in known]

    assert [row["Name"] for row in new] == _taken(xero.put("Items", new))


def test_whole_invoices_get_equal_totals(xero: Xero) -> None:
    """Xero computes each unflawed invoice to the cent as the CRM stored it."""
    contact_id = str(xero.rows("Contacts")[0]["ContactID"])
    whole = _whole("invoices")
    answers = xero.put("Invoices", [_invoice(row, contact_id) for row in whole])

    assert {row["number"]: Decimal(row["total"]) for row in whole} == {
        row["InvoiceNumber"]: Decimal(row["Total"]) for row in answers
    }


def test_flaws_name_objects_that_xero_holds(xero: Xero) -> None:
    """Each Xero id in the list of flaws is one of the sandbox's own records."""
    held = {row["ContactID"] for row in xero.rows("Contacts")}
    held |= {row["ItemID"] for row in xero.rows("Items")}
    held |= {row["InvoiceID"] for row in xero.rows("Invoices")}

    assert set() == {flaw.xero_id for flaw in flaws() if flaw.xero_id} - held
