"""The shelf of invoices: header, lines and status as both sides have them, and their totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.stories.machine.cells import Cell, Seen, Side, Thing
from tests.stories.machine.shelf import Shelf
from tests.world import World

#: What of a line both sides may edit: model → (CRM field, Xero field).
LINE: Mapping[str, tuple[str, str]] = {
    "quantity": ("quantity", "Quantity"),
    "price": ("listprice", "UnitAmount"),
    "discount": ("discount_percent", "DiscountRate"),
}
HEAD: Mapping[str, tuple[str, str]] = {
    "reference": ("subject", "Reference"),
    "due": ("duedate", "DueDate"),
}
#: What the statuses mean, coarsely enough that both sides have a word for it.
CRM_WORDS = {"Created": "draft", "Approved": "approved", "Partially Paid": "part", "Paid": "paid"}
CENT = Decimal("0.01")
#: A line as people enter it: (quantity, price, discount, code of what it sells or "").
Typed = tuple[str, str, str, str]
#: Lines, each with the text that it bears.
Marked = Sequence[tuple[str, Typed]]


class _Codes:
    """Codes of what lines sell; a line keeps what it sold when that is deleted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[tuple[str, str], Any] = {}

    def of(self, module: str, crm_id: str) -> Any:
        """The code of a product or service of the CRM."""
        if (module, crm_id) not in self._known:
            values = self._world.host.record(module, crm_id).values
            self._known[module, crm_id] = values[f"{module[:-1].lower()}code"]
        return self._known[module, crm_id]


