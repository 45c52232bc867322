"""What one Vtiger is made of: its modules, taxes, currencies and own names, as read at the start.

Pure, no network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Final

from xtiger.errors import BrokenHost
from xtiger.hosts.vtiger.modules import module_of
from xtiger.hosts.vtiger.names import (
    CHARGE_TAX,
    FILLER,
    INVOICE,
    INVOICE_TYPES,
    KEY_LABEL,
    MODULES,
    NUMBER_LABEL,
    NUMBERED,
    NUMBERS,
    TYPES,
)
from xtiger.hosts.vtiger.records import record_of
from xtiger.model.records import Ability, Choice, Currency, Field, Module, Record, Tax
from xtiger.model.values import Plain, as_decimal, digest

#: Decimal places of numbers of an invoice and its lines that no type says.
_PLACES: Final[Mapping[str, int]] = {
    "hdnDiscountPercent": 3,
    "salescommission": 3,
    "exciseduty": 3,
    "conversion_rate": 3,
    "commissionrate": 3,
    "qty_per_unit": 2,
    "qtyinstock": 3,
    "quantity": 3,
    "discount_percent": 3,
    "listprice": 8,
    "discount_amount": 8,
    "txtAdjustment": 8,
}
#: Numbers of an invoice that Vtiger shows as blank when they are 0.
_ZERO: Final = ("hdnDiscountPercent", "hdnDiscountAmount", "charges_tax")
#: Numbers that Vtiger gives: Xero's are kept beside them.
_KEPT: Final = ("organisation.number", "invoice.number")
_SUBJECT: Final = "invoice.reference"
_TEXTS: Final = ("text", "long_text")
_PRICES: Final = ("unit_price", "purchase_cost")
_OWN_CURRENCY: Final = "-11"
_DEDUCTED: Final = "Deducted"


@dataclass(frozen=True, slots=True)
class User:
    """Who reads and writes."""

    #: The user or group that owns what is made.
    owner: str
    #: Places of the prices that it saves; None where nobody may read them.
    decimals: int | None = None
    is_admin: bool = True


@dataclass(frozen=True, slots=True)
class Installation:
    """One Vtiger, for one user of it."""

    #: Described as the library sees them.
    modules: tuple[Module, ...]
    #: The library's name of a module → Vtiger's.
    theirs: Mapping[str, str]
    #: "14" → Products.
    prefixes: Mapping[str, str]
    #: Rows of the types Tax and Currency as queried.
    taxes: Sequence[Mapping[str, Any]]
    currencies: Sequence[Mapping[str, Any]]
    #: Vtiger's module → the field that keeps which create made a record.
    key_fields: Mapping[str, str]
    #: Vtiger's module → the field that keeps a number of Xero, where it has one.
    number_fields: Mapping[str, str]
    #: Vtiger's module → the tick box that says whether a record is synced.
    tick_boxes: Mapping[str, str]
    #: Vtiger's module → mandatory texts that Xero has nothing for.
    fillers: Mapping[str, Sequence[str]]
    #: Vtiger's module → field → what a new record gets.
    defaults: Mapping[str, Mapping[str, str]]
    #: Names of the charges of an invoice.
    charges: Sequence[str]
    #: The library's word of an invoice type → the pick list's, where that is another.
    invoice_types: Mapping[str, str]
    user: User
    zone: tzinfo
    #: Whether its `sync` works, which names what was deleted.
    names_deletions: bool
    #: Id of the service that a line without item sells; "" before there is one.
    nameless: str = ""

    @property
    def tax_names(self) -> tuple[str, ...]:
        """Such as tax1, of taxes that are not deducted."""
        return tuple(str(t["taxname"]) for t in self.taxes if t.get("method") != _DEDUCTED)

    def tax_key(self, name: str, percent: Decimal, *, taken: Mapping[str, str]) -> str | None:
        """Which tax one of this name and percentage is; None where all are in use.

        By its name, else by its percentage, else the first that the line does not have: a line
        may have any percentage of any tax, so that the total is right in each case.
        """
        free = [
            t
            for t in self.taxes
            if t.get("method") != _DEDUCTED and not as_decimal(taken.get(str(t["taxname"])))
        ]
        by_name = [t for t in free if str(t["taxlabel"]).casefold() == name.casefold()]
        by_percent = [t for t in free if as_decimal(t.get("percentage")) == percent]
        found = [*by_name, *by_percent, *free]
        return str(found[0]["taxname"]) if found else None

    def module(self, name: str) -> Module | None:
        """The module of the library's name."""
        return next((one for one in self.modules if one.name == name), None)

    def prefix(self, theirs: str) -> str:
        """What ids of a module begin with."""
        return next((key for key, name in self.prefixes.items() if name == theirs), "")

    def own_currency(self) -> str:
        """The three letters of the CRM's own currency."""
        own = [c for c in self.currencies if str(c.get("defaultid")) == _OWN_CURRENCY]
        return str((own or list(self.currencies))[0]["currency_code"])

    def used_currencies(self) -> tuple[Currency, ...]:
        """The currencies that Vtiger has, the inactive ones marked."""
        return tuple(
            Currency(str(c["currency_code"]), active=c.get("currency_status") != "Inactive")
            for c in self.currencies
            if str(c.get("deleted") or "0") == "0"
        )

    def used_taxes(self) -> tuple[Tax, ...]:
        """The taxes that lines may have."""
        return tuple(
            Tax(str(t["taxname"]), str(t["taxlabel"]), as_decimal(t["percentage"]) or Decimal(0))
            for t in self.taxes
            if t.get("method") != _DEDUCTED and str(t.get("deleted") or "0") == "0"
        )

    def record(
        self, module: Module, retrieved: Mapping[str, Any], number: str | None = None
    ) -> Record:
        """A record as the library sees it; its version is what it holds.

        `number` is the one of Xero that is kept beside Vtiger, "" for a record that has none
        there; None where nothing is kept.
        """
        found = record_of(
            module,
            retrieved,
            taxes=self.taxes,
            currencies=self.currencies,
            prefixes=self.prefixes,
            zone=self.zone,
        )
        values = dict(found.values)
        for name in self.fillers.get(self.theirs[module.name], ()):
            if values.get(name) == FILLER:
                values[name] = None
        for name in _ZERO:
            if name in values and values[name] is None:
                values[name] = Decimal(0)
        for name in _PRICES:
            # Its columns have no empty value: what costs nothing has no price.
            values |= {name: values[name] or None} if name in values else {}
        values |= self._number(module, retrieved, number, values)
        lines = tuple(self._line(line) for line in found.lines)
        version = digest([values, list(lines)])[:32]
        return replace(found, values=values, lines=lines, version=version)

    def _number(
        self,
        module: Module,
        retrieved: Mapping[str, Any],
        kept: str | None,
        values: Mapping[str, Plain],
    ) -> dict[str, Plain]:
        """The number that a record has in Xero, in place of the one that Vtiger gave it."""
        theirs = self.theirs[module.name]
        name, field = NUMBERS.get(theirs), self.number_fields.get(theirs)
        shown = str(retrieved.get(field) or "") if field else ""
        number = shown or (FILLER if kept == "" else kept)
        if name is None or not number:
            return {}
        own = None if number == FILLER else number
        found: dict[str, Plain] = {name: own}
        if own is not None and values.get("subject") == own:
            # An invoice of Xero without reference is called by its number.
            found["subject"] = None
        return found

    def _line(self, line: Mapping[str, Plain]) -> Mapping[str, Plain]:
        """A line that sells the stand-in sells nothing."""
        if not self.nameless or line.get("service_id") != self.nameless:
            return line
        return {**line, "service_id": None, "product_name": None}


