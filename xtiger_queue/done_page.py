"""What the queue carried out, as the page and the command show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xtiger.hookspecs import CrmLink, PageLink, RowDetail, RowLink
from xtiger.i18n.language import Language
from xtiger.model.records import nameless
from xtiger_queue.done import Done

COLUMNS = ("Record", "Module", "State", "Why", "Tries", "Waits since", "Done on")
#: Who asked for it, as people read it.
REASONS = {
    "save": "saved in the CRM",
    "person": "a person asked",
    "sale": "a sale was won",
    "schedule": "scheduled sync",
    "proof": "scheduled proof",
}


def cells(one: Done, words: Language) -> tuple[str, ...]:
    """One row in the order of COLUMNS."""
    _ = words.translate
    return (
        called(one, words),
        ", ".join(_(name) for name in one.module.split(", ")),
        _(one.result),
        _(REASONS[one.reason]),
        str(one.tries) if one.tries else "",
        f"{words.moment(one.created_at)} UTC",
        f"{words.moment(one.done_at)} UTC",
    )


def called(one: Done, words: Language) -> str:
    """What people call the record, or the scheduled run."""
    if not one.crm_id:
        return one.name or words.translate(REASONS[one.reason])
    return one.name if one.name not in ("", one.crm_id) else nameless(one.module, one.crm_id)


def details(shown: Sequence[Done]) -> Iterator[RowDetail]:
    """The way to each record and its history; nothing can be done with it any more."""
    for one in shown:
        links: list[RowLink] = []
        if one.crm_id:
            story = {"module": one.module, "record": one.crm_id, "unchanged": "1", "each": "1"}
            links = [
                CrmLink(one.module, one.crm_id, column="Record"),
                PageLink("History", "log", story),
            ]
        yield RowDetail(links=tuple(links), actions=())


def fields(one: Done) -> Mapping[str, str | int | None]:
    """One as JSON values."""
    return {
        "id": one.id,
        "connection_id": one.connection_id,
        "module": one.module,
        "crm_id": one.crm_id,
        "name": one.name,
        "state": "done",
        "reason": one.reason,
        "result": one.result,
        "tries": one.tries,
        "created_at": one.created_at.isoformat(),
        "done_at": one.done_at.isoformat(),
    }
