"""The page Xero Queue: what waits, since when, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from xtiger.hookspecs import (
    PAGE_ROWS,
    CrmLink,
    PageLink,
    PageRequest,
    RowDetail,
    RowLink,
    SearchField,
    TablePage,
    XeroLink,
)
from xtiger.i18n.language import Language, language
from xtiger.i18n.service_text import spoken_running, spoken_why
from xtiger.model.plans import Face
from xtiger.model.records import Ref, nameless
from xtiger.ports import Context
from xtiger_queue import causes, done, done_page, store
from xtiger_queue.called import called
from xtiger_queue.done_page import REASONS
from xtiger_queue.jobs import FIRST, LAST, USUAL, Job
from xtiger_queue.pressed import actions_of

TITLE = "Xero Queue"
COLUMNS = (
    "Job",
    "Module",
    "Record",
    "State",
    "Why",
    "What to do",
    "Tries",
    "Next try",
    "Order",
    "Waits since",
    "Began with",
    "Organisation",
    "CRM id",
)
#: What the page shows of COLUMNS; a file has them all.
SHOWN = (
    "Record",
    "Module",
    "State",
    "Why",
    "What to do",
    "Tries",
    "Next try",
    "Order",
    "Waits since",
    "Began with",
)
#: Column → the one beneath which it stands.
BENEATH = {
    "Module": "Record",
    "Organisation": "Record",
    "What to do": "Why",
    "Order": "Next try",
    "Began with": "Waits since",
}
#: Priority → the word for it.
_ORDERS = {FIRST: "first", USUAL: "", LAST: "last"}
#: Where several organisations are connected.
ORGANISATION = "Organisation"
#: A job overdue for longer says that nothing runs the queue.
OVERDUE = timedelta(minutes=10)

#: What is asked for to see what was carried out.
DONE = "done"
#: What a job says that a person put on hold.
ON_HOLD = "on hold"
_STATES = {"waiting": "waits", "running": "runs now", "held": "waits for you"}


def cells(context: Context, job: Job, names: Mapping[str, str], face: Face) -> tuple[str, ...]:
    """One row as one face shows it, in the order of COLUMNS; `names` is connection id → name."""
    sentence, fix = causes.sentences(context, job, face)
    return (
        str(job.id),
        job.key.module,
        _called(job),
        ON_HOLD if job.is_on_hold else _STATES[job.state],
        sentence,
        fix,
        str(job.tries) if job.tries else "",
        moment(job.due_at) if job.state == "waiting" else "",
        _ORDERS[job.priority],
        moment(job.created_at),
        REASONS[job.reason],
        names.get(job.key.connection_id, job.key.connection_id),
        job.key.crm_id,
    )


def _called(job: Job) -> str:
    """What people call its record."""
    crm_id = job.key.crm_id
    return job.name if job.name not in ("", crm_id) else nameless(job.key.module, crm_id)


def url_of(context: Context, job: Job) -> str | None:
    """Where the CRM shows the record of a job; None where it has no address."""
    if not job.key.connection_id:
        return None
    with context.host.tenant(job.key.tenant):
        return context.host.url(Ref(job.key.module, job.key.crm_id))


def fields(context: Context, job: Job) -> dict[str, str | int | None]:
    """A job as JSON values, with the record's page in the CRM."""
    sentence, fix = causes.sentences(context, job, "data")
    return {
        "id": job.id,
        "connection_id": job.key.connection_id,
        "module": job.key.module,
        "crm_id": job.key.crm_id,
        "name": job.name,
        "state": job.state,
        "reason": job.reason,
        "priority": job.priority,
        "on_hold": job.is_on_hold,
        "tries": job.tries,
        "due_at": job.due_at.isoformat(),
        "created_at": job.created_at.isoformat(),
        "sentence": sentence,
        "fix": fix,
        "code": job.code,
        "url": url_of(context, job),
    }


