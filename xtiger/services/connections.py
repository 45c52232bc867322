"""The service for connections: from the consent at Xero to a stored connection, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from xtiger.engine.plan.invoice.merge import lock_date
from xtiger.errors import (
    ConsentRefused,
    NeedsPerson,
    SettingInvalid,
    WrongOrganisation,
)
from xtiger.mapping.documents.receipts import receipt_accounts
from xtiger.model import setting_keys
from xtiger.model.connections import DISCONNECTED, Connection, Tokens
from xtiger.model.mappings import ModuleSettings
from xtiger.model.secret import Secret
from xtiger.model.setting_keys import TenantKey
from xtiger.rules.customers.attachments import ATTACH, ATTACHMENTS
from xtiger.rules.permissions import Use, scopes_needed
from xtiger.rules.starting import proposed
from xtiger.services.configuring.configured_start import answer_from_settings
from xtiger.services.removing.resets import Reset, ResetBefore, Resets, Restored
from xtiger.services.syncing.first_sync import FirstSync
from xtiger.services.syncing.sending import Sending
from xtiger.services.xero_app import AppState

if TYPE_CHECKING:
    from xtiger.services.parts import Parts
    from xtiger.xero.health import Health
    from xtiger.xero.oauth import Organisation

#: A consent that was begun is forgotten after this time.
_CONSENT_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ConsentStart:
    """Where to send the administrator, and what must come back."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Who accepted the terms, and when (UTC)."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Connected:
    """Who connected an organisation last, and when (UTC)."""

    #: "" where nobody said it.
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is remembered of a connection's records, as numbers."""

    #: Module → links of its records; modules without any are left out.
    links: Mapping[str, int]
    #: CRM records that wait to be synced or mended.
    waiting: int


@dataclass(frozen=True, slots=True)
class _Offer:
    """One organisation out of an answered consent."""

    tenant: str
    #: The tenant's setting that keeps the answer, and what stands in it.
    setting: TenantKey
    kept: Mapping[str, Any]
    tokens: Tokens
    organisation_id: str

    @property
    def xero_connection_id(self) -> str:
        """Xero's own id of the connection."""
        return str(self.kept["connections"][self.organisation_id][0])

    @property
    def name(self) -> str:
        """What the organisation is called."""
        return str(self.kept["connections"][self.organisation_id][1])


