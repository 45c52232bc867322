"""The pages of one record: show, change, make new, delete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from xtiger.demo import invoice_lines
from xtiger.demo.database import will_write
from xtiger.demo.forms import Parsed, parse, shown
from xtiger.demo.models import RECEIVED, Invoice, Model, Payment
from xtiger.demo.screens import INVOICES, PAYMENTS, Screen, choices_for
from xtiger.demo.site import Site

STALE = (
    "Somebody else, or the sync, changed this record while you were editing it. "
    "Below is what is stored now: enter your change again."
)


@dataclass
class _Draft:
    """What a form page shows: typed values after a mistake, else the stored ones."""

    typed: Mapping[str, str]
    lines: list[invoice_lines.Typed] = field(default_factory=list)
    errors: Mapping[str, str] = field(default_factory=dict)


def show(site: Site, screen: Screen, record_id: int) -> str:
    """The page of one record."""
    with site.sessions() as session:
        return _page(site, session, screen, _get(session, screen, record_id))


def show_new(site: Site, screen: Screen) -> str:
    """The page for a new record, its number filled in."""
    with site.sessions() as session:
        record = screen.model()
        typed = {item.name: "" for item in screen.inputs}
        if screen.numbered:
            typed[screen.numbered[0]] = _next_number(session, screen)
        typed |= {"active": "1", "type": "Customer", "status": "Created", "currency": "GBP"}
        typed["rate"] = "1"
        if screen is PAYMENTS:
            typed |= {
                "status": RECEIVED,
                "mode": "Bank transfer",
                "invoice_id": request.args.get("invoice", ""),
            }
        lines = invoice_lines.blank() if screen is INVOICES else []
        return _page(site, session, screen, record, _Draft(typed, lines))


def save(site: Site, screen: Screen, record_id: int | None) -> str | tuple[str, int] | Response:
    """Take the form: back to the record, or the page again with what is wrong."""
    with site.sessions() as session, session.begin():
        will_write(session)
        record = _get(session, screen, record_id) if record_id else screen.model()
        if record_id and request.form.get("version") != str(record.version):
            flash(STALE, "bad")
            return _page(site, session, screen, record), 409
        choices = choices_for(session, record)
        parsed = parse(screen.inputs, request.form, choices)
        lines = invoice_lines.typed(request.form) if screen is INVOICES else []
        errors = {**parsed.errors, **_more_errors(session, screen, record, parsed)}
        new_lines, line_errors = invoice_lines.parse_lines(lines, choices)
        errors |= line_errors
        if errors:
            draft = _Draft(request.form, lines or invoice_lines.blank(), errors)
            if screen is not INVOICES:
                draft.lines = []
            return _page(site, session, screen, record, draft), 422
        if isinstance(record, Payment):
            _move(session, record, parsed.values["invoice_id"])
        for name, value in parsed.values.items():
            setattr(record, name, _stored(screen, name, value))
        if isinstance(record, Invoice):
            invoice_lines.apply(session, record, new_lines)
        session.add(record)
        session.flush()
        flash(f"{record} is saved.", "good")
        return redirect(_address(screen, record.id), 303)


def show_delete(site: Site, screen: Screen, record_id: int) -> str:
    """The page that asks before a record is deleted."""
    with site.sessions() as session:
        record = _get(session, screen, record_id)
        return render_template("demo/delete.html", screen=screen, record=record)


def delete(site: Site, screen: Screen, record_id: int) -> Response:
    """Delete a record that nothing else needs."""
    name = ""
    try:
        with site.sessions() as session, session.begin():
            record = _get(will_write(session), screen, record_id)
            name = str(record)
            session.delete(record)
    except IntegrityError:
        flash(
            f"{name} cannot be deleted: other records name it, such as invoices. "
            "Change or delete those first.",
            "bad",
        )
        return redirect(_address(screen, record_id), 303)
    flash(f"{name} is deleted.", "good")
    return redirect(url_for("crm.listing", slug=screen.slug), 303)


def _get(session: Session, screen: Screen, record_id: int) -> Model:
    record = session.get(screen.model, record_id)
    if record is None:
        abort(404)
    return record


def _address(screen: Screen, record_id: int) -> str:
    return url_for("crm.record", slug=screen.slug, record_id=record_id)


def _page(
    site: Site, session: Session, screen: Screen, record: Model, draft: _Draft | None = None
) -> str:
    if draft is None:
        values = {item.name: shown(getattr(record, item.name)) for item in screen.inputs}
        lines = invoice_lines.stored(record) if isinstance(record, Invoice) else []
        draft = _Draft(values, lines)
    # A record that the page must not write back: it is only shown.
    with session.no_autoflush:
        choices = choices_for(session, record)
        return render_template(
            "demo/record.html",
            screen=screen,
            record=record,
            draft=draft,
            choices=choices,
            line_choices=invoice_lines.goods(session) if screen is INVOICES else [],
            panel=site.panel(screen.module, str(record.id)) if record.id else None,
        )


def _move(session: Session, payment: Payment, invoice_id: int) -> None:
    """Let the money count for an invoice: it leaves the sums of the one that had it."""
    old = payment.invoice if payment.id else None
    if old is None or old.id != invoice_id:
        payment.invoice = session.get(Invoice, invoice_id)


def _stored(screen: Screen, name: str, value: Any) -> Any:
    kind = next(item.kind for item in screen.inputs if item.name == name)
    # The two amounts of an invoice's head are 0 where nothing is typed.
    return 0 if value is None and kind == "number" and screen is INVOICES else value


def _more_errors(
    session: Session, screen: Screen, record: Model, parsed: Parsed
) -> Mapping[str, str]:
    """What one field alone cannot tell."""
    if screen is not INVOICES:
        return {}
    values, errors = parsed.values, {}
    start, due = values.get("date"), values.get("due_date")
    if start and due and due < start:
        errors["due_date"] = "Due date is before the date. Please choose a later one."
    number = values.get("number")
    with session.no_autoflush:
        other = session.scalar(select(Invoice.id).where(Invoice.number == number))
    if number and other not in (None, record.id):
        errors["number"] = f"Another invoice has the number {number}. Please choose a free one."
    if values.get("currency") == "GBP" and values.get("rate") not in (None, 1):
        errors["rate"] = "Pounds for one unit must be 1 for GBP."
    if record.id and values.get("credits_id") == record.id:
        errors["credits_id"] = "An invoice cannot give itself back. Please choose another one."
    return errors


def _next_number(session: Session, screen: Screen) -> str:
    name, prefix = screen.numbered or ("", "")
    column = getattr(screen.model, name)
    used = session.scalars(select(column).where(column.startswith(prefix))).all()
    found = [re.fullmatch(rf"{prefix}(\d+)", text or "") for text in used]
    digits = [match[1] for match in found if match]
    highest = max((int(text) for text in digits), default=0)
    width = max((len(text) for text in digits), default=4)
    return f"{prefix}{highest + 1:0{width}d}"
