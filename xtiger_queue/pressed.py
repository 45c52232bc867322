"""The buttons of the page Xero Queue: what each does with the jobs of the rows it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from xtiger.hookspecs import PageRequest
from xtiger.i18n.cause_text import spoken_sent
from xtiger.i18n.language import Language, language
from xtiger.model.runs import Sent
from xtiger.model.values import whole_number
from xtiger.ports import Context
from xtiger.ports.stop_signal import PATIENCE
from xtiger_queue import requests, store
from xtiger_queue.jobs import FIRST, LAST, USUAL, Job, Priority

#: The buttons that change the order → the priority that each gives.
_ORDERS: Mapping[str, Priority] = {"first": FIRST, "last": LAST, "usual": USUAL}
#: As far as jobs are numbered.
_LARGEST_ID = 2**63 - 1


def actions_of(job: Job) -> tuple[str, ...]:
    """The buttons that a job takes: a won sale has nothing to send, one that runs is under way."""
    if job.state == "running" or job.reason == "sale":
        return ("done", "cancel")
    if job.is_on_hold:
        return ("release", "done", "cancel")
    order = tuple(name for name, priority in _ORDERS.items() if priority != job.priority)
    return ("send", "retry", "hold", *order, "done", "cancel")


def press(context: Context, request: PageRequest, name: str, keys: Sequence[str]) -> str:
    """Press the button of this name; jobs that are gone, or that do not take it, are left."""
    words = language(request.locale)
    numbers = [whole_number(key, 0, _LARGEST_ID) for key in keys]
    with store.look(context) as connection:
        found = store.find_known(connection, context.tenant, [one for one in numbers if one])
    taken = [job for job in found if name in actions_of(job)]
    if not taken:
        return words.translate("Nothing was done: these no longer wait.")
    return _BUTTONS[name](context, taken, words)


def _send(context: Context, jobs: Sequence[Job], words: Language) -> str:
    """Sync them now; what takes longer than a person waits goes on in the background."""
    order = {module: place for place, module in enumerate(context.module_order())}
    groups: dict[tuple[str, str], list[str]] = {}
    for job in sorted(jobs, key=lambda one: order.get(one.key.module, len(order))):
        groups.setdefault((job.key.connection_id, job.key.module), []).append(job.key.crm_id)
    until, sent = context.now() + PATIENCE, Sent()
    for (connection_id, module), ids in groups.items():
        sent = sent.joined(context.send(connection_id, module, ids, until))
    return spoken_sent(sent, words, context.now())


def _retry(context: Context, jobs: Sequence[Job], words: Language) -> str:
    count = requests.retry(context, _ids(jobs))
    return words.counted(
        "{count} goes on with the next round.", "{count} go on with the next round.", count
    )


def _hold(context: Context, jobs: Sequence[Job], words: Language) -> str:
    count = requests.hold(context, _ids(jobs))
    return words.counted(
        "{count} is on hold: nothing sends its record until you press Release.",
        "{count} are on hold: nothing sends their records until you press Release.",
        count,
    )


def _release(context: Context, jobs: Sequence[Job], words: Language) -> str:
    count = requests.release(context, _ids(jobs))
    return words.counted(
        "{count} is released, and goes on with the next round.",
        "{count} are released, and go on with the next round.",
        count,
    )


def _order(priority: Priority) -> Callable[[Context, Sequence[Job], Language], str]:
    def press(context: Context, jobs: Sequence[Job], words: Language) -> str:
        count = requests.prioritise(context, _ids(jobs), priority)
        if priority == USUAL:
            return words.counted(
                "{count} goes in the usual order.", "{count} go in the usual order.", count
            )
        if priority == FIRST:
            return words.counted(
                "{count} goes before all others.", "{count} go before all others.", count
            )
        return words.counted(
            "{count} goes after all others.", "{count} go after all others.", count
        )

    return press


def _done(context: Context, jobs: Sequence[Job], words: Language) -> str:
    count = requests.done(context, _ids(jobs))
    return words.counted(
        "{count} is taken as done. The next sync compares the record.",
        "{count} are taken as done. The next sync compares the records.",
        count,
    )


def _cancel(context: Context, jobs: Sequence[Job], words: Language) -> str:
    count = requests.cancel(context, _ids(jobs))
    return words.counted(
        "{count} is taken out. A later change of the record adds it again.",
        "{count} are taken out. A later change of a record adds it again.",
        count,
    )


def _ids(jobs: Sequence[Job]) -> list[int]:
    return [job.id for job in jobs if job.id is not None]


_BUTTONS: Mapping[str, Callable[[Context, Sequence[Job], Language], str]] = {
    "send": _send,
    "retry": _retry,
    "hold": _hold,
    "release": _release,
    **{name: _order(priority) for name, priority in _ORDERS.items()},
    "done": _done,
    "cancel": _cancel,
}
