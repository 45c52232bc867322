"""The plan of a wipe: what Xero brought into the CRM goes there, as far as it is nobody's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from xtiger.engine.apply.recovery import close_open_batches, open_batches
from xtiger.engine.cycle.undo import UndoPlanner
from xtiger.engine.observe.both_sides import observe
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item, Plan
from xtiger.model.runs import Flow, Outcome
from xtiger.model.undo.images import Image
from xtiger.rules.causes import cause_of
from xtiger.rules.undo.comparison import by_record

#: Outcomes that are read at once.
_PART = 5_000


def plan_wipe(bench: Workbench) -> Plan:
    """What goes from the CRM, and what stays with its cause; both sides are read first.

    A record goes that a sync made from one in Xero, that nobody changed in the CRM since, and
    that nothing which stays names. Records that are gone already are left out.
    """
    open_batches(bench)
    observe(bench, full=False)
    close_open_batches(bench)
    images: list[Image] = []
    kept: list[Item] = []
    for scope in bench.scopes:
        for image, why in _brought(bench, scope):
            if why is not None:
                kept.append(_kept(image, why))
            else:
                images.append(image)
    plan = UndoPlanner(bench, images).plan()
    judged = [one for one in plan.items if one.undoes is None or one.verb == "delete"]
    there = _there(bench, kept)
    items = [*judged, *(one for one in kept if (one.module, one.crm_id) in there)]
    numbered = [replace(item, number=number) for number, item in enumerate(items, start=1)]
    return replace(plan, items=tuple(numbered))


def _brought(bench: Workbench, scope: Scope) -> Iterator[tuple[Image, Cause | None]]:
    """What made each record that came from Xero, and why it is somebody's own by the log.

    The log tells what was edited where the images of its values are no longer kept.
    """
    made = {(one.crm_id, one.xero_id) for one in _logged(bench, scope, ["to_crm"], made=True)}
    links = bench.store.links_by_crm(bench.connection_id, scope.name)
    own = {
        key: link
        for key, link in links.items()
        if link.role == "primary" and (link.crm_id, link.xero_id) in made
    }
    if not own:
        return
    known: dict[str, list[Image]] = {}
    for one in bench.store.images_of_module(bench.connection_id, scope.name):
        link = own.get(one.crm_id)
        if link is not None and link.xero_id == one.xero_id:
            known.setdefault(one.crm_id, []).append(one)
    sent = {
        str(one.crm_id): ", ".join(d.label for d in one.differences) or scope.name
        for one in _logged(bench, scope, ["to_xero", "both"])
    }
    waiting = {key.id for key in bench.store.dirty(bench.connection_id, "crm", scope.name)}
    shared = {
        alias.xero_id
        for part in scope.parts
        for alias in bench.store.aliases(bench.connection_id, part.kind)
    }
    for crm_id, link in own.items():
        found = by_record(known.get(crm_id, ()))
        image, why = _of_link(bench, link), None
        if found and found[0].did == "made_in_crm":
            image = found[0]
        elif edited := sent.get(crm_id, scope.name if crm_id in waiting else ""):
            why = cause_of("undo_kept", fields=edited)
        if link.xero_id in shared:
            why = cause_of("undo_in_use", module=scope.name)
        yield image, why


def _logged(
    bench: Workbench, scope: Scope, flows: Sequence[Flow], *, made: bool = False
) -> Iterator[Outcome]:
    """The outcomes of a module that went these ways; `made`: of records that they made."""
    start = 0
    while True:
        part = bench.store.outcomes(
            connections=[bench.connection_id],
            module=scope.name,
            flows=flows,
            results=["created"] if made else ["updated", "conflict", "linked"],
            limit=_PART,
            offset=start,
        )
        yield from part
        if len(part) < _PART:
            return
        start += _PART


def _of_link(bench: Workbench, link: Link) -> Image:
    """The image of a record that was made before any that is kept: of no value it is known."""
    return Image(
        connection_id=bench.connection_id,
        run_id="",
        module=link.module,
        kind=link.kind,
        crm_id=link.crm_id,
        xero_id=link.xero_id,
        name="",
        did="made_in_crm",
        link_id=link.id,
    )


def _kept(image: Image, why: Cause) -> Item:
    return Item(
        module=image.module,
        kind=image.kind,
        crm_id=image.crm_id,
        xero_id=image.xero_id,
        name=image.name,
        result="skipped",
        cause=why,
        link_id=image.link_id,
    )


def _there(bench: Workbench, items: Sequence[Item]) -> set[tuple[str, str | None]]:
    """Module and CRM id of those that the CRM still has."""
    ids: dict[str, list[str]] = {}
    for item in items:
        ids.setdefault(item.module, []).append(item.crm_id or "")
    found: dict[str, Mapping[str, object]] = {
        module: {
            key: record
            for key, record in bench.host.get(module, some).items()
            if not record.deleted
        }
        for module, some in ids.items()
    }
    return {(one.module, one.crm_id) for one in items if one.crm_id in found[one.module]}
