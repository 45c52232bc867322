"""What a run wrote of one record, as people read it: each value before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from xtiger.model.conflicts import value_text
from xtiger.model.links import Side
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Changes, Did, Image

#: What a run did with a record, as a sentence of the catalogue.
DID_WORDS: Mapping[Did, str] = MappingProxyType(
    {
        "made_in_xero": "made in Xero",
        "made_in_crm": "made in the CRM",
        "changed": "changed",
        "linked": "linked",
        "removed_in_xero": "removed in Xero",
        "removed_in_crm": "removed in the CRM",
    }
)
#: Labels of credit, sentences of the catalogue.
SET_AGAINST = "Set against"
CREDIT_NOTE = "Credit note"
CREDIT_LABELS = (SET_AGAINST, CREDIT_NOTE)
#: What stands for the lines of an invoice among its fields.
LINES = "lines"


@dataclass(frozen=True, slots=True)
class Value:
    """One value that was written."""

    side: Side
    #: What the CRM or the mapping calls the field; "" for the lines, which are not listed.
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """One record of a run."""

    module: str
    kind: str
    name: str
    crm_id: str
    xero_id: str
    did: Did
    values: tuple[Value, ...]


def wrote_of(image: Image, crm: Mapping[str, str], xero: Mapping[str, str]) -> Wrote:
    """What an image says, with these labels of fields of the CRM and of paths in Xero.

    What was written as it stood before is left out.
    """
    values = (
        *_values("crm", image.crm, crm),
        *_values("xero", image.xero, xero),
        *_credit(image.allocated),
    )
    return Wrote(
        image.module, image.kind, image.name, image.crm_id, image.xero_id, image.did, values
    )


def _values(side: Side, changes: Changes, labels: Mapping[str, str]) -> list[Value]:
    found = []
    for field, (before, after) in changes.items():
        if field == LINES:
            found.append(Value(side, "", "", ""))
            continue
        then, now = value_text(before), value_text(after)
        if then != now:
            found.append(Value(side, labels.get(field, field), then, now))
    return found


def _credit(made: Sequence[Allocated]) -> list[Value]:
    """What was set against invoices, and the notes that were made for it."""
    found = []
    for one in made:
        if one.note:
            found.append(Value("xero", CREDIT_NOTE, "", f"{one.note} {one.total:.2f}"))
        if one.amount:
            found.append(Value("xero", SET_AGAINST, "", f"{one.invoice} {one.amount:.2f}"))
    return found
