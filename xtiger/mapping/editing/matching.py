"""Which fields of both sides belong together by role, name or label, where no row says so yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from xtiger.mapping.editing.rows import named
from xtiger.mapping.lint.field_types import fit
from xtiger.mapping.xero_fields import XERO_FIELDS, XeroField
from xtiger.model.mappings import Direction, Mapping, Row
from xtiger.model.records import Field, Module
from xtiger.rules.kinds import nature


def matched_rows(mapping: Mapping, described: Module, usual: Sequence[Row]) -> list[Row]:
    """A row for each field that is mapped nowhere and matches one of Xero that no row names.

    `usual` are the rows that the module begins with: what a role means there goes first. The rest
    is matched by name and label alone, whole and of a type that fits; what two fields match is
    left to a person, as what both would fill is.
    """
    taken = {_field(row, described) for row in mapping.rows}
    free = [one for one in described.fields if one not in taken]
    known = XERO_FIELDS.get(mapping.kind, {})
    # A row of a field that this CRM has not fills nothing.
    filled = {row.xero for row in mapping.rows if _field(row, described)}
    open_ = {path: one for path, one in known.items() if path not in filled}
    found = []
    for row in usual:
        field = _field(row, described)
        if field in free and row.xero in open_:
            found.append(replace(row, crm=named(field)))
            free.remove(field)
            del open_[row.xero]
    # By its key a record of ours is found again: that is a person's choice.
    key = nature(mapping.kind).natural_key if known else ""
    words = [one for one in open_.values() if one.path != key]
    pairs = [(field, one) for field in free for one in words if _alike(field, one)]
    for field, one in pairs:
        alone = sum(field is other for other, _ in pairs) == 1
        if alone and sum(one is other for _, other in pairs) == 1:
            found += _row(field, one)
    return found


def _field(row: Row, described: Module) -> Field | None:
    return described.by_role(row.crm) or described.by_name(row.crm)


def _alike(field: Field, xero: XeroField) -> bool:
    """Whether the words of a name or label are those of the other's; a role means another thing."""
    if field.role is not None or fit(xero.type, field.type) == "no" or xero.type == "ref":
        return False
    ours = {_words(field.name), _words(field.label)} - {""}
    return bool(ours & {_words(xero.path.replace("Addresses.", "")), _words(xero.label)})


def _words(text: str) -> str:
    """Letters and digits alone, small: IncludeInEmails, "Include in e-mails", include_in_emails."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _row(field: Field, xero: XeroField) -> list[Row]:
    """The row of two fields in the direction that both allow; none where neither is written."""
    comes, goes = field.writable and fit(xero.type, field.type) == "both", xero.writable
    if not comes and not goes:
        return []
    ways: dict[tuple[bool, bool], Direction] = {
        (True, True): "both",
        (True, False): "to_crm",
        (False, True): "to_xero",
    }
    return [Row(named(field), xero.path, ways[comes, goes])]