class Invoices(Shelf):
    """Sales invoices, known by their number; their lines by the text that each bears."""

    module, kind, id_name = "Invoices", "Invoices", "InvoiceID"

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        #: How many lines were entered so far: each has a text of its own.
        self.lines_made = 0
        #: Numbers of the invoices that somebody approved.
        self.approved: set[str] = set()

    # --- what each side has ---

    def _crm_rows(self) -> Iterable[tuple[str, Seen]]:
        codes = _Codes(self.world)
        for record in self.world.host.all(self.module):
            values = record.values
            status = str(values["invoicestatus"])
            if status == "Cancel":
                continue
            rows = [_crm_line(line, codes) for line in record.lines]
            due = values.get("duedate")
            cells = {
                "reference": values.get("subject") or None,
                "due": due and str(due),
                "status": CRM_WORDS.get(status, status),
                **_lined(rows),
            }
            number = str(values["invoice_no"] or "")
            yield number, Seen(record.ref.id, cells, number, values["xero_sync"] is False)

    def _xero_rows(self) -> Iterable[tuple[str, Seen]]:
        for raw in self.world.xero("Invoices"):
            if raw["Status"] in ("VOIDED", "DELETED"):
                continue
            rows = [_xero_line(line) for line in raw["LineItems"]]
            cells = {
                "reference": raw.get("Reference") or None,
                "due": raw.get("DueDate"),
                "status": _xero_word(raw),
                **_lined(rows),
                "total": Decimal(raw["Total"]),
            }
            yield (
                str(raw["InvoiceNumber"]),
                Seen(str(raw["InvoiceID"]), cells, str(raw["InvoiceNumber"])),
            )

    # --- what people do ---

    def new(
        self, side: Side, payer: str, lines: Sequence[Typed], *, approved: bool
    ) -> Thing | None:
        """Make one for the organisation with this id on that side."""
        number = f"{'CX'[side == 'xero']}I{len(self.things) + 1:03d}"
        marked = [(self._next_line(), line) for line in lines]
        if side == "crm":
            self._make_in_crm(number, payer, marked, "Approved" if approved else "Created")
        elif not self._make_in_xero(number, payer, marked, "AUTHORISED" if approved else "DRAFT"):
            return None
        if approved:
            self.approved.add(number)
        thing = self.made(Thing(number, {"reference": Cell()}), side, due="2026-12-02")
        for mark, line in marked:
            _typed(thing, side, mark, line)
        return thing

    def _make_in_crm(self, number: str, payer: str, marked: Marked, status: str) -> None:
        self.world.host.create(
            "Invoices",
            {
                "invoice_no": number,
                "account_id": payer,
                "invoicedate": date(2026, 11, 2),
                "duedate": date(2026, 12, 2),
                "invoicestatus": status,
            },
            [self._crm_typed(mark, line) for mark, line in marked],
        )

    def _make_in_xero(self, number: str, payer: str, marked: Marked, status: str) -> bool:
        """Whether Xero took it."""
        try:
            self.world.sandbox.add(
                "Invoices",
                {
                    "Type": "ACCREC",
                    "InvoiceNumber": number,
                    "Contact": {"ContactID": payer},
                    "Date": "2026-11-02",
                    "DueDate": "2026-12-02",
                    "Status": status,
                    "LineItems": [xero_typed(mark, line) for mark, line in marked],
                },
            )
        except ValueError:
            return False
        return True

    def _next_line(self) -> str:
        self.lines_made += 1
        return f"L{self.lines_made}"

    def _crm_typed(self, mark: str, line: Typed) -> dict[str, Any]:
        quantity, price, discount, code = line
        found: dict[str, Any] = {
            "comment": mark,
            "quantity": Decimal(quantity),
            "listprice": Decimal(price),
            "discount_percent": Decimal(discount) or None,
        }
        for module, field in (("Products", "product"), ("Services", "service")):
            for record in self.world.host.all(module) if code else ():
                if record.values[f"{field}code"] == code:
                    found[f"{field}_id"] = record.ref.id
        return found

    def edit_head(self, thing: Thing, side: Side, cell: str, text: str) -> None:
        """Somebody types a reference or chooses another day."""
        ours, theirs = HEAD[cell]
        if side == "crm":
            value = date.fromisoformat(text) if cell == "due" else text
            self.edit_crm(thing, cell, text or None, **{ours: value})
        else:
            self.edit_xero(thing, cell, text or None, {theirs: text})

    def lines(self, thing: Thing, side: Side) -> tuple[str, list[dict[str, Any]]]:
        """(id, lines) of the invoice on one side, ready to be changed; "" when it is not there."""
        found = self.seen(thing, side)
        if found is None:
            return "", []
        if side == "crm":
            return found.id, [
                dict(one) for one in self.world.host.record("Invoices", found.id).lines
            ]
        raw = next(r for r in self.world.xero("Invoices") if r["InvoiceID"] == found.id)
        return found.id, [dict(one) for one in raw["LineItems"]]

    def save_lines(self, side: Side, found: str, lines: Sequence[Mapping[str, Any]]) -> bool:
        """Save the whole list of lines as a form does; answers whether it was let."""
        try:
            if side == "crm":
                self.world.host.edit_lines("Invoices", found, lines)
                self._sum_up(found)
            else:
                self.world.wait(1)
                self.world.sandbox.edit("Invoices", found, {"LineItems": lines})
        except ValueError:
            return False
        return True

    def edit_line(self, thing: Thing, side: Side, place: int, cell: str, value: str) -> None:
        """Somebody types into one cell of one line."""
        found, lines = self.lines(thing, side)
        if not lines:
            return
        line = lines[place % len(lines)]
        field, number = LINE[cell][side == "xero"], Decimal(value)
        line[field] = number or (None if side == "crm" else Decimal(0))
        if side == "xero":
            for derived in ("LineAmount", "TaxAmount", "DiscountAmount"):
                line.pop(derived, None)
        if self.save_lines(side, found, lines):
            thing.type(side, f"{_mark(line)}.{cell}", number or None)

    def add_line(self, thing: Thing, side: Side, place: int, line: Typed) -> None:
        """Somebody puts a line in."""
        found, lines = self.lines(thing, side)
        mark = self._next_line()
        if not found:
            return
        new = self._crm_typed(mark, line) if side == "crm" else xero_typed(mark, line)
        lines.insert(place % (len(lines) + 1), new)
        if self.save_lines(side, found, lines):
            _typed(thing, side, mark, line)

    def remove_line(self, thing: Thing, side: Side, place: int) -> None:
        """Somebody takes a line out; not the last one."""
        found, lines = self.lines(thing, side)
        if len(lines) < 2:
            return
        gone = lines.pop(place % len(lines))
        if self.save_lines(side, found, lines):
            for cell in LINE:
                thing.type(side, f"{_mark(gone)}.{cell}", None)

    def move_line(self, thing: Thing, side: Side, place: int) -> None:
        """Somebody drags a line to the top."""
        found, lines = self.lines(thing, side)
        if len(lines) < 2:
            return
        lines.insert(0, lines.pop(place % len(lines)))
        if self.save_lines(side, found, lines):
            thing.type(side, "order", None)

    def _sum_up(self, crm_id: str) -> None:
        """The CRM computes its sums when lines are saved, as CRMs do."""
        totals = {seen.id: seen.cells["total"] for _, seen in self._crm_rows()}
        if crm_id in totals:
            received = self.world.host.get("Invoices", [crm_id])[crm_id].values.get("received")
            due = totals[crm_id] - (received or Decimal(0))
            self.world.host.edit("Invoices", crm_id, total=totals[crm_id], balance=due)

    def approve(self, thing: Thing, side: Side) -> None:
        """Somebody approves a draft."""
        found = self.seen(thing, side)
        if found is None or found.cells["status"] != "draft":
            return
        if side == "crm":
            self.world.host.edit("Invoices", found.id, invoicestatus="Approved")
        else:
            self.world.wait(1)
            self.world.sandbox.edit("Invoices", found.id, {"Status": "AUTHORISED"})
        self.approved.add(thing.marker)

    def cancel(self, thing: Thing) -> None:
        """Cancelled in the CRM, whose record stays."""
        found = self.seen(thing, "crm")
        if found is not None:
            self.world.host.edit("Invoices", found.id, invoicestatus="Cancel")
            thing.remove("crm")

    def void(self, thing: Thing) -> None:
        """Voided in Xero, or deleted while it is a draft; money on it forbids that."""
        found = self.seen(thing, "xero")
        if found is None:
            return
        self.world.wait(1)
        status = "DELETED" if found.cells["status"] == "draft" else "VOIDED"
        try:
            self.world.sandbox.edit("Invoices", found.id, {"Status": status})
        except ValueError:
            return
        thing.remove("xero")

    # --- what must be at rest ---

    def compare(self, thing: Thing, ours: Seen, theirs: Seen, listed: bool) -> Iterable[str]:
        """Cells, and for those that nobody is told of: order, status and total."""
        order = thing.cells.pop("order", None)
        yield from super().compare(thing, ours, theirs, listed)
        if listed:
            if order is not None:
                thing.cells["order"] = order
            return
        for name in ("order", "items", "status", "total"):
            if ours.cells[name] != theirs.cells[name]:
                yield f"{name}: {ours.cells[name]} and {theirs.cells[name]}, and nobody is told"
        if thing.marker in self.approved and ours.cells["status"] == "draft":
            yield "was approved, and is a draft on both sides"


