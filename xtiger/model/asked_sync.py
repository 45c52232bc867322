"""What people ask for in the background, and the plan and the proof that pages show, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from xtiger.model.values import Plain

#: What is asked for: to see what a sync would do, to carry it out, to compare both sides, the next
#: step of a historical sync, to take runs back, or what came from Xero out of the CRM.
AskedFor = Literal["plan", "run", "proof", "historical", "undo", "wipe"]
#: Which way records may move; "" is both.
Direction = Literal["to_xero", "to_crm", ""]
#: asked: waits for its turn. running: under way. The others are its ends.
AskedState = Literal["asked", "running", "done", "failed", "cancelled"]
#: Items of a plan that are kept; its numbers are always whole.
KEPT_ITEMS = 500


@dataclass(frozen=True, slots=True)
class AskedSync:
    """The last request of a connection: what, who, how far it is, and what came of it."""

    id: str
    what: AskedFor
    by: str
    #: When it was asked for; aware UTC.
    at: datetime
    #: Empty for all.
    modules: tuple[str, ...] = ()
    direction: Direction = ""
    #: Whether a sync reads everything and compares it anew.
    full: bool = False
    #: The runs that an undo takes back.
    takes_back: tuple[str, ...] = ()
    #: Stands for what of a wipe was looked at: nothing else goes.
    looked_at: str = ""
    state: AskedState = "asked"
    #: Not begun before; moved on by what lets it wait.
    due_at: datetime | None = None
    #: Why it waits, in words; "" where nothing but its turn is missing.
    waits: str = ""
    #: When it showed last that it is at work.
    seen_at: datetime | None = None
    #: The module at work, and how many of its records are done.
    module: str = ""
    done: int = 0
    total: int = 0
    finished_at: datetime | None = None
    #: The run that was made; "" for a plan, or where none began.
    run_id: str = ""
    #: Why it failed, in words for a browser, and the code of that.
    error: str = ""
    code: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it waits or is under way."""
        return self.state in ("asked", "running")

    def failed(self, at: datetime, error: str, code: str) -> AskedSync:
        """The same as it ended without success."""
        return replace(self, state="failed", finished_at=at, error=error, code=code, waits="")

    def plain(self) -> dict[str, Plain]:
        """The request as a store keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> AskedSync | None:
        """The request of what a store keeps; None where nothing was asked for."""
        if not kept:
            return None
        runs = tuple(kept.get("takes_back", ()))
        return cls(**{**kept, "modules": tuple(kept["modules"]), "takes_back": runs})


@dataclass(frozen=True, slots=True)
class KeptField:
    """One field of a kept item as text: both sides, and which way it goes."""

    label: str
    crm: tuple[str, ...]
    xero: tuple[str, ...]
    #: to_xero, to_crm, conflict or held.
    #: Or same, of a line among others that differ.
    decision: str

    @classmethod
    def of(cls, kept: Mapping[str, Plain]) -> KeptField:
        """The field of what a store keeps."""
        return cls(kept["label"], tuple(kept["crm"]), tuple(kept["xero"]), kept["decision"])


@dataclass(frozen=True, slots=True)
class KeptItem:
    """One record of a kept plan."""

    module: str
    crm_id: str | None
    xero_id: str | None
    name: str
    #: What is done (create, update …), or the result where nothing is.
    does: str
    #: Columns of the counts that it is part of, such as to_xero.create or held.
    columns: tuple[str, ...]
    fields: tuple[KeptField, ...] = ()
    #: What an invoice's total in Xero will be; "" for others.
    total: str = ""
    #: What it is now; "" for a new one, and of a plan that an earlier release kept.
    total_before: str = ""
    #: Why nothing is done, and what to do, in words; "" where something is.
    said: str = ""
    fix: str = ""
    code: str = ""

    @classmethod
    def of(cls, kept: Mapping[str, Plain]) -> KeptItem:
        """The item of what a store keeps."""
        fields = tuple(KeptField.of(one) for one in kept["fields"])
        return cls(**{**kept, "columns": tuple(kept["columns"]), "fields": fields})


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as a page shows it: whole numbers, and the first of its items."""

    made_at: datetime
    modules: tuple[str, ...]
    direction: Direction = ""
    #: Module → column → number of records.
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    calls: int = 0
    seconds: int = 0
    size_bytes: int = 0
    items: tuple[KeptItem, ...] = ()
    #: Items that are not unchanged, those that are not kept included.
    shown: int = 0
    #: Records that a sync of one way leaves for one of both ways.
    other_way: int = 0
    #: Currency → how many invoices would bear a line for rounding, and what these add up to.
    roundings: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    #: (name, percentage in the CRM or "", Xero's percentage) of rates that come into the CRM.
    taxes: tuple[tuple[str, str, str], ...] = ()

    def plain(self) -> dict[str, Plain]:
        """The plan as a store keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> KeptPlan | None:
        """The plan of what a store keeps; None where none was made."""
        if not kept:
            return None
        items = tuple(KeptItem.of(one) for one in kept["items"])
        given = {**kept, "modules": tuple(kept["modules"]), "items": items}
        roundings = {name: (one[0], one[1]) for name, one in kept.get("roundings", {}).items()}
        taxes = tuple((one[0], one[1], one[2]) for one in kept.get("taxes", ()))
        return cls(**{**given, "roundings": roundings, "taxes": taxes})


#: Differences that are kept; their number is always whole.
KEPT_DIFFERENCES = 1_000


@dataclass(frozen=True, slots=True)
class KeptDifference:
    """One field in which both sides differed, or a record that one side lacked."""

    module: str
    kind: str
    name: str
    crm_id: str | None
    xero_id: str | None
    #: The field's label; "record" for the whole record.
    field: str
    crm: Plain
    xero: Plain
    #: What ends it: a code of a cure, the values that its sentence names, and what to type.
    code: str
    data: Mapping[str, Plain]
    command: str = ""


@dataclass(frozen=True, slots=True)
class KeptProof:
    """The last proof of a connection."""

    run_id: str
    made_at: datetime
    base_currency: str
    #: Documents before this day were left out; None: none.
    since: date | None
    #: How many differences there were; the first of them are kept.
    total: int
    differences: tuple[KeptDifference, ...] = ()

    def plain(self) -> dict[str, Plain]:
        """The proof as a store keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Plain] | None) -> KeptProof | None:
        """The proof of what a store keeps; None where none was kept."""
        if not kept:
            return None
        found = tuple(KeptDifference(**one) for one in kept["differences"])
        return cls(**{**kept, "differences": found})
