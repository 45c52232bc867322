"""The records of the Vtiger, and what its query language answers of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.vtigercrm.fields import LINE_FIELDS, PREFIXES, Column, stock_columns
from tests.vtigercrm.query import Query, parsed
from tests.vtigercrm.refusals import Refusal, denied
from tests.vtigercrm.values import compared

#: Every fresh Vtiger has these; the percentages are those of its taxes.
_TAXES = {"tax1": ("VAT", "4.500"), "tax2": ("Sales", "10.000"), "tax3": ("Service", "12.500")}


@dataclass(slots=True)
class Row:
    """One record."""

    module: str
    number: int
    values: dict[str, Any]
    created: datetime
    modified: datetime
    deleted: bool = False
    lines: list[dict[str, Any]] = field(default_factory=list)
    #: Taxes of an item → percent.
    taxes: dict[str, str] = field(default_factory=dict)
    #: Prices of an item in each currency.
    prices: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """As the webservice says it."""
        return f"{PREFIXES[self.module]}x{self.number}"


class Tables:
    """What a Vtiger holds; see Vtiger."""

    def __init__(self, base: str) -> None:
        self.columns = stock_columns()
        self.rows: dict[int, Row] = {}
        self.users = {"19x1": ("admin", "Administrator"), "19x5": ("sally", "Sales")}
        self.groups = {"20x2": "Team Selling"}
        self.currencies = [("21x1", base, base, "1.00000", "-11")]
        self.taxes = {name: (*one, "Simple") for name, one in _TAXES.items()}

    def user(self, record_id: str) -> dict[str, Any]:
        """A user as it is retrieved."""
        raise NotImplementedError

    def shown(self, row: Row) -> dict[str, Any]:
        """What a row of a query has."""
        raise NotImplementedError

    # --- queries ---

    def query(self, text: str) -> list[dict[str, Any]]:
        """The operation query."""
        found = parsed(text)
        if found.module not in self.columns:
            return self._small_table(found)
        wanted = [f for f in found.fields if f.lower() not in ("*", "count(*)")]
        named = [*wanted, *(c[0] for g in found.where for c in g), *(o[0] for o in found.order)]
        self._check_fields(found.module, named)
        rows = self._matching(found)
        if found.fields[0].lower() == "count(*)":
            return [{"count": str(len(rows))}]
        lined = {*LINE_FIELDS, "hdnDiscountAmount", "hdnDiscountPercent"}
        if found.module == "Invoice" and (not wanted or lined & set(wanted)):
            return self._joined(found, wanted, rows)
        part = rows[found.offset : found.offset + found.limit]
        return [self._answered(row, wanted) for row in part]

    def _check_fields(self, module: str, names: Sequence[str]) -> None:
        for name in names:
            if "." in name:
                raise Refusal("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")
            if name not in self.columns[module] and name != "id":
                raise Refusal("ACCESS_DENIED", f"Permission to access '.{name}.' attribute denied.")

    def _matching(self, asked: Query) -> list[Row]:
        columns = self.columns[asked.module]
        rows = [row for row in self.rows.values() if row.module == asked.module and not row.deleted]

        def value(row: Row, name: str) -> Any:
            return compared(columns.get(name), self.shown(row).get(name, row.values.get(name)))

        def holds(row: Row, condition: tuple[str, str, Any]) -> bool:
            name, operator, wanted = condition
            return _holds(columns.get(name), value(row, name), operator, wanted)

        if asked.where:
            rows = [r for r in rows if any(all(holds(r, c) for c in g) for g in asked.where)]
        rows.sort(key=lambda row: row.number)
        for name, down in reversed(asked.order):
            rows.sort(key=lambda row, name=name: value(row, name), reverse=down)  # type: ignore[misc]
        return rows

    def _answered(self, row: Row, wanted: Sequence[str]) -> dict[str, Any]:
        shown = self.shown(row)
        return {name: shown[name] for name in [*(wanted or shown), "id"]}

    def _joined(self, asked: Query, wanted: Sequence[str], rows: list[Row]) -> list[dict[str, Any]]:
        """With a field of the lines the limit counts lines, and each invoice shows one of them."""
        pairs = [(row, line) for row in rows for line in row.lines]
        found: dict[int, dict[str, Any]] = {}
        for row, line in pairs[asked.offset : asked.offset + asked.limit]:
            shown = {**self.shown(row), **{name: line[name] for name in LINE_FIELDS}}
            names = [
                name.replace("hdnDiscount", "discount_").lower() if "Discount" in name else name
                for name in (wanted or shown)
            ]
            found.setdefault(row.number, {n: shown[n] for n in [*names, "id"] if n in shown})
        return list(found.values())

    def _small_table(self, asked: Query) -> list[dict[str, Any]]:
        """Tables that are no modules."""
        rows: list[dict[str, Any]]
        if asked.module == "Currency":
            names = ("id", "currency_name", "currency_code", "conversion_rate", "defaultid")
            more = {"currency_symbol": "", "currency_status": "Active", "deleted": "0"}
            rows = [dict(zip(names, one, strict=True)) | more for one in self.currencies]
        elif asked.module == "Tax":
            rows = [
                {
                    "id": f"34x{n}",
                    "taxname": name,
                    "taxlabel": label,
                    "percentage": percent,
                    "deleted": "0",
                    "method": method,
                    "type": "Fixed",
                    "compoundon": "[]",
                    "regions": "[]",
                }
                for n, (name, (label, percent, method)) in enumerate(self.taxes.items(), start=1)
            ]
        elif asked.module == "Users":
            rows = [self.user(one) for one in self.users]
        elif asked.module == "Groups":
            rows = [{"id": key, "groupname": name} for key, name in self.groups.items()]
        elif asked.module == "LineItem":
            rows = [
                {**line, "parent_id": row.id}
                for row in self.rows.values()
                if not row.deleted
                for line in row.lines
            ]
        else:
            raise denied(f" for name : {asked.module}")
        for group in asked.where[:1]:
            rows = [row for row in rows if all(_equal(row, one) for one in group)]
        return rows[asked.offset : asked.offset + asked.limit]


def _holds(column: Column | None, value: Any, operator: str, wanted: Any) -> bool:
    if operator == "IN":
        return value in [compared(column, one) for one in wanted]
    if operator == "LIKE":
        start = str(wanted).casefold()
        return str(value).startswith(start[:-1]) if start.endswith("%") else str(value) == start
    other = compared(column, wanted)
    verdicts: dict[str, bool] = {
        "=": value == other,
        "!=": value != other,
        "<": value < other,
        ">": value > other,
        "<=": value <= other,
        ">=": value >= other,
    }
    return verdicts[operator]


def _equal(row: Mapping[str, Any], condition: tuple[str, str, Any]) -> bool:
    name, operator, wanted = condition
    return str(row.get(name)) in (wanted if operator == "IN" else [wanted])
