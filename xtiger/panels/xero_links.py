"""Addresses that open a record in Xero, in the right organisation."""

from __future__ import annotations

from urllib.parse import quote

from xtiger.rules.contact_persons import contact_of
from xtiger.rules.kinds import nature

_LOGIN = "https://go.xero.com/organisationlogin/default.aspx"


def view_url(kind: str, xero_id: str, short_code: str, type: str = "") -> str | None:
    """Where a record opens in Xero; None for a kind without page, or without short code.

    `short_code` is the organisation's, such as "!1lqVQ"; without it people would land in
    whichever organisation is open. `type` as Xero has it: ACCPAY opens the bill's page.
    """
    row = nature(kind)
    page = row.pages.get(type) or row.pages.get("")
    if not page or not short_code or not xero_id:
        return None
    # A person is shown on the page of its contact.
    shown = contact_of(xero_id) if row.part_of else xero_id
    target = page.format(id=quote(shown, safe=""))
    # "!" begins every short code and must stay as it is.
    return f"{_LOGIN}?shortcode={quote(short_code, safe='!')}&redirecturl={target}"
