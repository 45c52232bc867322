"""What the endpoints share: the context of one request and the description of one kind."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from xtiger.sandbox.accounting.envelope import Answer, milliseconds
from xtiger.sandbox.accounting.lists.countries import Country, country
from xtiger.sandbox.state import Raw, State

#: How much of an object an answer shows.
View = Literal["full", "list", "summary"]

NO_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Context:
    """One request on one organisation."""

    state: State
    #: The organisation's id.
    tenant: str
    #: The sandbox's time, aware UTC.
    now: dt.datetime
    new_id: Callable[[], str]
    #: Decimal places of unit prices, 2 or 4.
    unitdp: int = 2
    #: Whether ids in the body of a create are kept (seeding only).
    keep_ids: bool = False
    #: The element of the body that a fault refuses; None: none.
    refused_element: int | None = None
    #: The client id of the app that asks; "" for a person at work.
    app: str = ""
    #: Whether tracked items may be sold short (allowBackorders).
    backorders: bool = False

    @property
    def organisation(self) -> Raw:
        """The organisation's own object."""
        found = self.state.get(self.tenant, "Organisation", self.tenant)
        assert found is not None
        return found

    @property
    def country(self) -> Country:
        """The country that the organisation is in."""
        found = self.organisation
        # Organisations of older state files are British and do not say so.
        return country(found.get("Country", "UK"), found["BaseCurrency"])

    @property
    def stamp(self) -> int:
        """Now in milliseconds since 1970."""
        return milliseconds(self.now)

    @property
    def today(self) -> str:
        """Today as "YYYY-MM-DD" in the organisation's time zone."""
        try:
            zone: dt.tzinfo = zoneinfo.ZoneInfo(self.country.zone)
        except zoneinfo.ZoneInfoNotFoundError:  # machines without a time zone database
            zone = dt.UTC
        return self.now.astimezone(zone).date().isoformat()

    def get(self, kind: str, object_id: str) -> Raw | None:
        """Return one object of this organisation."""
        return self.state.get(self.tenant, kind, object_id)

    def find(self, kind: str, index: str, key: str) -> list[Raw]:
        """Return the objects listed under an index key."""
        return self.state.find(self.tenant, kind, index, key)

    def all(self, kind: str) -> list[Raw]:
        """Return all objects of a kind."""
        return self.state.all(self.tenant, kind)

    def put(self, kind: str, object_id: str, raw: Raw | None) -> None:
        """Store or remove an object."""
        self.state.put(self.tenant, kind, object_id, raw)

    def allows(self, action: str) -> bool:
        """Say whether the organisation's user may do an action of Organisation/Actions."""
        return action not in self.organisation.get("NotAllowed", ())


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, split up."""

    method: str
    #: "Contacts"
    endpoint: str
    #: What follows the endpoint in the path.
    rest: tuple[str, ...]
    #: Names in lower case.
    query: Mapping[str, str]
    modified_since: str
    body: bytes
    #: The headers Accept and Content-Type.
    accept: str = "application/json"
    content_type: str = ""


#: Answers what stands below one object: /X/{id}/Allocations.
Below = Callable[[Context, Asked, Raw], Answer]


@dataclass(frozen=True, slots=True)
class Saving:
    """How an element arrives."""

    #: PUT: create only, never update.
    create_only: bool
    #: The id in the path of POST /X/{id}, already checked to exist.
    path_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One endpoint of the accounting API."""

    #: "Contacts": name of the endpoint, of the list in the envelope and of the stored kind.
    plural: str
    id_field: str
    render: Callable[[Context, Raw, View], Raw]
    #: Stores one element or raises Invalid; returns the stored object and warnings.
    save: Callable[[Context, Raw, Saving], tuple[Raw, list[str]]]
    #: Names usable in where and order; dotted names of nested objects included.
    fields: frozenset[str]
    #: Finds one object by what stands in the path beside its id; None where only ids work.
    by_key: Callable[[Context, str], Raw | None] | None = None
    #: Names of the lists that an element holds.
    rows: frozenset[str] = frozenset()
    #: Whether page and pageSize work, and a list without page is cut down.
    paged: bool = False
    modified_since: bool = True
    #: Whether PUT and POST take many elements and obey summarizeErrors.
    batches: bool = True
    #: Status field and the values that a list leaves out unless includeArchived is set.
    hidden: tuple[str, frozenset[str]] | None = None
    #: Names searched by searchTerm.
    searched: Sequence[str] = ()
    #: DELETE /X/{id}; None where the endpoint has none.
    remove: Callable[[Context, Raw], Raw | Answer | None] | None = None
    #: Verbs on the plural, and on one object.
    verbs: frozenset[str] = frozenset({"GET", "PUT", "POST"})
    verbs_one: frozenset[str] = frozenset({"GET", "POST"})
    #: list parameters such as IDs: (parameter, field).
    lists: Mapping[str, str] | None = None
    #: Single parameters instead of where, such as DateFrom: (parameter, field, comparison).
    filters: Sequence[tuple[str, str, Literal["==", ">=", "<="]]] = ()
    #: Whether a list is paged although nobody asks for a page.
    always_paged: bool = False
    #: Whether pages have a size to choose and the answer a pagination object.
    sized: bool = True
    #: What stands below one object, by name.
    below: Mapping[str, Below] | None = None
    #: Whether notes, files and a PDF belong to each object. "refused": notes get a 400.
    notes: Literal["", "kept", "refused"] = ""
    files: bool = False
    printed: bool = False


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Return a value rounded to places, exact halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def number(raw: Raw, name: str) -> Decimal:
    """Return a stored number; what is absent counts as zero."""
    return Decimal(str(raw.get(name, 0)))


def folded(text: str) -> str:
    """Return the form in which names, numbers and codes are compared."""
    return text.casefold()
