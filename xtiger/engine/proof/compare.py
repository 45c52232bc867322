"""Comparing one pair as it is now: fields, status, lines and amounts, each with its cure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from xtiger.engine.pair.duplicates import stands_for
from xtiger.engine.plan.field_merge import effective
from xtiger.engine.plan.invoice.figures import unpaid
from xtiger.engine.proof.counting import Counting, Document
from xtiger.engine.proof.fresh_read import XeroEntry
from xtiger.engine.workbench.scope import Scope
from xtiger.mapping.convert import LINES, BoundRow, Lookups, crm_values, to_crm, to_xero
from xtiger.mapping.line_forms import as_meant
from xtiger.mapping.line_halves import own_cells
from xtiger.mapping.lines_to_xero import LINE_KEYS, BuiltLines, line_keys, request_line
from xtiger.model.line_ids import ADJUSTMENT, OF_HEAD
from xtiger.model.records import Record
from xtiger.model.values import Plain, to_json
from xtiger.rules.money import line_sum
from xtiger.rules.rounding import MOST, is_small

#: What one line holds → what people read.
LINE_LABELS: Mapping[str, str] = {
    "ItemCode": "Item",
    "Description": "Description",
    "Quantity": "Quantity",
    "UnitAmount": "Price",
    "DiscountRate": "Discount %",
    "DiscountAmount": "Discount",
    "AccountCode": "Account",
    "TaxType": "Tax",
}
#: A line as it is compared, by Xero's names.
Line = Mapping[str, Plain]
#: Amounts that come from payments.
PAID = frozenset({"AmountPaid", "AmountDue"})


@dataclass(frozen=True, slots=True)
class Differing:
    """One field in which a pair differs."""

    label: str
    crm: Plain
    xero: Plain
    #: A key of CURES or a code of the catalogue.
    cure: str = "sync"
    #: Values that a sentence of the catalogue names.
    data: Mapping[str, Plain] | None = None
    #: Key of the mapped field, or of all lines; "" for what the last sync keeps nothing of.
    key: str = ""
    #: Which part of a line; "" for none.
    part: str = ""
    #: Xero's value as it stands there, where people see another word for it.
    there: Plain = None


def compare_rows(
    scope: Scope, record: Record, values: Mapping[str, Plain], lookups: Lookups
) -> Iterator[Differing]:
    """Every mapped field that differs; `values` is Xero's side by path."""
    crm, unreadable = crm_values(record, scope.rows)
    for cause in unreadable:
        yield Differing(
            str(cause.data["field"]), cause.data["value"], None, cause.code, dict(cause.data)
        )
    for row in scope.rows:
        if row.key in crm:
            ours, theirs = crm[row.key], values.get(row.xero.path)
            found = _row(scope, row, ours, theirs, lookups)
            suffixed = stands_for(scope, row.xero.path, ours, theirs, record.ref.id)
            if found is not None and not suffixed:
                yield found


def _row(
    scope: Scope, row: BoundRow, ours: Plain, theirs: Plain, lookups: Lookups
) -> Differing | None:
    way = effective(row, scope)
    if way is None or row.row.only_on_create or _says_nothing(row, way, ours, theirs):
        return None
    there_as_ours = to_crm(theirs, row, lookups)
    if to_xero(ours, row, lookups) == theirs or there_as_ours == ours:
        return None
    # People know a record of the CRM by its id there, not by Xero's.
    shown = (there_as_ours or theirs) if row.xero.type == "ref" else theirs
    cure = "sync" if way == "both" else f"one_way_{way}"
    return Differing(row.label, ours, shown, cure, key=row.key, there=theirs)


def _says_nothing(row: BoundRow, way: str, ours: Plain, theirs: Plain) -> bool:
    """An empty value is no statement where it may not overwrite, or where it is the source."""
    if row.row.keep_when_empty and None in (ours, theirs):
        return True
    return (way == "to_xero" and ours is None) or (way == "to_crm" and theirs is None)


