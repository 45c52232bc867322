"""Items: unique codes, sales and purchase details, accounts that may stand in them."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import Answer, Invalid, stamp_text, validation
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded, number, rounded
from xtiger.sandbox.accounting.shapes import Flag, Guid, Number, Part, Shape, Text, parse
from xtiger.sandbox.state import Raw

_DETAILS: Shape = {
    "UnitPrice": Number(),
    "AccountCode": Text(),
    "COGSAccountCode": Text(),
    "TaxType": Text(),
}
_SHAPE: Shape = {
    "ItemID": Guid(),
    "Code": Text(30),
    "Name": Text(50, narrow=True),
    "IsSold": Flag(),
    "IsPurchased": Flag(),
    "Description": Text(4000, narrow=True),
    "PurchaseDescription": Text(4000, narrow=True),
    "InventoryAssetAccountCode": Text(),
    "SalesDetails": Part(_DETAILS),
    "PurchaseDetails": Part(_DETAILS),
}
_TEXTS = ("Name", "Description", "PurchaseDescription", "InventoryAssetAccountCode")

INDEXES = {"code": lambda raw: folded(raw["Code"])}


def by_code(context: Context, code: str) -> Raw | None:
    """Return the item with a code, compared without regard to case."""
    found = context.find("Items", "code", folded(code))
    return found[0] if found else None


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create or update one item; POST finds it by ItemID or Code."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    if saving.path_id:
        given["ItemID"] = saving.path_id
    before = None
    if not saving.create_only:
        before = _match(context, given)
    after: Raw = dict(before) if before else _fresh(context, given)
    for name in ("Code", "IsSold", "IsPurchased", *_TEXTS):
        if name in given:
            after[name] = given[name]
    for name in ("SalesDetails", "PurchaseDetails"):
        after[name] = after[name] | given.get(name, {})
    if not after["IsSold"]:
        after |= {"Description": "", "SalesDetails": {}}
    if not after["IsPurchased"]:
        after |= {"PurchaseDescription": "", "PurchaseDetails": {}}
    _purchase_account(given, after, errors)
    warnings = _check(context, after, errors)
    if errors:
        raise Invalid(errors)
    for name in ("SalesDetails", "PurchaseDetails"):
        _round_price(context, after, given, name)
    after["UpdatedDateUTC"] = context.stamp
    context.put("Items", after["ItemID"], after)
    return after, warnings


def _purchase_account(given: Raw, after: Raw, errors: list[str]) -> None:
    """What is bought for stock goes to the stock's account and to no other."""
    if not after.get("InventoryAssetAccountCode"):
        return
    if given.get("PurchaseDetails", {}).get("AccountCode"):
        errors.append(messages.OWN_ITEM_PURCHASE_ACCOUNT)
    kept = after["PurchaseDetails"]
    after["PurchaseDetails"] = {n: v for n, v in kept.items() if n != "AccountCode"}


def _match(context: Context, given: Raw) -> Raw | None:
    if given.get("ItemID"):
        found = context.get("Items", given["ItemID"])
        if found is None and not context.keep_ids:
            raise Invalid([messages.OWN_ITEM_UNKNOWN])
        return found
    return by_code(context, given.get("Code", ""))


def _fresh(context: Context, given: Raw) -> Raw:
    keep = context.keep_ids and given.get("ItemID")
    return {
        "ItemID": given["ItemID"] if keep else context.new_id(),
        "Code": "",
        "IsSold": True,
        "IsPurchased": True,
        "SalesDetails": {},
        "PurchaseDetails": {},
    }


def _round_price(context: Context, after: Raw, given: Raw, name: str) -> None:
    if "UnitPrice" in given.get(name, {}) and "UnitPrice" in after[name]:
        price = rounded(number(after[name], "UnitPrice"), context.unitdp)
        after[name] = after[name] | {"UnitPrice": price}


