"""The proof that both sides agree, as data: counts, sums side by side, differences and cures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Any

from xtiger.model.links import Side
from xtiger.model.plans import Cause, Face, Proposal
from xtiger.model.values import Plain
from xtiger.rules.catalogue import CATALOGUE
from xtiger.rules.entries.entry import Cures, alike
from xtiger.rules.money import cents

#: What stands for the whole record where one side has none.
RECORD = "record"
#: Wide enough that no sum of absurd amounts loses a cent.
_EXACT = Context(prec=80)

#: Cure → what to do about a difference; any other cure is a code of the catalogue.
CURES: Mapping[str, Cures] = MappingProxyType(
    {
        "sync": alike("The next sync carries it over."),
        "both_edited": Cures(
            "Both sides changed it since they last agreed. The next sync brings them together, "
            "and asks about what cannot be: xtiger conflicts",
            "Both sides changed it since they last agreed. The next sync brings them together, "
            "and asks on “Conflicts” about what cannot be.",
            "Both sides changed it since they last agreed. The next sync brings them together, "
            "and asks about what cannot be.",
        ),
        "one_way_to_xero": alike(
            "This field travels to Xero only. Sync; if it stays, it was edited in Xero: "
            "take the edit back there."
        ),
        "one_way_to_crm": alike(
            "This field travels from Xero only. Sync; if it stays, it was edited in the CRM: "
            "take the edit back there."
        ),
        "money": alike("Enter the payment on the side that lacks it, then sync."),
        "lost_in_xero": Cures(
            "It is gone in Xero. Sync to book that; then create it again or leave it: "
            "xtiger conflicts",
            "It is gone in Xero. The next sync books that; then press “Decide”.",
            "It is gone in Xero. Sync to book that; then create it again or leave it.",
        ),
        "lost_in_crm": Cures(
            "It is gone in the CRM. Sync to book that; then create it there again or leave it: "
            "xtiger conflicts",
            "It is gone in the CRM. The next sync books that; then open “Conflicts”.",
            "It is gone in the CRM. Sync to book that; then create it there again or leave it.",
        ),
        "duplicate": alike(
            "Xero has {name} twice; the CRM's record is linked to the other one. "
            "Void, archive or merge this one in Xero."
        ),
        "kept_coarser": alike(
            "The CRM keeps {places} decimal places of it and Xero has more, so no sync carries it "
            "over. Round it in Xero."
        ),
        "left_apart": alike(
            "The last sync left both sides so, and the next one will, too. Edit it on the side "
            "where it is wrong, then sync."
        ),
        "credited": alike("Credit of {amount} in Xero stands for it. There is nothing to do."),
        "unreadable": alike("Xero's record cannot be read. Report it; nothing is changed."),
    }
)
#: Cures of differences that are as somebody wanted them: both sides agree with them.
EXPLAINED = frozenset({"credited"})
#: Cure → command; where none is named here, a sync comes after what the sentence says.
_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "duplicate": "",
        "credited": "",
        "unreadable": "",
        "both_changed": "xtiger plan --fields {module}",
        "first_link_differs": "xtiger plan --fields {module}",
        "edited_in_xero": "xtiger plan --fields {module}",
        "gone_but_edited": "xtiger plan --fields {module}",
        # The payment that ends it is of another module.
        "money": "xtiger sync",
        "money_apart": "xtiger sync",
        "paid_without_payment": "xtiger sync",
    }
)


@dataclass(frozen=True, slots=True)
class Cure:
    """What ends a difference: a sentence by its code, and a command to type."""

    #: A key of CURES, or a code of the catalogue when the last sync said why it stays.
    code: str
    #: Values that the sentence names.
    data: Mapping[str, Plain] = field(default_factory=dict)
    #: Such as "xtiger sync Invoices"; "" where only people can do it.
    command: str = ""

    def sentence(self, face: Face) -> str:
        """The English sentence with its {fields} open; translate it, then fill in `data`."""
        entry = CATALOGUE.get(self.code)
        cures = CURES.get(self.code) or (entry.cures if entry else CURES["sync"])
        return cures.on(face)


def cure_of(code: str, module: str, data: Mapping[str, Plain] | None = None) -> Cure:
    """The cure of this code for a record of this module."""
    command = _COMMANDS.get(code, "xtiger sync {module}").format(module=module)
    return Cure(code, data or {}, command)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One field in which both sides differ, or a record that one side lacks."""

    module: str
    #: What people call the record: its name or number.
    name: str
    #: None where the CRM has no such record.
    crm_id: str | None
    #: None where Xero has no such record.
    xero_id: str | None
    #: The field's label; "record" when the whole record is missing on one side.
    field: str
    #: The CRM's value; for "record" True or False, whether it is there.
    crm: Plain
    #: Xero's value; for "record" True, False or the status that removed it.
    xero: Plain
    cure: Cure


