"""Calls about one invoice beside its values: online address, e-mail, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from xtiger.errors import UnreadableAnswer, XeroRejected
from xtiger.model.records import Document
from xtiger.rules.kinds import traits
from xtiger.xero.answers import look, problems
from xtiger.xero.client import XeroClient


class InvoiceCalls:
    """What Xero offers of an invoice of one organisation."""

    def __init__(self, client: XeroClient) -> None:
        self._client = client

    def online_url(self, invoice_id: str) -> str:
        """The address that its customer opens; "" where Xero has none, as of a draft."""
        path = _below(invoice_id, "OnlineInvoice")
        reply = self._client.find(path)
        found = _list(path, reply.body, "OnlineInvoices") if reply is not None else []
        return str(look(found[0], "OnlineInvoiceUrl") or "") if found else ""

    def history(self, invoice_id: str) -> Sequence[Mapping[str, Any]]:
        """The entries of its history, newest first; none where Xero has none."""
        path = _below(invoice_id, "History")
        reply = self._client.find(path)
        return _list(path, reply.body, "HistoryRecords") if reply is not None else []

    def email(self, invoice_id: str, key: str) -> None:
        """Let Xero send it to its customer, once for each key; raises XeroRejected."""
        path = _below(invoice_id, "Email")
        reply = self._client.write("POST", path, b"{}", key=key, query={})
        # What Xero refuses of one invoice comes as a list of it.
        if look(reply.body, "Elements"):
            raise XeroRejected(f"POST {path}", 400, problems(reply.body))

    def attached(self, invoice_id: str) -> Sequence[str]:
        """The names of the files attached to it."""
        path = _below(invoice_id, "Attachments")
        reply = self._client.find(path)
        found = _list(path, reply.body, "Attachments") if reply is not None else []
        return [str(look(one, "FileName") or "") for one in found]

    def attach(self, invoice_id: str, name: str, document: Document, key: str) -> None:
        """Attach a file, in place of one of this name; raises XeroRejected."""
        files = _below(invoice_id, "Attachments")
        path = f"{files}/{quote(name, safe='')}"
        reply = self._client.write(
            "PUT", path, document.content, key=key, query={}, content_type=document.content_type
        )
        if look(reply.body, "Elements"):
            # Not the path: the name of the file may be that of a customer.
            raise XeroRejected(f"PUT {files}", 400, problems(reply.body))


def _below(invoice_id: str, name: str) -> str:
    return f"{traits('Invoice').path}/{quote(invoice_id, safe='')}/{name}"


def _list(path: str, body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = look(body, name)
    if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
        raise UnreadableAnswer(f"GET {path}", f"it has no list {name}")
    return found