def installation_of(
    describes: Collection[Mapping[str, Any]],
    taxes: Sequence[Mapping[str, Any]],
    currencies: Sequence[Mapping[str, Any]],
    *,
    user: User,
    zone: tzinfo,
    defaults: Mapping[str, Mapping[str, str]],
    names_deletions: bool = False,
    nameless: str = "",
) -> Installation:
    """What these answers say of a Vtiger; raises BrokenHost when they are none of its."""
    if not currencies:
        raise BrokenHost("Vtiger", "query", "it names no currency")
    theirs = {MODULES[str(raw["name"])][0]: str(raw["name"]) for raw in describes}
    given = {theirs[name]: dict(values) for name, values in defaults.items() if name in theirs}
    fillers = {str(raw["name"]): _fillers(raw) for raw in describes}
    free = {name: {*fillers[name], *given.get(name, {})} for name in fillers}
    modules = _known_targets(
        (_enriched(raw, free[str(raw["name"])], currencies, user.decimals) for raw in describes),
        {"tombstones"} if names_deletions else (),
    )
    return Installation(
        modules=modules,
        theirs=theirs,
        prefixes={str(raw["idPrefix"]): str(raw["name"]) for raw in describes},
        taxes=[t for t in taxes if str(t.get("deleted") or "0") == "0"],
        currencies=currencies,
        key_fields=_labelled(describes, KEY_LABEL),
        number_fields=_number_fields(describes),
        tick_boxes=_tick_boxes(modules, theirs),
        fillers=fillers,
        defaults=given,
        charges=_charges(describes),
        invoice_types=_invoice_types(describes),
        user=user,
        zone=zone,
        names_deletions=names_deletions,
        nameless=nameless,
    )


