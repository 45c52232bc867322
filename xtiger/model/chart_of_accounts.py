"""Xero's accounts and tax rates as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """One account of Xero's chart, as the pick lists and rules need it."""

    account_id: str
    code: str
    name: str
    type: str
    account_class: str
    tax_type: str = ""
    status: str = "ACTIVE"
    system: str = ""
    payments: bool = False
    currency: str = ""
    description: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One tax rate of Xero; `rate` is the effective percentage."""

    tax_type: str
    name: str
    rate: Any  # Decimal
    status: str = "ACTIVE"
    #: Account classes it may be used with: ASSET EQUITY EXPENSE LIABILITY REVENUE.
    classes: frozenset[str] = frozenset()
    #: (name, percentage, compound) of each part.
    components: tuple[tuple[str, Any, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class TaxNews:
    """A rate of Xero that the CRM is to have among its taxes."""

    #: Id of the CRM's tax of this name; "" for a new one.
    id: str
    name: str
    #: What the CRM's tax was; None for a new one.
    before: Decimal | None
    percent: Decimal
