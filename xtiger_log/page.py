"""The page Xero Logs: outcomes as a table with a search form."""

from __future__ import annotations

from xtiger.errors import NeedsPerson
from xtiger.failures import spoken_error
from xtiger.hookspecs import PageRequest, TablePage
from xtiger.i18n import language
from xtiger.ports import Context
from xtiger_log import search
from xtiger_log.rows import COLUMNS, cells

TITLE = "Xero Logs"
_FORM = (
    ("module", "Module"),
    ("result", "Result"),
    ("text", "Name or id"),
    ("from", "From day"),
    ("to", "To day"),
    ("run", "Run"),
    ("size", "Rows per page"),
    ("page", "Page"),
)


def load(context: Context, request: PageRequest) -> TablePage:
    """The page for one request; a field that cannot be read is explained above the table."""
    form = tuple((name, label, request.query.get(name, "")) for name, label in _FORM)
    try:
        wanted = search.from_form(request.query)
    except NeedsPerson as error:
        said = spoken_error(error, language(context.locale))
        return TablePage(TITLE, COLUMNS, (), said, form)
    found = search.rows(context, wanted, "browser")
    return TablePage(
        TITLE, COLUMNS, tuple(cells(row) for row in found), _note(wanted, len(found)), form
    )


def _note(wanted: search.Search, count: int) -> str:
    if not count:
        return "Nothing fits." if wanted.offset == 0 else "There are no rows on this page."
    shown = f"Rows {wanted.offset + 1} to {wanted.offset + count}, newest first."
    if count < wanted.limit:
        return shown
    return f"{shown} Older ones: page {wanted.offset // wanted.limit + 2}."