@dataclass(frozen=True, slots=True)
class Standing:
    """A record on one side only whose reason is known: the last sync held or skipped it."""

    module: str
    name: str
    crm_id: str | None
    xero_id: str | None
    cause: Cause
    #: What accepts the proposal that the last sync made; "" where it made none, or several.
    command: str = ""
    #: What the last sync offered.
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class SideCount:
    """How many records of one side of a module came to what; read = in_scope + left out."""

    #: Linked to a live record of the other side, and compared.
    linked: int = 0
    #: On this side only, and nobody knows why: each is a difference.
    alone: int = 0
    #: On this side only, held or skipped with a known code.
    standing: int = 0
    #: Reason → records out of scope.
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def in_scope(self) -> int:
        """The records that should be on both sides."""
        return self.linked + self.alone + self.standing

    @property
    def read(self) -> int:
        """The records that were read."""
        return self.in_scope + sum(self.left_out.values())

    def plain(self) -> dict[str, Any]:
        """The numbers by name, for files and programs."""
        return {
            "read": self.read,
            "in_scope": self.in_scope,
            "linked": self.linked,
            "only_here": self.alone,
            "standing": self.standing,
            "left_out": dict(self.left_out),
        }

    def with_more(self, other: SideCount) -> SideCount:
        """This and other records of the same side together."""
        reasons = sorted({*self.left_out, *other.left_out})
        return SideCount(
            self.linked + other.linked,
            self.alone + other.alone,
            self.standing + other.standing,
            {one: self.left_out.get(one, 0) + other.left_out.get(one, 0) for one in reasons},
        )


@dataclass(frozen=True, slots=True)
class ModuleCount:
    """Both sides of one module in numbers."""

    module: str
    kind: str
    crm: SideCount
    xero: SideCount


def by_module(counts: Iterable[ModuleCount]) -> list[ModuleCount]:
    """One row for each module: what meets two kinds, as contacts do, is added up."""
    found: dict[str, ModuleCount] = {}
    for one in counts:
        seen = found.get(one.module)
        found[one.module] = (
            one
            if seen is None
            else replace(one, crm=seen.crm.with_more(one.crm), xero=seen.xero.with_more(one.xero))
        )
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Sums:
    """One side of a row of sums."""

    records: int = 0
    #: Name of the amount in Xero ("Total") → sum; None where this side does not hold it.
    amounts: Mapping[str, Decimal | None] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """The sums by name, for files and programs: texts with two decimals."""
        texts = {
            name: None if one is None else str(cents(one)) for name, one in self.amounts.items()
        }
        return {"records": self.records, **texts}


