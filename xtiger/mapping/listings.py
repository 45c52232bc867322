"""Every kind that is only read and listed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from xtiger.mapping.credit_note import CREDIT_NOTES
from xtiger.mapping.listing import Listing
from xtiger.mapping.money_on_account import OVERPAYMENTS, PREPAYMENTS

#: Kind → its list.
LISTINGS: Mapping[str, Listing] = MappingProxyType(
    {one.kind: one for one in (CREDIT_NOTES, PREPAYMENTS, OVERPAYMENTS)}
)
