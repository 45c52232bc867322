"""The Xero Information panel of a record: what stands in it, and the HTML of it.

`build_panel` decides from plain data; `Panel.html` draws it. A host that makes its own
screens takes `Panel.as_dict` instead.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from xtiger.hookspecs import PanelRow, RecordAction
from xtiger.i18n import Language, language
from xtiger.links import Connection, Link
from xtiger.plans import Outcome

PanelState = Literal["ok", "waiting", "held", "off", "none"]

#: Roles of the fields that the panel edits.
ALLOW_SYNC = "xtiger.allow_sync"
STATUS = "xtiger.status"
INVOICE_TYPE = "xtiger.invoice_type"
#: What a person may choose as Xero Status; "" leaves it to the mapping.
STATUSES = ("", "DRAFT", "SUBMITTED", "AUTHORISED")
INVOICE_TYPES = ("Invoice", "Bill", "Receipt")
#: The sign in front of the state, so that it does not depend on colour.
SIGNS: Mapping[PanelState, str] = {
    "ok": "●", "waiting": "◌", "held": "▲", "off": "○", "none": "○",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PanelMessage:
    """Something that a person should know: what happened, what to do, and its code."""

    text: str
    fix: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class PanelButton:
    """A button; pressing it posts its name as `action`."""

    name: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFacts:
    """Everything that a panel is decided from."""

    module: str
    record_id: str
    #: Aware UTC.
    now: datetime
    locale: str = "en"
    #: None where nothing is connected.
    connection: Connection | None = None
    link: Link | None = None
    #: The Xero element as last seen, numbers as Decimal.
    shadow: Mapping[str, Any] | None = None
    #: The newest outcome of the record, with what happened and what to do next.
    outcome: Outcome | None = None
    sentences: tuple[str, str] = ("", "")
    allow_sync: bool = True
    #: A change of the record is marked and not sent yet.
    waiting: bool = False
    #: The record's own choice of STATUSES; None for modules without one.
    xero_status: str | None = None
    #: One of INVOICE_TYPES; None for modules without one.
    invoice_type: str | None = None
    #: The address of the record in Xero; None leaves the link out.
    view_url: str | None = None
    #: Where the web layer is mounted in the host, such as "/crm".
    url_prefix: str = ""
    #: The address that the panel's form posts to; "" is the one of the web layer.
    action_url: str = ""
    #: What extensions add.
    rows: Sequence[PanelRow] = ()
    actions: Sequence[RecordAction] = ()
    #: Sentences about extensions whose rows or buttons could not be shown.
    problems: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel as data; `html` draws it."""

    title: str
    state: PanelState
    #: The state in one line.
    badge: str
    rows: tuple[PanelRow, ...]
    messages: tuple[PanelMessage, ...]
    actions: tuple[PanelButton, ...]
    module: str
    record_id: str
    action_url: str
    locale: str = "en"
    #: The address of the record in Xero; None where it has none.
    view_url: str | None = None
    #: The address of the style sheet; "" where the host's page has it already.
    style_url: str = ""
    #: Sentences about extensions that could not be shown.
    problems: tuple[str, ...] = ()
    #: The host's templates, asked before ours.
    loader: jinja2.BaseLoader | None = field(default=None, repr=False, compare=False)

    def with_loader(self, loader: jinja2.BaseLoader) -> Panel:
        """The same panel, drawn with the host's own templates where it has them."""
        return replace(self, loader=loader)

    def as_dict(self) -> dict[str, Any]:
        """The panel as lists, dicts and text that any JSON writer takes."""
        return {
            "title": self.title,
            "state": self.state,
            "badge": self.badge,
            "rows": [
                {
                    "label": row.label,
                    "value": row.value,
                    "link": row.link,
                    "edits": row.edits,
                    "choices": [{"value": v, "label": label} for v, label in row.choices],
                    "widget": row.widget,
                }
                for row in self.rows
            ],
            "messages": [{"text": m.text, "fix": m.fix, "code": m.code} for m in self.messages],
            "actions": [{"name": a.name, "label": a.label} for a in self.actions],
            "module": self.module,
            "record_id": self.record_id,
            "action_url": self.action_url,
            "view_url": self.view_url,
            "style_url": self.style_url,
            "problems": list(self.problems),
        }

    def html(self, csrf: str = "", next_url: str = "") -> Markup:
        """The panel as HTML that works without JavaScript; everything in it is escaped.

        `csrf` is the token of the web layer's session; `next_url` is where the browser goes
        after a post, by default the page that it came from.
        """
        page = (
            _environment(self.loader)
            .get_template("xtiger/panel.html")
            .render(
                panel=self,
                sign=SIGNS[self.state],
                csrf=csrf,
                next_url=next_url,
                _=language(self.locale).translate,
            )
        )
        # Safe: the template above escapes each value.
        return Markup(page)  # noqa: S704


