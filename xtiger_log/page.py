"""The page Xero Logs: outcomes as a table with a search form."""

from __future__ import annotations

from dataclasses import replace

from xtiger.errors import NeedsPerson
from xtiger.hookspecs import PageRequest, TablePage
from xtiger.i18n.failures import spoken_error
from xtiger.i18n.language import Language, language
from xtiger.ports import Context
from xtiger_log import groups, search
from xtiger_log.rows import COLUMNS

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
    found = context.outcomes(**wanted.filters())
    told = groups.grouped(context, found, search.names_of(context), "browser")
    rows = tuple(_in_words(group, words).cells(words) for group in told)
    return TablePage(TITLE, COLUMNS, rows, _note(wanted, len(found), words), form)


def _in_words(group: groups.LogGroup, words: Language) -> groups.LogGroup:
    """Rows in the language of the page; a sentence of the catalogue is in it already."""
    _ = words.translate
    return replace(
        group,
        rows=tuple(
            replace(row, result=_(row.result), action=_(row.action), sentence=_(row.sentence))
            for row in group.rows
        ),
    )


def _note(wanted: search.Search, count: int, words: Language) -> str:
    _ = words.translate
    if not count:
        return _("Nothing fits.") if wanted.offset == 0 else _("There are no rows on this page.")
    first, last = wanted.offset + 1, wanted.offset + count
    shown = words.sentence("Entries {first} to {last}, newest first.", first=first, last=last)
    if count < wanted.limit:
        return shown
    older = words.sentence("Older ones: page {page}.", page=wanted.offset // wanted.limit + 2)
    return f"{shown} {older}"
