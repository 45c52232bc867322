"""The page of notices: what happened to invoices in Xero, and when it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from xtiger.hookspecs import (
    PAGE_ROWS,
    CrmLink,
    PageRequest,
    PageSpec,
    RowDetail,
    RowLink,
    TablePage,
    XeroLink,
)
from xtiger.i18n.language import Language, language
from xtiger.model.customers.notices import Notice, NoticeEvent

if TYPE_CHECKING:
    from xtiger.ports import Context

TITLE: Final = "Notices"
COLUMNS: Final = ("When", "Invoice", "What happened", "Left to pay", "Total")
#: Event → what people read.
EVENT_WORDS: Final[Mapping[NoticeEvent, str]] = MappingProxyType(
    {
        "paid": "Paid",
        "part_paid": "Part paid",
        "overdue": "Overdue",
        "voided": "Voided",
        "opened": "Opened by the customer",
    }
)
#: Notices of one file.
_MOST: Final = 20_000


def page_of_notices() -> PageSpec:
    """The page; it has no button."""
    return PageSpec("notices", TITLE, load)


def load(context: Context, request: PageRequest) -> TablePage:
    """The notices, newest first."""
    words = language(request.locale)
    if request.whole:
        found = context.notices(limit=_MOST)
    else:
        # One more than is shown says whether there is another page.
        found = context.notices(PAGE_ROWS + 1, (request.number - 1) * PAGE_ROWS)
    shown = found if request.whole else found[:PAGE_ROWS]
    return TablePage(
        TITLE,
        COLUMNS,
        tuple(_cells(one, words) for one in shown),
        details=tuple(RowDetail(links=_links(one)) for one in shown),
        has_more=len(found) > len(shown),
        empty=words.translate("Nothing happened to an invoice yet."),
    )


def _cells(one: Notice, words: Language) -> tuple[str, ...]:
    return (
        f"{words.moment(one.at)} UTC",
        one.number or one.xero_id,
        words.translate(EVENT_WORDS[one.event]),
        words.money(one.left, one.currency),
        words.money(one.total, one.currency),
    )


def _links(one: Notice) -> tuple[RowLink, ...]:
    there = XeroLink(one.connection_id, "Invoice", one.xero_id)
    if one.ref is None:
        return (there,)
    return CrmLink(one.ref.module, one.ref.id, column="Invoice"), there