# Reading the template is the dear part, and it gives the same each time.
@functools.lru_cache(maxsize=8)
def _environment(loader: jinja2.BaseLoader | None) -> jinja2.Environment:
    ours = jinja2.PackageLoader("xtiger", "templates")
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([loader, ours] if loader else [ours]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


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


def build_panel(facts: PanelFacts) -> Panel:
    """The panel of one record."""
    words = language(facts.locale)
    state, badge = _state(facts, words)
    return Panel(
        title=words.translate("Xero Information"),
        state=state,
        badge=badge,
        rows=(*_own_rows(facts, words), *(_safe(row) for row in facts.rows)),
        messages=_messages(facts, state, words),
        actions=tuple(
            PanelButton(action.name, words.translate(action.label)) for action in facts.actions
        ),
        module=facts.module,
        record_id=facts.record_id,
        action_url=facts.action_url or _action_url(facts),
        style_url=f"{facts.url_prefix}/xt/static/xtiger.css",
        locale=words.name,
        view_url=facts.view_url if facts.link else None,
        problems=tuple(facts.problems),
    )


def _action_url(facts: PanelFacts) -> str:
    module, record_id = quote(facts.module, safe=""), quote(facts.record_id, safe="")
    return f"{facts.url_prefix}/modules/XTiger/panel/{module}/{record_id}"


def _safe(row: PanelRow) -> PanelRow:
    # A value from either side may end up as a link; javascript: must not run in the host's page.
    if row.link is None or row.link.startswith(("https://", "http://", "/")):
        return row
    return replace(row, link=None)


def _state(facts: PanelFacts, words: Language) -> tuple[PanelState, str]:
    _ = words.translate
    result = facts.outcome.result if facts.outcome else ""
    if facts.connection is None:
        return "none", _("No Xero organisation is connected")
    if facts.connection.state == "ended":
        return "held", words.sentence(
            "The connection to {name} has ended", name=facts.connection.name
        )
    if not facts.allow_sync or result == "excluded":
        return "off", _("Not selected for Xero")
    if facts.waiting:
        return "waiting", _("Changed, waits for the next sync")
    troubles: dict[str, str] = {
        "held": _("Held: not sent to Xero"),
        "conflict": _("Changed on both sides: you decide"),
        "failed": _("Not sent: Xero refused it"),
        "skipped": _("Skipped"),
    }
    if result in troubles:
        return "held", troubles[result]
    if facts.link is None:
        return "none", _("Not in Xero yet")
    if facts.link.state == "orphan":
        return "held", _("Gone in Xero")
    return "ok", _in_step(facts, words)


def _in_step(facts: PanelFacts, words: Language) -> str:
    shadow = facts.shadow or {}
    parts = [words.translate("In step with Xero")]
    parts += [str(shadow[name]) for name in (*_NUMBERS, "Status") if shadow.get(name)]
    if facts.outcome and facts.outcome.at:
        parts.append(words.ago(facts.outcome.at, facts.now))
    return " · ".join(parts)


#: Where Xero keeps what people call the number of a record.
_NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "AccountNumber", "Code")