def compare_document(
    document: Document,
    entry: XeroEntry,
    kind: Counting,
    compared: Collection[str],
    codes: Collection[str] = (),
) -> Iterator[Differing]:
    """Status, lines and amounts of a pair of documents.

    `compared` names the amounts, `codes` holds the codes of all items that Xero has now.
    """
    lines: list[Differing] = []
    if document.built is not None:
        yield from _status(document, entry)
        yield from _claim(document, entry, kind)
        lines = list(_lines(document, entry, codes))
        yield from lines
    for (name, label), theirs in zip(kind.amounts.items(), entry.facts.amounts, strict=True):
        ours = None if name in document.derived else document.amounts.get(name)
        if name in compared and name in document.unreadable:
            text = document.unreadable[name]
            data = {"field": label, "value": text, "type": "number"}
            yield Differing(label, text, theirs, "value_unreadable", data)
        elif name in compared and ours is not None and ours != (theirs or 0):
            cure = _amount_cure(name, document, entry, kind, lines)
            # What the lines make of it goes with the lines.
            yield Differing(label, ours, theirs, cure, key=LINES if lines else "")


def compare_currency(document: Document, entry: XeroEntry) -> Iterator[Differing]:
    """The currency of a CRM that holds none on its documents: its own."""
    ours, theirs = document.currency, entry.facts.currency
    if document.built is not None and theirs and ours != theirs:
        yield Differing("Currency", ours, theirs, "currency_apart", {"crm": ours, "xero": theirs})


def _amount_cure(
    name: str, document: Document, entry: XeroEntry, kind: Counting, lines: Sequence[Differing]
) -> str:
    """What ends a differing amount: a payment, the lines once they are carried, or a person."""
    if name in PAID:
        return "money"
    if lines or document.built is None:
        return "sync"
    there = dict(zip(kind.amounts, entry.facts.amounts, strict=True))
    total = document.amounts.get("Total")
    return "sums_apart" if total in (None, there.get("Total")) else "total_apart"


def _claim(document: Document, entry: XeroEntry, kind: Counting) -> Iterator[Differing]:
    """A status of the CRM that claims money of which Xero has none."""
    if document.status == "DRAFT" == entry.facts.status:
        return  # it takes no money yet
    there = dict(zip(kind.amounts, entry.facts.amounts, strict=True))
    total, due = (there.get(name) or Decimal(0) for name in ("Total", "AmountDue"))
    cause = unpaid(document.word, document.claimed, total, due)
    if cause is not None:
        status = entry.facts.status
        yield Differing("Status", document.word, status, cause.code, dict(cause.data))


def status_agrees(wanted: str, there: str) -> bool:
    """An approved invoice is never made a draft again, so Xero may be ahead."""
    return wanted == there or (wanted in ("DRAFT", "SUBMITTED") and there == "AUTHORISED")


def _status(document: Document, entry: XeroEntry) -> Iterator[Differing]:
    there = entry.facts.status
    if document.cause is not None:
        data = dict(document.cause.data)
        yield Differing("Status", data.get("status"), there, document.cause.code, data)
    elif not status_agrees(document.status, there):
        cure = {"VOIDED": "cancel_not_allowed", "CREDIT": "credit_invoice"}
        yield Differing("Status", document.status, there, cure.get(document.status, "sync"))


def _lines(document: Document, entry: XeroEntry, codes: Collection[str]) -> Iterator[Differing]:
    built = document.built
    assert built is not None  # the caller's branch
    ours: list[Line] = [_comparable(_meant(line)) for line in line_keys(built.lines)]
    there: list[Line] = [_comparable(_meant(line)) for line in entry.line_keys()]
    _with_head(built, ours, there)
    theirs = _renamed(ours, there, codes)
    for place, (line, same) in enumerate(zip(ours, theirs, strict=False)):
        # The default of today says nothing about the account that an older line was sent with.
        if place in built.assumed and "AccountCode" in line and "AccountCode" in same:
            ours[place] = {**line, "AccountCode": same["AccountCode"]}
    if ours == theirs:
        return
    if built.causes:
        # The CRM's lines as they are now cannot be said in Xero's words.
        cause = built.causes[0]
        yield Differing("Lines", len(ours), len(theirs), cause.code, dict(cause.data))
        return
    for number, mine, other in aligned(ours, theirs):
        yield from _line(number, mine, other)


