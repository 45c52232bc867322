"""Cutting items into batches: at most 50 elements and 3 MB, creates and updates apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import simplejson

from xtiger.engine.plan.estimate import BATCH_BYTES, BATCH_ELEMENTS
from xtiger.engine.workbench.workbench import Workbench
from xtiger.errors import XTigerError
from xtiger.mapping.convert import LINES
from xtiger.mapping.request_elements import element
from xtiger.model.calls import Batch, Intent
from xtiger.model.plans import Item
from xtiger.model.records import XeroRecord
from xtiger.model.values import Plain, to_json
from xtiger.ports.interrupts import FOREIGN
from xtiger.rules.kinds import traits
from xtiger.rules.preflight import url_refused

#: Xero knows an Idempotency-Key for six minutes from the first call; some are spent on the way.
_KEY_LIFE = timedelta(minutes=5)
_KEPT_ERROR = 500


#: Cells of a line that an edit of the head repeats.
_REPEATED = (
    "LineItemID",
    "Description",
    "Quantity",
    "UnitAmount",
    "ItemCode",
    "AccountCode",
    "TaxType",
    "TaxAmount",
)
_CHOSEN = ("TrackingCategoryID", "TrackingOptionID")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One item with the request element that carries it."""

    item: Item
    element: Mapping[str, Any]


def to_bytes(kind: str, elements: Sequence[Mapping[str, Any]]) -> bytes:
    """A request body; numbers are written with exactly the digits of their Decimals."""
    body: bytes = simplejson.dumps(
        {traits(kind).plural: list(elements)},
        use_decimal=True,
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return body


def request_element(
    item: Item, before: XeroRecord | None, *, url: str | None, resolve: Callable[[Plain], Plain]
) -> dict[str, Any]:
    """The request element of one item; `resolve` turns a pending id into the real one."""
    values = {path: resolve(value) for path, value in (item.to_xero or {}).items()}
    lines = values.pop(LINES, None)
    creating = item.verb == "create"
    made = element(values, before=before, creating=creating)
    if lines is not None:
        made["LineItems"] = [dict(line) for line in lines]
        if item.rounding is not None:
            made["LineItems"].append(dict(item.rounding))
    sale_type = traits(item.kind).sale_type
    if sale_type:
        # A credit note of Xero has no place for an address.
        url = None if traits(item.kind).gives_back else url
        _sale_parts(made, sale_type if creating else "", item.amounts, url)
    if traits(item.kind).is_money and before is not None and not creating:
        # All of it is named in each edit: what an answer lacks of a document of the bank is lost.
        made.setdefault("LineItems", [_as_read(line) for line in before.raw["LineItems"]])
    if item.xero_id and not creating:
        made[traits(item.kind).id_field] = item.xero_id
    return made


def _as_read(line: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a line as a request names them; a chosen option of tracking by its ids."""
    found = {name: line[name] for name in _REPEATED if line.get(name) not in (None, "")}
    chosen = [{name: one[name] for name in _CHOSEN} for one in line.get("Tracking") or ()]
    return found | ({"Tracking": chosen} if chosen else {})


def _sale_parts(made: dict[str, Any], created_as: str, amounts: str, url: str | None) -> None:
    """Add what a sale has beside its values; `created_as` is its type, "" for a change."""
    if created_as:
        made.setdefault("Type", created_as)
        made["LineAmountTypes"] = amounts
        # The link back is a courtesy and a proof: one that Xero refuses would cost the invoice.
        if url and not url_refused(url):
            made["Url"] = url
    elif "LineItems" in made:
        made["LineAmountTypes"] = amounts


def cut(kind: str, outgoing: Sequence[Outgoing]) -> list[list[Outgoing]]:
    """Parts of at most 50 elements and 3 MB, in order; one element never splits."""
    parts: list[list[Outgoing]] = []
    size = 0
    for one in outgoing:
        length = len(to_bytes(kind, [one.element]))
        if not parts or len(parts[-1]) >= BATCH_ELEMENTS or size + length > BATCH_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(one)
        size += length
    return parts


def make_batch(
    part: Sequence[Outgoing],
    *,
    kind: str,
    creating: bool,
    run_id: str,
    connection_id: str,
    organisation_id: str,
    new_id: Callable[[], str],
    meant: Callable[[Item], Mapping[str, Any]],
) -> Batch:
    """A batch with one intent per element; creates are PUT, since POST upserts by name.

    `meant` answers what both sides agree on once an item arrived.
    """
    batch_id = new_id()
    return Batch(
        id=batch_id,
        connection_id=connection_id,
        run_id=run_id,
        kind=kind,
        method="PUT" if creating else "POST",
        path=traits(kind).path,
        body=to_bytes(kind, [one.element for one in part]),
        # The key space of Xero is per app, so the organisation is part of the key.
        key=f"{organisation_id}-{batch_id}",
        intents=tuple(
            _intent(one, new_id(), position, kind, creating=creating, meant=meant(one.item))
            for position, one in enumerate(part)
        ),
    )


def _intent(
    one: Outgoing,
    intent_id: str,
    position: int,
    kind: str,
    *,
    creating: bool,
    meant: Mapping[str, Any],
) -> Intent:
    return Intent(
        id=intent_id,
        position=position,
        module=one.item.module,
        kind=kind,
        crm_id=one.item.crm_id,
        xero_id=one.item.xero_id,
        verb="create" if creating else "update",
        natural_key=_natural_key(kind, one) if creating else None,
        payload=one.element,
        meant=meant,
    )


def _natural_key(kind: str, one: Outgoing) -> tuple[str, str]:
    """What finds this create again; for a payment, which has no key, what was there before."""
    row = traits(kind)
    field = row.key_field(one.element)
    if not field:
        return row.id_field, to_json(list(one.item.known_equal))
    return field, str(one.element.get(field) or "")


def key_protects(batch: Batch, http_status: int | None, now: datetime) -> bool:
    """Whether Xero takes a second request of this key for the first one.

    What it answered itself is kept under the key, a 500 too, and would come again; silence and
    the errors of servers in front of it are not.
    """
    silent = http_status is None or http_status > _KEPT_ERROR
    return silent and batch.sent_at is not None and now < batch.sent_at + _KEY_LIFE


@contextmanager
def under_way(bench: Workbench, batch: Batch) -> Iterator[None]:
    """Around the sending of a batch: what breaks in leaves its answer unknown.

    A signal, or the time limit of a task. Xero goes on with what it has, so the next run waits
    until that is over and looks it up.
    """
    try:
        yield
    except XTigerError:
        raise
    except FOREIGN:
        bench.store.save_batch(replace(batch, state="unknown"))
        raise
