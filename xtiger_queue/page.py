"""The page Xero Queue: what waits, since when, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from xtiger.hookspecs import PageRequest, TablePage
from xtiger.i18n.language import Language, language
from xtiger.model.plans import Face
from xtiger.model.records import Ref, nameless
from xtiger.ports import Context
from xtiger_queue import causes, store
from xtiger_queue.called import called
from xtiger_queue.jobs import Job

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
    "Waits since",
    "Organisation",
    "CRM id",
)
#: Rows of the page; more are counted.
ROWS = 200
#: A job overdue for longer says that nothing runs the queue.
OVERDUE = timedelta(minutes=10)

_STATES = {"waiting": "waits", "running": "runs now", "held": "waits for you"}


def cells(context: Context, job: Job, names: Mapping[str, str], face: Face) -> tuple[str, ...]:
    """One row told for one face, in the order of COLUMNS; `names` is connection id → name."""
    sentence, fix = causes.told(context, job, face)
    return (
        str(job.id),
        job.key.module,
        _called(job),
        _STATES[job.state],
        sentence,
        fix,
        str(job.tries) if job.tries else "",
        moment(job.due_at) if job.state == "waiting" else "",
        moment(job.created_at),
        names.get(job.key.connection_id, job.key.connection_id),
        job.key.crm_id,
    )


def _called(job: Job) -> str:
    """What people call its record."""
    crm_id = job.key.crm_id
    return job.name if job.name not in ("", crm_id) else nameless(job.key.module, crm_id)


def url_of(context: Context, job: Job) -> str | None:
    """Where the CRM shows the record of a job; None where it has no address."""
    found = next((c for c in context.connections() if c.id == job.key.connection_id), None)
    if found is None:
        return None
    with context.host.tenant(found.tenant):
        return context.host.url(Ref(job.key.module, job.key.crm_id))


def fields(context: Context, job: Job) -> dict[str, str | int | None]:
    """A job as JSON values, with the record's page in the CRM."""
    sentence, fix = causes.told(context, job, "data")
    return {
        "id": job.id,
        "connection_id": job.key.connection_id,
        "module": job.key.module,
        "crm_id": job.key.crm_id,
        "name": job.name,
        "state": job.state,
        "reason": job.reason,
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
        return _("Nothing waits.")
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


def load(context: Context, request: PageRequest) -> TablePage:
    """The page for one request; searched by module and state."""
    module, state = request.query.get("module", ""), request.query.get("state", "")
    with store.look(context) as connection:
        found = store.find(connection, context.tenant, module=module, state=state, limit=ROWS)
        counts = store.counts(connection, context.tenant)
    words, names = language(request.locale), organisations(context)
    text = _note_in(words, counts, found, context.now())
    if len(found) == ROWS:
        more = words.sentence("The first {count} are shown; search to see others.", count=ROWS)
        text += f" {more}"
    place = COLUMNS.index("State")
    rows = [list(cells(context, job, names, "browser")) for job in called(context, found)]
    for row in rows:
        row[place] = words.translate(row[place])
    return TablePage(
        TITLE,
        COLUMNS,
        tuple(tuple(row) for row in rows),
        text,
        (("module", "Module", module), ("state", "State: waiting, running or held", state)),
    )


def organisations(context: Context) -> dict[str, str]:
    """Connection id → name."""
    return {c.id: c.name for c in context.connections()}


def moment(at: datetime) -> str:
    """A moment for people."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
