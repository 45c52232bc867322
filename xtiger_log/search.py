"""What a person looks for in the log, and where it is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast, get_args

from xtiger.errors import NeedsPerson
from xtiger.model.mailing.letters import MailedReport
from xtiger.model.plans import Face
from xtiger.model.runs import Flow, Outcome, OutcomeFilters
from xtiger.model.verbs import ResultName
from xtiger.ports import Context
from xtiger_log.rows import LogRow, log_row

RESULTS: tuple[str, ...] = get_args(ResultName)
#: Rows of a page when nothing else is asked.
PAGE_SIZE = 50
#: The ways that values move and that people look for; each takes in what went both ways.
FLOWS: tuple[Flow, ...] = ("to_xero", "to_crm")
#: Runs among which the one of a search is looked for.
RUNS_KNOWN = 200
#: What all but a record in step came to.
_CHANGED = tuple(name for name in get_args(ResultName) if name != "unchanged")
#: Entries of a file that are read at once: one of any length takes as much memory.
PART = 500
#: No log is longer.
_EVERYTHING = 2**62


class LogFilters(OutcomeFilters):
    """What `Context.outcomes` may be asked for by."""

    connection_id: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """One search in the log; empty fields fit everything."""

    module: str = ""
    results: tuple[ResultName, ...] = ()
    #: Part of the record's name or ids.
    text: str = ""
    #: Which way values moved; "" for each.
    flow: Flow = ""
    #: The CRM id of one record, and the Xero id of one.
    record: str = ""
    xero_id: str = ""
    #: Whether entries of records that were in step are left out, unless asked for by result.
    changed_only: bool = False
    #: First and last day, both included, in UTC.
    first: date | None = None
    last: date | None = None
    run_id: str = ""
    connection_id: str = ""
    #: Codes of causes; and who or what began the run.
    codes: tuple[str, ...] = ()
    by: str = ""
    #: Only entries before the one of this id.
    below: int | None = None
    limit: int = PAGE_SIZE
    offset: int = 0

    @property
    def hides_unchanged(self) -> bool:
        """Whether entries of records that were in step are left out."""
        return self.changed_only and not self.results

    @property
    def is_narrow(self) -> bool:
        """Whether anything is looked for in particular."""
        where = (self.module, self.connection_id, self.run_id, self.record, self.xero_id)
        what = (self.results, self.text, self.flow, self.first, self.last, self.codes, self.by)
        return any((*where, *what))

    def filters(self) -> LogFilters:
        """The search as `Context.outcomes` takes it."""
        return {
            "connection_id": self.connection_id or None,
            "run_id": self.run_id or None,
            "module": self.module or None,
            "crm_id": self.record or None,
            "xero_id": self.xero_id or None,
            "results": _CHANGED if self.hides_unchanged else self.results,
            "flows": (self.flow, "both") if self.flow else (),
            "codes": self.codes,
            "by": self.by,
            "below": self.below,
            "text": self.text,
            "since": _midnight(self.first) if self.first else None,
            "until": _midnight(self.last + timedelta(days=1)) if self.last else None,
            "limit": self.limit,
            "offset": self.offset,
        }


def from_form(query: Mapping[str, str], number: int = 1, size: int = PAGE_SIZE) -> Search:
    """The search of a page's form, for its page of this number, counted from 1.

    What no entry has fits nothing. Raises NeedsPerson naming the field that cannot be read.
    """
    flow = query.get("flow", "").strip()
    return Search(
        module=query.get("module", "").strip(),
        results=known_results(query.get("result", "").replace(",", " ").split()),
        text=query.get("text", "").strip(),
        flow=next((one for one in FLOWS if one == flow), ""),
        record=query.get("record", "").strip(),
        xero_id=query.get("xero", "").strip(),
        changed_only="unchanged" not in query,
        first=day(query.get("from", "")),
        last=day(query.get("to", "")),
        run_id=query.get("run", "").strip(),
        connection_id=query.get("connection", "").strip(),
        codes=tuple(query.get("code", "").replace(",", " ").split()),
        by=query.get("by", "").strip(),
        limit=size,
        offset=(number - 1) * size,
    )


def day(text: str) -> date | None:
    """A day from "2026-11-20", None when empty; raises NeedsPerson for other text."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise NeedsPerson(f"{text!r} is no day. Write it like 2026-11-20.") from error


def known_results(names: Sequence[str]) -> tuple[ResultName, ...]:
    """The names, all of which must be results; raises NeedsPerson naming the first that is not."""
    for name in names:
        if name not in RESULTS:
            raise NeedsPerson(f"There is no result {name!r}. Known ones: {', '.join(RESULTS)}.")
    return tuple(cast("ResultName", name) for name in names)


def names_of(context: Context) -> dict[str, str]:
    """Connection id → name."""
    return {c.id: c.name for c in context.connections()}


def rows(context: Context, search: Search, face: Face) -> list[LogRow]:
    """The rows that fit, newest first, as one face shows them."""
    found = context.outcomes(**search.filters())
    return list(rows_of(context, found, names_of(context), face))


def rows_of(
    context: Context, found: Sequence[Outcome], names: Mapping[str, str], face: Face
) -> Iterator[LogRow]:
    """Outcomes as one face shows them, each with the reports by mail that tell of it."""
    mails = context.mails_of(found)
    return (row_of(context, one, names, face, mails.get(one.id or 0, ())) for one in found)


def all_of(search: Search) -> Search:
    """The same search without a page: every entry that fits."""
    return replace(search, limit=_EVERYTHING, offset=0)


def parts(context: Context, search: Search, size: int = PART) -> Iterator[Sequence[Outcome]]:
    """What fits, newest first, so many at a time; what is written meanwhile moves nothing."""
    left, below = search.limit, search.below
    while left > 0:
        wanted = replace(search, limit=min(size, left), offset=0, below=below)
        found = context.outcomes(**wanted.filters())
        if found:
            yield found
        if len(found) < wanted.limit:
            return
        left, below = left - len(found), found[-1].id


def row_of(
    context: Context,
    outcome: Outcome,
    names: Mapping[str, str],
    face: Face,
    mails: Sequence[MailedReport] = (),
) -> LogRow:
    """An outcome as one face shows it in a row; `names` is connection id → name."""
    sentence, fix = context.sentence(outcome, face)
    return log_row(outcome, sentence, fix, names.get(outcome.connection_id, ""), mails)


def outcome_with_id(context: Context, id: int) -> Outcome:
    """One outcome by its id; raises NeedsPerson when the log has none."""
    found = context.outcomes(id=id, limit=1) if id > 0 else ()
    if found:
        return found[0]
    raise NeedsPerson(f"The log has no entry {id}. See its entries: xtiger log")


def standing(context: Context, search: Search) -> list[Outcome]:
    """The newest outcome of each record that still has one of the results and causes, newest first.

    A record that has come into step since is left out.
    """
    wanted: LogFilters = {**all_of(search).filters(), "newest": True}
    return list(context.outcomes(**wanted))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