def note(counts: Mapping[str, int], jobs: Sequence[Job], now: datetime) -> str:
    """How many jobs there are, and whether anything runs them."""
    if not counts:
        return "Nothing waits."
    parts = [f"{counts[state]} {state}" for state in _STATES if counts.get(state)]
    text = f"{', '.join(parts)}."
    since = _overdue_since(jobs, now)
    if since:
        text += (
            f" The oldest has been due since {moment(since)}: "
            "is the worker or cron job set up? Run once a minute: xtiger tick"
        )
    return text


def _overdue_since(jobs: Sequence[Job], now: datetime) -> datetime | None:
    """Since when nothing ran the queue: the host's cron or a worker does; else it only grows."""
    due = [job.due_at for job in jobs if job.state == "waiting"]
    return min((at for at in due if at < now - OVERDUE), default=None)


def _note_in(words: Language, counts: Mapping[str, int], jobs: Sequence[Job], now: datetime) -> str:
    """The same for somebody at a browser, who types no commands."""
    _ = words.translate
    if not counts:
        return ""
    said = {
        "waiting": "{count} waiting",
        "running": "{count} running",
        "held": "{count} held",
    }
    text = ", ".join(
        words.sentence(said[state], count=counts[state]) for state in said if counts.get(state)
    )
    since = _overdue_since(jobs, now)
    if since is None:
        return f"{text}."
    late = words.sentence(
        "The oldest has been due since {moment}: ask your administrator whether the worker runs.",
        moment=moment(since),
    )
    return f"{text}. {late}"


def _runs(context: Context, words: Language) -> str:
    """What runs the queue, and why that."""
    service = context.service()
    return f"{spoken_running(service, words, context.now())} {spoken_why(service, words)}"


def load(context: Context, request: PageRequest) -> TablePage:
    """The page for one request; searched by module, state, organisation and days."""
    words, wanted = language(request.locale), _wanted(request)
    if wanted["state"] == DONE:
        return _load_done(context, request, words)
    with store.look(context) as connection:
        if request.whole:
            found = store.find(connection, context.tenant, **wanted)
        else:
            # One more than is shown says whether there is another page.
            first = (request.number - 1) * PAGE_ROWS
            found = store.find(
                connection, context.tenant, **wanted, limit=PAGE_ROWS + 1, offset=first
            )
        counts = store.counts(connection, context.tenant)
    shown = called(context, found if request.whole else found[:PAGE_ROWS])
    columns = COLUMNS if request.whole else _columns(context)
    is_narrow = any(request.query.values())
    return TablePage(
        TITLE,
        columns,
        tuple(_in_words(context, shown, columns, words)),
        f"{_note_in(words, counts, found, context.now())} {_runs(context, words)}".strip(),
        _form(context, request, words),
        details=tuple(_details(context, shown)),
        beneath=BENEATH,
        named_by="Record",
        has_more=not request.whole and len(found) > PAGE_ROWS,
        empty=_empty(counts, words),
        ways=(PageLink("Show everything", "queue"),)
        if counts and is_narrow
        else (PageLink("Xero Logs", "log"),),
    )


def _load_done(context: Context, request: PageRequest, words: Language) -> TablePage:
    """What was carried out in the last days, newest first."""
    wanted = _wanted(request)
    first = 0 if request.whole else (request.number - 1) * PAGE_ROWS
    with store.look(context) as connection:
        found = done.find(
            connection,
            context.tenant,
            module=wanted["module"],
            connections=wanted["connections"],
            since=wanted["since"],
            until=wanted["until"],
            limit=None if request.whole else PAGE_ROWS + 1,
            offset=first,
        )
    shown = found if request.whole else found[:PAGE_ROWS]
    return TablePage(
        TITLE,
        done_page.COLUMNS,
        tuple(done_page.cells(one, words) for one in shown),
        "",
        _form(context, request, words),
        details=tuple(done_page.details(shown)),
        named_by="Record",
        has_more=len(found) > len(shown),
        empty=words.translate("Nothing was done in the last days."),
        ways=(PageLink("Show everything", "queue"),),
    )


