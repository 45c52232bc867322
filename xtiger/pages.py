"""A page as data: its search, table, links and buttons; the web layer makes HTML of it.

Extensions take these names from `xtiger.hookspecs`, where the hook `pages` is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from xtiger.ports import Context

#: Rows of one page of a table.
PAGE_ROWS = 50
#: What a search field is entered with; a day is written like 2026-11-20 in the address.
Widget = Literal["text", "choice", "day", "checkbox", "hidden"]
#: As what a page is downloaded: for a spreadsheet, or a line of JSON for each row.
FileKind = Literal["csv", "lines"]
#: What a user must be allowed to press a button: see blueprint().
Right = Literal["configure", "release", "read"]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for one of the library's pages, freed from any web framework."""

    page: str
    #: What the search form sent; the page of a long table is `number`.
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    locale: str = "en"
    #: Which page of a long table is wanted, counted from 1.
    number: int = 1
    #: Whether every row that fits is wanted, for a file, in place of one page.
    whole: bool = False


@dataclass(frozen=True, slots=True)
class SearchField:
    """One field of a page's search form; what is entered stays in the address."""

    name: str
    label: str
    #: What is entered now; of a checkbox "1" or "".
    value: str = ""
    widget: Widget = "text"
    #: (value, label) of a choice; the first is usually ("", "All").
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CrmLink:
    """The way to a record of the CRM: its own page there, else its panel among these pages."""

    module: str
    crm_id: str
    #: The column whose text leads there; "" stands beside the row, with `label`.
    column: str = ""
    label: str = "CRM"


@dataclass(frozen=True, slots=True)
class XeroLink:
    """The way to a record in Xero; left out where Xero has no page for its kind."""

    connection_id: str
    kind: str
    xero_id: str
    column: str = ""
    label: str = "Xero"


@dataclass(frozen=True, slots=True)
class PageLink:
    """The way to a page of an extension; left out where no enabled one brings that page.

    `page` may be "overview" or "plan", too: the library's own.
    """

    label: str
    page: str
    query: Mapping[str, str] = field(default_factory=dict)
    column: str = ""
    #: The element of the page that it leads to; "" for its top.
    anchor: str = ""


RowLink = CrmLink | XeroLink | PageLink


@dataclass(frozen=True, slots=True)
class RowPart:
    """What a row unfolds: a small table of its own, such as the fields that changed."""

    #: In the language of the page, such as "3 fields".
    label: str
    #: Translated by the web layer.
    columns: tuple[str, ...]
    #: In the language of the page.
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class RowDetail:
    """What can be done with one row of a table."""

    #: How the buttons know the row; "" where none can do anything with it.
    key: str = ""
    links: tuple[RowLink, ...] = ()
    #: Names of the buttons that it offers; None offers all that the page has.
    actions: tuple[str, ...] | None = None
    part: RowPart | None = None


@dataclass(frozen=True, slots=True)
class PageAction:
    """A button for one row or all ticked rows of a page."""

    name: str
    label: str
    #: Carried out with the keys of the rows, which a browser sent: any text may be among them.
    #: Returns the sentence that the person reads, in the language of the request.
    run: Callable[[Context, PageRequest, Sequence[str]], str] = field(repr=False)
    #: Who sees it; everybody else is refused.
    right: Right = "configure"
    #: Whether it stands above the table and is about the whole page: then there are no keys.
    of_page: bool = False


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page as data: a table with a search form; the web layer makes HTML of it."""

    title: str
    #: Translated by the web layer, as the labels of fields, buttons and links are.
    columns: tuple[str, ...]
    #: In the language of the page.
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    #: A plain (name, label, value) is a field of text.
    search: tuple[SearchField | tuple[str, str, str], ...] = ()
    #: One for each row, in their order; () for a table that is only read.
    details: tuple[RowDetail, ...] = ()
    #: Column → the one beneath whose text its own stands, so that the table stays narrow.
    beneath: Mapping[str, str] = field(default_factory=dict)
    #: The column that names a row where its buttons are read aloud; "" is the first one.
    named_by: str = ""
    #: Whether there is a page after this one; None where `rows` are all that fit, which are
    #: then shown fifty at a time.
    has_more: bool | None = None
    #: Said in place of a table without rows, in the language of the page, and the ways on.
    empty: str = ""
    ways: tuple[PageLink, ...] = ()
    #: Why no file of these rows can be made, in the language of the page; "" where it can.
    no_file: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError where details belong to other rows."""
        if self.details and len(self.details) != len(self.rows):
            raise ValueError(f"{len(self.details)} details for {len(self.rows)} rows")

    @property
    def fields(self) -> tuple[SearchField, ...]:
        """The search form."""
        return tuple(
            one if isinstance(one, SearchField) else SearchField(*one) for one in self.search
        )

    @property
    def lines(self) -> tuple[tuple[tuple[str, ...], RowDetail], ...]:
        """Each row with what can be done with it."""
        details = self.details or (RowDetail(),) * len(self.rows)
        return tuple(zip(self.rows, details, strict=True))


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page that an extension adds; `load` answers its table."""

    name: str
    label: str
    load: Callable[[Context, PageRequest], TablePage] = field(repr=False)
    #: The buttons of its rows.
    actions: tuple[PageAction, ...] = ()
    #: Writes all rows that fit as a file, a part at a time, so that it may be of any length; None
    #: where a CSV is made of the table. It raises what cannot be read before its first part.
    file: Callable[[Context, PageRequest, FileKind], Iterator[str]] | None = field(
        default=None, repr=False
    )
    #: Whether the overview names it; not one that is about a record, which that record leads to.
    listed: bool = True


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An entry of the host's menu."""

    label: str
    page: str