def _tick_boxes(modules: Sequence[Module], theirs: Mapping[str, str]) -> dict[str, str]:
    boxes = ((theirs[module.name], module.by_role("xtiger.allow_sync")) for module in modules)
    return {name: box.name for name, box in boxes if box is not None}


def _fields(raw: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(raw.get("fields") or ())


def _labelled(describes: Collection[Mapping[str, Any]], label: str) -> dict[str, str]:
    """Vtiger's module → its field of a label, which people gave it in the Layout Editor."""
    return {
        str(raw["name"]): str(field["name"])
        for raw in describes
        for field in _fields(raw)
        if str(field.get("label")).strip().lower() == label
    }


def _number_fields(describes: Collection[Mapping[str, Any]]) -> dict[str, str]:
    found = _labelled(describes, NUMBER_LABEL)
    return {theirs: field for theirs, field in found.items() if theirs in NUMBERS}


def _fillers(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """Mandatory texts that Xero may have nothing for; names and references stay demanded."""
    described = module_of(raw)
    return tuple(
        field.name
        for field in described.fields
        if field.required and field.role in (None, _SUBJECT) and field.type in _TEXTS
    )


def _enriched(
    raw: Mapping[str, Any],
    free: Collection[str],
    currencies: Sequence[Mapping[str, Any]],
    decimals: int | None,
) -> Module:
    """The module with what describe does not say, and without the library's own fields."""
    module = module_of(raw)
    own = {*_labelled([raw], KEY_LABEL).values(), *_number_fields([raw]).values()}

    def known(field: Field) -> Field:
        places = _PLACES.get(field.name)
        if field.name in _PRICES:
            places = decimals
        changed = replace(
            field, decimals=places, required=field.required and field.name not in free
        )
        if field.role == "invoice.currency":
            codes = (str(one["currency_code"]) for one in currencies)
            choices = tuple(Choice(code, code) for code in codes)
            return replace(changed, type="choice", choices=choices, required=True)
        if (field.role or "").endswith(".sales_account"):
            # Vtiger keeps any text here, and accounts of Xero are not among its GL accounts.
            return replace(changed, type="text", choices=())
        if field.role == "invoice.tax_mode":
            return replace(changed, required=True)
        kept = field.role in _KEPT or field.role == "invoice.charges_tax"
        return replace(changed, writable=True, unique=False) if kept else changed

    fields = tuple(known(field) for field in module.fields if field.name not in own)
    return replace(module, fields=fields, lines=tuple(known(field) for field in module.lines))


def _known_targets(described: Iterable[Module], abilities: Iterable[Ability]) -> tuple[Module, ...]:
    """References to modules that the user may not see are read-only text."""
    modules = tuple(described)
    names = {module.name for module in modules}

    def known(field: Field) -> Field:
        targets = tuple(name for name in field.targets if name in names)
        if field.type != "ref" or targets:
            return replace(field, targets=targets)
        return replace(field, type="text", targets=(), role=None, writable=False, required=False)

    return tuple(
        replace(
            module,
            fields=tuple(map(known, module.fields)),
            lines=tuple(map(known, module.lines)),
            can=module.can | frozenset(abilities),
        )
        for module in modules
    )


def _invoice_fields(describes: Collection[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [field for raw in describes if raw["name"] == INVOICE for field in _fields(raw)]


def _charges(describes: Collection[Mapping[str, Any]]) -> tuple[str, ...]:
    names = (CHARGE_TAX.match(str(field["name"])) for field in _invoice_fields(describes))
    return tuple(dict.fromkeys(found["charge"] for found in names if found))


def _invoice_types(describes: Collection[Mapping[str, Any]]) -> dict[str, str]:
    values = {
        str(choice["value"])
        for field in _invoice_fields(describes)
        if TYPES.get(str(field["type"].get("name"))) == "choice"
        and not NUMBERED.match(field["name"])
        for choice in field["type"].get("picklistValues") or ()
    }
    return {ours: word for word, ours in INVOICE_TYPES.items() if word in values}
