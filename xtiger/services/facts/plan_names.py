"""What the ids in a plan are called: a page shows the name of a contact, not its id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from xtiger.model.plans import Difference, Item, Plan
from xtiger.model.values import Plain
from xtiger.rules.plan_view import Named

if TYPE_CHECKING:
    from xtiger.model.links import Shadow, Side
    from xtiger.services.parts import Parts

#: Fields of Xero that name another record → its kind.
_KINDS: Mapping[str, str] = {
    "Contact.ContactID": "Contact",
    "ContactID": "Contact",
    "Invoice.InvoiceID": "Invoice",
}
#: Where Xero keeps what people call a record.
_NAMES = ("Name", "InvoiceNumber", "Code")


class PlanNames(Named):
    """Names for the ids of one plan, read in few statements however many records it has."""

    def __init__(self, parts: Parts, made: Plan) -> None:
        self._store, self._connection = parts.store, made.connection_id
        shown = [item for item in made.items if item.verb is not None or item.differences]
        naming = [(item, one) for item in shown for one in item.differences if one.field in _KINDS]
        self._targets = self._targets_of(parts, {item.module for item, _one in naming})
        self._crm = {(one.module, one.crm_id): one.name for one in made.items if one.crm_id}
        self._xero = {one.xero_id: one.name for one in made.items if one.xero_id and one.name}
        self._read_crm(naming)
        self._read_xero(naming)
        self._totals = self._read_totals(shown)

    def name(self, item: Item, one: Difference, side: Side) -> str:
        """What a value of a side is called; "" for a value that is no id, or of nobody known."""
        value = one.crm if side == "crm" else one.xero
        if one.field not in _KINDS or not isinstance(value, str):
            return ""
        if side == "xero":
            return self._xero.get(value, "")
        targets = self._targets.get((item.module, one.field), ())
        found = (self._crm.get((module, value), "") for module in targets)
        return next((name for name in found if name), "")

    def total_before(self, item: Item) -> str:
        """The total that Xero has now of an invoice that changes; "" of all else."""
        return self._totals.get(item.xero_id or "", "")

    def _targets_of(
        self, parts: Parts, modules: Iterable[str]
    ) -> dict[tuple[str, str], Sequence[str]]:
        """(module, field of Xero) → the modules that the CRM's field may point to."""
        found: dict[tuple[str, str], Sequence[str]] = {}
        described = {module.name: module for module in parts.described()}
        for name in modules:
            mapping = self._store.mapping(self._connection, name)
            for row in mapping.rows if mapping is not None else ():
                if row.xero in _KINDS:
                    module = described[name]
                    by_name = next((one for one in module.fields if one.name == row.crm), None)
                    field = module.by_role(row.crm) or by_name
                    found[name, row.xero] = field.targets if field is not None else ()
        return found

    def _read_crm(self, naming: Sequence[tuple[Item, Difference]]) -> None:
        wanted: dict[str, set[str]] = {}
        for item, one in naming:
            for module in self._targets.get((item.module, one.field), ()):
                if isinstance(one.crm, str) and (module, one.crm) not in self._crm:
                    wanted.setdefault(module, set()).add(one.crm)
        for module, ids in wanted.items():
            known = self._store.newest_outcomes(self._connection, module, ids)
            self._crm |= {(module, crm_id): one.name for crm_id, one in known.items()}

    def _read_xero(self, naming: Sequence[tuple[Item, Difference]]) -> None:
        wanted: dict[str, set[str]] = {}
        for _item, one in naming:
            if isinstance(one.xero, str) and one.xero not in self._xero:
                wanted.setdefault(_KINDS[one.field], set()).add(one.xero)
        for kind, ids in wanted.items():
            copies = self._store.shadows(self._connection, "xero", kind, ids)
            self._xero |= {key: _name_of(copy) for key, copy in copies.items()}

    def _read_totals(self, shown: Sequence[Item]) -> dict[str, str]:
        ids = [
            item.xero_id
            for item in shown
            if item.xero_id and item.verb == "update" and item.expected_total is not None
        ]
        copies = self._store.shadows(self._connection, "xero", "Invoice", ids) if ids else {}
        return {key: _text(copy.payload.get("Total")) for key, copy in copies.items()}


def _name_of(copy: Shadow) -> str:
    found = (copy.payload.get(name) for name in _NAMES)
    return next((str(one) for one in found if one), "")


def _text(value: Plain) -> str:
    return "" if value is None else str(value)
