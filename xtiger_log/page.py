"""The page Xero Logs: outcomes as a table with a search form."""

from __future__ import annotations

from dataclasses import replace

from xtiger.errors import NeedsPerson
from xtiger.failures import spoken_error
from xtiger.hookspecs import PageRequest, TablePage
from xtiger.i18n import Language, language
from xtiger.ports import Context
from xtiger_log import search
from xtiger_log.rows import COLUMNS, LogRow, cells

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
    words = language(request.locale)
    try:
        wanted = search.from_form(request.query)
    except NeedsPerson as error:
        return TablePage(TITLE, COLUMNS, (), spoken_error(error, words), form)
    rows = (cells(_told(row, words)) for row in search.rows(context, wanted, "browser"))
    found = tuple(rows)
    return TablePage(TITLE, COLUMNS, found, _note(wanted, len(found), words), form)


def _told(row: LogRow, words: Language) -> LogRow:
    """A row in the language of the page; a sentence of the catalogue is in it already."""
    _ = words.translate
    return replace(row, result=_(row.result), action=_(row.action), sentence=_(row.sentence))


def _note(wanted: search.Search, count: int, words: Language) -> str:
    _ = words.translate
    if not count:
        return _("Nothing fits.") if wanted.offset == 0 else _("There are no rows on this page.")
    first, last = wanted.offset + 1, wanted.offset + count
    shown = words.sentence("Rows {first} to {last}, newest first.", first=first, last=last)
    if count < wanted.limit:
        return shown
    older = words.sentence("Older ones: page {page}.", page=wanted.offset // wanted.limit + 2)
    return f"{shown} {older}"