def _crm_line(line: Mapping[str, Any], codes: _Codes) -> tuple[str, dict[str, Any]]:
    sold = (("Products", line.get("product_id")), ("Services", line.get("service_id")))
    code = next((codes.of(module, str(one)) for module, one in sold if one), None)
    return _mark(line), {
        "quantity": line["quantity"],
        "price": line["listprice"],
        "discount": line.get("discount_percent") or None,
        "item": code,
    }


def _xero_line(line: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return _mark(line), {
        "quantity": Decimal(line["Quantity"]),
        "price": Decimal(line["UnitAmount"]),
        "discount": Decimal(line.get("DiscountRate") or 0) or None,
        "item": line.get("ItemCode"),
    }


def _mark(line: Mapping[str, Any]) -> str:
    return str(line.get("Description") or line.get("comment") or line.get("name") or "")


def _lined(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The lines as cells, their order, what they sell and what they come to."""
    cells: dict[str, Any] = {f"{mark}.{name}": row[name] for mark, row in rows for name in LINE}
    amounts = [
        row["quantity"] * row["price"] * (100 - (row["discount"] or 0)) / 100 for _, row in rows
    ]
    return {
        **cells,
        "order": tuple(mark for mark, _ in rows),
        "items": {mark: row["item"] for mark, row in rows},
        "total": sum((one.quantize(CENT, ROUND_HALF_UP) for one in amounts), Decimal(0)),
    }


def xero_typed(mark: str, line: Typed) -> dict[str, Any]:
    """A line as somebody enters it in Xero."""
    quantity, price, discount, code = line
    found = {
        "Description": mark,
        "Quantity": quantity,
        "UnitAmount": price,
        "AccountCode": "200",
        "TaxType": "NONE",
    }
    found |= {"DiscountRate": discount} if Decimal(discount) else {}
    return found | ({"ItemCode": code} if code else {})


def _typed(thing: Thing, side: Side, mark: str, line: Typed) -> None:
    for cell, text in zip(LINE, line, strict=False):
        thing.type(side, f"{mark}.{cell}", Decimal(text) or None)


def _xero_word(raw: Mapping[str, Any]) -> str:
    if raw["Status"] == "AUTHORISED":
        return "part" if Decimal(raw.get("AmountPaid") or 0) else "approved"
    return {"DRAFT": "draft", "PAID": "paid"}.get(str(raw["Status"]), str(raw["Status"]))