def _meant(keys: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line as the CRM means it, in whichever form Xero got it: an older one is no difference."""
    return request_line(as_meant(own_cells(keys)))


def _with_head(built: BuiltLines, ours: list[Line], theirs: list[Line]) -> None:
    """Let what the CRM has in its head stand in Xero's lines as the CRM says it.

    The CRM holds its amount and tax alone: place, text, quantity and account are Xero's. A small
    adjustment that has no line there is rounding, and none here.
    """
    for place, own in enumerate(built.host_ids):
        if own not in OF_HEAD:
            continue
        found = _line_of_head(ours[place], ours, theirs)
        if found is not None:
            theirs.remove(found)
            theirs.insert(place, ours[place])
        elif own == ADJUSTMENT and is_small(_amount(ours[place]), MOST):
            del ours[place]  # it is the last line


def _line_of_head(mine: Line, ours: Sequence[Line], theirs: Sequence[Line]) -> Line | None:
    """The same line of theirs, else one of this amount and tax that is no other line of ours."""
    if mine in theirs:
        return mine
    tax, amount = mine.get("TaxType"), _amount(mine)
    same = (one for one in theirs if one.get("TaxType") == tax and _amount(one) == amount)
    return next((one for one in same if one not in ours and "ItemCode" not in one), None)


def _comparable(line: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line that sells nothing is its text alone, whatever Xero fills in beside it."""
    if not line.get("Quantity") and not line.get("UnitAmount"):
        return {key: line[key] for key in ("Description",) if key in line}
    if _amount(line) == 0:
        # Xero keeps neither account nor tax of a line of 0.00.
        return {key: line[key] for key in line if key not in ("AccountCode", "TaxType")}
    return dict(line)


def _amount(line: Mapping[str, Plain]) -> Decimal:
    """What a line comes to before tax; a quantity that is not given is 1."""
    rate, amount = (
        Decimal(str(line[key])) if key in line else None
        for key in ("DiscountRate", "DiscountAmount")
    )
    quantity, price = Decimal(str(line.get("Quantity", 1))), Decimal(str(line.get("UnitAmount", 0)))
    return line_sum(quantity, price, discount_percent=rate, discount_amount=amount).amount


def _renamed(
    ours: Sequence[Line], theirs: Sequence[Line], codes: Collection[str]
) -> list[dict[str, Plain]]:
    """Their lines, with our code where theirs is that of no item any more: it was renamed."""
    found = [dict(line) for line in theirs]
    for mine, other in zip(ours, found, strict=False):
        code = other.get("ItemCode")
        if code is not None and code not in codes and mine.get("ItemCode"):
            other["ItemCode"] = mine["ItemCode"]
    return found


def aligned(
    ours: Sequence[Line], theirs: Sequence[Line]
) -> Iterator[tuple[int, Line | None, Line | None]]:
    """(number, our line, their line) of the lines that differ; one added in front moves none."""
    left, right = [to_json(line) for line in ours], [to_json(line) for line in theirs]
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(b - a, d - c)):
            mine = ours[a + step] if a + step < b else None
            other = theirs[c + step] if c + step < d else None
            yield (a if mine is not None else c) + step + 1, mine, other


def _line(number: int, ours: Line | None, theirs: Line | None) -> Iterator[Differing]:
    if ours is None or theirs is None:
        yield Differing(f"Line {number}", _shown(ours), _shown(theirs), key=LINES)
        return
    for key in LINE_KEYS:
        if ours.get(key) != theirs.get(key):
            label = f"Line {number}: {LINE_LABELS[key]}"
            yield Differing(label, ours.get(key), theirs.get(key), key=LINES, part=key)


def _shown(line: Line | None) -> str | None:
    """A whole line in a few words: quantity, text and price."""
    if line is None:
        return None
    text = str(line.get("Description") or line.get("ItemCode") or "")[:60]
    if "UnitAmount" not in line:
        return text
    return f"{line.get('Quantity')} × {text} @ {line['UnitAmount']}"
