"""The Vtiger itself: its records, and what each operation of its webservice does to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from html.entities import codepoint2name
from typing import Any

from tests.vtigercrm import invoices
from tests.vtigercrm.fields import (
    CHARGE,
    LABELS,
    LINE_FIELDS,
    NAMES,
    NUMBERS,
    PREFIXES,
    Column,
    columns_of,
)
from tests.vtigercrm.query import MOST
from tests.vtigercrm.refusals import DENIED, Fatal, Refusal, Sorry, denied
from tests.vtigercrm.tables import Row, Tables
from tests.vtigercrm.values import compared, kept, number, placed

_ITEMS = ("Products", "Services")
_LINE_MORE = ("image", "purchase_cost", "margin")
_HEAD_SUMS = ("hdnSubTotal", "hdnGrandTotal", "pre_tax_total")


class Vtiger(Tables):
    """A CRM with one administrator; `clock` is the database's own time, `base` its currency.

    `decimals` are the places of prices of the user; `sync_works` is whether somebody mended the
    operation, which ends a stock one on PHP 8.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        decimals: int = 5,
        sync_works: bool = False,
        base: str = "USD",
    ) -> None:
        self.clock, self.decimals, self.sync_works = clock, decimals, sync_works
        super().__init__(base)
        self._last, self._last_line = 1, 0
        self._numbers: dict[str, int] = {}

    def add_fields(self, module: str, table: str) -> None:
        """Add fields in the Layout Editor."""
        last = self.columns[module].pop("id")
        self.columns[module] |= columns_of(table)
        self.columns[module]["id"] = last

    def add_currency(self, code: str, rate: str) -> str:
        """Add a currency; answers its id."""
        found = f"21x{len(self.currencies) + 1}"
        self.currencies.append((found, code, code, placed(rate, 5), "0"))
        return found

    def number_next(self, number: int) -> None:
        """Let the next record have this number."""
        self._last = number - 1

    # --- describing ---

    def describe(self, element_type: str) -> dict[str, Any]:
        """The operation describe."""
        if element_type not in self.columns:
            raise denied(f" for name : {element_type}")
        fields = [column.described() for column in self.columns[element_type].values()]
        if element_type in _ITEMS:
            fields += [_extra(name, one[0]) for name, one in self.taxes.items()]
            fields.append(_extra("currency1", "USA, Dollars USD"))
        if element_type == "Invoice":
            label = "Shipping &amp; Handling"
            fields.append(_extra(CHARGE, label))
            fields += [
                _extra(f"{CHARGE}_sh{name}", f"{label} {one[0]}")
                for name, one in self.taxes.items()
            ]
        able = ("createable", "updateable", "deleteable", "retrieveable")
        return {
            "label": LABELS.get(element_type, element_type),
            "name": element_type,
            **dict.fromkeys(able, True),
            "fields": fields,
            "idPrefix": PREFIXES[element_type],
            "isEntity": True,
            "allowDuplicates": False,
            "labelFields": ",".join(NAMES[element_type]),
            "inactiveFields": [],
        }

    def listtypes(self) -> dict[str, Any]:
        """The operation listtypes."""
        names = [*self.columns, "Users", "Groups", "Currency", "LineItem", "Tax"]
        return {
            "types": names,
            "information": {
                name: {"isEntity": name in self.columns, "label": name, "singular": name}
                for name in names
            },
        }

    # --- reading ---

    def row(self, record_id: str) -> Row:
        """The row of an id; raises Refusal as retrieve does."""
        prefix, cut, digits = str(record_id).partition("x")
        if not cut or prefix not in PREFIXES.values() or not digits.isdigit():
            raise denied(" for id")
        found = self.rows.get(int(digits))
        if found is None or found.deleted:
            raise denied()
        if PREFIXES[found.module] != prefix:
            raise Refusal("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")
        return found

    def retrieve(self, record_id: str) -> dict[str, Any]:
        """The operation retrieve."""
        if record_id in self.users:
            return self.user(record_id)
        row = self.row(record_id)
        found = self.shown(row)
        found["label"] = _entities(self._label(row))
        if row.module in _ITEMS:
            found |= row.taxes | row.prices
        if row.module == "Invoice":
            found |= {name: value for name, value in row.values.items() if name.startswith(CHARGE)}
            found["LineItems"] = [dict(line) for line in row.lines]
            found["productid"] = row.lines[0]["productid"] if row.lines else ""
            found["LineItems_FinalDetails"] = invoices.final_details(row.lines, self._item)
        return found

    def user(self, record_id: str) -> dict[str, Any]:
        name, last = self.users[record_id]
        return {
            "id": record_id,
            "user_name": name,
            "last_name": last,
            "no_of_currency_decimals": str(self.decimals),
            "currency_id": "21x1",
        }

    def shown(self, row: Row) -> dict[str, Any]:
        """What a row of a query has, too."""
        names = [n for n in self.columns[row.module] if n not in LINE_FIELDS or n == "currency_id"]
        if row.module != "Invoice":
            names = list(self.columns[row.module])
        own = {
            "id": row.id,
            "createdtime": f"{row.created:%Y-%m-%d %H:%M:%S}",
            "modifiedtime": f"{row.modified:%Y-%m-%d %H:%M:%S}",
            "modifiedby": "19x1",
            "source": "WEBSERVICE",
            "starred": "0",
        }
        found = {name: own.get(name, row.values.get(name, "")) for name in names}
        if row.module in (*_ITEMS, "Invoice"):
            found["currency_id"] = row.values["currency_id"]
        return found

    def _label(self, row: Row) -> str:
        parts = (str(row.values.get(name) or "") for name in NAMES[row.module])
        return " ".join(part for part in parts if part)

    def _item(self, record_id: str) -> invoices.Item | None:
        try:
            row = self.row(record_id)
        except Refusal:
            return None
        taxes = {name: number(value) for name, value in row.taxes.items()}
        price = number(row.values.get("unit_price"))
        return invoices.Item(row.id, self._label(row), row.module, price, taxes)

    # --- writing ---

    def create(self, element_type: str, element: Mapping[str, Any]) -> dict[str, Any]:
        """The operation create."""
        if element_type not in self.columns:
            raise denied()
        self._check(element_type, element, whole=True)
        self._last += 1
        now = self.clock().replace(microsecond=0)
        row = Row(element_type, self._last, {}, now, now)
        for name, column in self.columns[element_type].items():
            row.values[name] = kept(column, element.get(name))
        counted, start = NUMBERS[element_type]
        row.values["currency_id"] = str(element.get("currency_id") or "21x1")
        if element_type == "Invoice":
            self._write_lines(row, element, answered_balance=element.get("balance"))
            self._lower_stock(row)
        self._references(row, element)
        if element_type in _ITEMS:
            self._write_item(row, element)
        self._numbers[start] = self._numbers.get(start, 0) + 1
        row.values[counted] = f"{start}{self._numbers[start]}"
        self.rows[row.number] = row
        owner = element.get("assigned_user_id")
        if owner and owner not in (*self.users, *self.groups):
            raise Sorry
        found = self.retrieve(row.id)
        if element_type == "Invoice":
            found |= {"productid": None, "new": True}
            found["balance"] = placed(element.get("balance"), 8)
            found |= {name: float(row.values[name]) for name in _HEAD_SUMS}
        return found

    def update(self, element: Mapping[str, Any]) -> dict[str, Any]:
        """The operation update: a whole record again."""
        row = self.row(str(element.get("id") or ""))
        self._check(row.module, element, whole=True, own=row)
        lined = row.module == "Invoice" and "LineItems" in element
        if lined:
            invoices.refuse_blanks(element)
        self._store(row, element)
        if row.module != "Invoice":
            return self.retrieve(row.id)
        row.values["region_id"] = "0"
        if not lined:
            row.values["hdnS_H_Percent"] = placed(row.values.get(CHARGE), 8)
            return self._with_first_line(row)
        stale = row.values["balance"]
        self._write_lines(row, element)
        blank = dict.fromkeys((*LINE_FIELDS, *_LINE_MORE), "")
        sums = {name: float(row.values[name]) for name in _HEAD_SUMS}
        # What it answers has no lines, and the balance of before.
        none = {"LineItems": [], "productid": None, "balance": stale}
        return {**self.retrieve(row.id), **blank, **sums, **none}

    def revise(self, element: Mapping[str, Any]) -> dict[str, Any]:
        """The operation revise: only what is given."""
        row = self.row(str(element.get("id") or ""))
        self._check(row.module, element, whole=False, own=row)
        alone = {k: v for k, v in element.items() if not k.startswith("hdnDiscount")}
        self._store(row, element if row.module != "Invoice" else alone)
        if row.module == "Invoice" and "LineItems" in element:
            balance = row.values["balance"]
            if element.get("hdnTaxType"):
                self._write_lines(row, {**row.values, **element})
            else:
                none = {"hdnTaxType": "", "txtAdjustment": "0.00000000", CHARGE: None}
                self._write_lines(row, {**row.values, "LineItems": element["LineItems"]} | none)
                row.values |= none | dict.fromkeys(_HEAD_SUMS[1:], "0.00000000")
            row.values["balance"] = balance
            sums = {name: float(row.values[name]) for name in _HEAD_SUMS}
            return {**self.retrieve(row.id), **sums, "productid": None}
        if row.module != "Invoice":
            return self.retrieve(row.id)
        found = self._with_first_line(row)
        return {key: value for key, value in found.items() if not key.startswith(CHARGE)}

    def _with_first_line(self, row: Row) -> dict[str, Any]:
        """A change of the head is answered with the fields of a line beside it."""
        line = {name: row.lines[0][name] for name in LINE_FIELDS} if row.lines else {}
        return {**self.retrieve(row.id), **line, **dict.fromkeys(_LINE_MORE, "")}

    def delete(self, record_id: str) -> dict[str, Any]:
        """The operation delete: into the recycle bin."""
        row = self.row(record_id)
        row.deleted, row.modified = True, self.clock().replace(microsecond=0)
        for other in self.rows.values():
            if row.module == "Accounts" and other.values.get("account_id") == row.id:
                other.values["account_id"] = ""
        return {"status": "successful"}

    def _check(
        self, module: str, element: Mapping[str, Any], *, whole: bool, own: Row | None = None
    ) -> None:
        for name, column in self.columns[module].items():
            asked = whole or name in element
            if column.mandatory and asked and element.get(name) in (None, ""):
                raise Refusal("MANDATORY_FIELDS_MISSING", f"{name} does not have a value")
            given = str(element.get(name) or "")
            prefixes = [PREFIXES.get(target) for target in column.targets]
            if given and column.targets and given.partition("x")[0] not in prefixes:
                raise Refusal("REFERENCE_INVALID", f"Invalid reference specified for {name}")
            if given and "U" in column.flags and self._taken(module, name, given, own):
                raise Refusal(0, "Duplicate(s) detected!")
        if whole and own is None and module == "Invoice" and not element.get("LineItems"):
            raise Refusal("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing..")

    def _taken(self, module: str, name: str, given: str, own: Row | None) -> bool:
        return any(
            compared(None, row.values[name]) == compared(None, given)
            for row in self.rows.values()
            if row.module == module and not row.deleted and row is not own
        )

    def _store(self, row: Row, element: Mapping[str, Any]) -> None:
        for name, column in self.columns[row.module].items():
            if name in element and column.editable and name not in LINE_FIELDS:
                blank = name.startswith("hdnDiscount") and not number(element[name])
                row.values[name] = "" if blank else kept(column, element[name])
        self._references(row, element)
        row.modified = max(row.modified, self.clock().replace(microsecond=0))
        if row.module in _ITEMS:
            self._write_item(row, element)

    def _references(self, row: Row, element: Mapping[str, Any]) -> None:
        """One to a record that is not there is kept as none."""
        for name, column in self.columns[row.module].items():
            if not column.targets or name not in element or name in ("currency_id", "productid"):
                continue
            try:
                row.values[name] = self.row(str(element[name])).id if element[name] else ""
            except Refusal:
                row.values[name] = ""

    def _write_item(self, row: Row, element: Mapping[str, Any]) -> None:
        """Taxes and prices of currencies that are not sent again are gone."""
        row.taxes = {name: placed(element[name], 3) for name in self.taxes if name in element}
        for name in ("unit_price", "purchase_cost"):
            row.values[name] = placed(placed(row.values[name], self.decimals), 8)
        whole = "unit_price" in element and ("currency_id" in element or not row.prices)
        own = f"currency{row.values['currency_id'].partition('x')[2]}"
        row.prices = {f"currency{key.partition('x')[2]}": 0 for key, *_ in self.currencies} | {
            name: float(number(value))
            for name, value in element.items()
            if name.startswith("currency") and name[8:].isdigit()
        }
        if whole and not element.get(own):
            row.prices[own] = float(number(row.values["unit_price"]))

    def _write_lines(
        self, row: Row, element: Mapping[str, Any], answered_balance: Any = None
    ) -> None:
        mode = str(element.get("hdnTaxType") or "")
        row.lines = invoices.lines_of(element["LineItems"], mode, self._item, self._line_id)
        row.values |= invoices.taken_head(element)
        found = invoices.totals(row.values, row.lines, self._item)
        row.values |= {name: placed(value, 8) for name, value in found.items()}
        named = bool(number(element.get(CHARGE)))
        row.values["hdnS_H_Percent"] = placed(found["hdnS_H_Amount"] if named else 0, 8)
        left = found["hdnGrandTotal"] - number(row.values.get("received"))
        row.values["balance"] = placed(left if answered_balance is None else answered_balance, 8)

    def _line_id(self) -> str:
        self._last_line += 1
        return f"33x{self._last_line}"

    def _lower_stock(self, invoice: Row) -> None:
        for line in invoice.lines:
            item = self.rows.get(int(str(line["productid"]).rpartition("x")[2] or 0))
            if item is not None and item.module == "Products":
                left = number(item.values["qtyinstock"]) - number(line["quantity"])
                item.values["qtyinstock"] = placed(left, 3)

    # --- sync ---

    def sync(self, since: str, element_type: str, sync_type: str = "user") -> dict[str, Any]:
        """The operation sync, where somebody mended it."""
        if not self.sync_works or not element_type:
            raise Fatal
        if element_type not in self.columns:
            raise Refusal("ACCESS_DENIED", DENIED)
        start = int(since or 0)
        moved = [
            (int(row.modified.timestamp()), row)
            for row in self.rows.values()
            if row.module == element_type and int(row.modified.timestamp()) > start
        ]
        moved.sort(key=lambda one: (one[0], one[1].number))
        last = moved[MOST - 1][0] if len(moved) > MOST else (moved[-1][0] if moved else 0)
        part = [row for at, row in moved if at <= last]
        return {
            "updated": [self.shown(row) for row in part if not row.deleted],
            "deleted": [row.id for row in part if row.deleted],
            "more": len(part) < len(moved),
            "lastModifiedTime": last or start,
        }


def _entities(text: str) -> str:
    """As PHP writes text for a page."""
    return "".join(
        "&#039;"
        if one == "'"
        else f"&{codepoint2name[ord(one)]};"
        if ord(one) in codepoint2name
        else one
        for one in text
    )


def _extra(name: str, label: str) -> dict[str, Any]:
    """A field that no column stands behind."""
    return {**Column(name, label, "double").described(), "default": None}


#: How long a session lasts, and how long it may be idle.
LIFE, IDLE, CHALLENGE = timedelta(days=1), timedelta(minutes=30), timedelta(minutes=5)
