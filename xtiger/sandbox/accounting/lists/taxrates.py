"""Tax rates and currencies: what an organisation starts with, and what may be added."""

from __future__ import annotations

from decimal import Decimal

from xtiger.sandbox.accounting import messages
from xtiger.sandbox.accounting.envelope import Invalid
from xtiger.sandbox.accounting.kinds import Context, Kind, Saving, View, folded, number
from xtiger.sandbox.accounting.lists.chart import CURRENCIES
from xtiger.sandbox.accounting.lists.countries import CAN_APPLY
from xtiger.sandbox.accounting.shapes import Choice, Flag, Number, Rows, Shape, Text, parse
from xtiger.sandbox.state import Raw

_SHAPE: Shape = {
    "Name": Text(50),
    "TaxType": Text(),
    "Status": Choice("TaxRateStatus", frozenset(("ACTIVE", "DELETED", "ARCHIVED", "PENDING"))),
    "ReportTaxType": Text(),
    "TaxComponents": Rows(
        {
            "Name": Text(),
            "Rate": Number(),
            "IsCompound": Flag(),
            "IsNonRecoverable": Flag(),
        }
    ),
}
_SALES = (
    *("OUTPUT", "EXEMPTOUTPUT", "ECOUTPUT", "ECOUTPUTSERVICES", "NONE"),
    *("EXEMPTEXPORT", "DRCHARGE", "SROUTPUT", "SROUTPUT2", "ZROUTPUT", "ZREXPORT"),
)

INDEXES = {"name": lambda raw: folded(raw["Name"]) if raw["Status"] == "ACTIVE" else None}


def save(context: Context, element: Raw, saving: Saving) -> tuple[Raw, list[str]]:
    """Create one tax rate, or update the one that TaxType or Name points to."""
    errors: list[str] = []
    given = parse(element, _SHAPE, errors)
    before = None if saving.create_only else _match(context, given)
    if before is not None and before.get("system"):
        raise Invalid([messages.OWN_TAX_SYSTEM])
    after: Raw = dict(before) if before else _fresh(context, given)
    after |= {name: value for name, value in given.items() if name != "TaxType"}
    if not after.get("Name"):
        errors.append(messages.OWN_TAX_NAME)
    others = context.find("TaxRates", "name", folded(after.get("Name", "")))
    if any(raw["TaxType"] != after["TaxType"] for raw in others):
        errors.append(messages.OWN_TAX_NAME_TAKEN)
    if not after.get("TaxComponents"):
        errors.append(messages.OWN_TAX_COMPONENTS)
    errors += _report_errors(context, given, after)
    kept = {row.get("Name") for row in before["TaxComponents"]} if before else set()
    if kept - {row.get("Name") for row in after.get("TaxComponents", [])}:
        errors.append(messages.OWN_TAX_COMPONENT_KEPT)
    if errors:
        raise Invalid(errors)
    empty = {"IsCompound": False, "IsNonRecoverable": False}
    after["TaxComponents"] = [empty | row for row in after["TaxComponents"]]
    after |= _rates(after["TaxComponents"])
    context.put("TaxRates", after["TaxType"], after)
    return after, []


def _report_errors(context: Context, given: Raw, after: Raw) -> list[str]:
    rule = context.country.report
    if rule == "required" and not after.get("ReportTaxType"):
        return [messages.OWN_TAX_REPORT]
    if rule == "refused" and given.get("ReportTaxType"):
        return [messages.OWN_TAX_NO_REPORT]
    return []


def _match(context: Context, given: Raw) -> Raw | None:
    if given.get("TaxType"):
        return context.get("TaxRates", given["TaxType"])
    found = context.find("TaxRates", "name", folded(given.get("Name", "")))
    return found[0] if found else None


def _fresh(context: Context, given: Raw) -> Raw:
    number_of_own = sum(not raw.get("system") for raw in context.all("TaxRates")) + 1
    flags = {name: True for name in CAN_APPLY.values()}
    if report := given.get("ReportTaxType"):
        sales = report in _SALES
        flags |= {"CanApplyToRevenue": sales, "CanApplyToExpenses": not sales}
    tax_type = f"{context.country.prefix}{number_of_own:03d}"
    return {"TaxType": tax_type, "Status": "ACTIVE"} | flags


def _rates(components: list[Raw]) -> Raw:
    plain = sum((number(row, "Rate") for row in components if not row["IsCompound"]), Decimal(0))
    rate = plain
    for row in components:
        if row["IsCompound"]:
            rate += (100 + plain) * number(row, "Rate") / 100
    return {"DisplayTaxRate": rate, "EffectiveRate": rate}


def render(_context: Context, raw: Raw, _view: View) -> Raw:
    """Return a tax rate as Xero shows it."""
    return {name: value for name, value in raw.items() if name != "system"}


def save_currency(context: Context, element: Raw, _saving: Saving) -> tuple[Raw, list[str]]:
    """Add one currency to the organisation."""
    errors: list[str] = []
    given = parse(element, {"Code": Text(), "Description": Text()}, errors)
    code = given.get("Code", "")
    if not context.allows("UseMulticurrency"):
        raise Invalid([messages.OWN_MULTICURRENCY])
    if code not in CURRENCIES:
        raise Invalid([messages.OWN_CURRENCY_CODE])
    row = {"Code": code, "Description": given.get("Description") or CURRENCIES[code][0]}
    context.put("Currencies", code, row)
    return row, []


KIND = Kind(
    plural="TaxRates",
    id_field="TaxType",
    render=render,
    save=save,
    fields=frozenset(("Name", "TaxType", "Status", "ReportTaxType", "EffectiveRate"))
    | set(CAN_APPLY.values()),
    rows=frozenset(("TaxComponents",)),
    modified_since=False,
    batches=False,
    verbs_one=frozenset({"GET"}),
)

CURRENCY = Kind(
    plural="Currencies",
    id_field="Code",
    render=render,
    save=save_currency,
    fields=frozenset(("Code", "Description")),
    modified_since=False,
    batches=False,
    verbs=frozenset({"GET", "PUT"}),
    verbs_one=frozenset(),
)
