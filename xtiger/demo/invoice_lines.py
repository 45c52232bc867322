"""The lines of an invoice in its form: read, checked and written back in place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from xtiger.demo.forms import Choices, Input, Wrong, read, shown
from xtiger.demo.models import Invoice, InvoiceLine, Product, Service, Tax

#: One line as it was typed: field name → text; "id" is empty for a new line.
Typed = Mapping[str, str]
#: One line as it is stored: attribute → value.
Values = Mapping[str, Any]

#: Empty lines at the end of the form, for new ones.
SPARE = 3
#: The account of lines without a product.
SALES = "200"
#: The entry of the tax list for a line that has several; it cannot be chosen anew.
SEVERAL = "several"
_NAME = re.compile(r"line-(\d+)-([a-z_]+)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")

INPUTS = (
    Input("goods", "Product or service", "choice", choices="goods"),
    Input("description", "Description", "long_text", max_length=4000),
    Input("quantity", "Quantity", "number", decimals=3),
    Input("unit_price", "Price", "number", decimals=4),
    Input("discount_percent", "Discount %", "number", lowest=Decimal(0), highest=Decimal(100)),
    Input("discount_amount", "Discount", "number", lowest=Decimal(0)),
    Input("tax_name", "Tax", "choice", choices="taxes"),
    Input("account", "Account", max_length=20),
)


def blank() -> list[Typed]:
    """The spare lines of a form."""
    return [dict.fromkeys((item.name for item in INPUTS), "") | {"id": ""} for _ in range(SPARE)]


def stored(invoice: Invoice) -> list[Typed]:
    """The lines as they are stored, and the spare ones."""
    lines = []
    for line in invoice.lines:
        texts = {item.name: shown(getattr(line, item.name, "")) for item in INPUTS}
        texts["goods"] = _goods_of(line)
        texts["tax_name"] = SEVERAL if line.taxes else line.tax_name
        texts["total"] = shown(line.total)
        lines.append({**texts, "id": str(line.id)})
    return lines + blank()


def _goods_of(line: InvoiceLine) -> str:
    if line.product_id:
        return f"product-{line.product_id}"
    return f"service-{line.service_id}" if line.service_id else ""


def typed(form: Mapping[str, str]) -> list[Typed]:
    """The lines of a posted form, in order."""
    found: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        match = _NAME.fullmatch(name)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = text
    return [found[index] for index in sorted(found)]


def goods(session: Session) -> Choices:
    """All products and services, as one list."""
    products = session.scalars(select(Product).order_by(Product.name))
    services = session.scalars(select(Service).order_by(Service.name))
    return [
        *((f"product-{row.id}", f"{row} · {row.code}") for row in products),
        *((f"service-{row.id}", f"{row} · {row.code}") for row in services),
    ]


def parse_lines(
    lines: Sequence[Typed], choices: Mapping[str, Choices]
) -> tuple[list[Values], dict[str, str]]:
    """The lines that stay, and a sentence for each field that is wrong.

    Lines ticked for removal and lines left empty are dropped. The key of an error is the name
    of the field in the form, such as line-0-quantity.
    """
    kept: list[Values] = []
    errors: dict[str, str] = {}
    for index, line in enumerate(lines):
        texts = {name: text.strip() for name, text in line.items()}
        if texts.get("remove") or not (texts.get("goods") or texts.get("description")):
            continue
        values: dict[str, Any] = {"id": texts.get("id", ""), "goods": texts.get("goods", "")}
        for item in INPUTS[1:]:
            try:
                values[item.name] = _read(item, texts.get(item.name, ""), choices)
            except Wrong as wrong:
                errors[f"line-{index}-{item.name}"] = f"Line {index + 1}: {wrong}"
        if values.get("discount_percent") and values.get("discount_amount"):
            errors[f"line-{index}-discount_amount"] = (
                f"Line {index + 1}: give a discount in percent or as an amount, not both."
            )
        kept.append(values)
    return kept, errors


def _read(item: Input, text: str, choices: Mapping[str, Choices]) -> Any:
    if item.name == "tax_name" and text == SEVERAL:
        return SEVERAL
    return read(item, text, choices)


def apply(session: Session, invoice: Invoice, lines: Sequence[Values]) -> None:
    """Write the lines into the invoice: known ones in place, new ones added, others removed."""
    known = {str(line.id): line for line in invoice.lines}
    percents = {tax.name: tax.percent for tax in session.scalars(select(Tax))}
    made = []
    for values in lines:
        line = known.get(values["id"]) or InvoiceLine(taxes=[])
        _fill(session, line, values, percents)
        made.append(line)
    invoice.lines[:] = made
    # Lines that kept their objects do not get their place from the list by themselves.
    for position, line in enumerate(invoice.lines):
        line.position = position


def _fill(
    session: Session, line: InvoiceLine, values: Values, percents: Mapping[str, Decimal]
) -> None:
    row = _goods(session, values["goods"])
    line.product_id = row.id if isinstance(row, Product) else None
    line.service_id = row.id if isinstance(row, Service) else None
    line.name = row.name if row else ""
    line.description = values["description"] or (row.name if row else "")
    line.quantity = Decimal(1) if values["quantity"] is None else values["quantity"]
    price = values["unit_price"]
    line.unit_price = (row.sales_price if row else None) or Decimal(0) if price is None else price
    line.discount_percent = values["discount_percent"] or Decimal(0)
    line.discount_amount = values["discount_amount"] or Decimal(0)
    # Free text has no product that would give it an account.
    line.account = values["account"] or ("" if row else SALES)
    if values["tax_name"] == SEVERAL and line.taxes:
        return
    # Only a new line takes the product's tax: an empty one may be meant.
    is_new = not values["id"]
    name = values["tax_name"] or (row.sales_tax if row and is_new else "")
    if line.tax_name != name or line.taxes:
        line.tax_name, line.taxes = name, []
        line.tax_percent = percents.get(name, _percent_in(name))


def _percent_in(name: str) -> Decimal:
    found = _PERCENT.search(name)
    return Decimal(found[1]) if found else Decimal(0)


def _goods(session: Session, text: str) -> Product | Service | None:
    kind, _, number = text.partition("-")
    if not number.isdigit():
        return None
    if kind == "product":
        return session.get(Product, int(number))
    return session.get(Service, int(number))
