"""A mapping as people see it: the rows that the CRM has, its options, what each status means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xtiger.mapping.option_specs import entries, options_of
from xtiger.rules.invoice_status import meaning_of
from xtiger.rules.status_words import chosen_for, nearest

if TYPE_CHECKING:
    from xtiger.model.mappings import Mapping, Row
    from xtiger.model.records import Module


@dataclass(frozen=True, slots=True)
class ShownStatus:
    """A status word of the CRM and what it means in Xero."""

    word: str
    #: "" for one that means nothing yet.
    xero: str
    #: mapping: somebody said so; word: it says so itself; "" for neither.
    by: str
    #: What a word without meaning most likely means.
    nearest: str = ""


def shown_rows(mapping: Mapping, described: Module | None) -> list[Row]:
    """The rows whose field the CRM has; all where it describes no such module."""
    if described is None:
        return list(mapping.rows)
    return [row for row in mapping.rows if described.by_role(row.crm) or described.by_name(row.crm)]


def shown_options(mapping: Mapping, described: Module | None) -> list[tuple[str, str]]:
    """(name as it is set, value) of every option that is set, but for the status words."""
    role = described.role if described is not None else None
    found = [
        (name, value)
        for spec in options_of(role or "")
        if spec.name != "status"
        for name, _, value in entries(spec, mapping.options)
    ]
    return [(name, _text(value)) for name, value in found if value not in (None, "", [], False)]


def _text(value: object) -> str:
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def shown_statuses(mapping: Mapping, described: Module | None) -> list[ShownStatus]:
    """Each word of the CRM's pick list, and each that somebody mapped, with its meaning."""
    status = described.by_role("invoice.status") if described else None
    if status is None:
        return []
    chosen = mapping.options.get("status_map") or {}
    words = dict.fromkeys([*(choice.value for choice in status.choices), *chosen])
    return [_status(word, chosen) for word in words]


def _status(word: str, chosen: dict[str, str]) -> ShownStatus:
    if chosen_for(word, chosen):
        return ShownStatus(word, chosen_for(word, chosen), "mapping")
    meant = meaning_of(word, {})
    return ShownStatus(word, meant, "word" if meant else "", "" if meant else nearest(word))
