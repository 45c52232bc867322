"""Which type of a CRM's field may be mapped to which type of Xero's: one table, read by all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

from xtiger.mapping.xero_fields import XeroType
from xtiger.model.records import FieldType

#: both: each way; to_xero: it can go there and not come back; no: never.
Fit = Literal["both", "to_xero", "no"]
FIELD_TYPES: Final[tuple[FieldType, ...]] = get_args(FieldType)
XERO_TYPES: Final[tuple[XeroType, ...]] = get_args(XeroType)

_WORDS: Final[tuple[FieldType, ...]] = ("text", "long_text", "choice", "email", "phone", "url")
_NUMBERS: Final[tuple[FieldType, ...]] = ("money", "decimal", "int")
_DAYS: Final[tuple[FieldType, ...]] = ("date", "datetime")
_CHOSEN: Final[tuple[FieldType, ...]] = ("choice", "text", "long_text")
_NONE: Final[tuple[FieldType, ...]] = ()

#: Xero's type → (types that go both ways, types that only go to Xero); no others fit.
_FITTING: Final[Mapping[XeroType, tuple[tuple[FieldType, ...], tuple[FieldType, ...]]]] = (
    MappingProxyType(
        {
            "text": (_WORDS, (*_NUMBERS, *_DAYS)),
            "street": (_WORDS, (*_NUMBERS, *_DAYS)),
            "name": (_WORDS, (*_NUMBERS, *_DAYS)),
            "email": (("email", "text", "long_text", "choice"), _NONE),
            "price": (_NUMBERS, _NONE),
            "number": (_NUMBERS, _NONE),
            "bool": (("bool",), _NONE),
            # A text must hold days as 2026-11-30; each is looked at.
            "date": ((*_DAYS, "text"), _NONE),
            "ref": (("ref",), _NONE),
            "account": (_CHOSEN, ("int",)),
            # A number is the percentage, a text the name of the rate.
            "tax": ((*_CHOSEN, "decimal", "money"), ("int",)),
            "currency": (_CHOSEN, _NONE),
            "use": (_CHOSEN, _NONE),
            "paid_to": (_CHOSEN, ("int",)),
        }
    )
)


def fit(xero: XeroType, crm: FieldType) -> Fit:
    """Whether a field of the CRM of this type may be mapped to one of Xero of that type."""
    both, out = _FITTING[xero]
    if crm in both:
        return "both"
    return "to_xero" if crm in out else "no"


def fitting(xero: XeroType) -> tuple[FieldType, ...]:
    """The types of the CRM that a type of Xero takes, those that go both ways first."""
    both, out = _FITTING[xero]
    return (*both, *out)
