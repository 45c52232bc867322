"""What Xero takes as a file attached to a document: its name and its size."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Final

from xtiger.model.plans import Cause, Item
from xtiger.model.records import Document
from xtiger.rules.causes import cause_of
from xtiger.rules.kinds import nature

#: The option of invoices that attaches the CRM's own document at the first send.
ATTACH: Final = "attach_document"
#: The permission that attaching needs.
ATTACHMENTS: Final = "accounting.attachments"
#: Xero's pages say 25 MB and 10 MB; what fits both is sent.
MOST_BYTES: Final = 10 * 1024 * 1024
_MEGABYTE = Decimal(1024 * 1024)
#: Signs that the name of a file must not have in Xero.
_FORBIDDEN: Final = frozenset('<>:"/\\|?*+')
_LONGEST: Final = 100


def file_name(name: str) -> str:
    """The name as Xero takes it: a dash for each sign that it refuses, shortened in the middle."""
    plain = "".join("-" if c in _FORBIDDEN or not c.isprintable() else c for c in name).strip()
    stem, dot, ending = plain.rpartition(".")
    if not stem:
        stem, dot, ending = plain or "document", "", ""
    return f"{stem[: _LONGEST - len(dot + ending[:10])]}{dot}{ending[:10]}"


def gets_file(item: Item) -> bool:
    """Whether an item is a new invoice to a customer, which gets the CRM's document."""
    if item.verb != "create" or item.to_xero is None or item.crm_id is None:
        return False
    traits = nature(item.kind)
    document = traits.type_of(item.to_xero)
    is_invoice = not traits.gives_back and not traits.is_money
    return is_invoice and document is not None and document.sells


def too_large(document: Document) -> Cause | None:
    """Why a document cannot be attached: Xero takes no file of its size."""
    size = len(document.content)
    if size <= MOST_BYTES:
        return None
    megabytes = (Decimal(size) / _MEGABYTE).quantize(Decimal("0.1"))
    return cause_of("document_too_large", size=f"{megabytes:f}")


def digest_of(document: Document) -> str:
    """What tells a file from the one that was refused: its name and what is in it."""
    return sha256(document.name.encode() + b"\0" + document.content).hexdigest()
