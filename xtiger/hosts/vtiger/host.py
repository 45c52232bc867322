"""A Vtiger 8 as the library's CRM, over its webservice: nothing is installed in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xtiger.errors import NeedsPerson, SettingInvalid, UnknownModule
from xtiger.hosts.vtiger.advice import findings
from xtiger.hosts.vtiger.answers import VtigerRefused
from xtiger.hosts.vtiger.client import VtigerClient
from xtiger.hosts.vtiger.feed import Feed
from xtiger.hosts.vtiger.installation import Installation, User, installation_of
from xtiger.hosts.vtiger.ledger import Ledger
from xtiger.hosts.vtiger.names import MODULES, NAMELESS
from xtiger.hosts.vtiger.reading import Reader, quoted
from xtiger.hosts.vtiger.saving import Saver
from xtiger.model.records import (
    Capabilities,
    Change,
    Currency,
    Document,
    Identity,
    Module,
    OutboxRow,
    Page,
    Record,
    Ref,
    Result,
    Tax,
    Write,
)
from xtiger.model.secret import Secret
from xtiger.model.values import Plain, as_decimal
from xtiger.ports.host import API
from xtiger.ports.system_clock import SystemClock

if TYPE_CHECKING:
    import requests

    from xtiger.ports import Clock

#: Fields, taxes and currencies are looked at again after this time.
_LOOK_EVERY: Final = timedelta(minutes=10)
#: Below this Vtiger would save prices in whole units.
_FEWEST_DECIMALS: Final = 2


class VtigerHost:
    """The Host of one Vtiger; see docs/vtiger.md for what it can and cannot do.

    `path` is a file for the small tables that stand beside it: the same one for each process
    that works with this Vtiger. `owner` is the id of the user or group that owns new records
    ("20x2"), the user itself where none is given. `defaults` are values of new records by module
    and field, for fields that Vtiger demands and Xero has nothing for. `zone` is that of
    Vtiger's database. `session` is one of requests.
    """

    def __init__(
        self,
        url: str,
        user: str,
        access_key: Secret | str,
        *,
        path: Path | None = None,
        owner: str = "",
        defaults: Mapping[str, Mapping[str, str]] | None = None,
        zone: tzinfo = UTC,
        clock: Clock | None = None,
        session: requests.Session | None = None,
    ) -> None:
        """Reads nothing yet; raises SettingInvalid for an address that is none."""
        self._clock = clock or SystemClock()
        self._client = VtigerClient(url, user, access_key, clock=self._clock, session=session)
        self._owner, self._defaults, self._zone = owner, dict(defaults or {}), zone
        self._ledger = Ledger(path)
        self._reader = Reader(self._client, self._installed, self._ledger)
        self._saver = Saver(
            self._client, self._reader, self._ledger, made_nameless=self._with_nameless
        )
        self._feed = Feed(self._reader, self._clock)
        self._lock = threading.RLock()
        self._there: Installation | None = None
        self._looked: datetime | None = None
        self._waiting = threading.local()

    def __repr__(self) -> str:
        return f"VtigerHost({self._client.url!r}, {self._client.user!r})"

    # --- what the host is ---

    @property
    def name(self) -> str:
        """Short name for people and logs."""
        return "Vtiger"

    @property
    def api(self) -> tuple[int, int]:
        """The interface number that the adapter was written for."""
        return API

    @property
    def caps(self) -> Capabilities:
        """What this host can do, as data."""
        return Capabilities(
            html_panels=False,
            in_process_events=False,
            shares_transaction=False,
            tombstones=self._there is not None and self._there.names_deletions,
            stable_line_ids=False,
            versions=True,
            max_batch=50,
            arithmetic="none",
            zone=self._zone,
        )

    @property
    def calls(self) -> int:
        """Requests to Vtiger so far."""
        return self._client.calls

    def identity(self) -> Identity | None:
        """None: Vtiger has no place for an id, so that it is known by the names of its records."""
        return None

    def count_run(self) -> Identity | None:
        """None, as identity()."""
        return None

    def findings(self) -> list[str]:
        """What could be better in this Vtiger, for `xtiger host check`."""
        return list(findings(self._installed(), self._client.user))

    def close(self) -> None:
        """Close the connections and the file beside it."""
        self._client.close()
        self._ledger.close()

    # --- what it is made of ---

    def _installed(self) -> Installation:
        with self._lock:
            now = self._clock.now()
            old = self._looked is None or now - self._looked >= _LOOK_EVERY
            if self._there is None or old:
                self._there, self._looked = self._look(), now
            return self._there

    def _look(self) -> Installation:
        """Ask Vtiger what it is made of: ten calls."""
        login = self._client.login
        owner = self._owner or str(login["userId"])
        describes = [found for name in MODULES if (found := self._described(name)) is not None]
        if not describes:
            raise NeedsPerson(
                f"The user {self._client.user} sees none of {', '.join(MODULES)} in Vtiger. "
                "Give it the rights of an administrator."
            )
        user = User(
            self._known_owner(owner, str(login["userId"])),
            self._decimals(str(login["userId"])),
            str(login.get("is_admin")) in ("on", "1", "true", "True"),
        )
        return installation_of(
            describes,
            self._client.read("query", {"query": "SELECT * FROM Tax;"}),
            self._client.read("query", {"query": "SELECT * FROM Currency;"}),
            user=user,
            zone=self._zone,
            defaults=self._defaults,
            names_deletions=self._reader.names_deletions(
                str(describes[0]["name"]), int(self._clock.now().timestamp())
            ),
            nameless=self._nameless(describes),
        )

    def _described(self, theirs: str) -> Mapping[str, Any] | None:
        with suppress(VtigerRefused):
            found: Mapping[str, Any] = self._client.read("describe", {"elementType": theirs})
            return found
        return None

    def _decimals(self, user_id: str) -> int | None:
        raw = self._reader.retrieve_any(user_id)
        found = as_decimal(raw.get("no_of_currency_decimals")) if raw is not None else None
        if raw is not None and (found is None or found < _FEWEST_DECIMALS):
            # Right after its installation Vtiger has none, and saves 120.50 as 121.
            raise SettingInvalid(
                f"The user {self._client.user}",
                "saves prices in Vtiger without cents",
                "In its My Preferences set Number Of Currency Decimals to 5.",
            )
        return int(found) if found is not None else None

    def _known_owner(self, owner: str, user_id: str) -> str:
        """An owner who is not there would own records that nobody sees."""
        if owner == user_id:
            return owner
        for theirs in ("Users", "Groups"):
            with suppress(VtigerRefused):
                rows = self._client.read("query", {"query": f"SELECT id FROM {theirs};"})  # noqa: S608
                if owner in [str(row["id"]) for row in rows]:
                    return owner
        raise SettingInvalid(
            "The owner of new records", f"({owner}) is not in Vtiger", "Give another, or none."
        )

    def _nameless(self, describes: Sequence[Mapping[str, Any]]) -> str:
        if not any(raw["name"] == "Services" for raw in describes):
            return ""
        return self._found_nameless()

    def _found_nameless(self) -> str:
        where = f"WHERE servicename = {quoted(NAMELESS)}"
        rows = self._reader.query(f"SELECT id FROM Services {where} ORDER BY id LIMIT 1")  # noqa: S608
        return str(rows[0]["id"]) if rows else ""

    def _with_nameless(self) -> Installation:
        """What Vtiger is made of once it has the service for lines without item."""
        with self._lock:
            there = self._installed()
            if not there.nameless:
                # Another process may have made it, or this one and its answer was lost.
                made = self._found_nameless() or self._saver.make_nameless(there)
                there = replace(there, nameless=made)
                self._there = there
            return there

    def modules(self) -> Sequence[Module]:
        """Organizations, Contacts, Products, Services and Invoices, with every field."""
        return self._installed().modules

    def _module(self, name: str) -> Module:
        there = self._installed()
        found = there.module(name)
        if found is None:
            raise UnknownModule(name, sorted(there.theirs))
        return found

    # --- records ---

    def get(self, module: str, ids: Sequence[str]) -> Mapping[str, Record]:
        """Fresh records by id; absent where there is none."""
        return self._reader.get(self._module(module), ids)

    def find(self, module: str, field: str, value: Plain, limit: int = 50) -> Sequence[Record]:
        """Records whose field equals the value exactly, ordered by id."""
        return self._reader.find(self._module(module), field, value, limit)[:limit]

    def changed_since(self, module: str, cursor: str | None, limit: int = 200) -> Page:
        """Records by Vtiger's time of their last change, with an overlap."""
        return self._feed.page(self._module(module), self._installed(), cursor, limit)

    def save(self, module: str, writes: Sequence[Write], origin: str = "") -> Sequence[Result]:
        """Create and change records, one result per write in order."""
        described = self._module(module)
        return self._saver.save(described, self._installed(), writes) if writes else []

    def delete(self, module: str, ids: Sequence[str], origin: str = "") -> Sequence[Result]:
        """Put records into Vtiger's recycle bin; one result per id."""
        described, there = self._module(module), self._installed()
        return [self._saver.delete(described, there, one) for one in ids]

    # --- transactions and changes ---

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A block without transaction, which Vtiger has none of; only wake-ups wait for its end."""
        outer: list[Callable[[], None]] | None = getattr(self._waiting, "calls", None)
        if outer is not None:
            yield
            return
        self._waiting.calls = []
        try:
            yield
            calls = self._waiting.calls
        finally:
            self._waiting.calls = None
        for call in calls:
            call()

    def note(self, change: Change) -> None:
        """Put a change into the xt_outbox beside Vtiger."""
        self._ledger.note([change])

    def outbox(self, now: datetime, limit: int = 200) -> Sequence[OutboxRow]:
        """Rows that are due, oldest first."""
        return self._ledger.due(now, limit)

    def outbox_done(self, rows: Sequence[OutboxRow]) -> int:
        """Delete the rows that still have the generation read; returns how many were."""
        return self._ledger.done(rows)

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call after the running block; at once when none runs."""
        calls: list[Callable[[], None]] | None = getattr(self._waiting, "calls", None)
        if calls is None:
            call()
        else:
            calls.append(call)

    # --- people, tenants, money ---

    def tenants(self) -> Sequence[str]:
        """One."""
        return ("",)

    @contextmanager
    def tenant(self, tenant: str) -> Iterator[None]:
        """Answer for this tenant within the block; raises NeedsPerson for an unknown one."""
        if tenant:
            raise NeedsPerson(f"Vtiger has no tenant {tenant!r}. Use none.")
        yield

    def url(self, ref: Ref) -> str | None:
        """The address of the record's page in Vtiger."""
        theirs = next((key for key, (ours, _) in MODULES.items() if ours == ref.module), None)
        number = ref.id.rpartition("x")[2]
        if theirs is None:
            return None
        return f"{self._client.url}/index.php?module={theirs}&view=Detail&record={number}"

    def invoice_of_sale(self, ref: Ref) -> Write | None:
        """None: sales are closed in Vtiger, and its own invoices follow."""
        return None

    def document(self, ref: Ref) -> Document | None:
        """None: the webservice gives no printed invoice."""
        return None

    def base_currency(self) -> str:
        """The three letters of the CRM's own currency."""
        return self._installed().own_currency()

    def currencies(self) -> Sequence[Currency]:
        """The currencies in use."""
        return self._installed().used_currencies()

    def rate(self, code: str, on: date) -> Decimal | None:
        """1 for the own currency; Vtiger's other rates have three places and no day."""
        return Decimal(1) if code == self.base_currency() else None

    def taxes(self) -> Sequence[Tax]:
        """Vtiger's taxes but those that are deducted."""
        return self._installed().used_taxes()

    def save_taxes(self, taxes: Sequence[Tax]) -> None:
        """Vtiger's taxes are kept by its administrator."""
        raise NotImplementedError
