"""An invoice's lines as Xero takes them: what changed, and the rest exactly as Xero has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from xtiger.engine.plan.invoice.line_bench import LineBench
from xtiger.mapping.line_forms import as_sent
from xtiger.mapping.line_halves import counted, with_tax
from xtiger.mapping.lines_to_xero import request_line
from xtiger.model.values import Plain
from xtiger.rules.line_merge import Row
from xtiger.rules.money import LineSum

_AMOUNTS: Final = frozenset({"Quantity", "UnitAmount", "Discount", "TaxType"})
_FIGURES: Final = frozenset({"Quantity", "UnitAmount", "Discount"})


def amounts_of(bench: LineBench, rows: Iterable[Row]) -> str:
    """How the document is to count: as it does in Xero, unless a line of it bears a tax anew."""
    if bench.amounts != "NoTax":
        return bench.amounts
    taxes = (str(row.to_xero.get("TaxType") or "") for row in rows)
    return "Exclusive" if any(bench.rate(tax) != 0 for tax in taxes) else "NoTax"


def request_of(row: Row, bench: LineBench, amounts: str) -> tuple[dict[str, Plain], LineSum | None]:
    """One line as Xero takes it, and what Xero computes of it; None when the tax is unknown.

    Cells that do not travel go as Xero has them: a default changed meanwhile rewrites nothing.
    """
    cells, line = _cells(row, bench, amounts), dict[str, Plain]()
    before = bench.own[row.xero.id] if row.xero else {}
    if row.xero is not None:
        line["LineItemID"] = row.xero.id
    if before.get("UnitAmount") is not None and cells.get("UnitAmount") is None:
        cells = _emptied(before, cells)
    if _to_be_made_anew(before, cells):
        line = {}
    line |= _tracking(row, bench)
    given = {k: v for k, v in cells.items() if k != "Discount" and v is not None}
    cleared = {k: "" for k in ("ItemCode", "Description") if before.get(k) and not cells.get(k)}
    known = "LineItemID" in line
    line = {**line, **given, **(cleared if known else {}), **_discount(before, cells)}
    rate = bench.rate(str(cells.get("TaxType") or ""))
    if rate is None:
        return line, None
    found = counted(cells, rate, amounts)
    kept = None if _AMOUNTS & set(row.to_xero) else _own_tax(row, bench)
    if kept is not None and kept != found.tax:
        # Somebody entered the tax by hand.
        line["TaxAmount"] = kept
        net = found.amount + (found.tax - kept if amounts == "Inclusive" else 0)
        found = LineSum(net, kept)
    return line, found


def _cells(row: Row, bench: LineBench, amounts: str) -> dict[str, Plain]:
    """What the line is to be in Xero, with the prices as the document has them."""
    if row.xero is None:
        return _as_counted(dict(row.to_xero), bench, amounts, _is_tracked(row, bench))
    moved, own, meant = dict(row.to_xero), bench.own[row.xero.id], bench.real[row.xero.id]
    code = row.crm.cells.get("ItemCode") if row.crm else None
    if code and own.get("ItemCode") and "ItemCode" not in row.to_crm:
        moved["ItemCode"] = code  # an item renamed meanwhile is known by its new code only
    if row.in_head and "UnitAmount" in moved:
        moved = {"Quantity": Decimal(1), "Discount": None, **moved}
    if amounts == "Inclusive":
        return {**own, **_taxed(moved, own, bench)}
    if moved and (own != meant or _FIGURES & set(moved)):
        bare = own.get("UnitAmount") is None and row.crm is not None
        sold = dict(row.crm.cells) if bare and row.crm else {}
        return as_sent({**sold, **meant, **moved}, tracked=_is_tracked(row, bench))
    return {**own, **moved}


def _as_counted(
    cells: dict[str, Plain], bench: LineBench, amounts: str, tracked: bool
) -> dict[str, Plain]:
    if amounts != "Inclusive":
        return as_sent(cells, tracked=tracked)
    return {**cells, **_taxed(cells, {}, bench)}


def _taxed(
    moved: Mapping[str, Plain], own: Mapping[str, Plain], bench: LineBench
) -> dict[str, Plain]:
    """What moves, with tax in its prices; another tax is another price for the same net one."""
    tax_type = str(moved.get("TaxType", own.get("TaxType")) or "")
    new, old = (bench.rate(one) or Decimal(0) for one in (tax_type, str(own.get("TaxType") or "")))
    found = dict(moved)
    for name in ("UnitAmount", "Discount"):
        if name in moved:
            found[name] = with_tax(moved[name], new)
        elif new != old and name in own:
            found[name] = with_tax(own[name], new, old)
    return found


def _is_tracked(row: Row, bench: LineBench) -> bool:
    cells = bench.own[row.xero.id] if row.xero else {}
    code = row.to_xero.get("ItemCode", cells.get("ItemCode"))
    return bool(code) and bench.world.is_tracked(str(code))


def _emptied(before: Mapping[str, Plain], cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line that sells nothing any more: nothing of it for nothing, and the rest as it is.

    Xero keeps what a line with its id leaves out, so a price is not taken away but set to 0.
    """
    left = {name: before[name] for name in ("AccountCode", "TaxType") if before.get(name)}
    return {**cells, **left, "Quantity": Decimal(0), "UnitAmount": Decimal(0), "Discount": None}


def _tracking(row: Row, bench: LineBench) -> dict[str, Plain]:
    """The tracking of a line: as Xero has it, whatever changes; of a new one as the CRM says."""
    if row.xero is None:
        places = {own: n for n, own in enumerate(bench.built.host_ids)}
        place = places.get(row.crm.id) if row.crm else None
        said = bench.built.lines[place].get("Tracking") if place is not None else None
        return {"Tracking": said} if said else {}
    xero_id = row.xero.id
    raw: Sequence[Mapping[str, Plain]] = bench.xero.raw.get("LineItems") or ()
    line = next((one for one in raw if one.get("LineItemID") == xero_id), {})
    named = ("TrackingCategoryID", "TrackingOptionID")
    chosen = line.get("Tracking") or ()
    found = [{name: one[name] for name in named if one.get(name)} for one in chosen]
    return {"Tracking": found} if found else {}


def _to_be_made_anew(before: Mapping[str, Plain], cells: Mapping[str, Plain]) -> bool:
    """A line that changes its kind of discount, or loses an amount of it, begins anew.

    Xero keeps what a line with its id leaves out, and an amount of 0 would bar a later rate.
    """
    old, new = before.get("Discount"), cells.get("Discount")
    kinds = (old[0] if old else "", new[0] if new else "")
    return kinds in (("rate", "amount"), ("amount", "rate"), ("amount", ""))


def _discount(before: Mapping[str, Plain], cells: Mapping[str, Plain]) -> dict[str, Plain]:
    old, new = before.get("Discount"), cells.get("Discount")
    if new is not None:
        return request_line({"Discount": new})
    return {"DiscountRate": Decimal(0)} if old is not None and old[0] == "rate" else {}


def _own_tax(row: Row, bench: LineBench) -> Decimal | None:
    """The tax that Xero has on a line."""
    if row.xero is None:
        return None
    lines = (line for line in bench.xero.lines if line.get("LineItemID") == row.xero.id)
    tax = next(lines, {}).get("TaxAmount")
    return tax if isinstance(tax, Decimal) else None
