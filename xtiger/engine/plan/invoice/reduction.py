"""What an invoice of the CRM says less than Xero, which keeps its amounts: offered as a credit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xtiger.engine.pair.pair import Pairing
from xtiger.engine.plan.field_merge import Merged
from xtiger.engine.plan.invoice.line_bench import LineBench
from xtiger.engine.plan.invoice.request_lines import request_of
from xtiger.engine.plan.invoice.rounding import limit_of
from xtiger.engine.plan.item_builder import item_of, row_key
from xtiger.engine.workbench.scope import Scope
from xtiger.engine.workbench.workbench import Workbench
from xtiger.mapping.convert import LINES
from xtiger.model.customers.credited import Credited, CreditOfInvoice, CreditShare
from xtiger.model.plans import Cause, Difference, Item
from xtiger.model.records import XeroRecord
from xtiger.model.setting_keys import credits_of_invoices, record_in
from xtiger.model.values import Plain, as_decimal
from xtiger.rules.causes import cause_of
from xtiger.rules.customers.crediting import can_be_lines, still_open, total_of
from xtiger.rules.gone import says_gone
from xtiger.rules.line_merge import LineMerge, Row
from xtiger.rules.rounding import ROUNDING, RoundingAccount, is_small

#: Cells of a line that are money, or where it is booked.
_MONEY = frozenset({"Quantity", "UnitAmount", "Discount", "AccountCode", "TaxType"})
#: Cells that move stock.
_MOVES_STOCK = frozenset({"", "ItemCode", "Quantity"})
#: What keeps the amounts of an invoice as they are in Xero.
_LOCKS = frozenset({"invoice_locked", "period_locked"})


@dataclass(frozen=True, slots=True)
class Moved:
    """The lines that the CRM changed: as Xero has them, and as they would be."""

    before: tuple[CreditShare, ...]
    after: tuple[CreditShare, ...]


def moved_lines(bench: LineBench, merge: LineMerge, amounts: str) -> Moved | None:
    """The shares of the lines that would change in Xero; None where a credit cannot say it all.

    A text that changes, another order, and what moves the stock of an item are none of its kind.
    """
    if merge.writes or merge.order_to_xero or not merge.changes:
        return None
    rows: dict[int, Row] = {}
    for change in merge.changes:
        if change.cell and change.cell not in _MONEY:
            return None
        if change.cell in _MOVES_STOCK and _is_tracked(change.row, bench):
            return None
        rows[id(change.row)] = change.row
    there = [_as_in_xero(row) for row in rows.values() if row.xero is not None]
    stays = [row for row in rows.values() if not row.remove]
    before = [_share(row, bench, bench.amounts) for row in there]
    after = [_share(row, bench, amounts) for row in stays]
    if None in before or None in after:
        return None
    return Moved(
        tuple(one for one in before if one is not None),
        tuple(one for one in after if one is not None),
    )


def _as_in_xero(row: Row) -> Row:
    """The row as Xero has it: nothing of it travels."""
    return Row(row.base, row.crm, row.xero)


def _is_tracked(row: Row, bench: LineBench) -> bool:
    cells = [line.cells for line in (row.crm, row.xero) if line is not None]
    codes = {str(one.get("ItemCode") or "") for one in cells} - {""}
    return any(bench.world.is_tracked(code) for code in codes)


def _share(row: Row, bench: LineBench, amounts: str) -> CreditShare | None:
    """One line by where it is booked; None where its tax, or what tracks it, is not known."""
    line, found = request_of(row, bench, amounts)
    chosen = [_tracked(one, bench) for one in line.get("Tracking") or ()]
    if found is None or None in chosen:
        return None
    return CreditShare(
        str(line.get("AccountCode") or ""),
        str(line.get("TaxType") or ""),
        found.amount,
        found.tax,
        str(line.get("Description") or line.get("ItemCode") or ""),
        tuple(ids for ids in chosen if ids is not None),
    )


def _tracked(chosen: Mapping[str, Plain], bench: LineBench) -> tuple[str, str] | None:
    """The ids of a category and its option; a new line names both, as a line of Xero may, too."""
    lines = bench.xero.raw.get("LineItems") or ()
    seen = [each for line in lines for each in line.get("Tracking") or ()]
    name, option = chosen.get("Name"), chosen.get("Option")
    same = [one for one in seen if name and (one.get("Name"), one.get("Option")) == (name, option)]
    for one in (chosen, *same):
        category, own = one.get("TrackingCategoryID"), one.get("TrackingOptionID")
        if category and own:
            return str(category), str(own)
    return None


# --- what is credited already, and what is still to be ---------------------------------------


def all_credited(bench: Workbench, module: str) -> dict[str, Credited]:
    """CRM id → what was credited so of a module's invoices, without what was voided in Xero."""
    store, connection_id = bench.store, bench.connection_id
    group = credits_of_invoices(connection_id, module)
    kept = {record_in(group, key): Credited.of(v) for key, v in store.settings_like(group).items()}
    ids = [note.xero_id for one in kept.values() for note in one.made]
    seen = store.shadows(connection_id, "xero", "CreditNote", ids) if ids else {}
    gone = frozenset(
        key for key, one in seen.items() if one.gone or says_gone("CreditNote", one.payload)
    )
    return {crm_id: one.without(gone) for crm_id, one in kept.items()}


