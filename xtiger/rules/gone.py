"""Whether a record of Xero is gone: it is not to be used any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xtiger.model.gone import GONE_STATUSES
from xtiger.model.links import Shadow
from xtiger.model.records import XeroRecord
from xtiger.rules.kinds import nature


def says_gone(kind: str, raw: Mapping[str, Any]) -> bool:
    """Whether an element's own status says that it no longer counts; that of an item never does."""
    return raw.get(nature(kind).status_field) in GONE_STATUSES


def is_gone(seen: XeroRecord | Shadow) -> bool:
    """Whether Xero says of a record that it no longer counts, or a whole read did not have it."""
    if isinstance(seen, Shadow):
        return seen.gone or says_gone(seen.type, seen.payload)
    return seen.gone or seen.status in GONE_STATUSES