@dataclass(frozen=True, slots=True)
class SumRow:
    """What is in scope of one month, status and currency, summed on both sides."""

    module: str
    #: "2026-11"; "" for records without a day.
    month: str
    #: Xero's status; PAID counts as AUTHORISED.
    status: str
    currency: str
    crm: Sums
    xero: Sums
    #: The amounts that must be equal; others are shown only.
    compared: frozenset[str] = frozenset()

    def plain(self) -> dict[str, Any]:
        """The row by name, for files and programs."""
        return {
            "module": self.module,
            "month": self.month,
            "status": self.status,
            "currency": self.currency,
            "crm": self.crm.plain(),
            "xero": self.xero.plain(),
            "compared": sorted(self.compared),
            "differing": list(self.differing),
        }

    @property
    def differing(self) -> tuple[str, ...]:
        """The compared amounts that differ, and "records" when their numbers do."""
        found = [
            name
            for name in self.crm.amounts
            if name in self.compared and self.crm.amounts[name] != self.xero.amounts.get(name)
        ]
        return (("records",) if self.crm.records != self.xero.records else ()) + tuple(found)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Both sides of one connection, read again and compared."""

    connection_id: str
    #: Name of the Xero organisation.
    organisation: str
    base_currency: str
    made_at: datetime
    #: Documents before this day were left out; None: none.
    since: date | None
    modules: tuple[ModuleCount, ...]
    sums: tuple[SumRow, ...]
    differences: tuple[Disagreement, ...]
    standing: tuple[Standing, ...]
    #: Modules whose kind cannot be read as records of its own: nothing is said about them.
    not_compared: tuple[str, ...] = ()
    #: Calls to /api.xro that it took.
    calls: int = 0

    @property
    def agrees(self) -> bool:
        """Whether nothing differs that is not explained: no record, no field, and no sum."""
        return not self.unexplained and not any(row.differing for row in self.sums)

    @property
    def unexplained(self) -> tuple[Disagreement, ...]:
        """The differences without those that are as somebody wanted them."""
        return tuple(one for one in self.differences if one.cure.code not in EXPLAINED)

    @property
    def records(self) -> int:
        """The pairs that were compared."""
        return sum(count.crm.linked for count in self.modules)


@dataclass(slots=True)
class Counter:
    """Counts the records of one side while they are read."""

    linked: int = 0
    alone: int = 0
    standing: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str) -> None:
        """Count a record that is out of scope."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def done(self) -> SideCount:
        """The counts as data, reasons in order."""
        reasons = dict(sorted(self.left_out.items()))
        return SideCount(self.linked, self.alone, self.standing, reasons)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a document is summed."""

    month: str
    status: str
    currency: str


def month_of(day: date | None) -> str:
    """The month of a day as "2026-11"; "" for none."""
    return f"{day:%Y-%m}" if day else ""


@dataclass(slots=True)
class SumTable:
    """Adds up the amounts of one module per bucket and side."""

    module: str
    names: Sequence[str]
    #: The amounts that the CRM holds at all.
    held: frozenset[str]
    #: The amounts that must be equal.
    compared: frozenset[str]
    _sums: dict[Bucket, dict[Side, dict[str, Decimal]]] = field(default_factory=dict)
    _counts: dict[tuple[Bucket, Side], int] = field(default_factory=dict)

    def add(self, side: Side, bucket: Bucket, amounts: Mapping[str, Decimal | None]) -> None:
        """Add one document; an amount that is not known adds nothing."""
        sums = self._sums.setdefault(bucket, {}).setdefault(side, {})
        self._counts[bucket, side] = self._counts.get((bucket, side), 0) + 1
        for name in self.names:
            more = amounts.get(name) or Decimal(0)
            sums[name] = _EXACT.add(sums.get(name, Decimal(0)), more)

    def rows(self) -> tuple[SumRow, ...]:
        """One row per month, status and currency, in that order."""
        ordered = sorted(self._sums, key=lambda one: (one.month, one.status, one.currency))
        return tuple(
            SumRow(
                self.module,
                one.month,
                one.status,
                one.currency,
                self._side(one, "crm"),
                self._side(one, "xero"),
                self.compared,
            )
            for one in ordered
        )

    def _side(self, bucket: Bucket, side: Side) -> Sums:
        sums = self._sums[bucket].get(side, {})
        known = self.names if side == "xero" else [n for n in self.names if n in self.held]
        amounts: dict[str, Decimal | None] = dict.fromkeys(self.names)
        amounts.update({name: sums.get(name, Decimal(0)) for name in known})
        return Sums(self._counts.get((bucket, side), 0), amounts)


def pairs_apart(differences: Iterable[Disagreement]) -> set[str | None]:
    """The CRM ids of the pairs that differ; records of one side only are no pairs."""
    return {
        one.crm_id for one in differences if one.field != RECORD or one.cure.code == "unreadable"
    }


def count_codes(standing: Iterable[Standing]) -> dict[tuple[str, str], int]:
    """(module, code) → number of records that stand."""
    counts: dict[tuple[str, str], int] = {}
    for one in standing:
        key = (one.module, one.cause.code)
        counts[key] = counts.get(key, 0) + 1
    return counts


#: Reason → why records are out of scope, beside the codes of the catalogue.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "not_selected": "Allow XTiger Sync is off",
        "status_not_selected": "in a status that is not synced",
        "filtered_out": "left out by the filter",
        "not_carried": "do not travel in this direction",
        "create_off": "creating new records is switched off",
        "read_only": "waiting: the connection only reads",
        "before_start": "of before the day where syncing starts",
        "before_since": "older than the day asked for",
        "cancelled": "cancelled on both sides",
        "gone_on_both": "gone on both sides",
        "removed_in_xero": "archived, voided or deleted in Xero",
        "credit_of_xero": "credit notes made in Xero",
        "other_type": "bills and other documents of another type",
        "parent_not_linked": "belong to a document that is not linked",
        "second_record": "a second record of one that is compared",
        "twin_not_selected": "the CRM has it, with Allow XTiger Sync off",
    }
)
