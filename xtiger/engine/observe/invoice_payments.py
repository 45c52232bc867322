"""The payments that an invoice of Xero names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def payments_of(invoice: Mapping[str, Any]) -> list[str]:
    """Ids of the payments that an invoice shows."""
    found = (payment.get("PaymentID") for payment in invoice.get("Payments") or ())
    return [str(one) for one in found if one]
