"""Whether a record of Vtiger is the one that a create was sent with, once its answer was lost.

Pure. Vtiger cuts texts, keeps no character of four bytes and rounds numbers, so that only what
tells a record apart is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from xtiger.hosts.vtiger.names import NATURAL
from xtiger.model.values import as_decimal, canon_text

#: So much of a text is compared: no column that names a record is shorter.
_COMPARED: Final = 50
#: A record that a person typed in has another source.
_SOURCE: Final = "WEBSERVICE"
_LINE: Final = ("quantity", "listprice")
_PLACES: Final = Decimal("0.001")


def is_like(theirs: str, sent: Mapping[str, Any], retrieved: Mapping[str, Any]) -> bool:
    """Whether names, references and lines are those that were sent."""
    if str(retrieved.get("source") or _SOURCE) != _SOURCE:
        return False
    names = NATURAL.get(theirs, ())
    if any(_text(sent.get(name)) != _text(retrieved.get(name)) for name in names):
        return False
    lines = [[_number(line.get(name)) for name in _LINE] for line in sent.get("LineItems") or ()]
    kept = retrieved.get("LineItems") or ()
    return lines == [[_number(line.get(name)) for name in _LINE] for line in kept]


def _text(value: Any) -> str:
    narrow = "".join("????" if ord(one) > 0xFFFF else one for one in str(value or ""))
    return (canon_text(narrow) or "")[:_COMPARED].rstrip()


def _number(value: Any) -> Decimal:
    return (as_decimal(value) or Decimal(0)).quantize(_PLACES)