class Connections:
    """The organisations of a tenant; what lies between the steps of a consent is kept 10 minutes.

    The order of a new connection: consent(), send the administrator to its address,
    consent_answered(), connect(), accept_terms().
    """

    def __init__(self, parts: Parts) -> None:
        self._parts, self._sending = parts, Sending(parts)
        self._store, self._host = parts.store, parts.host
        self._clock, self._cipher, self._doors = parts.clock, parts.cipher, parts.doors
        self._app = parts.app()

    def all(self) -> list[Connection]:
        """The tenant's connections, oldest first."""
        return self._parts.connections()

    def get(self, name_or_id: str | None = None) -> Connection:
        """The named connection or the only active one; raises NotConnected, NeedsPerson."""
        return self._parts.connection(name_or_id)

    def ready(self, name_or_id: str | None = None) -> Connection:
        """The connection to sync: as get(), and of several the only one with a mapping."""
        return self._parts.ready_connection(name_or_id)

    def keyless(self) -> set[str]:
        """Ids of the active connections whose tokens cannot be read: connect them again."""
        active = (one for one in self.all() if one.state == "active")
        return {one.id for one in active if self._store.tokens(one.id) is None}

    def health(self, connection_id: str | None = None) -> Health:
        """How a connection is: calls left, its permission, alerts; nothing is asked of Xero."""
        # requests is slow to load.
        from xtiger.xero.health import connection_health

        connection, tier = self._parts.connection(connection_id), self._parts.settings.xero_tier
        return connection_health(self._parts.store, self._parts.clock, connection, tier)

    def consent(self, redirect_uri: str) -> ConsentStart:
        """Begin a consent of the tenant: send the administrator to `.url`.

        Raises SettingInvalid for an unusable client id or address.
        """
        # requests stays unloaded until somebody connects.
        from xtiger.xero.oauth import Consent, scopes

        tenant = self._parts.tenant()
        self._forget_old()
        settings = self._app.settings()
        asked = Consent(settings, redirect_uri, self._clock).begin(scopes(self._needs()))
        kept = {
            "verifier": self._cipher.encrypt(asked.verifier or Secret("")),
            "redirect_uri": redirect_uri,
            "at": self._clock.now(),
        }
        self._store.save_own_setting(tenant, setting_keys.consent(asked.state), kept)
        return ConsentStart(asked.url, asked.state)

    def consent_answered(self, returned_url: str) -> list[Organisation]:
        """The organisations to choose from, once Xero sent the administrator back."""
        address, returned_url = Secret(returned_url), ""  # it holds the code that Xero gave
        return self._answered(self._parts.tenant(), address)

    def connect(
        self, organisation_id: str, tenant: str = "", *, consent: str = "", by: str = ""
    ) -> Connection:
        """Connect the chosen organisation; a CRM with several tenants must name one.

        `consent` is the state of the consent that offered it; "" takes the newest one; `by` is
        the person, kept with the connection. Links of an earlier connection are kept. Raises
        WrongOrganisation when the base currencies differ, NeedsPerson without consent.
        """
        whose = self._parts.for_tenant(tenant or None).tenant()
        connection = self._connect(organisation_id, whose, consent)
        kept = {"by": by, "at": self._clock.now()}
        self._store.save_setting(setting_keys.connected_by(connection.id), kept)
        self._sending.lifted(whose)
        return connection

    def connected(self, connection_id: str) -> Connected:
        """Who connected an organisation last, and when; an early release kept the moment only."""
        connection = self.get(connection_id)
        kept = self._store.setting(setting_keys.connected_by(connection.id))
        return Connected(**kept) if kept else Connected("", connection.created_at)

    def remembered(self, connection_id: str) -> Remembered:
        """What would be forgotten by reset(), and waits until it is connected again."""
        connection = self.get(connection_id)
        waiting = sum(
            len(self._store.dirty(connection.id, "crm", sync.name))
            for sync in self._parts.modules(connection.id)
        )
        return Remembered(self._store.link_counts(connection.id), waiting)

    def reset(self, connection_id: str, name: str, export_to: Path | None = None) -> Reset:
        """Forget which records belong together in a connection, once its name was typed.

        What is forgotten is in a new file first, else in the home's exports. Nothing is changed
        in Xero or in the CRM; mappings, settings, answers and log stay. What the first sync after
        it would do is to be looked at, as on the first day. Raises UndoRefused and RunBusy.
        """
        return Resets(self._parts).reset(self.get(connection_id), name, export_to)

    def resets(self, connection_id: str) -> list[ResetBefore]:
        """The resets that can be taken back, the newest first."""
        return Resets(self._parts).before(self.get(connection_id))

    def take_back_reset(self, connection_id: str, file: Path) -> Restored:
        """Link again what a reset forgot; what was linked otherwise since stays so.

        Raises UndoRefused where the file is not of this connection, and RunBusy.
        """
        return Resets(self._parts).take_back(self.get(connection_id), file)

    def disconnect(self, connection_id: str) -> None:
        """End a connection at Xero and here; CRM records, links and queued work stay."""
        self.end(self.get(connection_id))

    def end(self, connection: Connection) -> None:
        """End a connection that is at hand, of whatever tenant."""
        from xtiger.xero.organisations import end_connection

        if connection.state == "active":
            end_connection(connection, self._app.settings(), self._store, self._clock)
        ended = connection.ended(DISCONNECTED)
        self._store.save_connection(ended)
        self._store.forget_tokens(connection.id)
        self._changed(ended, "disconnected")

    def terms_accepted(self) -> bool:
        """Whether somebody accepted the terms for the tenant."""
        return self._parts.terms_accepted()

    def terms(self) -> Terms | None:
        """Who accepted the terms for the tenant, and when; None while nobody did."""
        kept = self._store.own_setting(self._parts.tenant(), setting_keys.TERMS)
        return Terms(**kept) if isinstance(kept, Mapping) else None

    def accept_terms(self, by: str) -> None:
        """Remember who accepted the terms for the tenant, and when."""
        kept = {"by": by, "at": self._clock.now()}
        self._store.save_own_setting(self._parts.tenant(), setting_keys.TERMS, kept)

    def app(self) -> AppState:
        """The app at Xero, as far as it may be shown."""
        return self._app.state()

    def xtid(self) -> str:
        """The referral id of the app at Xero, which links to Xero carry; "" for none."""
        return self._app.xtid()

    def save_app(self, client_id: str, secret: Secret, by: str, xtid: str = "") -> None:
        """Keep the app at Xero, its secret encrypted; "" leaves the secret that is kept.

        `xtid` is its referral id. The app is one for all tenants. Raises SettingInvalid for what
        is no client id, secret or referral id, where the settings name an app, and where the CRM
        has several tenants.
        """
        if len(self._host.tenants()) > 1:
            raise SettingInvalid(
                "The app at Xero",
                "is one for all customers of this CRM",
                "Who runs the CRM sets it in the settings of the installation.",
            )
        self._app.save(client_id, secret, by, xtid)

    # --- inside ---

    def _changed(self, connection: Connection, event: str) -> None:
        """Report the change of a connection to extensions."""
        self._parts.hooks.robust(
            "connection_changed",
            connection.id,
            context=self._parts.context_of(connection.tenant),
            tenant=connection.tenant,
            connection=connection,
            event=event,
        )

    def _needs(self) -> tuple[str, ...]:
        """What is switched on needs: in any connection of the tenant, at first as it begins."""
        described = {module.name for module in self._parts.described()}
        known = [connection.id for connection in self.all()]
        uses, attaches = [], False
        for sync in (sync for sync in self._parts.modules() if sync.name in described):
            chosen = [self._store.module_settings(one, sync.name) for one in known]
            on = [one for one in chosen or [ModuleSettings(sync.name)] if one.enabled]
            sends = "to_xero" in sync.directions and any(one.to_xero() for one in on)
            uses += [Use(sync.kind, sends)] if on else []
            kept = (self._store.mapping(one, sync.name) for one in known)
            options = [one.options for one in kept if on and one is not None]
            if any(receipt_accounts(one) for one in options):
                uses.append(Use(sync.alone_kind, sends))
            attaches = attaches or (sends and any(one.get(ATTACH) for one in options))
        makes_rates = self._store.own_setting(self._parts.tenant(), setting_keys.RATES_MADE)
        needed = scopes_needed([*uses, *([Use("TaxRate", sends=True)] if makes_rates else [])])
        return (*needed, *([ATTACHMENTS] if attaches else []))

    def _forget_old(self) -> None:
        """Remove what people began and never finished; an answer holds tokens."""
        for begun in (setting_keys.CONSENTS, setting_keys.CONSENT_OFFERS):
            for (tenant, name), kept in self._store.every_setting_like(begun).items():
                if not isinstance(kept, Mapping) or self._too_old(kept):
                    self._store.forget_own_setting(tenant, name)

    def _answered(self, tenant: str, returned_url: Secret) -> list[Organisation]:
        """Finish the tenant's consent that the address belongs to; what can be chosen now."""
        from xtiger.xero.oauth import Consent, organisations

        state = _state_of(returned_url)
        kept = self._store.own_setting(tenant, setting_keys.consent(state)) if state else None
        if not isinstance(kept, Mapping) or self._too_old(kept):
            raise ConsentRefused("the answer belongs to no question asked in the last 10 minutes")
        self._store.forget_own_setting(tenant, setting_keys.consent(state))
        settings = self._app.settings()
        consent = Consent(settings, str(kept["redirect_uri"]), self._clock)
        tokens = consent.finish(returned_url, state, self._verifier(kept))
        offered = organisations(settings, self._clock, tokens)
        if not offered:
            raise ConsentRefused("no organisation was chosen at Xero")
        self._keep_offer(tenant, state, tokens, offered)
        return offered

    def _verifier(self, kept: Mapping[str, Any]) -> Secret:
        try:
            return self._cipher.decrypt(str(kept["verifier"]))
        except SettingInvalid:
            # The key was lost since, or an earlier release asked.
            raise ConsentRefused("the question can no longer be read: ask it again") from None

    def _keep_offer(
        self, tenant: str, state: str, tokens: Tokens, offered: Sequence[Organisation]
    ) -> None:
        """Keep the answer until an organisation is chosen, perhaps by another process."""
        kept = {
            "tokens": self._cipher.encrypt(tokens.text()),
            "connections": {o.organisation_id: [o.connection_id, o.name] for o in offered},
            "at": self._clock.now(),
        }
        self._store.save_own_setting(tenant, setting_keys.consent_offer(state), kept)

    def _offer(self, organisation_id: str, tenant: str, state: str) -> _Offer:
        """What the tenant's consent of this state, or ("") its newest one, offered of it."""
        found = [
            (kept["at"], name, kept)
            for name, kept in self._store.own_settings_like(
                tenant, setting_keys.consent_offers(state)
            ).items()
            if isinstance(kept, Mapping)
            and state in ("", setting_keys.offer_state(name))
            and not self._too_old(kept)
            and organisation_id in kept["connections"]
        ]
        if not found:
            raise NeedsPerson(
                "Choose an organisation from those that Xero offered. Start again: xtiger connect"
            )
        _at, name, kept = max(found, key=lambda one: one[:2])
        try:
            tokens = Tokens.read(self._cipher.decrypt(str(kept["tokens"])))
        except SettingInvalid:
            # The key was lost since the consent.
            raise NeedsPerson(
                "What Xero answered cannot be read any more. Start again: xtiger connect"
            ) from None
        return _Offer(tenant, name, kept, tokens, organisation_id)

    def _withdraw(self, offer: _Offer) -> None:
        """Take an organisation that cannot be used off the offer; an empty offer is forgotten."""
        rows = offer.kept["connections"]
        left = {key: row for key, row in rows.items() if key != offer.organisation_id}
        if left:
            kept = {**offer.kept, "connections": left}
            self._store.save_own_setting(offer.tenant, offer.setting, kept)
        else:
            self._store.forget_own_setting(offer.tenant, offer.setting)

    def _too_old(self, kept: Mapping[str, Any]) -> bool:
        at = kept.get("at")
        return not isinstance(at, datetime) or self._clock.now() - at > _CONSENT_LIFE

    def _connect(self, organisation_id: str, tenant: str, consent: str) -> Connection:
        offer = self._offer(organisation_id, tenant, consent)
        self._refuse_stranger(offer)
        known = next(
            (c for c in self._store.connections(tenant) if c.organisation_id == organisation_id),
            None,
        )
        connection = Connection(
            id=known.id if known else self._clock.new_id()[-12:],
            tenant=tenant,
            organisation_id=organisation_id,
            xero_connection_id=offer.xero_connection_id,
            name=offer.name,
            base_currency="",
            created_at=known.created_at if known else self._clock.now(),
        )
        before = self._store.tokens(known.id) if known else None
        self._store.save_connection(connection, offer.tokens)
        try:
            with self._host.tenant(tenant):
                connection = self._with_details(connection)
            self._store.save_connection(connection)
        except BaseException as error:
            self._put_back(connection, known, before)
            if isinstance(error, WrongOrganisation):
                self._withdraw(offer)
            raise
        self._store.forget_own_setting(tenant, offer.setting)
        if known is None:
            self._ask(connection)
            answer_from_settings(self._parts, connection)
        self._changed(connection, "connected")
        return connection

    def _ask(self, connection: Connection) -> None:
        """Let the questions of the first day stand open, with what is proposed as answers."""
        organisation = connection.organisation
        answers = proposed(organisation, lock_date(organisation), self._clock.now().date())
        FirstSync(self._store).save(connection.id, answers)

    def _refuse_stranger(self, offer: _Offer) -> None:
        """One organisation is one tenant's: two would write over each other and mix their books."""
        for known in self._store.all_connections():
            same = known.organisation_id == offer.organisation_id
            if same and known.tenant != offer.tenant and known.state == "active":
                self._withdraw(offer)
                raise WrongOrganisation(
                    offer.name,
                    "it is connected for another customer of this CRM. "
                    "Connect another organisation, or end that one first: xtiger connections",
                )

    def _put_back(
        self, refused: Connection, known: Connection | None, before: Tokens | None
    ) -> None:
        """Leave the store as it was before a connection that was refused."""
        with self._store.transaction():
            if known is None:
                self._store.remove_connection(refused.id)
                return
            self._store.save_connection(known, before)
            if before is None:
                self._store.forget_tokens(known.id)

    def _with_details(self, connection: Connection) -> Connection:
        organisation = self._doors.open(connection).organisation()
        currency = str(organisation.get("BaseCurrency") or "")
        own = self._host.base_currency()
        if currency != own:
            raise WrongOrganisation(
                connection.name,
                f"it counts in {currency or 'an unknown currency'}, the CRM in {own}. "
                f"Connect an organisation that counts in {own}: xtiger connect",
            )
        return replace(
            connection,
            name=str(organisation.get("Name") or connection.name),
            base_currency=currency,
            country=str(organisation.get("CountryCode") or ""),
            short_code=str(organisation.get("ShortCode") or ""),
            organisation=dict(organisation),
        )


def _state_of(returned_url: Secret) -> str:
    return str(parse_qs(urlsplit(returned_url.reveal()).query).get("state", [""])[0])
