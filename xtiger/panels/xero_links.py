"""Addresses at Xero: of a record in the right organisation, and of a new organisation."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from xtiger.rules.contact_persons import contact_of
from xtiger.rules.kinds import nature

_LOGIN = "https://go.xero.com/organisationlogin/default.aspx"
_SIGNUP = "https://www.xero.com/signup/"


def signup_url(xtid: str = "") -> str:
    """Where somebody without an organisation gets one at Xero.

    `xtid` is the app's referral id, by which Xero knows who sent them.
    Source: developer.xero.com, Tracking referrals to Xero.
    """
    return f"{_SIGNUP}?{urlencode({'xtid': xtid})}" if xtid else _SIGNUP


def view_url(
    kind: str, xero_id: str, short_code: str, type: str = "", *, xtid: str = ""
) -> str | None:
    """Where a record opens in Xero; None for a kind without page, or without short code.

    `short_code` is the organisation's, such as "!1lqVQ"; without it people would land in
    whichever organisation is open. `type` as Xero has it: ACCPAY opens the bill's page. `xtid` is
    the app's referral id, which Xero wants on each link to it; "" for none.
    """
    row = nature(kind)
    page = row.pages.get(type) or row.pages.get("")
    if not page or not short_code or not xero_id:
        return None
    # A person is shown on the page of its contact.
    shown = contact_of(xero_id) if row.part_of else xero_id
    target = page.format(id=quote(shown, safe=""))
    # "!" begins every short code and must stay as it is.
    # In front of the page, whose own parameters end the address.
    referral = f"{urlencode({'xtid': xtid})}&" if xtid else ""
    return f"{_LOGIN}?{referral}shortcode={quote(short_code, safe='!')}&redirecturl={target}"
