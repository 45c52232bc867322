"""Mappings and module settings as data: which field travels where, and what is selected."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from xtiger.model.values import Plain

Direction = Literal["both", "to_xero", "to_crm"]
FirstLink = Literal["ask", "crm", "xero"]
#: newest: the side that was edited last; where that is not known, a person is asked.
ConflictPolicy = Literal["ask", "crm", "xero", "newest"]
#: ask: linked by number, a person is asked about names; share: several CRM records, one of Xero.
Duplicates = Literal["ask", "share", "skip", "suffix"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a mapping: a CRM field and a Xero field that shall agree."""

    #: A role such as "organisation.name", or the name of a CRM field without role.
    crm: str
    #: A flat Xero field such as "EmailAddress" or "Addresses.POBOX.City".
    xero: str
    direction: Direction = "both"
    only_on_create: bool = False
    #: An empty value never overwrites a filled one.
    keep_when_empty: bool = False
    #: Name of a field converter; "" chooses by the types of both fields.
    converter: str = ""

    @property
    def key(self) -> str:
        """What names this row in base pairs, differences and conflicts."""
        return self.xero


@dataclass(frozen=True, slots=True)
class Mapping:
    """The saved mapping of one module of one connection; versions are kept."""

    module: str
    kind: str
    rows: tuple[Row, ...]
    #: Set by the store, from 1.
    version: int = 0
    #: status_map, tax_map, sales_account, charges_account, due_days, match …
    options: MappingType[str, Plain] = field(default_factory=dict)
    saved_at: datetime | None = None
    #: Who saved it: a user of the CRM, of the command line; "" where nobody said.
    saved_by: str = ""


@dataclass(frozen=True, slots=True)
class ModuleSettings:
    """What an administrator chose for one module of one connection."""

    module: str
    enabled: bool = True
    #: Whether a save in the CRM is sent at once; else it waits for the next sync.
    on_save: bool = True
    direction: Direction = "both"
    create_in_xero: bool = True
    update_in_xero: bool = True
    delete_in_xero: bool = False
    create_in_crm: bool = True
    update_in_crm: bool = True
    delete_in_crm: bool = False
    #: "all" records, or only those with Allow XTiger Sync set.
    selection: Literal["all", "selected"] = "selected"
    #: Only records in these CRM statuses; empty means every status.
    statuses: tuple[str, ...] = ()
    #: Only records whose fields are so, as it is typed; empty means every record.
    filter: str = ""
    #: Allow XTiger Sync of a record whose box was never touched.
    sync_by_default: bool = True
    first_link: FirstLink = "ask"
    conflict: ConflictPolicy = "ask"
    #: Who owns which field in which status, as it is typed: Reference@DRAFT=crm.
    owners: tuple[str, ...] = ()
    duplicates: Duplicates = "ask"
    #: How new records find their partner, in this order, as it is typed: email=propose; empty means
    #: that a number links and names propose.
    matching: tuple[str, ...] = ()
    #: Fields of the CRM or of Xero whose values the log never stores, by name.
    unlogged: tuple[str, ...] = ()
    #: The brake: per cent of the linked records that one run may change or remove; 100 is no brake.
    brake_share: int = 20
    #: As many may change in any case, whatever share they are.
    brake_records: int = 10
    #: A document or payment above this amount waits for a second person; 0: none does.
    second_amount: int = 0
    #: More records than these in one run wait for a second person; 0: none does.
    second_records: int = 0

    def to_xero(self) -> bool:
        """Whether records of this module travel from the CRM to Xero."""
        return self.enabled and self.direction in ("both", "to_xero")

    def to_crm(self) -> bool:
        """Whether records of this module travel from Xero to the CRM."""
        return self.enabled and self.direction in ("both", "to_crm")
