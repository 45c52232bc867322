"""PUT and POST: elements out of a body, saved one by one, reported the way Xero does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import simplejson

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import (
    Answer,
    Invalid,
    day_text,
    enveloped,
    post_data_invalid,
    validation,
)
from xtiger.sandbox.accounting.kinds import NO_ID, Context, Kind, Saving
from xtiger.sandbox.accounting.shapes import day
from xtiger.sandbox.accounting.xmlbody import read_xml
from xtiger.sandbox.state import Raw

_DAYS = frozenset(("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"))


#: What says that an element has errors.
_FLAGS = {
    "Contacts": "HasValidationErrors",
    "Payments": "HasValidationErrors",
    "Invoices": "HasErrors",
    "CreditNotes": "HasErrors",
}


@dataclass(slots=True)
class _Result:
    #: The stored object, or the echo of what was sent.
    raw: Raw
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def elements(kind: Kind, body: bytes) -> list[Raw]:
    """Return the elements of a body: a bare object, or a list under the endpoint's name.

    Raises Refused (PostDataInvalidException, 14) for what cannot be read or holds none.
    """
    singular = kind.id_field.removesuffix("ID")
    return rows_of(body, kind.plural, singular, kind.rows)


def rows_of(
    body: bytes, plural: str, singular: str, own_lists: frozenset[str] = frozenset()
) -> list[Raw]:
    """Return the elements of a body under a name; `own_lists` are lists that an element holds."""
    found = _content(body)
    if isinstance(found, dict) and plural in found:
        found = found[plural]
    elif isinstance(found, dict) and not _bare(found, own_lists):
        found = []
    rows = found if isinstance(found, list) else [found]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise post_data_invalid(messages.NO_DATA.replace("Invoice", singular))
    return rows


def _content(body: bytes) -> Any:
    # An XML body says so by its first sign; clients are not always so clear in Content-Type.
    if body.lstrip()[:1] == b"<":
        return read_xml(body)
    try:
        return simplejson.loads(body.decode("utf-8"), use_decimal=True)
    except ValueError as error:
        raise post_data_invalid(f"The request body is not valid JSON: {error}") from None


def _bare(found: Raw, own_lists: frozenset[str]) -> bool:
    """An object that wraps some other list is no element of this endpoint."""
    lists = {name for name, value in found.items() if isinstance(value, list)}
    return bool(found) and not (len(found) == 1 and lists - own_lists)


def write(
    context: Context, kind: Kind, rows: list[Raw], saving: Saving, *, summarise: bool
) -> Answer:
    """Save the elements in order; the good ones stay saved when others fail.

    `summarise`: 400 with the failed elements only; else 200 with all of them, each with its
    StatusAttributeString.
    """
    if not kind.batches and len(rows) > 1:
        raise post_data_invalid(messages.OWN_ONE_PER_REQUEST)
    results = [_save(context, kind, row, saving, place) for place, row in enumerate(rows)]
    failed = [result for result in results if result.errors]
    if failed and summarise:
        return validation([_failed(kind, result) for result in failed])
    shown = [_shown(context, kind, result, summarise=summarise) for result in results]
    content: Raw = {kind.plural: shown}
    warnings = [text for result in results for text in result.warnings]
    if warnings and kind.plural == "Contacts":  # a contact has no place for its own warnings
        content["Warnings"] = _messages(warnings)
    return enveloped(context.new_id, context.now, content)


def _save(context: Context, kind: Kind, row: Raw, saving: Saving, place: int) -> _Result:
    try:
        with context.state.transaction():
            if place == context.refused_element:
                raise Invalid([messages.OWN_FAULT])
            raw, warnings = kind.save(context, row, saving)
    except Invalid as error:
        echo = _echo(row)
        # An echo carries an id that means nothing when the element has none of its own.
        invented = context.new_id() if kind.plural == "Invoices" else NO_ID
        echo.setdefault(kind.id_field, saving.path_id or invented)
        return _Result(echo, errors=error.errors)
    return _Result(raw, warnings=warnings)


def _echo(row: Raw) -> Raw:
    """Return what was sent as Xero repeats it: days in its own form, nulls left out."""
    echo = {name: value for name, value in row.items() if value is not None}
    for name in _DAYS & echo.keys():
        sent = day(echo[name])
        echo[name] = day_text(sent)
        if "Amount" not in row:  # a payment repeats no text of its day
            echo[f"{name}String"] = f"{sent}T00:00:00"
    return echo


def _failed(kind: Kind, result: _Result) -> Raw:
    flag = _FLAGS.get(kind.plural)
    extra = {flag: True} if flag else {}
    return result.raw | extra | {"ValidationErrors": _messages(result.errors)}


def _shown(context: Context, kind: Kind, result: _Result, *, summarise: bool) -> Raw:
    if result.errors:
        return _failed(kind, result) | {"StatusAttributeString": "ERROR"}
    shown = kind.render(context, result.raw, "full")
    if summarise and not result.warnings:
        return shown
    if kind.batches:
        shown["StatusAttributeString"] = "WARNING" if result.warnings else "OK"
    if result.warnings and kind.plural != "Contacts":
        shown["Warnings"] = _messages(result.warnings)
    return shown


def _messages(texts: list[str]) -> list[Raw]:
    return [{"Message": text} for text in texts]