def _wanted(request: PageRequest) -> store.JobFilters:
    """What the form asks for; a day that is none is not looked at."""
    query = request.query
    asked = query.get("connection", "")
    return {
        "module": query.get("module", ""),
        "state": query.get("state", ""),
        "connections": [asked] if asked else None,
        "since": _day(query.get("from", ""), 0),
        "until": _day(query.get("to", ""), 1),
    }


def _day(text: str, after: int) -> datetime | None:
    """The beginning of a day in UTC, so many days after; None for what is no day."""
    try:
        day = date.fromisoformat(text.strip())
        return datetime.combine(day, time(), UTC) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None


def _columns(context: Context) -> tuple[str, ...]:
    return (*SHOWN, ORGANISATION) if len(context.connections()) > 1 else SHOWN


def _form(context: Context, request: PageRequest, words: Language) -> tuple[SearchField, ...]:
    """The search form as it is filled in."""
    _, query = words.translate, request.query
    every = ("", _("All"))
    modules = (every, *((one, _(one)) for one in context.module_order()))
    states = (every, *((state, _(said)) for state, said in _STATES.items()), (DONE, _(DONE)))
    fields = [
        SearchField("module", "Module", query.get("module", ""), "choice", modules),
        SearchField("state", "State", query.get("state", ""), "choice", states),
        SearchField("from", "Waits from day", query.get("from", ""), "day"),
        SearchField("to", "Waits to day", query.get("to", ""), "day"),
    ]
    known = context.connections()
    if len(known) > 1:
        names = (every, *((one.id, one.name) for one in known))
        asked = query.get("connection", "")
        fields.append(SearchField("connection", ORGANISATION, asked, "choice", names))
    return tuple(fields)


def _in_words(
    context: Context, shown: Sequence[Job], columns: Sequence[str], words: Language
) -> Iterator[tuple[str, ...]]:
    """These columns of the jobs, in the language of the page."""
    names = organisations(context)
    for job in shown:
        row = dict(zip(COLUMNS, cells(context, job, names, "browser"), strict=True))
        row |= {name: words.translate(row[name]) for name in ("State", "Module", "Began with")}
        row["Order"] = words.translate(row["Order"]) if row["Order"] else ""
        if columns is not COLUMNS:
            now = context.now()
            row["Next try"] = words.ahead(job.due_at, now) if job.state == "waiting" else ""
            row["Waits since"] = f"{words.moment(job.created_at)} UTC"
        yield tuple(row[column] for column in columns)


def _details(context: Context, shown: Sequence[Job]) -> Iterator[RowDetail]:
    """The ways on from each job, and the buttons that it takes."""
    refs: dict[str, list[Ref]] = {}
    for job in shown:
        refs.setdefault(job.key.connection_id, []).append(Ref(job.key.module, job.key.crm_id))
    linked = {one: context.links_of(one, found) for one, found in refs.items()}
    for job in shown:
        key = job.key
        links: list[RowLink] = [CrmLink(key.module, key.crm_id, column="Record")]
        link = linked[key.connection_id].get(Ref(key.module, key.crm_id))
        if link is not None:
            links.append(XeroLink(key.connection_id, link.kind, link.xero_id))
        story = {"module": key.module, "record": key.crm_id, "unchanged": "1", "each": "1"}
        links.append(PageLink("History", "log", story))
        yield RowDetail(str(job.id), tuple(links), actions_of(job))


def _empty(counts: Mapping[str, int], words: Language) -> str:
    _ = words.translate
    if counts:
        return _("Nothing fits. Search for less.")
    return _("Nothing waits: all that was changed or asked for is on its way or done.")


def organisations(context: Context) -> dict[str, str]:
    """Connection id → name."""
    return {c.id: c.name for c in context.connections()}


def moment(at: datetime) -> str:
    """A moment for people."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
