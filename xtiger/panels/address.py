"""Where a record is in Xero's own screens."""

from __future__ import annotations

from urllib.parse import quote

from xtiger.links import Connection


def xero_url(
    connection: Connection, kind: str, xero_id: str, document_type: str = ""
) -> str | None:
    """The address of a record in Xero's own screens; None where Xero has none that is known.

    Without the organisation's short code the user would land in whatever organisation is open,
    so there is none then. `document_type` is the Type of an invoice, such as ACCPAY.
    Source: developer.xero.com, Deep linking.
    """
    if not connection.short_code:
        return None
    identifier = quote(xero_id, safe="")
    path = {
        "Contact": f"/Contacts/View/{identifier}",
        "Invoice": f"/AccountsReceivable/View.aspx?InvoiceID={identifier}",
        "CreditNote": f"/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={identifier}",
        "BankTransaction": f"/Bank/ViewTransaction.aspx?bankTransactionID={identifier}",
    }.get(kind)
    if kind == "Invoice" and document_type == "ACCPAY":
        path = f"/AccountsPayable/Edit.aspx?InvoiceID={identifier}"
    if path is None:
        return None
    short_code = quote(connection.short_code, safe="!")
    return (
        "https://go.xero.com/organisationlogin/default.aspx"
        f"?shortcode={short_code}&redirecturl={quote(path, safe='/')}"
    )
