"""GET on a list: filters, order, pages and how much of each object is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from xtiger.sandbox.accounting.envelope import (
    Answer,
    Refused,
    enveloped,
    milliseconds,
    problem,
    query_parse,
)
from xtiger.sandbox.accounting.filters import comparable, parse_where, value_of
from xtiger.sandbox.accounting.kinds import Context, Kind, View, folded
from xtiger.sandbox.state import Raw

_DEFAULT_SIZE = 100
_LARGEST_SIZE = 1000


def read_list(
    context: Context, kind: Kind, query: Mapping[str, str], modified_since: str
) -> Answer:
    """Answer GET /X; `query` has lower-case names."""
    rows = _selected(context, kind, query, modified_since)
    rows = _ordered(context, kind, rows, query.get("order", ""))
    summary = kind.paged and query.get("summaryonly", "").lower() == "true"
    forced = summary or "statuses" in query or kind.always_paged
    if not (kind.paged and (forced or "page" in query or "pagesize" in query)):
        view: View = "list" if kind.paged and "ids" not in query else "full"
        return _answer(context, kind, rows, view, {})
    page, size = _page(query)
    if not kind.sized:
        size = _DEFAULT_SIZE
    count = len(rows)
    pagination = {
        "page": page,
        "pageSize": size,
        "pageCount": -(-count // size),
        "itemCount": count,
    }
    rows = rows[(page - 1) * size : page * size]
    view = "summary" if summary else "full"
    # Xero leaves the pagination object out of summaries.
    paged = kind.sized and not summary
    return _answer(context, kind, rows, view, {"pagination": pagination} if paged else {})


def _answer(context: Context, kind: Kind, rows: list[Raw], view: View, beside: Raw) -> Answer:
    shown = [kind.render(context, row, view) for row in rows]
    return enveloped(context.new_id, context.now, beside | {kind.plural: shown})


def _page(query: Mapping[str, str]) -> tuple[int, int]:
    """Return page and size; what is out of range is clamped without a word."""
    try:
        page = int(query.get("page") or 1)
        size = int(query.get("pagesize") or _DEFAULT_SIZE)
    except ValueError:
        raise query_parse("page and pageSize must be whole numbers") from None
    return max(page, 1), min(max(size, 1), _LARGEST_SIZE)


def _selected(
    context: Context, kind: Kind, query: Mapping[str, str], modified_since: str
) -> list[Raw]:
    rows = context.all(kind.plural)
    for parameter, field in (kind.lists or {}).items():
        if query.get(parameter.lower()):
            wanted = {folded(part.strip()) for part in query[parameter.lower()].split(",")}
            rows = [row for row in rows if folded(str(row.get(field, ""))) in wanted]
    for parameter, field, sign in kind.filters:
        if limit := query.get(parameter.lower()):
            rows = [row for row in rows if _passes(row.get(field), sign, limit)]
    if kind.hidden and query.get("includearchived", "").lower() != "true":
        field, values = kind.hidden
        rows = [row for row in rows if row[field] not in values]
    if kind.modified_since and modified_since:
        since = _since(modified_since)
        rows = [row for row in rows if row["UpdatedDateUTC"] >= since]
    if kind.plural == "Invoices" and query.get("createdbymyapp", "").lower() == "true":
        rows = [row for row in rows if row.get("app") == context.app]
    if query.get("searchterm"):
        term = folded(query["searchterm"])
        rows = [row for row in rows if any(term in folded(row.get(n) or "") for n in kind.searched)]
    # Endpoints with filters of their own have no where.
    if query.get("where") and not kind.filters:
        matches = parse_where(query["where"], kind.fields)
        rows = [row for row in rows if matches(partial(value_of, context, row))]
    return rows


def _passes(value: str | None, sign: str, wanted: str) -> bool:
    if value is None:
        return False
    if sign == "==":
        return folded(value) == folded(wanted)
    # Days compare as text.
    return value >= wanted[:10] if sign == ">=" else value <= wanted[:10]


def _since(text: str) -> int:
    """Return milliseconds of If-Modified-Since: UTC, whole seconds, no zone; or an HTTP date."""
    if text.endswith("GMT"):
        with suppress(ValueError):
            return milliseconds(parsedate_to_datetime(text).replace(tzinfo=dt.UTC))
    try:
        moment = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=dt.UTC)
    except ValueError:
        detail = "If-Modified-Since must look like 2026-01-31T23:59:59, in UTC and without zone."
        raise Refused(problem(412, "Precondition Failed", detail)) from None
    return milliseconds(moment)


def _ordered(context: Context, kind: Kind, rows: list[Raw], order: str) -> list[Raw]:
    """Sort by the asked fields, then by id; without order by UpdatedDateUTC, then id."""
    rows = sorted(rows, key=lambda row: str(row[kind.id_field]))
    terms = [term.split() for term in order.split(",") if term.strip()]
    if not terms:
        return sorted(rows, key=lambda row: row.get("UpdatedDateUTC", 0))
    names = {name.lower(): name for name in kind.fields}
    for term in reversed(terms):
        name = names.get(term[0].lower())
        direction = term[1].upper() if len(term) > 1 else "ASC"
        if name is None or len(term) > 2 or direction not in ("ASC", "DESC"):
            raise query_parse(f"No property or field '{' '.join(term)}' to order by")
        rows = sorted(
            rows,
            key=partial(_sort_key, context, name),
            reverse=direction == "DESC",
        )
    return rows


def _sort_key(context: Context, name: str, row: Raw) -> tuple[bool, Any]:
    value = value_of(context, row, name)
    return (value is not None, comparable(value) if value is not None else 0)
