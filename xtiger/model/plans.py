"""Plans, outcomes and runs as data: what a run would do, did, and why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, cast

from xtiger.model.brakes import Brake
from xtiger.model.cause_codes import CauseCode
from xtiger.model.chart_of_accounts import TaxNews
from xtiger.model.customers.credited import CreditOfInvoice
from xtiger.model.links import LinkState
from xtiger.model.records import Ref
from xtiger.model.undo.allocated import Allocated
from xtiger.model.undo.images import Image
from xtiger.model.values import Plain
from xtiger.model.verbs import ResultName, Verb

#: Where people read what to do: in a terminal, in a browser, or as data (API, JSON, mail, files).
Face = Literal["command", "browser", "data"]
#: Results that stand until a person or another record changes something.
STANDING: frozenset[ResultName] = frozenset({"skipped", "held", "conflict", "failed"})
#: Verbs that count as actions of a plan.
VERBS: tuple[Verb, ...] = ("create", "update", "archive", "void", "delete", "link")
#: Verbs that take a record away on the side that still has it.
REMOVALS: frozenset[Verb] = frozenset({"archive", "void", "delete"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs, with its three values and where it goes."""

    #: Row key, or "lines".
    field: str
    label: str
    base: Plain
    crm: Plain
    xero: Plain
    #: to_xero, to_crm, conflict, or held by a rule.
    decision: Literal["to_xero", "to_crm", "conflict", "held"]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a record is not in step: a code of the catalogue and the data of its sentence."""

    #: A stored one may have a code of an older or newer release: see `of_store`.
    code: CauseCode
    #: Values that the catalogue's sentence names, such as {"tax": "VAT 19 %", "line": 2}.
    data: Mapping[str, Plain] = field(default_factory=dict)
    #: What else keeps the record back; each has none of its own.
    also: tuple[Cause, ...] = ()

    @classmethod
    def of_store(cls, code: str, data: Mapping[str, Plain], also: Sequence[Cause] = ()) -> Cause:
        """A cause as it was kept, unchecked: one that this release has no sentence for is shown
        by its code.
        """
        return cls(cast("CauseCode", code), data, tuple(also))

    @classmethod
    def of_all(cls, causes: Sequence[Cause]) -> Cause:
        """The first of these, with the others beside it; there must be one."""
        first, *others = causes
        return replace(first, also=tuple(others))

    def each(self) -> tuple[Cause, ...]:
        """It and what is beside it, one by one."""
        return (replace(self, also=()), *self.also)

    def first_of(self, codes: Collection[str]) -> str | None:
        """The first of these codes that it, or a cause beside it, has."""
        return next((one.code for one in self.each() if one.code in codes), None)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person may accept with one click: link to this record, or another step."""

    verb: Literal["link", "alias", "create", "credit_note"]
    xero_id: str | None = None
    crm_id: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """Credit that is set against an invoice, by a call of its own once its note is in Xero."""

    #: Xero id of the invoice, or the stand-in of one that is sent in the same run.
    invoice: str
    day: date


@dataclass(frozen=True, slots=True)
class Needed:
    """A CRM record that must be linked before another one is sent."""

    ref: Ref
    #: What people call it; "" where that is not known.
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One input record of a plan: either an action, or the reason that there is none."""

    module: str
    kind: str
    crm_id: str | None
    xero_id: str | None
    #: What people call it: a name or number, for tables and sentences.
    name: str
    #: None when nothing is to be done.
    verb: Verb | None = None
    #: The result when verb is None; else what it will be if all goes well.
    result: ResultName = "unchanged"
    #: What is sent to Xero: one request element; None when nothing is.
    to_xero: Mapping[str, Plain] | None = None
    #: What is written in the CRM: values by field name; None when nothing is.
    to_crm: Mapping[str, Plain] | None = None
    differences: tuple[Difference, ...] = ()
    cause: Cause | None = None
    proposals: tuple[Proposal, ...] = ()
    #: Row keys that agree once this item is done: their base becomes what both sides answer.
    agreed: frozenset[str] = frozenset()
    #: Keys of differences that stay although the base is made: a person is asked about them.
    asked: tuple[str, ...] = ()
    link_id: int | None = None
    #: State that the link has once this item is booked; None leaves it to the result.
    link_state: LinkState | None = None
    #: Values of both sides by row key as planned on: what the base is made of.
    crm_values: Mapping[str, Plain] = field(default_factory=dict)
    xero_values: Mapping[str, Plain] = field(default_factory=dict)
    #: What must be linked before this item is sent.
    needs: tuple[Needed, ...] = ()
    #: Host line ids of the lines sent, in order; "" where a line has none.
    line_ids: tuple[str, ...] = ()
    #: The CRM record whose Xero record it shares from now on, as its alias; nothing is sent of it.
    shares: Ref | None = None
    #: The alias that takes the place of this record, which is gone from the CRM.
    heir: Ref | None = None
    #: LineItemID of each line written in the CRM, in order; "" while it is on its way to Xero.
    line_items: tuple[str, ...] = ()
    #: CRM line id → LineItemID of the lines that both sides have as planned on.
    line_links: Mapping[str, str] = field(default_factory=dict)
    #: Version of the CRM record that was planned on, for the optimistic check.
    crm_version: str | None = None
    #: Dirty keys this item answers: (side, type, id, generation).
    keys: tuple[tuple[str, str, str, int], ...] = ()
    #: What Xero's total of an invoice will be, computed from the lines sent; None without lines.
    expected_total: Decimal | None = None
    #: The request line that makes both totals equal, sent behind the lines; None for none.
    rounding: Mapping[str, Plain] | None = None
    #: How the lines sent count: Exclusive, Inclusive or NoTax.
    amounts: str = "Exclusive"
    #: Xero ids of payments equal to the one sent that were there before it.
    known_equal: tuple[str, ...] = ()
    #: What a credit note is set against after it was sent; None for nothing.
    allocation: Allocation | None = None
    #: The credit note for what an invoice of the CRM says less than Xero; None for none.
    credit: CreditOfInvoice | None = None
    #: Tells the items of one plan apart, copies included; given by the planner, 0 before.
    number: int = 0
    #: Whether the host proved that the CRM record is gone; kept for hosts that forget their dead.
    gone_in_crm: bool = False
    #: What earlier runs wrote and this item takes back; its base is then what it was before.
    undoes: Image | None = None
    #: Credit that is taken off invoices before anything else of the item is done.
    freed: tuple[Allocated, ...] = ()


@dataclass(frozen=True, slots=True)
class Estimate:
    """What carrying out a plan would cost."""

    calls: int
    seconds: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The items a run would take, in the order of their modules; data, nothing done yet."""

    connection_id: str
    made_at: datetime
    modules: tuple[str, ...]
    items: tuple[Item, ...]
    estimate: Estimate = Estimate(0, 0, 0)
    #: Calls that making the plan itself has spent.
    calls: int = 0
    #: The modules of which a sync would change too much: it would stop before its first write.
    brakes: tuple[Brake, ...] = ()
    #: Rates of Xero that come into the CRM's taxes with it.
    taxes: tuple[TaxNews, ...] = ()

    @property
    def actions(self) -> tuple[Item, ...]:
        """The items that would change something on either side."""
        return tuple(item for item in self.items if item.verb is not None)

    def with_result(self, *results: str) -> tuple[Item, ...]:
        """The items that end in one of these results."""
        return tuple(item for item in self.items if item.result in results)


#: Who began a run that compares both sides and changes nothing, and the states it ends in.
PROOF: Final = "proof"
AGREED: Final = "agreed"
DIFFERS: Final = "differs"
