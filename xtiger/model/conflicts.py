"""Conflicts as data: what both sides have, who changed when, and what a person may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypedDict

from xtiger.model.links import Side
from xtiger.model.plans import Cause, Proposal
from xtiger.model.values import Plain, digest

#: fields: values differ. record: gone on one side, edited on the other. orphan: gone and left.
ConflictKind = Literal["fields", "record", "orphan"]


@dataclass(frozen=True, slots=True)
class ConflictField:
    """One field that both sides have differently."""

    #: Row key, "lines" or the key of one line's field.
    key: str
    label: str
    #: What both last agreed on, as the CRM had it.
    base: Plain
    crm: Plain
    xero: Plain
    #: The sides whose value may be kept: the other one must take it.
    keeps: tuple[Side, ...] = ("crm", "xero")
    #: What a person decided already, of just these values; "" is nothing.
    decided: Side | Literal[""] = ""
    #: A decision was made on other values than these, and no longer counts.
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """One record that waits for a person's decision."""

    connection_id: str
    module: str
    kind: ConflictKind
    crm_id: str
    xero_id: str | None
    name: str
    cause: Cause
    #: Empty where the question is about the record as a whole.
    fields: tuple[ConflictField, ...] = ()
    #: For a whole record: the side to keep and what that does, as a sentence.
    choices: tuple[tuple[Side, str], ...] = ()
    #: For a whole record: what was decided; "" is nothing.
    decided: Side | Literal[""] = ""
    proposals: tuple[Proposal, ...] = ()
    #: When each side was changed last, as far as it says.
    crm_changed_at: datetime | None = None
    xero_changed_at: datetime | None = None
    #: When the last run met it.
    seen_at: datetime | None = None
    #: Where each side shows the record; None for one that is gone or has no page of its own.
    crm_url: str | None = None
    view_url: str | None = None

    @property
    def shown(self) -> str:
        """Stands for the values that a person saw; another one is another question."""
        values = [[one.key, one.crm, one.xero] for one in self.fields]
        return digest([self.module, self.crm_id, self.cause.code, values])[:16]


def chosen_fields(conflict: Conflict, names: Sequence[str]) -> list[ConflictField]:
    """The fields of these keys or labels, all for none; raises LookupError naming the unknown."""
    if not names:
        return list(conflict.fields)
    found = []
    for name in names:
        wanted = name.casefold()
        fitting = [f for f in conflict.fields if wanted in (f.key.casefold(), f.label.casefold())]
        if not fitting:
            raise LookupError(name)
        found += fitting
    return list(dict.fromkeys(found))


def value_text(value: Plain) -> str:
    """One value for people, on one line; "" for nothing; lines as what fills each of them."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        if "lines" in value:
            return value_text(value["lines"])
        return ", ".join(f"{name} {v}" for name, v in value.items() if v not in (None, ""))
    if isinstance(value, list | tuple):
        return "; ".join(value_text(one) for one in value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


class DescribedField(TypedDict):
    """A field of a conflict as plain values."""

    field: str
    label: str
    base: Plain
    crm: Plain
    xero: Plain
    keeps: tuple[Side, ...]
    decided: Side | Literal[""]
    outdated: bool


class DescribedChoice(TypedDict):
    """A side that may be kept of a whole record, and what that does."""

    keep: Side
    does: str


class DescribedProposal(TypedDict):
    """Something that a person may do instead."""

    verb: str
    xero_id: str | None
    crm_id: str | None
    name: str


class DescribedConflict(TypedDict):
    """A conflict as plain values, as commands and pages give it out: see docs/conflicts.md."""

    module: str
    crm_id: str
    xero_id: str | None
    name: str
    kind: ConflictKind
    code: str
    sentence: str
    fix: str
    crm_changed_at: datetime | None
    xero_changed_at: datetime | None
    seen_at: datetime | None
    decided: Side | Literal[""]
    choices: list[DescribedChoice]
    fields: list[DescribedField]
    proposals: list[DescribedProposal]
    shown: str


def described(conflict: Conflict, said: tuple[str, str]) -> DescribedConflict:
    """A conflict as lists, dicts and plain values; `said` is its sentence and fix."""
    return {
        "module": conflict.module,
        "crm_id": conflict.crm_id,
        "xero_id": conflict.xero_id,
        "name": conflict.name,
        "kind": conflict.kind,
        "code": conflict.cause.code,
        "sentence": said[0],
        "fix": said[1],
        "crm_changed_at": conflict.crm_changed_at,
        "xero_changed_at": conflict.xero_changed_at,
        "seen_at": conflict.seen_at,
        "decided": conflict.decided,
        "choices": [{"keep": keep, "does": text} for keep, text in conflict.choices],
        "fields": [
            {
                "field": f.key,
                "label": f.label,
                "base": f.base,
                "crm": f.crm,
                "xero": f.xero,
                "keeps": f.keeps,
                "decided": f.decided,
                "outdated": f.outdated,
            }
            for f in conflict.fields
        ],
        "proposals": [
            {"verb": p.verb, "xero_id": p.xero_id, "crm_id": p.crm_id, "name": p.name}
            for p in conflict.proposals
        ],
        "shown": conflict.shown,
    }
