"""Lines of a document: defaults from item and account, discounts, tax per line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.kinds import Context, folded, number, rounded
from xtiger.sandbox.accounting.lists import tracking
from xtiger.sandbox.accounting.lists.items import by_code
from xtiger.sandbox.accounting.shapes import Guid, Number, Rows, Shape, Text
from xtiger.sandbox.state import Raw

SHAPE: Shape = {
    "LineItemID": Guid(),
    "Description": Text(4000, narrow=True),
    "Quantity": Number(),
    "UnitAmount": Number(),
    "ItemCode": Text(30),
    "AccountCode": Text(),
    "TaxType": Text(),
    "TaxAmount": Number(),
    "LineAmount": Number(),
    "DiscountRate": Number(),
    "DiscountAmount": Number(),
    "Tracking": Rows(tracking.LINE_SHAPE),
}
#: What a line on the rounding account must not have, be it zero.
_NOT_ROUNDING = ("DiscountRate", "DiscountAmount", "ItemCode", "Tracking")
#: Where a discount that was given as an amount is kept as a rate.
_SHARE = "DiscountShare"
#: A tax of the US that looks itself up, and not through the API.
_AUTOMATIC = "AVALARA"
_MOST = Decimal(10) ** 12
_HALF_A_CENT = Decimal("0.005")
_HIGHEST = Decimal("9999999999.99")
_HUNDRED = Decimal(100)
_FROM_CLASS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
#: What makes a line's amounts new.
_AMOUNT_FIELDS = frozenset(
    ("Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount", "TaxType")
)


@dataclass(frozen=True, slots=True)
class Document:
    """What a line must know of its document."""

    context: Context
    sale: bool
    #: Exclusive, Inclusive or NoTax.
    amount_types: str
    #: SUBMITTED or beyond: what may be missing in a draft must be there.
    complete: bool
    #: Sales invoices and quotes only.
    discounts: bool = False
    #: AUTHORISED or PAID.
    approved: bool = False
    #: Money or credit is on it: nothing is counted anew.
    settled: bool = False
    #: A bank transaction, which has rules of its own for quantity and price.
    bank: bool = False


def merged(document: Document, before: list[Raw], sent: list[Raw], errors: list[str]) -> list[Raw]:
    """Return the lines after a write: with id updated, without id new, absent deleted."""
    known = {row["LineItemID"]: row for row in before}
    # An id that comes twice updates once; its second line is a new one.
    return [
        _line(document, known.pop(row.get("LineItemID", ""), None), row, errors) for row in sent
    ]


def set_lines(
    document: Document, given: Raw, before: Raw | None, after: Raw, errors: list[str]
) -> None:
    """Set the lines and sums of a document after a write, in place.

    A complete one without lines is an error.
    """
    old: list[Raw] = before["LineItems"] if before else []
    if "LineItems" in given:
        after["LineItems"] = merged(document, old, given["LineItems"], errors)
    elif before and any(before[name] != after[name] for name in ("Status", "LineAmountTypes")):
        if before["LineAmountTypes"] != after["LineAmountTypes"]:
            old = [{n: v for n, v in row.items() if n != "TaxAmount"} for row in old]
        after["LineItems"] = again(document, old, errors)
    elif before and not document.settled:
        after["LineItems"] = [
            _line(document, row, {}, errors) if _restated(row) != row else row for row in old
        ]
    after |= totals(after["LineItems"], document.amount_types)
    if document.complete and not after["LineItems"]:
        errors.append(messages.LINES_MISSING)


def plain(context: Context, sent: Raw, code: str) -> Raw:
    """Return the one line of an overpayment: an amount without tax on a system account."""
    amount = rounded(number(sent, "LineAmount"))
    line: Raw = {"LineItemID": context.new_id(), "Description": sent["Description"]}
    line |= {"Quantity": Decimal(1), "UnitAmount": amount, "LineAmount": amount}
    line |= {"AccountCode": code, "TaxType": context.country.no_tax}
    return line | {"TaxAmount": Decimal(0)}


def again(document: Document, before: list[Raw], errors: list[str]) -> list[Raw]:
    """Return unsent lines checked once more, since status or tax mode of the document changed."""
    return [_line(document, row, {}, errors) for row in before]


def _line(document: Document, before: Raw | None, sent: Raw, errors: list[str]) -> Raw:
    context = document.context
    keep = context.keep_ids and sent.get("LineItemID")
    line_id = sent["LineItemID"] if keep else context.new_id()
    line: Raw = dict(before) if before else {"LineItemID": line_id}
    line |= {name: value for name, value in sent.items() if name != "LineItemID"}
    _fill_from_item(document, line, sent, errors)
    if "Tracking" in sent:
        line["Tracking"] = tracking.resolved(context, sent["Tracking"], errors)
    if line.get("UnitAmount") is None and not (sent.get("LineAmount") or line.get("ItemCode")):
        return _comment(document, line, errors)
    derived = _fill_amounts(context, line, sent)
    _discount(document, line, errors)
    line = _discounted(document, line, sent)
    _quantity(document, line, errors)
    _line_amount(line, None if derived else sent.get("LineAmount"), errors)
    if derived:
        line["LineAmount"] = rounded(sent["LineAmount"])
    _check_size(document, line, sent, errors)
    account = _account(document, line, errors)
    _tax(document, line, sent, account, errors)
    if document.complete and not line.get("Description"):
        errors.append(messages.OWN_LINE_DESCRIPTION)
    return _stored(line)


def _stored(line: Raw) -> Raw:
    """A line of 0.00 loses account and tax when it is stored."""
    if line["LineAmount"]:
        return line
    kept = {name: value for name, value in line.items() if name not in ("AccountCode", "TaxType")}
    return kept | {"TaxAmount": Decimal(0)}


def _discounted(document: Document, line: Raw, sent: Raw) -> Raw:
    """A rate is kept with two places; an amount as such a rate too, which later writes use."""
    if "DiscountRate" in sent:
        line["DiscountRate"] = rounded(sent["DiscountRate"])
    if "DiscountAmount" not in sent:
        return line if document.settled else _restated(line)
    gross = number(line, "Quantity") * number(line, "UnitAmount")
    line.pop(_SHARE, None)
    return line | ({_SHARE: rounded(sent["DiscountAmount"] / gross * _HUNDRED)} if gross else {})


def _restated(line: Raw) -> Raw:
    """Return a line whose discount, once given as an amount, is counted by its rate."""
    if _SHARE not in line:
        return line
    gross = number(line, "Quantity") * number(line, "UnitAmount")
    amount = gross - rounded(gross * (_HUNDRED - number(line, _SHARE)) / _HUNDRED)
    if amount == number(line, "DiscountAmount"):
        return line
    other = {name: value for name, value in line.items() if name != "TaxAmount"}
    return other | {"DiscountAmount": amount}


def _quantity(document: Document, line: Raw, errors: list[str]) -> None:
    quantity = number(line, "Quantity")
    if abs(quantity) >= _MOST:
        errors.append(messages.OWN_QUANTITY)
    if document.bank:
        return
    if quantity < 0:
        errors.append(messages.QUOTED_QUANTITY)
    if quantity == 0 and number(line, "UnitAmount"):
        errors.append(messages.OWN_QUANTITY_ZERO)


def _check_size(document: Document, line: Raw, sent: Raw, errors: list[str]) -> None:
    """An approved line that sells something, for less than half a cent, is refused."""
    price = number(sent if "UnitAmount" in sent else line, "UnitAmount")
    gross = number(line, "Quantity") * price
    if line.get("DiscountAmount") is not None:
        net = gross - number(line, "DiscountAmount")
    else:
        net = gross * (_HUNDRED - number(line, "DiscountRate")) / _HUNDRED
    if document.approved and net and abs(net) < _HALF_A_CENT:
        errors.append(messages.QUOTED_TINY_LINE)


def _comment(document: Document, line: Raw, errors: list[str]) -> Raw:
    """A description alone is a comment; it has no amounts."""
    if not line.get("Description"):
        errors.append(messages.OWN_LINE_DESCRIPTION)
    _account(document, line, errors)
    return line | {"LineAmount": Decimal(0), "TaxAmount": Decimal(0)}


def _fill_from_item(document: Document, line: Raw, sent: Raw, errors: list[str]) -> None:
    code = line.get("ItemCode")
    if not code:
        line.pop("ItemCode", None)
        return
    item = by_code(document.context, code)
    if item is None:
        if "ItemCode" in sent:  # an item deleted later does not spoil older documents
            errors.append(messages.ITEM_CODE_UNKNOWN.format(code=code))
        return
    line["ItemCode"] = item["Code"]
    details = item["SalesDetails" if document.sale else "PurchaseDetails"]
    texts = item.get("Description" if document.sale else "PurchaseDescription")
    defaults = {
        "Description": texts or item.get("Name"),
        "UnitAmount": details.get("UnitPrice") if "LineAmount" not in sent else None,
        "AccountCode": details.get("AccountCode"),
        "TaxType": details.get("TaxType"),
    }
    if not document.sale and item.get("InventoryAssetAccountCode"):
        # What is bought for stock goes to the stock's account.
        defaults["AccountCode"] = item["InventoryAssetAccountCode"]
    for name, value in defaults.items():
        if line.get(name) in (None, "") and value not in (None, ""):
            line[name] = value


def _fill_amounts(context: Context, line: Raw, sent: Raw) -> bool:
    """Of quantity, unit and line amount two are enough; say whether the third was derived."""
    amount = sent.get("LineAmount")
    quantity = number(line, "Quantity") or Decimal(1)
    derived = amount is not None and not {"Quantity", "UnitAmount"} <= set(sent)
    if amount is not None and derived:
        share = 1 - number(line, "DiscountRate") / _HUNDRED
        gross = (amount / share if share else amount) + number(line, "DiscountAmount")
        if "UnitAmount" not in sent:
            line |= {"Quantity": quantity, "UnitAmount": gross / quantity}
        elif number(line, "UnitAmount"):
            line["Quantity"] = gross / number(line, "UnitAmount")
    line["Quantity"] = rounded(number(line, "Quantity") if "Quantity" in line else Decimal(1), 4)
    if "UnitAmount" in sent or "UnitAmount" not in line or derived:
        line["UnitAmount"] = rounded(number(line, "UnitAmount"), context.unitdp)
    return derived


def _account(document: Document, line: Raw, errors: list[str]) -> Raw | None:
    code = line.get("AccountCode")
    if not code:
        if document.complete and line.get("LineAmount"):
            errors.append(messages.OWN_LINE_ACCOUNT)
        return None
    found = document.context.find("Accounts", "code", folded(code))
    system = found[0].get("SystemAccount") if found else None
    if not found or found[0]["Type"] == "BANK" or system not in (None, "ROUNDING"):
        errors.append(messages.ACCOUNT_INVALID.format(code=code))
        return None
    if system and any(line.get(name) not in (None, "", []) for name in _NOT_ROUNDING):
        errors.append(messages.OWN_ROUNDING_LINE)
    if found[0]["Status"] != "ACTIVE":
        errors.append(messages.ACCOUNT_ARCHIVED.format(code=code))
        return None
    return found[0]


def _discount(document: Document, line: Raw, errors: list[str]) -> None:
    rate, amount = line.get("DiscountRate"), line.get("DiscountAmount")
    if rate is None and amount is None:
        return
    if not document.discounts:
        errors.append(messages.OWN_DISCOUNT_SALES)
    gross = number(line, "Quantity") * number(line, "UnitAmount")
    if amount is not None and (amount >= gross if amount or gross < 0 else False):
        errors.append(messages.DISCOUNT.format(x=amount))
    if rate is not None and not 0 <= rate <= _HUNDRED:
        errors.append(messages.DISCOUNT.format(x=rate))


def _line_amount(line: Raw, given: Decimal | None, errors: list[str]) -> None:
    gross = number(line, "Quantity") * number(line, "UnitAmount")
    if line.get("DiscountAmount") is not None:
        net = gross - number(line, "DiscountAmount")
    else:
        net = gross * (_HUNDRED - number(line, "DiscountRate")) / _HUNDRED
    net = rounded(net)
    if given is not None and rounded(given) != net:
        errors.append(messages.LINE_TOTAL.format(given=rounded(given), calc=net))
    if abs(net) > _HIGHEST:
        errors.append(messages.OWN_LINE_AMOUNT)
    line["LineAmount"] = net


def _tax(
    document: Document,
    line: Raw,
    sent: Raw,
    account: Raw | None,
    errors: list[str],
) -> None:
    if document.amount_types == "NoTax":
        line |= {"TaxType": document.context.country.no_tax, "TaxAmount": Decimal(0)}
        return
    if not line.get("TaxType"):
        if account is None:
            line["TaxAmount"] = Decimal(0)
            return
        line["TaxType"] = account["TaxType"]
    rate = document.context.get("TaxRates", line["TaxType"])
    if rate is None or line["TaxType"] == _AUTOMATIC:
        errors.append(messages.TAX_UNKNOWN.format(tax=line["TaxType"]))
        return
    if rate["Status"] != "ACTIVE":
        errors.append(messages.TAX_NOT_ACTIVE)
    if account and not rate[_FROM_CLASS[account["Class"]]]:
        errors.append(
            messages.TAX_ACCOUNT_MISMATCH.format(tax=line["TaxType"], code=account["Code"])
        )
    if "TaxAmount" in sent:
        line["TaxAmount"] = rounded(sent["TaxAmount"])
    elif "TaxAmount" not in line or _AMOUNT_FIELDS & set(sent):
        line["TaxAmount"] = tax_amount(
            number(line, "LineAmount"), number(rate, "EffectiveRate"), document.amount_types
        )


def tax_amount(line_amount: Decimal, percent: Decimal, amount_types: str) -> Decimal:
    """Return the tax of one line, rounded to 2 places, halves away from zero."""
    base = _HUNDRED if amount_types == "Exclusive" else _HUNDRED + percent
    return rounded(line_amount * percent / base)


def totals(lines: list[Raw], amount_types: str) -> Raw:
    """Return SubTotal, TotalTax, Total and TotalDiscount: rounded lines, summed."""
    amounts = sum((number(line, "LineAmount") for line in lines), Decimal("0.00"))
    tax = sum((number(line, "TaxAmount") for line in lines), Decimal("0.00"))
    sub = amounts - tax if amount_types == "Inclusive" else amounts
    return {
        "SubTotal": sub,
        "TotalTax": tax,
        "Total": sub + tax,
        "TotalDiscount": sum((_discount_of(line) for line in lines), Decimal("0.00")),
    }


def _discount_of(line: Raw) -> Decimal:
    if line.get("DiscountAmount") is None and line.get("DiscountRate") is None:
        return Decimal(0)
    gross = rounded(number(line, "Quantity") * number(line, "UnitAmount"))
    return gross - number(line, "LineAmount")


def render(context: Context, line: Raw) -> Raw:
    """Return a line as Xero shows it."""
    shown = {name: line[name] for name in SHAPE if line.get(name) is not None}
    if "UnitAmount" in shown:
        shown["UnitAmount"] = rounded(number(shown, "UnitAmount"), context.unitdp)
    item = by_code(context, line["ItemCode"]) if line.get("ItemCode") else None
    if item is not None:
        shown["Item"] = {
            "ItemID": item["ItemID"],
            "Name": item.get("Name", ""),
            "Code": item["Code"],
        }
    account = context.find("Accounts", "code", folded(line.get("AccountCode", "")))
    if account:
        shown["AccountID"] = account[0]["AccountID"]
    return shown | {"Tracking": tracking.shown(context, line.get("Tracking", []))}
