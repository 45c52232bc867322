"""What a run writes of each record, before and after: kept with its outcome, for undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xtiger.engine.plan.invoice.receipt_judge import BANK
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES
from xtiger.mapping.line_halves import crm_half, xero_half
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.model.links import Base, Pair
from xtiger.model.plans import REMOVALS, Item
from xtiger.model.records import Field, Record, XeroRecord
from xtiger.model.roles import SUMS
from xtiger.model.undo.images import REMOVED, Changes, Did, Image
from xtiger.model.values import Plain, canon, digest
from xtiger.rules.kinds import nature
from xtiger.rules.undo.comparison import DIGEST

#: How a document of Xero counts its amounts.
AMOUNTS = "LineAmountTypes"
#: The rate at which a payment was booked: without it Xero would take that of today.
_RATE = "CurrencyRate"
#: What the bank account of a receipt decides.
_OF_BANK = (_RATE, "CurrencyCode")
#: Roles of figures of an invoice that the CRM or a run works out.
_FIGURES = SUMS - {"line.tax", "line.total"}


def xero_lines(record: XeroRecord, *, whole: bool) -> dict[str, Plain]:
    """The lines of a document of Xero, as far as they are compared; `whole`: to send them again."""
    found: dict[str, Plain] = {DIGEST: digest(xero_half(record))}
    if whole:
        found |= {
            LINES: canon(list(record.raw.get("LineItems") or ())),
            AMOUNTS: record.values.get(AMOUNTS),
        }
    return found


def crm_lines(record: Record, scope: Scope, *, whole: bool) -> dict[str, Plain]:
    """The lines of a CRM record, as far as they are compared; `whole`: to write them again."""
    half = crm_half(record, scope.module, stable=scope.stable_lines)
    # Databases that give each line a new id with each write are compared by all else.
    plain = [{key: v for key, v in line.items() if key != "id"} for line in half["lines"]]
    found: dict[str, Plain] = {DIGEST: digest(half["lines"] if scope.stable_lines else plain)}
    if whole:
        found[LINES] = [dict(line) for line in record.lines]
    return found


def xero_values_of(
    record: XeroRecord | None, paths: Iterable[str], *, whole: bool
) -> dict[str, Plain]:
    """Path → value of an element; all are None where there is none."""
    if record is None:
        return dict.fromkeys(paths)
    return {
        path: xero_lines(record, whole=whole) if path == LINES else record.values.get(path)
        for path in paths
    }


def crm_values_of(
    record: Record | None, names: Iterable[str], scope: Scope, *, whole: bool
) -> dict[str, Plain]:
    """Field → value of a CRM record; all are None where there is none."""
    if record is None:
        return dict.fromkeys(names)
    return {
        name: crm_lines(record, scope, whole=whole) if name == LINES else record.values.get(name)
        for name in names
    }


def xero_changes(item: Item, before: XeroRecord | None, after: XeroRecord, scope: Scope) -> Changes:
    """What was sent of an item: the values before, and as Xero has them after.

    Of a new element every mapped value counts: an edit of any makes it somebody's.
    """
    paths = dict.fromkeys(item.to_xero or {})
    if before is None:
        paths |= dict.fromkeys(row.xero.path for row in scope.rows if row.xero.type != "use")
    then = xero_values_of(before, paths, whole=True)
    now = xero_values_of(after, paths, whole=False)
    return {path: (canon(then[path]), canon(now[path])) for path in paths}


def crm_changes(
    item: Item,
    written: Mapping[str, Plain],
    before: Record | None,
    after: Record,
    scope: Scope,
    *,
    edited: bool,
) -> Changes:
    """What was written of an item in the CRM: before and after; `edited`: somebody was quicker."""
    names = dict.fromkeys(written)
    if not item.crm_id:
        # Of a new record every value counts that people enter: an edit of any makes it theirs.
        names |= dict.fromkeys(row.crm.name for row in scope.rows)
        names |= dict.fromkeys(one.name for one in scope.module.fields if _is_entered(one))
    then = crm_values_of(before, names, scope, whole=True)
    now = crm_values_of(after, names, scope, whole=False)
    if edited:
        now |= {name: value for name, value in written.items() if name != LINES}
    return {name: (canon(then[name]), canon(now[name])) for name in names}


def crm_removed(record: Record, scope: Scope) -> Changes:
    """What a record of the CRM had that is deleted: all that it can be made anew with."""
    names = [one.name for one in scope.module.fields if one.writable]
    then = crm_values_of(record, [*names, *([LINES] if record.lines else [])], scope, whole=True)
    return {name: (canon(value), None) for name, value in then.items() if value is not None}


def xero_removed(record: XeroRecord) -> Changes:
    """What an element of Xero had that goes, as far as requests name it."""
    known = XERO_FIELDS.get(record.kind, {})
    names = [path for path, one in known.items() if one.writable] + [_RATE]
    then = {path: record.values.get(path) for path in names}
    if nature(record.kind).is_money:
        # Money in the bank is made anew with its lines; its currency is that of the account.
        then = {path: value for path, value in then.items() if path not in _OF_BANK}
        then |= {BANK: record.values.get(BANK), LINES: xero_lines(record, whole=True)}
    return {path: (canon(value), None) for path, value in then.items() if value is not None}


def _is_entered(field: Field) -> bool:
    """Whether people enter it: figures are worked out, and our own choices belong to the run."""
    ours = field.role is not None and field.role.startswith("xtiger.")
    return field.writable and not ours and field.role not in _FIGURES


def did_with(item: Item) -> Did:
    """What a run did with a record, in one word."""
    if item.verb in REMOVALS and (item.to_xero is not None or not item.to_crm):
        return "removed_in_xero" if item.to_xero is not None else "removed_in_crm"
    if item.verb == "create":
        return "made_in_xero" if item.to_xero else "made_in_crm"
    return "linked" if item.verb == "link" else "changed"


def image_of(
    item: Item,
    addressed: Mapping[str, Any],
    wrote: tuple[Changes, Changes],
    old: Base | None,
    new: Base | None,
) -> Image:
    """The image of one written item; `old` and `new` are what both sides agreed on around it."""
    before, after = (old.pairs if old else {}), (new.pairs if new else {})
    did = did_with(item)
    # What is removed agrees on nothing new: all that was agreed on goes with it.
    moved = before if did in REMOVED else [k for k, pair in after.items() if before.get(k) != pair]
    base: dict[str, Pair | None] = {key: before.get(key) for key in moved}
    return Image(
        module=item.module,
        kind=item.kind,
        name=item.name,
        did=did,
        xero=wrote[0],
        crm=wrote[1],
        base=base,
        lines=old.lines if old else {},
        **addressed,
    )


def base_before(
    item: Item,
    image: Image,
    link_id: int,
    old: Base | None,
    now: tuple[Mapping[str, Plain], Mapping[str, Plain]],
) -> Base:
    """What both sides agreed on before the runs that an item takes back.

    Of lines that were written again the side that got them has its own answer: their ids may be
    new. `now` is what the CRM and Xero have, by row key.
    """
    pairs = dict(old.pairs) if old else {}
    for key, pair in image.base.items():
        pairs.pop(key, None)
        if pair is not None:
            pairs[key] = pair
    lines = dict(image.lines) if LINES in image.base else dict(old.lines) if old else {}
    known = pairs.get(LINES)
    if known is not None and LINES in image.base:
        crm = now[0].get(LINES, known.crm) if LINES in (item.to_crm or {}) else known.crm
        xero = now[1].get(LINES, known.xero) if LINES in (item.to_xero or {}) else known.xero
        pairs[LINES] = Pair(crm, xero, known.asked)
    if item.verb == "create":
        pairs = {key: _made_anew(item, key, pair, now) for key, pair in pairs.items()}
    return Base(link_id, pairs, old.mapping_version if old else 0, lines)


def _made_anew(
    item: Item, key: str, pair: Pair, now: tuple[Mapping[str, Plain], Mapping[str, Plain]]
) -> Pair:
    """What is agreed on of a record made anew: as its side has it, which may name new parents."""
    if item.to_crm:
        return Pair(now[0].get(key, pair.crm), pair.xero, pair.asked)
    return Pair(pair.crm, now[1].get(key, pair.xero), pair.asked)
