"""Lines that Xero cannot take as a CRM counts them: how they are written there, and read again.

A price or quantity of more than four places, a discount finer than Xero keeps one, a quantity
below zero: each line comes to the same cent in Xero, and where its own numbers are lost they
stand in words behind its text, by which it is known again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from xtiger.model.values import Plain, canon
from xtiger.rules.money import (
    PRICE_PLACES,
    QUANTITY_PLACES,
    RATE_PLACES,
    cents,
    line_net,
    places,
    round_places,
)

#: What a line counts with.
FIGURES: Final = ("Quantity", "UnitAmount", "Discount")
#: What a line of nothing but text has not.
_OF_A_SALE: Final = (*FIGURES, "ItemCode", "AccountCode", "TaxType")
_HUNDRED: Final = Decimal(100)
_NUMBER: Final = r"\d+(?:\.\d+)?"
#: The last line of a text: 1000 × 0.06117, less a rate or an amount.
_WORDS: Final = re.compile(
    rf"(?P<text>.+)\n(?P<quantity>{_NUMBER}) × (?P<price>-?{_NUMBER})"
    rf"(?: - (?P<discount>-?{_NUMBER})(?P<percent> %)?)?",
    re.DOTALL,
)


def as_sent(cells: Mapping[str, Plain], *, tracked: bool = False) -> dict[str, Plain]:
    """A line as Xero takes it, of the cells that the CRM means; equal to the cent.

    `tracked`: its stock moves by the quantity, which is then left as it is, and its price gets
    four places. What no form helps with stays, and is for preflight to name.
    """
    line = _upright(cells, tracked=tracked)
    quantity, price = line.get("Quantity"), line.get("UnitAmount")
    if not isinstance(quantity, Decimal) or not isinstance(price, Decimal):
        return line
    kind, value = line.get("Discount") or ("", None)
    if quantity < 0 or not _is_plausible(kind, value, quantity * price):
        return line
    net = _net(line)
    if quantity == 0 and price != 0 and net == 0:
        kept = {name: one for name, one in line.items() if name not in _OF_A_SALE}
        return _with_words(kept, line)
    unit = _unit(quantity, net)
    if not _is_too_fine(line, net):
        if not _would_move(line, net) or (tracked and unit is None):
            return line
    elif tracked:
        return _at_four_places(line, net)
    if places(price) <= PRICE_PLACES and unit is not None and kind:
        return _with_words(_priced(line, quantity, unit), line)
    return _with_words(_priced(line, Decimal(1), cents(net)), line)


def as_meant(cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """A line of Xero as the CRM means it: by the words behind its text, where they are true."""
    found = _WORDS.fullmatch(str(cells.get("Description") or ""))
    if found is None:
        return dict(cells)
    meant = {name: value for name, value in cells.items() if name not in FIGURES}
    meant |= {
        "Description": found["text"],
        "Quantity": canon(Decimal(found["quantity"])),
        "UnitAmount": canon(Decimal(found["price"])),
    }
    if found["discount"]:
        kind = "rate" if found["percent"] else "amount"
        meant["Discount"] = [kind, canon(Decimal(found["discount"]))]
    if any(_is_this(as_sent(meant, tracked=tracked), cells) for tracked in (False, True)):
        return meant
    return dict(cells)


def upright(quantity: Plain, price: Plain) -> dict[str, Plain]:
    """Quantity and price of a line with the sign on the price; nothing where it is there."""
    if not isinstance(quantity, Decimal) or not isinstance(price, Decimal) or quantity >= 0:
        return {}
    return {"Quantity": canon(-quantity), "UnitAmount": canon(-price)}


def takes_all(quantity: Plain, price: Plain, amount: Plain) -> bool:
    """Whether a discount of this amount leaves nothing of a line: it is one of 100 %."""
    if not isinstance(quantity, Decimal) or not isinstance(price, Decimal):
        return False
    return isinstance(amount, Decimal) and amount > 0 and quantity * price == amount


def _upright(cells: Mapping[str, Plain], *, tracked: bool) -> dict[str, Plain]:
    """The line with its sign on the price, and a discount of the whole as one of 100 %."""
    line = dict(cells)
    if not tracked:
        line |= upright(line.get("Quantity"), line.get("UnitAmount"))
    kind, value = line.get("Discount") or ("", None)
    if kind == "amount" and takes_all(line.get("Quantity"), line.get("UnitAmount"), value):
        line["Discount"] = ["rate", _HUNDRED]
    return line


def _is_plausible(kind: str, value: Plain, gross: Decimal) -> bool:
    """Whether a discount is one at all: at most the line, no rate beyond 100 %."""
    if kind == "rate":
        return bool(0 <= value <= _HUNDRED)
    return kind != "amount" or gross < 0 or bool(value < gross or value == 0)


def _net(line: Mapping[str, Plain]) -> Decimal:
    kind, value = line.get("Discount") or ("", None)
    return line_net(
        line["Quantity"],
        line["UnitAmount"],
        value if kind == "rate" else None,
        value if kind == "amount" else None,
    )


def _is_too_fine(line: Mapping[str, Plain], net: Decimal) -> bool:
    """Whether Xero would not take the numbers of a line, or would make another cent of them."""
    quantity, price = line["Quantity"], line["UnitAmount"]
    if places(quantity) > QUANTITY_PLACES or places(price) > PRICE_PLACES:
        return True
    kind, value = line.get("Discount") or ("", None)
    if isinstance(value, Decimal) and kind == "rate" and places(value) > RATE_PLACES:
        return True
    if kind == "amount" and value and (quantity * price < 0 or value < 0 or places(value) > 2):
        return True
    # Xero approves no line that sells something for less than half a cent.
    return net != 0 and cents(net) == 0


def _would_move(line: Mapping[str, Plain], net: Decimal) -> bool:
    """Whether a later write in Xero would make another cent of a line.

    Xero keeps a discount that is given as an amount as a rate of two places, too, and counts with
    that once somebody approves or edits the invoice there.
    """
    kind, value = line.get("Discount") or ("", None)
    if kind != "amount" or not value:
        return False
    gross = line["Quantity"] * line["UnitAmount"]
    rate = round_places(value * _HUNDRED / gross, RATE_PLACES)
    return cents(line_net(gross, Decimal(1), rate)) != cents(net)


def _unit(quantity: Decimal, net: Decimal) -> Decimal | None:
    """The net price of a piece, where it comes to the same cent with this quantity."""
    if quantity == 0 or places(quantity) > QUANTITY_PLACES or cents(net) == 0:
        return None
    unit = round_places(net / quantity, PRICE_PLACES)
    return unit if cents(quantity * unit) == cents(net) else None


def _at_four_places(line: Mapping[str, Plain], net: Decimal) -> dict[str, Plain]:
    """A line of tracked stock: the quantity as it is, and the price as near as Xero takes it."""
    quantity = line["Quantity"]
    if quantity == 0 or places(quantity) > QUANTITY_PLACES or cents(net) == 0:
        return dict(line)
    return _with_words(_priced(line, quantity, round_places(net / quantity, PRICE_PLACES)), line)


def _priced(line: Mapping[str, Plain], quantity: Decimal, price: Decimal) -> dict[str, Plain]:
    kept = {name: value for name, value in line.items() if name != "Discount"}
    return {**kept, "Quantity": canon(quantity), "UnitAmount": canon(price)}


def _with_words(sent: Mapping[str, Plain], meant: Mapping[str, Plain]) -> dict[str, Plain]:
    """The line with what it counts with behind its text."""
    words = f"{canon(meant['Quantity']):f} × {canon(meant['UnitAmount']):f}"
    kind, value = meant.get("Discount") or ("", None)
    if kind:
        words += f" - {canon(value):f}" + (" %" if kind == "rate" else "")
    text = meant.get("Description")
    return {**sent, "Description": f"{text}\n{words}" if text else words}


def _is_this(sent: Mapping[str, Plain], cells: Mapping[str, Plain]) -> bool:
    """Whether Xero has a line as it is sent; a line of text may be one of nothing there."""
    if sent.get("Description") != cells.get("Description"):
        return False
    if "UnitAmount" not in sent:
        return not any(cells.get(name) for name in FIGURES)
    return all(sent.get(name) == cells.get(name) for name in FIGURES)
