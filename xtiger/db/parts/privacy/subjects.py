"""Where the store keeps what may name a person: the rows of each table that are about one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, false, func, or_, select, type_coerce

from xtiger.db import tables
from xtiger.model.links import Side
from xtiger.model.privacy import naming
from xtiger.model.privacy.person import Person
from xtiger.model.values import Plain, from_json

#: Columns that hold what a record itself is called.
_OWN_NAMES = ("name", "sought")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose rows may be looked at: those of a tenant and its connections alone."""

    tenant: str
    connection_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Key:
    """The columns that name a record; a side in place of a column where all are of one."""

    side: Side | str
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One table: how its rows name records, and which of its columns hold texts."""

    table: Table
    keys: Sequence[Key] = ()
    texts: Sequence[str] = ()
    #: Columns that hold an e-mail address and nothing else.
    addresses: Sequence[str] = ()
    #: Which rows are the owner's; by connection_id where it is not given.
    own: Callable[[Table, Owner], ColumnElement[bool]] | None = None
    #: Whether every own row is looked at: its texts break lines, which no database looks across.
    every: bool = False

    def rows(self, person: Person, owner: Owner) -> ColumnElement[bool]:
        """The condition on rows that may be about a person; `is_about` says of which it is sure."""
        found = [*self._keyed(person), *self._mailed(person)]
        found += [self._everything()] if self.every else self._named(person)
        return and_(self._owned(owner), or_(false(), *found))

    def is_about(self, row: Mapping[str, Any], person: Person) -> bool:
        """Whether a row is one of a record of the person, or names it in a text."""
        return self.is_keyed(row, person) or self.names(row, person)

    def is_keyed(self, row: Mapping[str, Any], person: Person) -> bool:
        """Whether a row is one of a record of the person, or of its address."""
        if any(str(row[name]).casefold() in person.emails for name in self.addresses):
            return True
        known = {(place.side, place.type, place.id) for place in person.places}
        if self.table is tables.base:
            return False  # found by its link
        return any((_side(key, row), row[key.type], row[key.id]) in known for key in self.keys)

    def names(self, row: Mapping[str, Any], person: Person) -> bool:
        """Whether a value of the row names the person; never a key, a label or a code."""
        of_party = self._is_of_party(row, person)
        said = (
            self._said(name, row[name])
            for name in self.texts
            if row[name] is not None and not (of_party and name in _OWN_NAMES)
        )
        return any(naming.names(_unnamed(one) if of_party else one, person) for one in said)

    def columns(self) -> list[ColumnElement[Any]]:
        """All columns, plain values as the text that is stored."""
        return [
            type_coerce(column, Text).label(column.name) if column.name in self.texts else column
            for column in self.table.c
        ]

    # --- what a row says ---

    def _is_of_party(self, row: Mapping[str, Any], person: Person) -> bool:
        """Whether a row is of a person or firm: what that is called is no word about another."""
        parties = {place.type for place in person.places}
        return any(row[key.type] in parties for key in self.keys)

    def _said(self, name: str, text: Any) -> Plain:
        if self.table is tables.outcome and name == "detail":
            return _said_of_outcome(from_json(text))
        is_plain = type(self.table.c[name].type).__name__ == "PlainText"
        return from_json(text) if is_plain else str(text)

    # --- conditions ---

    def _owned(self, owner: Owner) -> ColumnElement[bool]:
        if self.own is not None:
            return self.own(self.table, owner)
        return self.table.c.connection_id.in_(owner.connection_ids)

    def _keyed(self, person: Person) -> Iterator[ColumnElement[bool]]:
        columns = self.table.c
        of_connection = "connection_id" in columns
        for place in person.places:
            for key in self.keys:
                if key.side not in (place.side, "side"):
                    continue
                same = [columns[key.type] == place.type, columns[key.id] == place.id]
                same += [columns.side == place.side] if key.side == "side" else []
                same += [columns.connection_id == place.connection_id] if of_connection else []
                yield and_(*same)

    def _mailed(self, person: Person) -> Iterator[ColumnElement[bool]]:
        for name in self.addresses:
            yield func.lower(self.table.c[name]).in_(person.emails)

    def _everything(self) -> ColumnElement[bool]:
        return self.table.c[self.texts[0]].is_not(None)

    def _named(self, person: Person) -> Iterator[ColumnElement[bool]]:
        for name in self.texts:
            column = type_coerce(self.table.c[name], Text)
            for form in person.spellings:
                # No database folds every letter as Python does: both spellings are looked for.
                yield column.contains(form, autoescape=True)
                yield func.lower(column).contains(form.lower(), autoescape=True)


def _said_of_outcome(detail: Any) -> Plain:
    """The detail of an outcome, whose parts stand without keys, with a key for each."""
    return {
        "cause": detail["cause"],
        "differences": [{str(one[0]): one[2:5]} for one in detail["differences"]],
        "proposals": [{"ContactID": one[1], "ContactName": one[3]} for one in detail["proposals"]],
    }


def _unnamed(value: Plain) -> Plain:
    """What is said of a person or firm, without what it is itself called on either side."""
    if isinstance(value, Mapping):
        return {key: _unnamed(part) for key, part in value.items() if not _is_name(key)}
    if isinstance(value, list):
        return [_unnamed(part) for part in value]
    return value


def _is_name(key: str) -> bool:
    return key != "ContactName" and key.casefold().endswith("name")


def _side(key: Key, row: Mapping[str, Any]) -> str:
    return str(row["side"]) if key.side == "side" else key.side


# --- whose rows they are -----------------------------------------------------------------------


def _of_tenant(table: Table, owner: Owner) -> ColumnElement[bool]:
    return table.c.tenant == owner.tenant


def _of_run(table: Table, owner: Owner) -> ColumnElement[bool]:
    run = tables.run.c
    own = select(run.id).where(run.connection_id.in_(owner.connection_ids))
    return table.c.run_id.in_(own)


def _of_batch(table: Table, owner: Owner) -> ColumnElement[bool]:
    batch = tables.batch.c
    own = select(batch.id).where(batch.connection_id.in_(owner.connection_ids))
    return table.c.batch_id.in_(own)


def _of_link(table: Table, owner: Owner) -> ColumnElement[bool]:
    link = tables.link.c
    own = select(link.id).where(link.connection_id.in_(owner.connection_ids))
    return table.c.link_id.in_(own)


def _by_name(table: Table, owner: Owner) -> ColumnElement[bool]:
    """Values of the installation that are of a connection have its id in their name."""
    name = table.c.name
    return or_(false(), *(name.contains(one, autoescape=True) for one in owner.connection_ids))


_CRM, _XERO = Key("crm", "module", "crm_id"), Key("xero", "kind", "xero_id")
_BOTH, _SIDED = (_CRM, _XERO), (Key("side", "type", "id"),)

LOG = Subject(tables.outcome, _BOTH, ("name", "detail", "sought"))
IMAGES = Subject(tables.image, _BOTH, ("name", "detail"))
BEFORE_IMAGES = Subject(tables.before_image, _SIDED, ("payload",), own=_of_run)
COPIES = Subject(tables.shadow, _SIDED, ("payload",))
BASES = Subject(tables.base, (), ("pairs", "lines"), own=_of_link)
LINKS = Subject(tables.link, _BOTH)
CHANGES = Subject(tables.change, _SIDED)
DECISIONS = Subject(tables.decision, (_CRM,), ("seen",))
REFUSALS = Subject(tables.refusal, (_CRM,), ("data", "also"))
HOLDS = Subject(tables.undo_hold, _BOTH, ("name",))
INTENTS = Subject(tables.intent, _BOTH, ("natural_value", "payload", "meant"), own=_of_batch)
PANEL_VALUES = Subject(tables.panel_value, (_CRM,), ("value",), own=_of_tenant)
RECEIVED = Subject(tables.received, (), ("values",), own=_of_tenant)
NOTICES = Subject(tables.notice, (_CRM,), ("detail",))
LETTERS = Subject(
    tables.letter,
    texts=("subject", "text", "html", "file", "answer"),
    addresses=("address",),
    own=_of_tenant,
    every=True,
)
RECIPIENTS = Subject(tables.mail_recipient, addresses=("address",), own=_of_tenant)
MESSAGES = Subject(tables.message, texts=("body", "answer"), own=_of_tenant)
RUNS = Subject(tables.run, texts=("error", "started_by"))
PLANS = Subject(tables.braked_plan, texts=("changes", "released_by"))
CALLS = Subject(tables.call, texts=("path",))
SETTINGS = Subject(tables.setting, texts=("value",), own=_by_name)
TENANT_SETTINGS = Subject(tables.tenant_setting, texts=("value",), own=_of_tenant)
STATES = Subject(tables.state, texts=("value",), own=_by_name)

#: All of them, in the order of an export.
SUBJECTS: Sequence[Subject] = (
    *(LINKS, COPIES, BASES, LOG, IMAGES, BEFORE_IMAGES, INTENTS, DECISIONS, REFUSALS, HOLDS),
    *(PANEL_VALUES, RECEIVED, NOTICES, LETTERS, MESSAGES, RECIPIENTS, CHANGES, RUNS, PLANS, CALLS),
    *(SETTINGS, TENANT_SETTINGS, STATES),
)
#: What stands in rows and is nobody's business outside the store.
SECRET: Collection[str] = ("salt",)
