"""Undo at work: what is taken back is held before the first write, and what was not is released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from xtiger.engine.apply.crm_creates import creates_key
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import XTigerError
from xtiger.model.links import Link
from xtiger.model.plans import REMOVALS, Item, Plan
from xtiger.model.runs import Outcome, Run, Trigger
from xtiger.model.setting_keys import undo_request
from xtiger.model.undo.images import Image, UndoHold, UndoRequest
from xtiger.ports.store import SettingStore, UndoStore
from xtiger.rules.gone import is_gone
from xtiger.rules.kinds import traits

#: The trigger of a run that takes others back.
UNDO: Final = "undo"
#: The trigger of a run that takes away what came from Xero.
WIPE: Final = "wipe"
#: So long what runs wrote is kept, and undo is promised.
KEPT_FOR = timedelta(days=90)


def trigger_of(request: UndoRequest) -> Trigger:
    """The trigger of the run that carries out a request."""
    return WIPE if request.wipes else UNDO


class AskedStore(SettingStore, UndoStore, Protocol):
    """What keeps what was asked to be taken back, and what runs wrote."""


def undo_asked(
    store: AskedStore, connection_id: str, run_id: str
) -> tuple[UndoRequest | None, list[Image]]:
    """What a run is to take back, and what was written of that; None and nothing of any other."""
    request = UndoRequest.of(store.setting(undo_request(run_id)))
    if request is None:
        return None, []
    return request, part_of(store.images(connection_id, request.runs), request)


def part_of(images: Sequence[Image], request: UndoRequest) -> list[Image]:
    """The images that a request names."""
    return [
        one
        for one in images
        if request.module in ("", one.module) and request.record in ("", one.crm_id, one.xero_id)
    ]


@contextmanager
def held(bench: Workbench, plan: Plan, run: Run, outcomes: Sequence[Outcome]) -> Iterator[None]:
    """Hold each record that is taken back before anything is written.

    A run that is killed in between leaves no record that the next sync would do again. What
    is not taken back is released at the end.
    """
    store, now = bench.store, bench.clock.now()
    before = {_key(one) for one in store.undo_holds(bench.connection_id)}
    holds = {
        _key(hold): (item, hold)
        for item in plan.items
        if item.undoes is not None and not _only_opens(item)
        for hold in [_hold(bench, run, item, item.undoes)]
    }
    with store.transaction():
        dropped = _make_way(bench, [item for item, _ in holds.values()])
        store.save_undo_holds(hold for _, hold in holds.values())
        modules = {item.module for item, _ in holds.values()}
        for module in sorted(modules):
            ids = [i.crm_id for i, _ in holds.values() if i.module == module and i.crm_id]
            store.mark(bench.connection_id, "crm", module, ids, "undo", now)
    try:
        yield
    except XTigerError:
        _release(bench, holds, before, dropped, outcomes)
        raise
    else:
        _release(bench, holds, before, dropped, outcomes)


def _make_way(bench: Workbench, items: Sequence[Item]) -> dict[int, Link]:
    """Drop the old links of what is made anew, so that it gets a key and a link of its own.

    Answers Item.number → its old link. Call it in a transaction.
    """
    store, dropped = bench.store, {}
    for item in items:
        image = item.undoes
        if item.verb != "create" or image is None:
            continue
        link = store.links_by_crm(bench.connection_id, item.module, [image.crm_id]).get(
            image.crm_id
        )
        if link is not None and link.id is not None:
            store.remove_link(link.id)
            dropped[item.number] = link
        if item.to_crm:
            bench.count_again(item.kind, image.xero_id)
    return dropped


def _release(
    bench: Workbench,
    holds: dict[tuple[str, str, str], tuple[Item, UndoHold]],
    before: set[tuple[str, str, str]],
    dropped: Mapping[int, Link],
    outcomes: Sequence[Outcome],
) -> None:
    """Release what was not taken back after all; a link that the runs made goes with the rest.

    What was not made anew gets its old link back: the proof that both sides let it go.
    """
    stopped = {
        (one.module, one.crm_id or "", one.xero_id or "")
        for one in outcomes
        if one.result in ("held", "failed")
        and (one.cause is None or one.cause.code != "answer_unknown")
    }
    left = [
        (item, hold)
        for key, (item, hold) in holds.items()
        if key in stopped and key not in before and not _is_half_done(bench, item)
    ]
    with bench.store.transaction():
        bench.store.forget_undo_holds(hold for _, hold in left)
        for link in (dropped[item.number] for item, _ in left if item.number in dropped):
            bench.store.add_link(replace(link, id=None))
        for key, (item, hold) in holds.items():
            if hold.did == "linked" and key not in stopped and item.link_id is not None:
                bench.store.remove_link(item.link_id)


def _is_half_done(bench: Workbench, item: Item) -> bool:
    """Whether it is held until it is whole.

    It left Xero already and the CRM took nothing, or the CRM may have it and did not answer.
    """
    if item.verb == "create" and item.to_crm:
        scope = next(one for one in bench.scopes if one.name == item.module).part(item.kind)
        announced = bench.store.setting(creates_key(bench, scope)) or ()
        return item.xero_id in {xero_id for xero_id, *_ in announced}
    if item.to_xero is None or not item.to_crm or not item.xero_id:
        return False
    seen = bench.store.shadows(bench.connection_id, "xero", item.kind, [item.xero_id])
    return item.xero_id in seen and is_gone(seen[item.xero_id])


def _only_opens(item: Item) -> bool:
    """Whether only credit goes from an invoice: what is due then comes in, as from anybody else."""
    wrote = item.to_xero is not None or item.to_crm is not None or item.verb in REMOVALS
    return bool(item.freed) and not wrote and not traits(item.kind).gives_back


def _key(hold: UndoHold) -> tuple[str, str, str]:
    return hold.module, hold.crm_id, hold.xero_id


def _hold(bench: Workbench, run: Run, item: Item, image: Image) -> UndoHold:
    return UndoHold(
        connection_id=bench.connection_id,
        module=item.module,
        kind=item.kind,
        crm_id=item.crm_id or "",
        xero_id=item.xero_id or "",
        name=item.name,
        run_id=run.id,
        did=image.did,
        at=bench.clock.now(),
    )
