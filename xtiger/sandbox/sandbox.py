"""One sandbox: its state, its clock and what a test may ask or do."""

from __future__ import annotations

import copy
import datetime as dt
import random
import secrets as system_secrets
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self, TypeGuard

from xtiger.sandbox.accounting import accounting, history
from xtiger.sandbox.accounting.envelope import Invalid, Refused, milliseconds
from xtiger.sandbox.accounting.gate import Gate
from xtiger.sandbox.accounting.idempotency import Idempotency
from xtiger.sandbox.accounting.kinds import Context, Saving
from xtiger.sandbox.accounting.lists.countries import CountryName
from xtiger.sandbox.accounting.lists.merging import merge
from xtiger.sandbox.control.planting import Home, add_organisation, plain, plant
from xtiger.sandbox.control.traffic import Call, Observer, Request, Response
from xtiger.sandbox.events import Change
from xtiger.sandbox.faults.faults import Fault, FaultKind, Faults
from xtiger.sandbox.faults.limits import Limits, Meter
from xtiger.sandbox.identity.apps import App, Apps, Tier
from xtiger.sandbox.identity.connections import Connections
from xtiger.sandbox.identity.identity import Identity
from xtiger.sandbox.identity.tokens import Mint
from xtiger.sandbox.posting import post
from xtiger.sandbox.state import Key, Memory, Raw, State
from xtiger.sandbox.webhooks import Webhooks

