"""How an invoice reached its customer, for its panel: rows, buttons, and what a button came to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from xtiger.hookspecs import PanelRow
from xtiger.i18n.harmless import is_address
from xtiger.i18n.language import Language
from xtiger.model.customers.deliveries import CustomerResult, Delivery, ResultCode
from xtiger.panels.panel import PanelButton

#: Buttons of an approved invoice of a sale.
ONLINE_ACTION: Final = "xtiger.online"
SEND_ACTION: Final = "xtiger.send"
OPENED_ACTION: Final = "xtiger.opened"
CUSTOMER_ACTIONS: Final = (ONLINE_ACTION, SEND_ACTION, OPENED_ACTION)

#: What came of it → the sentence.
SAID: Final[Mapping[ResultCode, str]] = MappingProxyType(
    {
        "online": "The customer opens it at {url}",
        "no_online": "Xero has no online address for it.",
        "sent": "Xero sends it to the customer. Xero sends at most 1,000 e-mails a day, 20 in a "
        "trial and none of a demo company.",
        "sent_before": "It was sent already, and is not sent again.",
        "sending": "It is being sent right now.",
        "send_unknown": "Xero did not answer whether it was sent. Wait three minutes, then ask "
        "again.",
        "refused": "Xero did not send it: {detail} Xero sends at most 1,000 e-mails a day, 20 in a "
        "trial and none of a demo company.",
        "opened": "The customer opened it on {day}.",
        "not_seen": "Its history in Xero does not say that the customer opened it. That proves "
        "nothing.",
        "not_connected": "No Xero organisation is connected",
        "not_in_xero": "It is not in Xero yet. Sync it first.",
        "not_approved": "It is not approved in Xero yet. Approve it first.",
        "no_sale": "That is possible for invoices of sales only.",
    }
)


def said_result(result: CustomerResult, words: Language, now: datetime) -> str:
    """What a person reads of what came of a button."""
    detail = f"{result.detail.rstrip('.')}." if result.detail else ""
    day = words.day(result.at.date(), now) if result.at is not None else ""
    return words.sentence(SAID[result.code], url=result.url, detail=detail, day=day)


def delivery_rows(one: Delivery | None, now: datetime, words: Language) -> list[PanelRow]:
    """The online address, when it was sent from here, and when it was opened."""
    _ = words.translate
    if one is None:
        return []
    rows = []
    if one.online_url:
        link = one.online_url if is_address(one.online_url) else ""
        rows.append(PanelRow(_("Online invoice"), one.online_url, link=link))
    if one.sent_times and one.sent_at is not None:
        rows.append(PanelRow(_("Sent from Xero"), words.ago(one.sent_at, now)))
    if one.opened_at is not None:
        rows.append(PanelRow(_("Opened by the customer"), words.ago(one.opened_at, now)))
    elif one.looked_at is not None:
        said = words.sentence("not known, as of {ago}", ago=words.ago(one.looked_at, now))
        rows.append(PanelRow(_("Opened by the customer"), said))
    return rows


def delivery_buttons(
    one: Delivery | None, words: Language, *, is_sent: bool, is_open: bool
) -> list[PanelButton]:
    """What a person may ask of an approved invoice of a sale."""
    _, known = words.translate, one or Delivery("")
    buttons = [] if known.online_url else [PanelButton(ONLINE_ACTION, _("Online invoice"))]
    label = _("Send again from Xero") if known.sent_times else _("Send from Xero")
    # A form that was sent twice names the same number, and the second one is none any more.
    buttons.append(PanelButton(SEND_ACTION, label, f"{known.sent_times}"))
    if is_open and (is_sent or known.sent_times) and known.opened_at is None:
        buttons.append(PanelButton(OPENED_ACTION, _("Was it opened?")))
    return buttons
