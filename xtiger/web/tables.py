"""The table of a page as the template draws it: where its links lead, and who sees its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

from flask import url_for

from xtiger.hookspecs import PAGE_ROWS, CrmLink, PageLink, XeroLink
from xtiger.i18n.harmless import csv_text, is_address
from xtiger.model.records import Ref

if TYPE_CHECKING:
    from xtiger.hookspecs import PageAction, PageSpec, RowDetail, RowLink, TablePage
    from xtiger.web.site import Site

#: Pages of the library itself → endpoint.
_OWN = {"overview": "xtiger.overview", "plan": "xtiger.plan"}
#: The name of a page's number in its address.
PAGE = "p"
#: A cell that breaks no line: short words, or an id.
_SHORT, _ID = 24, 40


@dataclass(frozen=True, slots=True)
class Way:
    """A link as it is drawn."""

    label: str
    address: str
    #: Whether it leaves this site, in a window of its own.
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is drawn."""

    #: Of its column, in the language of the page: where each row is a card.
    label: str
    text: str
    way: Way | None
    #: What stands beneath it, of columns that have no place of their own.
    beneath: tuple[str, ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether it breaks no line."""
        return all(len(text) < (_SHORT if " " in text else _ID) for text in self.texts)

    @property
    def texts(self) -> tuple[str, ...]:
        """All that stands in it."""
        return tuple(text for text in (self.text, *self.beneath) if text)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is drawn."""

    cells: tuple[Cell, ...]
    #: What its buttons are about, for who does not see the row.
    name: str
    detail: RowDetail
    ways: tuple[Way, ...]
    actions: tuple[PageAction, ...]


class Tables:
    """Draws the tables of one request."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pages: Mapping[str, PageSpec] = {one.name: one for one in site.xt.panels.pages()}
        self._short_codes = {one.id: one.short_code for one in site.connections()}

    def spec(self, name: str) -> PageSpec | None:
        """The page of an extension; None where none brings it."""
        return self._pages.get(name)

    def may(self, action: PageAction | None) -> bool:
        """Whether the user of this request presses this button; one that is not there is new."""
        rights = {
            "configure": self._site.may_configure,
            "release": self._site.may_release,
            "read": self._site.may_read,
        }
        return rights[action.right if action is not None else "configure"]()

    def lines(
        self, spec: PageSpec, table: TablePage, shown: Sequence[tuple[tuple[str, ...], RowDetail]]
    ) -> list[Line]:
        """These rows of a table, with what leads on from them and the buttons of this user."""
        offered = tuple(one for one in spec.actions if self.may(one) and not one.of_page)
        return [self._line(table, cells, detail, offered) for cells, detail in shown]

    def ways(self, links: Sequence[RowLink]) -> tuple[Way, ...]:
        """Those of the links that lead anywhere."""
        return tuple(way for link in links for way in [self._way(link)] if way is not None)

    def _line(
        self,
        table: TablePage,
        cells: tuple[str, ...],
        detail: RowDetail,
        offered: tuple[PageAction, ...],
    ) -> Line:
        columns = {link.column: way for link in detail.links for way in [self._way(link)] if way}
        shown = tuple(self._cells(table, cells, columns))
        place = table.columns.index(table.named_by) if table.named_by in table.columns else 0
        beside = [link for link in detail.links if not link.column]
        wanted = detail.actions
        return Line(
            shown,
            cells[place] if cells else "",
            detail,
            self.ways(beside),
            tuple(one for one in offered if detail.key and (wanted is None or one.name in wanted)),
        )

    def _cells(
        self, table: TablePage, cells: tuple[str, ...], columns: Mapping[str, Way]
    ) -> Iterator[Cell]:
        texts = dict(zip(table.columns, cells, strict=True))
        for column in own_columns(table):
            below = tuple(texts[one] for one in _below(table, column) if texts[one])
            way = columns.get(column) if texts[column] else None
            yield Cell(self._site.words.translate(column), texts[column], way, below)

    def _way(self, link: RowLink) -> Way | None:
        label = self._site.words.translate(link.label)
        if isinstance(link, PageLink):
            known = link.page in _OWN or link.page in self._pages
            return Way(label, page_address(link)) if known else None
        if isinstance(link, XeroLink):
            short_code = self._short_codes.get(link.connection_id, "")
            address = self._site.xero_address(link.kind, link.xero_id, short_code)
            return None if address is None else Way(label, address, outside=True)
        return Way(label, self._crm_address(link))

    def _crm_address(self, link: CrmLink) -> str:
        address = self._site.xt.host.url(Ref(link.module, link.crm_id)) or ""
        if is_address(address):
            return address
        return url_for("xtiger.record", module=link.module, record_id=link.crm_id)


def own_columns(table: TablePage) -> list[str]:
    """The columns that are drawn: those with a place of their own that any row fills."""
    filled = {column for row in table.rows for column, _text in _filled(table, row)}
    return [
        column
        for column in table.columns
        if table.beneath.get(column) not in table.columns
        and ({column, *_below(table, column)} & filled or not table.rows)
    ]


def _filled(table: TablePage, row: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return ((column, text) for column, text in zip(table.columns, row, strict=True) if text)


def _below(table: TablePage, column: str) -> list[str]:
    return [one for one in table.columns if table.beneath.get(one) == column]


def page_address(link: PageLink) -> str:
    """Where a page of an extension is."""
    query = {key: value for key, value in link.query.items() if value}
    own = _OWN.get(link.page)
    address = url_for(own) if own else url_for("xtiger.page", name=link.page)
    found = f"{address}?{urlencode(query)}" if query else address
    return f"{found}#{link.anchor}" if link.anchor else found


def shown_page(
    table: TablePage, number: int
) -> tuple[Sequence[tuple[tuple[str, ...], RowDetail]], int, int | None, bool]:
    """(the rows of one page, its number, how many there are or None, whether another follows)."""
    if table.has_more is not None:
        return table.lines, number, None, table.has_more
    pages = max(1, ceil(len(table.rows) / PAGE_ROWS))
    number = min(number, pages)
    first = (number - 1) * PAGE_ROWS
    return table.lines[first : first + PAGE_ROWS], number, pages, number < pages


def file_of(site: Site, table: TablePage) -> bytes:
    """The table as a CSV file that the spreadsheets of the reader's country open by themselves."""
    columns = [site.words.translate(column) for column in table.columns]
    separator: Literal[",", ";"] = "," if site.words.name == "en" else ";"
    # Without the mark some take it for the letters of a single country.
    return csv_text(columns, table.rows, separator).encode("utf-8-sig")