#: How many calls the list keeps; older ones fall out.
_CALLS_KEPT = 20_000
#: What of these documents the rules must see, so that totals and amounts due follow.
_RULED_KINDS = ("Invoices", "CreditNotes", "BankTransactions", "PurchaseOrders")
_RULED = frozenset(("LineItems", "Status"))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment of a sandbox; opaque, for `Sandbox.restore`."""

    memory: Memory
    keys: Any
    used: Any
    faults: list[Fault]
    calls: list[Call]
    offset: dt.timedelta
    random: Any


class Random(Protocol):
    """Where ids and secrets come from; random.Random and SystemRandom are such."""

    def getrandbits(self, k: int, /) -> int:
        """Return a number of k random bits."""
        ...


def _repeats(source: Random) -> TypeGuard[random.Random]:
    """Say whether a random source can be set back; the system's cannot."""
    return isinstance(source, random.Random) and not isinstance(source, random.SystemRandom)


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Sandbox:
    """A Xero for one user and as many apps and organisations as are added.

    `seed`: "empty" or "demo"; only the first has a `country` other than the UK, and a `currency`
    other than the country's. `state`: file to keep everything in; None keeps it in memory.
    `clock`: gives aware UTC. `secrets`: random source of ids, tokens and secrets.
    `tier` of the first app sets its limits; `limits` overrule those of all apps. With
    `broad_scopes` the first app was made before March 2026 and may ask for the old broad scopes.
    Raises OSError when the state file cannot be used, ValueError for an unknown seed,
    country or currency.
    """

    def __init__(
        self,
        *,
        seed: str = "empty",
        country: CountryName = "UK",
        currency: str | None = None,
        state: Path | None = None,
        clock: Callable[[], dt.datetime] = _utc_now,
        secrets: Random | None = None,
        limits: Limits | None = None,
        tier: Tier = "starter",
        broad_scopes: bool = False,
    ) -> None:
        self._home = Home(country, currency)
        self._random: Random = secrets or system_secrets.SystemRandom()
        self._clock = clock
        self._offset = dt.timedelta(0)
        self._calls: deque[Call] = deque(maxlen=_CALLS_KEPT)
        #: Called with (request, response) after each call to identity or accounting.
        self.observers: list[Observer] = []
        self.faults = Faults()
        self._state = State(state, accounting.indexes())
        plant(self._state, seed, self._home, self.now(), self._new_id)
        self.client_id = self._state.setting("client_id", lambda: self._word(16).upper())
        self.client_secret = self._state.setting("client_secret", lambda: self._word(24))
        #: What /sandbox asks for as Bearer; not drawn from `secrets`, whose order tests know.
        self.control_token = self._state.setting("control_token", system_secrets.token_hex)
        self.apps = Apps(self._state, limits)
        if self.apps.get(self.client_id) is None:
            self.apps.add(self._first_app(tier, broad_scopes=broad_scopes))
        self.identity = self._identity()
        self.gate = self._gate()
        #: Tells apps of changes; `webhooks.post` is how.
        self.webhooks = Webhooks(self._state, self.now, lambda: self._word(32), post)
        self._state.listener = self._changed

    def _first_app(self, tier: Tier, *, broad_scopes: bool) -> App:
        words = (self.client_id, self.client_secret, "First app", tier)
        return App(*words, broad_scopes=broad_scopes)

    def _identity(self) -> Identity:
        key = self._state.setting("token_key", lambda: self._word(32))
        user = self._state.setting("user_id", self._new_id)
        mint = Mint(self._state, key, lambda: self._word(32), self._new_id)
        return Identity(
            self._state,
            mint,
            self.apps,
            Connections(self._state, self.apps, self._new_id),
            user,
            self.now,
            self._new_id,
            lambda: self._word(32),
        )

    def _gate(self) -> Gate:
        parts = (self._state, self.identity, Meter(), Idempotency())
        return Gate(*parts, self.now, self._new_id, time.sleep)

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _word(self, size_bytes: int) -> str:
        return f"{self._random.getrandbits(size_bytes * 8):0{size_bytes * 2}x}"

    def _changed(self, changes: list[tuple[Key, Raw | None, Raw | None]]) -> None:
        self.webhooks.changed([Change(*row) for row in changes if row[0][0]])

    def close(self) -> None:
        """Release the state file."""
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # --- looking ----------------------------------------------------------------------------

    def now(self) -> dt.datetime:
        """Return the sandbox's time: the clock, moved by `advance`."""
        return self._clock() + self._offset

    def organisations(self) -> list[tuple[str, str]]:
        """Return (tenant id, name) of each organisation; records of a seed are in the first."""
        return self.identity.connections.organisations()

    def table(self, kind: str, tenant_id: str | None = None) -> list[Raw]:
        """Return copies of the stored objects of a kind such as "Invoices", oldest first.

        Amounts are Decimal, days "YYYY-MM-DD", UpdatedDateUTC milliseconds since 1970; documents
        name their contact by ContactID. Without tenant_id: of the first organisation.
        """
        tenant = tenant_id or self.organisations()[0][0]
        return copy.deepcopy(self._state.all(tenant, kind))

    def calls(self, tenant_id: str | None = None) -> list[Call]:
        """Return the calls so far, oldest first: all, or those on one organisation."""
        # Copied first: a server thread may add a call meanwhile.
        return [call for call in list(self._calls) if tenant_id in (None, call.tenant_id)]

    def note(
        self, request: Request, response: Response, fault: str = "", *, observed: bool = True
    ) -> None:
        """Add a call to the list and, unless it never arrived inside, tell the observers."""
        self._calls.append(
            Call(
                at=self.now(),
                method=request.method,
                path=request.path,
                query=request.query,
                headers=request.headers,
                tenant_id=request.headers.get("xero-tenant-id"),
                status=response.status,
                request_bytes=len(request.body),
                answer_bytes=len(response.body),
                fault=fault,
            )
        )
        for observer in self.observers if observed else ():
            observer(request, response)

    # --- doing ------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock on: tokens age, limits refill, idempotency keys lapse."""
        self._offset += dt.timedelta(seconds=seconds)

    def add_app(
        self,
        name: str,
        tier: Tier = "starter",
        *,
        certified: bool = False,
        broad_scopes: bool = False,
    ) -> App:
        """Register another app; it has limits, connections and keys of its own."""
        words = (self._word(16).upper(), self._word(24), name, tier)
        return self.apps.add(App(*words, certified, broad_scopes))

    def add_organisation(
        self, name: str, country: CountryName | None = None, currency: str | None = None
    ) -> str:
        """Open another organisation with chart, tax rates and no records; return its id.

        In the sandbox's country and currency unless said otherwise. Raises ValueError for unknown
        ones.
        """
        home = self._home if country is None and currency is None else None
        home = home or Home(country or self._home.country, currency)
        return add_organisation(self._state, name, home, self.now(), self._new_id)

    def disconnect(self, tenant_id: str, client_id: str | None = None) -> None:
        """End a connection as the user does in Xero's own pages: the next call gets 403."""
        app = client_id or self.client_id
        if (row := self.identity.connections.get(app, tenant_id)) is not None:
            self.identity.connections.end(row)

    def withdraw_consent(self, client_id: str | None = None) -> None:
        """Take back what the user allowed an app: no refresh token works, nothing is connected."""
        self.identity.withdraw(client_id or self.client_id)

    def merge(self, contact_id: str, into_id: str, tenant_id: str | None = None) -> None:
        """Merge a contact into another one as an accountant does in Xero's own pages.

        The first is archived and points to the second, which gets its documents. Raises
        LookupError when one of them is not there.
        """
        tenant = tenant_id or self.organisations()[0][0]
        merge(Context(self._state, tenant, self.now(), self._new_id), contact_id, into_id)

    def snapshot(self) -> Snapshot:
        """Return everything as it is now: objects, clock, limits, keys, faults, calls."""
        return Snapshot(
            self._state.snapshot(),
            self.gate.idempotency.snapshot(),
            self.gate.meter.snapshot(),
            self.faults.waiting(),
            list(self._calls),
            self._offset,
            self._random.getstate() if _repeats(self._random) else None,
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Make everything as it was at a snapshot of this sandbox.

        A random.Random given as `secrets` is set back too: later ids repeat.
        """
        self._state.restore(snapshot.memory)
        self.gate.idempotency.restore(snapshot.keys)
        self.gate.meter.restore(snapshot.used)
        self.faults.restore(snapshot.faults)
        self._calls = deque(snapshot.calls, maxlen=_CALLS_KEPT)
        self._offset = snapshot.offset
        if _repeats(self._random):
            self._random.setstate(snapshot.random)

    def fault(self, kind: FaultKind, **options: Any) -> Fault:
        """Let something go wrong at the next matching call; options as in Fault."""
        return self.faults.add(Fault(kind, **options))

    def edit(self, kind: str, xero_id: str, fields: Mapping[str, Any]) -> Raw:
        """Change stored fields as an accountant does in Xero's own pages.

        `fields` as stored (see `table`), taken as they are; only LineItems and Status of
        documents go through the rules, so that their totals follow. UpdatedDateUTC moves.
        "Organisation" takes lock dates. Raises LookupError when there is no such object, ValueError
        when a rule refuses the change.
        """
        with self._state.transaction():
            for tenant, _ in self.organisations():
                before = self._state.get(tenant, kind, xero_id)
                if before is not None and kind in _RULED_KINDS and _RULED & fields.keys():
                    return self._save(
                        tenant, kind, fields, Saving(create_only=False, path_id=xero_id)
                    )
                if before is not None:
                    after: Raw = before | plain(dict(fields))
                    if kind in accounting.kinds() and "UpdatedDateUTC" in before:
                        after["UpdatedDateUTC"] = milliseconds(self.now())
                    self._state.put(tenant, kind, xero_id, after)
                    return copy.deepcopy(after)
        raise LookupError(f"The sandbox has no {kind} with the id {xero_id}.")

    def add(self, kind: str, element: Mapping[str, Any], tenant_id: str | None = None) -> Raw:
        """Create an object as an accountant does in Xero's own pages; costs no call.

        `element` in Xero's request form. Without tenant_id: in the first organisation. Raises
        ValueError with Xero's messages when a rule refuses it, LookupError for an unknown kind.
        """
        tenant = tenant_id or self.organisations()[0][0]
        return self._save(tenant, kind, element, Saving(create_only=True))

    def open_online(self, invoice_id: str) -> None:
        """Open an invoice at its online address, as its customer does; its history says so.

        In words of the sandbox's own: Xero does not document them. Raises LookupError.
        """
        with self._state.transaction():
            for tenant, _ in self.organisations():
                if self._state.get(tenant, "Invoices", invoice_id) is not None:
                    context = Context(self._state, tenant, self.now(), self._new_id)
                    entry = {"Changes": "Viewed", "Details": "Viewed online by the customer"}
                    history.note(context, invoice_id, {**entry, "DateUTC": context.stamp})
                    return
        raise LookupError(f"The sandbox has no invoice with the id {invoice_id}.")

    def _save(self, tenant: str, kind: str, element: Mapping[str, Any], saving: Saving) -> Raw:
        if kind not in accounting.kinds():
            raise LookupError(f"The sandbox has no endpoint {kind}.")
        context = Context(self._state, tenant, self.now(), self._new_id, unitdp=4)
        try:
            with self._state.transaction():
                saved, _ = accounting.kinds()[kind].save(context, plain(dict(element)), saving)
        except Invalid as error:
            raise ValueError(str(error)) from error
        except Refused as refused:
            raise ValueError(refused.answer.body.decode()) from refused
        return copy.deepcopy(saved)
