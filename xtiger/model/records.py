"""Records and modules as plain data: what a host describes, gives, takes and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Literal

from xtiger.model.values import Plain

FieldType = Literal[
    "text",
    "long_text",
    "int",
    "decimal",
    "money",
    "bool",
    "date",
    "datetime",
    "choice",
    "multi_choice",
    "ref",
    "email",
    "phone",
    "url",
    "json",
]
Kind = Literal["created", "updated", "deleted"]
ProblemCode = Literal["invalid", "conflict", "missing", "denied", "locked", "frozen", "other"]
#: What a module can do: read create update delete feed tombstones events.
#: How a CRM comes to the total of an invoice: net and tax of each line to the cent, as Xero does;
#: the tax of each rate on the sum of its lines; or nothing is rounded before the total is shown.
Arithmetic = Literal["line", "document", "none"]
Ability = Literal["read", "create", "update", "delete", "feed", "tombstones", "events"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a pick list."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a module, as the host describes it."""

    name: str
    type: FieldType = "text"
    label: str = ""
    #: The meaning that the library knows, such as "organisation.name"; None for a custom field.
    role: str | None = None
    required: bool = False
    writable: bool = True
    unique: bool = False
    choices: tuple[Choice, ...] = ()
    #: For type "ref": the modules it may point to.
    targets: tuple[str, ...] = ()
    max_length: int | None = None
    decimals: int | None = None
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Module:
    """A kind of CRM record, as the host describes it."""

    name: str
    #: organisation, contact, product, service, invoice or payment; None for a foreign module.
    role: str | None
    label: str
    fields: tuple[Field, ...]
    #: The fields of one line, for modules with lines.
    lines: tuple[Field, ...] = ()
    #: Names of reference fields whose target changes when a record of this module changes.
    parents: tuple[str, ...] = ()
    can: frozenset[Ability] = frozenset({"read", "create", "update"})
    #: Role → field, made from the others: roles are asked for with every record.
    _by_role: Mapping[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the fields by role; the first one of a role counts."""
        found = {f.role: f for f in reversed((*self.fields, *self.lines)) if f.role is not None}
        object.__setattr__(self, "_by_role", found)

    def by_role(self, role: str) -> Field | None:
        """The field with this role, on the record or its lines; None when there is none."""
        return self._by_role.get(role)

    def by_name(self, name: str) -> Field | None:
        """The record field of this name; None when there is none."""
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True, slots=True)
class Ref:
    """The address of one CRM record; ids are text."""

    module: str
    id: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file that the CRM made of a record, such as the invoice as its customer gets it."""

    #: Its name with the ending, such as "INV-7.pdf".
    name: str
    #: Not shown: it holds the record.
    content: bytes = field(repr=False)
    content_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class XeroRef:
    """The address of one Xero record."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Record:
    """One CRM record as plain values, fresh from the host."""

    ref: Ref
    #: Field name → plain value; references are ids as text.
    values: Mapping[str, Plain]
    #: Line values by line field name, in order; the key "id" holds the host's line id if stable.
    lines: tuple[Mapping[str, Plain], ...] = ()
    #: What an optimistic check compares; None where the host has no versions.
    version: str | None = None
    modified: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """One record to create (id None) or to change (only the given values)."""

    values: Mapping[str, Plain]
    id: str | None = None
    #: None leaves the lines, a list replaces them all; a line with "id" is changed in place.
    lines: Sequence[Mapping[str, Plain]] | None = None
    #: The version last seen; None does not check.
    expect: str | None = None
    #: Key of a create: the host looks it up in xt_created before creating again.
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the host did not carry out one write."""

    code: ProblemCode
    message: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The host's answer to one write; a problem is a result, not an exception."""

    ref: Ref | None
    version: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a feed; the cursor is opaque to everyone but the host."""

    records: tuple[Record, ...]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A hint that a record may differ: a dirty key, never a payload."""

    ref: Ref
    kind: Kind
    at: datetime
    #: Names of changed fields where the host knows them.
    fields: frozenset[str] | None = None
    #: "xero" when our own write caused it; a later local edit clears it.
    origin: str | None = None
    tenant: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row of xt_outbox: many events of one record folded into one."""

    ref: Ref
    kind: Kind
    generation: int
    due_at: datetime
    origin: str | None = None
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency that the CRM uses."""

    code: str
    decimals: int = 2
    active: bool = True


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax that the CRM knows; `percent` is 20 for 20 %."""

    id: str
    name: str
    percent: object  # Decimal; typed loosely so that hosts may pass int
    components: tuple[tuple[str, object], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class XeroRecord:
    """One Xero object as plain values: what `schemas.load_element` makes of an answer."""

    kind: str
    id: str
    #: Flat field ("Addresses.POBOX.City") → plain value, canonical.
    values: Mapping[str, Plain]
    #: Line items as plain values, canonical, with LineItemID; without the one for rounding.
    lines: tuple[Mapping[str, Plain], ...] = ()
    #: The line of an invoice that only makes both totals equal; None where it has none.
    rounding: Mapping[str, Plain] | None = None
    #: ContactStatus, Status or ""; any text, since Xero adds new ones.
    status: str = ""
    updated_at: datetime | None = None
    #: The element as answered.
    raw: Mapping[str, Plain] = field(default_factory=dict)
    #: A later whole read did not have it any more.
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a host can do, as data; the planner plans by it."""

    html_panels: bool = True
    in_process_events: bool = True
    #: The host may run a request again, so that an event may be seen twice.
    replays_requests: bool = False
    #: xt_outbox and xt_created commit together with the host's own change.
    shares_transaction: bool = True
    tombstones: bool = False
    line_items: bool = True
    stable_line_ids: bool = True
    immutable_after_post: bool = False
    multi_currency: bool = True
    tax_table: bool = True
    versions: bool = False
    max_batch: int = 200
    #: How its invoices come to their totals.
    arithmetic: Arithmetic = "line"
    #: Whether it knows no payments but only what was received of an invoice: the library, which
    #: sets this, keeps them.
    payments_kept: bool = False
    #: Whether it takes taxes into its table: `save_taxes` is called only then.
    takes_taxes: bool = False
    #: The zone in which the CRM counts days: today, and the day of a moment.
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class Identity:
    """Which CRM a host is, as its own database says."""

    #: Made once, by chance; another database has another one.
    id: str
    #: Runs counted there: fewer than before show that a backup was restored.
    runs: int = 0


@dataclass(frozen=True, slots=True)
class ReceivedPayment:
    """A payment that the library keeps for a CRM that only knows how much was received."""

    #: Set by the store, from 1.
    number: int
    #: CRM id of the invoice.
    invoice: str
    #: Field name → value, as a record of the module of payments has them.
    values: Mapping[str, Plain]
    #: When it was last changed.
    at: datetime
    #: Whether a growth in the CRM stands behind it; else it came from Xero.
    grown: bool = False
    #: Whether it was taken back.
    gone: bool = False

    @property
    def id(self) -> str:
        """What it is called as a record."""
        return str(self.number)


def nameless(module: str, record_id: str) -> str:
    """What a record is called that has no name or number of its own: "Payments 1"."""
    return f"{module} {record_id}"
