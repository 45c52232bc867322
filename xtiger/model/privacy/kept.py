"""What is stored of persons, and for how long, as an overview shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """One sort of what is stored."""

    #: What it is, as a sentence without its full stop; it is translated where it is shown.
    what: str
    #: How long, where it is no number of days.
    until: str = ""
    #: Days after which it goes; 0 where `until` says it.
    days: int = 0
    #: The one result of the log's rows that these days are for; "" for all others.
    result: str = ""


#: The log, whose times are settings, and what undo needs.
LOG = "The log: each record's name, its result, its old and new values"
UNDONE_BY = "What runs overwrote on both sides, so that they can be undone"
#: What else the store itself keeps.
OF_STORE = (
    Kept(
        "The last seen copy of each record of both sides, and what both agreed on",
        "as long as the organisation is connected and the links are kept",
    ),
    Kept(
        "Which record of the CRM belongs to which of Xero: ids without names",
        "until the link is taken away",
    ),
    Kept(
        "Plans that wait for a release, decisions, holds and the choices of the panel",
        "until the next one takes their place",
    ),
    Kept(
        "Reports by mail: text until the mail server took it, then address and subject",
        "until the person is erased",
    ),
    Kept(
        "What happened to invoices in Xero: number and amounts without names",
        "as long as the organisation is connected and the links are kept",
    ),
)
