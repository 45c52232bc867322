"""Which notices a change of an invoice gives, and what of its history says that it was opened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from xtiger.model.customers.document_money import DocumentMoney
from xtiger.model.customers.notices import NOTICE_EVENTS, NoticeEvent
from xtiger.rules.customers.document_money import INVOICES

#: The option of the mapping of invoices that names the notices that are given.
NOTICES: Final = "notices"
#: What that option says where none is given.
NO_NOTICES: Final = "none"
#: What an entry of Xero's history says when a customer saw the invoice online. Xero does not
#: document its words, so any of these will do.
_SEEN: Final = ("viewed", "opened")


def events_of(before: DocumentMoney | None, after: DocumentMoney) -> tuple[NoticeEvent, ...]:
    """What happened to an invoice of a sale; before None: it was not there before."""
    if after.kind != INVOICES or not after.sells:
        return ()
    old = before or DocumentMoney(after.kind, after.xero_id, total=after.total, left=after.total)
    if after.status == old.status == "PAID":
        return ()
    if after.status == "PAID":
        return ("paid",)
    if after.status == "VOIDED":
        return ("voided",) if old.status != "VOIDED" else ()
    if after.is_open and after.settled > old.settled:
        return ("part_paid",)
    return ()


def wanted_events(option: object) -> frozenset[NoticeEvent]:
    """The notices that are given by the option: all of them where it is not set."""
    if not isinstance(option, list | tuple) or not option:
        return frozenset(NOTICE_EVENTS)
    return frozenset(event for event in NOTICE_EVENTS if event in option)


def unknown_events(words: Collection[str]) -> list[str]:
    """Those of these words that name no notice."""
    return [word for word in words if word not in (*NOTICE_EVENTS, NO_NOTICES)]


def opened_at(entries: Iterable[tuple[Mapping[str, Any], datetime | None]]) -> datetime | None:
    """When the customer first opened an invoice, by entries of its history with their moments.

    None where nothing says so: that proves nothing, since Xero promises no entry.
    """
    return min((at for entry, at in entries if at is not None and _says_seen(entry)), default=None)


def _says_seen(entry: Mapping[str, Any]) -> bool:
    """Whether an entry says so; notes of people and names of files never do."""
    what = str(entry.get("Changes") or "").strip().lower()
    if what == "note" or what.startswith("attach"):
        return False
    words = f"{what} {entry.get('Details') or ''}".lower()
    return any(word in words for word in _SEEN)