def credited_of(pairing: Pairing, find: Callable[[str], Credited]) -> Credited:
    """What was credited of this invoice as it is linked now."""
    found = find(pairing.crm_id or "")
    return found if found.invoice_id == pairing.xero_id else Credited(pairing.xero_id or "")


def is_explained(
    moved: Moved | None, credited: Credited, xero: XeroRecord, crm_total: object
) -> bool:
    """Whether the credit notes made so are all by which both sides differ."""
    if moved is None or not credited.made:
        return False
    if still_open(moved.before, moved.after, _booked(credited)):
        return False
    there = (as_decimal(xero.values.get("Total")) or Decimal(0)) - credited.total
    return crm_total is None or crm_total == there


def _booked(credited: Credited) -> list[CreditShare]:
    """What the notes say of lines: the one for rounding is none of the invoice's."""
    return [one for one in credited.shares if one.text != ROUNDING]


def stand_credited(merged: Merged) -> None:
    """Leave the lines as they are on both sides: they are not agreed on, and nothing travels."""
    merged.differences = [one for one in merged.differences if row_key(one.field) != LINES]
    merged.agreed.discard(LINES)


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides whether a difference may be credited."""

    scope: Scope
    credited: Credited
    rounding: RoundingAccount | None
    #: The CRM's total; a cause where it cannot be read, None where it says none.
    crm_total: Decimal | Cause | None


def credit_for(
    moved: Moved | None, merged: Merged, xero: XeroRecord, terms: Terms
) -> CreditOfInvoice | None:
    """The credit note that would make both sides agree, which is offered; None for none.

    Only of a sale, only where nothing but Xero's lock stops it, and only of what is less.
    """
    scope, causes = terms.scope, merged.causes
    locked = bool(causes) and all(one.code in _LOCKS for one in causes)
    if moved is None or not locked or set(merged.to_xero) != {LINES} or merged.conflicts:
        return None
    if scope.buys or scope.gives_back or scope.traits.is_money:
        return None
    shares = _with_rounding(moved, xero, terms)
    if shares is None or not can_be_lines(shares) or total_of(shares) <= 0:
        return None
    number = str(xero.values.get("InvoiceNumber") or "")[:240]
    place, total = len(terms.credited.made) + 1, total_of(shares)
    merged.causes = [cause_of("invoice_reduced", amount=str(total))]
    return CreditOfInvoice(f"{number}-CN{place}", total, shares)


def _with_rounding(moved: Moved, xero: XeroRecord, terms: Terms) -> tuple[CreditShare, ...] | None:
    """What is to be credited, so that both totals are equal to the cent."""
    shares = still_open(moved.before, moved.after, _booked(terms.credited))
    if isinstance(terms.crm_total, Cause):
        return None
    if terms.crm_total is None:
        return shares
    total = as_decimal(xero.values.get("Total")) or Decimal(0)
    missing = total - terms.credited.total - terms.crm_total - total_of(shares)
    if not missing:
        return shares
    place = terms.rounding
    if place is None or not is_small(missing, limit_of(terms.scope)):
        return None
    line = CreditShare(place.code, place.tax_type, missing, Decimal(0), ROUNDING)
    return (*shares, line)


# --- in the plan -----------------------------------------------------------------------------


def crediting_item(pairing: Pairing, scope: Scope, credit: CreditOfInvoice) -> Item:
    """The item that makes the credit note, or finishes one that an earlier run announced."""
    shown = f"{credit.number} {credit.total}"
    return item_of(
        pairing,
        scope,
        verb="update",
        result="updated",
        differences=(Difference("CreditNote", "Credit note", None, shown, None, "to_xero"),),
        credit=credit,
    )