def _own_rows(facts: PanelFacts, words: Language) -> list[PanelRow]:
    _ = words.translate
    rows = [
        PanelRow(_("Allow XTiger Sync"), "1" if facts.allow_sync else "", edits=ALLOW_SYNC,
                 widget="checkbox")
    ]  # fmt: skip
    if facts.invoice_type is not None:
        rows.append(_type_row(facts, words))
    if facts.xero_status is not None:
        names = {"": _("As mapped"), "DRAFT": _("Draft"), "SUBMITTED": _("Awaiting approval"),
                 "AUTHORISED": _("Approved")}  # fmt: skip
        choices = tuple((value, names[value]) for value in STATUSES)
        rows.append(
            PanelRow(_("Xero Status"), facts.xero_status, edits=STATUS, choices=choices,
                     widget="choice")
        )  # fmt: skip
    shadow = facts.shadow or {}
    number = next((str(shadow[name]) for name in _NUMBERS if shadow.get(name)), "")
    if facts.link and number:
        rows.append(PanelRow(_("Number in Xero"), number))
    rows += _money_rows(facts, words)
    return rows


def _type_row(facts: PanelFacts, words: Language) -> PanelRow:
    _ = words.translate
    names = {"Invoice": _("Invoice"), "Bill": _("Bill"), "Receipt": _("Receipt")}
    chosen = facts.invoice_type or "Invoice"
    if facts.link is not None:
        # The type of a document cannot change once it is in Xero.
        return PanelRow(_("Xero Invoice Type"), names.get(chosen, chosen))
    choices = tuple((name, names[name]) for name in INVOICE_TYPES)
    return PanelRow(_("Xero Invoice Type"), chosen, edits=INVOICE_TYPE, choices=choices,
                    widget="choice")  # fmt: skip


def _money_rows(facts: PanelFacts, words: Language) -> list[PanelRow]:
    shadow = facts.shadow or {}
    due, total = _decimal(shadow.get("AmountDue")), _decimal(shadow.get("Total"))
    if due is None or total is None or facts.link is None:
        return []
    fallback = facts.connection.base_currency if facts.connection else ""
    currency = str(shadow.get("CurrencyCode") or fallback)
    text = words.sentence(
        "{due} of {total}", due=words.money(due, currency), total=words.amount(total, currency)
    )
    paid = _decimal(shadow.get("AmountPaid"))
    if paid:
        on = _last_payment(shadow)
        values = {"amount": words.amount(paid, currency)}
        text += " · " + (
            words.sentence("paid {amount} on {day}", **values, day=words.day(on, facts.now))
            if on
            else words.sentence("paid {amount}", **values)
        )
    return [PanelRow(words.translate("Due"), text)]


def _last_payment(shadow: Mapping[str, Any]) -> date | None:
    days = [_xero_day(payment.get("Date")) for payment in shadow.get("Payments") or ()]
    return max((day for day in days if day is not None), default=None)


def _xero_day(value: object) -> date | None:
    """A day from an ISO date or Xero's /Date(1762128000000+0000)/; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value or "")
    try:
        if text.startswith("/Date("):
            milliseconds = int(text[6:].partition(")")[0].partition("+")[0])
            # Counted from 1970 by hand: days before it are negative, which fromtimestamp refuses.
            return date(1970, 1, 1) + timedelta(milliseconds=milliseconds)
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _decimal(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _messages(facts: PanelFacts, state: PanelState, words: Language) -> tuple[PanelMessage, ...]:
    _ = words.translate
    if facts.connection is None:
        return (PanelMessage(_("Nothing is sent before an organisation is connected."),
                             _("Ask your administrator to connect Xero."),
                             "not_connected"),)  # fmt: skip
    if facts.connection.state == "ended":
        return (PanelMessage(_("Nothing is lost: changes wait until it is connected again."),
                             _("Ask your administrator to connect Xero again."),
                             "connection_ended"),)  # fmt: skip
    if not facts.allow_sync:
        return ()
    outcome = facts.outcome
    if outcome is None or outcome.cause is None or not facts.sentences[0]:
        return ()
    if state in ("held", "waiting") or outcome.result == "excluded":
        return (PanelMessage(*facts.sentences, outcome.cause.code),)
    return ()
