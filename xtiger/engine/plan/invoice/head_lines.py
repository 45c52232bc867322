"""Lines of Xero that the CRM keeps in the head of an invoice: its charges and its adjustment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Final

from xtiger.mapping.lines_to_xero import ADJUSTMENT, CHARGES
from xtiger.model import line_ids
from xtiger.model.line_ids import OF_HEAD, LineId
from xtiger.model.records import Module
from xtiger.model.values import Plain

_TEXTS: Final = {CHARGES.casefold(): line_ids.CHARGES, ADJUSTMENT.casefold(): line_ids.ADJUSTMENT}


def head_lines(
    lines: Iterable[tuple[str, Mapping[str, Plain]]],
    module: Module,
    taken: Collection[str],
    rate_of: Callable[[str], Decimal | None],
) -> dict[str, LineId]:
    """LineItemID → the part of the head that it becomes, of lines that the CRM does not have yet.

    At most one line for each part, and none where the part is `taken` or the CRM has no such field.
    """
    found: dict[str, LineId] = {}
    for xero_id, cells in lines:
        part = _part(cells, rate_of)
        described = module.by_role(f"invoice.{OF_HEAD[part]}") if part else None
        free = part not in taken and part not in found.values()
        if part and free and described is not None and described.writable:
            found[xero_id] = part
    return found


def _part(cells: Mapping[str, Plain], rate_of: Callable[[str], Decimal | None]) -> LineId | None:
    """What a line is in the CRM's head: called so, and of no item; adjustments bear no tax."""
    text = str(cells.get("Description") or "").casefold()
    part = _TEXTS.get(text) if not cells.get("ItemCode") else None
    if part != line_ids.ADJUSTMENT:
        return part
    plain = cells.get("Quantity") == 1 and not cells.get("Discount")
    return part if plain and rate_of(str(cells.get("TaxType") or "")) == 0 else None