def _check(context: Context, after: Raw, errors: list[str]) -> list[str]:
    code = after["Code"]
    if not code.strip():
        errors.append(messages.OWN_ITEM_CODE)
    other = by_code(context, code)
    if other is not None and other["ItemID"] != after["ItemID"]:
        errors.append(messages.ITEM_CODE_TAKEN.format(code=code))
    warnings: list[str] = []
    for name in ("SalesDetails", "PurchaseDetails"):
        details = dict(after[name])
        for field in ("AccountCode", "COGSAccountCode"):
            _check_account(context, details, field, errors, warnings)
        tax_type = details.get("TaxType")
        if tax_type and context.get("TaxRates", tax_type) is None:
            errors.append(messages.TAX_UNKNOWN.format(tax=tax_type))
        after[name] = details
    _check_tracked(context, after, errors)
    kept = other or context.get("Items", after["ItemID"])
    if kept is not None and kept["ItemID"] == after["ItemID"]:
        switched = bool(kept.get("InventoryAssetAccountCode")) != bool(
            after.get("InventoryAssetAccountCode")
        )
        if switched and _used(context, kept):
            errors.append(messages.OWN_ITEM_TRACKED)
    return warnings


def _check_account(
    context: Context, details: Raw, field: str, errors: list[str], warnings: list[str]
) -> None:
    code = details.get(field)
    if not code:
        return
    found = context.find("Accounts", "code", folded(code))
    if not found:
        warnings.append(messages.ACCOUNT_REMOVED.format(code=code))
        del details[field]
    elif found[0].get("SystemAccount") or found[0]["Type"] == "BANK":
        errors.append(messages.OWN_ITEM_ACCOUNT.format(code=code))
    elif found[0]["Status"] != "ACTIVE":
        errors.append(messages.ACCOUNT_ARCHIVED.format(code=code))


def _check_tracked(context: Context, after: Raw, errors: list[str]) -> None:
    code = after.get("InventoryAssetAccountCode")
    if not code:
        return
    asset = context.find("Accounts", "code", folded(code))
    if not asset or asset[0]["Type"] != "INVENTORY":
        errors.append(messages.OWN_INVENTORY_ACCOUNT)
    cogs = context.find(
        "Accounts", "code", folded(after["PurchaseDetails"].get("COGSAccountCode", ""))
    )
    if not cogs or cogs[0]["Type"] != "DIRECTCOSTS":
        errors.append(messages.OWN_COGS_ACCOUNT)


def render(context: Context, raw: Raw, _view: View) -> Raw:
    """Return an item as Xero shows it."""
    shown: Raw = {"ItemID": raw["ItemID"], "Code": raw["Code"]}
    shown |= {name: raw[name] for name in _TEXTS if raw.get(name)}
    shown["UpdatedDateUTC"] = stamp_text(raw["UpdatedDateUTC"])
    tracked = bool(raw.get("InventoryAssetAccountCode"))
    for name in ("PurchaseDetails", "SalesDetails"):
        details = dict(raw[name])
        if "UnitPrice" in details:
            details["UnitPrice"] = rounded(number(details, "UnitPrice"), context.unitdp)
        shown[name] = details
    shown |= {"IsTrackedAsInventory": tracked}
    shown |= {"IsSold": raw["IsSold"], "IsPurchased": raw["IsPurchased"]}
    if tracked:
        stock = number(raw, "QuantityOnHand")
        shown |= {"TotalCostPool": raw.get("TotalCostPool", Decimal(0))}
        shown |= {"QuantityOnHand": max(stock, Decimal(0))}
        if stock < 0:
            shown["QuantityOnBackOrder"] = -stock
    return shown


def _used(context: Context, raw: Raw) -> bool:
    return any(
        folded(line.get("ItemCode") or "") == folded(raw["Code"])
        for kind in ("Invoices", "CreditNotes", "BankTransactions", "Quotes", "PurchaseOrders")
        for document in context.all(kind)
        for line in document["LineItems"]
    )


def remove(context: Context, raw: Raw) -> Answer | None:
    """Delete an item; documents keep the code as text. Tracked ones that are used stay."""
    if raw.get("InventoryAssetAccountCode") and _used(context, raw):
        error = {"ValidationErrors": [{"Message": messages.OWN_ITEM_USED}]}
        return validation([render(context, raw, "full") | error])
    context.put("Items", raw["ItemID"], None)
    return None


KIND = Kind(
    plural="Items",
    id_field="ItemID",
    render=render,
    save=save,
    fields=frozenset(("ItemID", "Code", "UpdatedDateUTC", "IsSold", "IsPurchased", *_TEXTS))
    | {"SalesDetails.UnitPrice", "SalesDetails.AccountCode", "PurchaseDetails.UnitPrice"},
    by_key=by_code,
    remove=remove,
    notes="kept",
    verbs_one=frozenset({"GET", "POST", "DELETE"}),
)
