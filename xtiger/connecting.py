"""Connecting: from the consent at Xero to a stored connection, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from xtiger.errors import ConsentRefused, NeedsPerson, NotConnected, WrongOrganisation, XTigerError
from xtiger.links import Connection, Tokens
from xtiger.values import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from xtiger.db.cipher import Cipher
    from xtiger.ports import Clock, Host, Store, Xero
    from xtiger.settings import Settings
    from xtiger.xero.oauth import Organisation

#: A consent that was begun is forgotten after this time.
_CONSENT_LIFE = timedelta(minutes=10)
#: The setting that keeps an answered consent until an organisation is chosen.
_OFFER = "consent_offer"


@dataclass(frozen=True, slots=True)
class ConsentStart:
    """Where to send the administrator, and what must come back."""

    url: str
    state: str


def find_connection(store: Store, name_or_id: str | None) -> Connection:
    """The named connection, or the only active one.

    Raises NotConnected when there is none, NeedsPerson when several fit.
    """
    known = store.connections()
    if name_or_id is not None:
        fitting = [c for c in known if name_or_id in (c.id, c.name, c.organisation_id)]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(c.name for c in known) or "none"
        raise NeedsPerson(f"There is no connection {name_or_id!r}. Known: {names}.")
    active = [c for c in known if c.state == "active"]
    if len(active) == 1:
        return active[0]
    if active:
        names = ", ".join(c.name for c in active)
        raise NeedsPerson(f"Several organisations are connected ({names}). Name one: --connection")
    if len(known) == 1:
        return known[0]
    raise NotConnected


class Connecting:
    """The steps of a consent; what lies between them is kept in the store for 10 minutes."""

    def __init__(
        self, settings: Settings, store: Store, host: Host, clock: Clock,
        cipher: Cipher, open_xero: Callable[[Connection], Xero],
        connection_changed: Callable[[Connection, str], None],
    ) -> None:  # fmt: skip
        self._settings, self._store, self._host, self._clock = settings, store, host, clock
        self._cipher = cipher
        self._open_xero = open_xero
        self._changed = connection_changed

    def begin(self, redirect_uri: str) -> ConsentStart:
        """Begin a consent; raises SettingInvalid when the app's id or the address is unusable."""
        # requests stays unloaded until somebody connects.
        from xtiger.xero.oauth import Consent, scopes

        asked = Consent(self._settings, redirect_uri, self._clock).begin(scopes())
        kept = {
            "verifier": asked.verifier or "",
            "redirect_uri": redirect_uri,
            "at": self._clock.now(),
        }
        self._store.save_setting(f"consent:{asked.state}", kept)
        return ConsentStart(asked.url, asked.state)

    def answered(self, returned_url: str) -> list[Organisation]:
        """Finish the consent that the address belongs to; the organisations to choose from."""
        from xtiger.xero.oauth import Consent, organisations

        state = _state_of(returned_url)
        kept = self._store.setting(f"consent:{state}") if state else None
        if not isinstance(kept, Mapping) or self._too_old(kept):
            raise ConsentRefused("the answer belongs to no question asked in the last 10 minutes")
        self._store.save_setting(f"consent:{state}", None)
        consent = Consent(self._settings, str(kept["redirect_uri"]), self._clock)
        tokens = consent.finish(returned_url, state, str(kept["verifier"]) or None)
        offered = organisations(self._settings, self._clock, tokens)
        if not offered:
            raise ConsentRefused("no organisation was chosen at Xero")
        self._keep_offer(tokens, offered)
        return offered

    def _keep_offer(self, tokens: Tokens, offered: Sequence[Organisation]) -> None:
        """Keep the answer until an organisation is chosen, perhaps by another process."""
        plain = {field.name: getattr(tokens, field.name) for field in fields(tokens)}
        kept = {
            "tokens": self._cipher.encrypt(to_json({**plain, "scope": list(tokens.scope)})),
            "connections": {o.organisation_id: [o.connection_id, o.name] for o in offered},
            "at": self._clock.now(),
        }
        self._store.save_setting(_OFFER, kept)

    def _offer(self, organisation_id: str) -> tuple[Tokens, str, str]:
        """(tokens, Xero's connection id, name) of an offered organisation."""
        kept = self._store.setting(_OFFER)
        if (
            not isinstance(kept, Mapping)
            or self._too_old(kept)
            or organisation_id not in kept["connections"]
        ):
            raise NeedsPerson(
                "Choose an organisation from those that Xero offered. Start again: xtiger connect"
            )
        plain = from_json(self._cipher.decrypt(str(kept["tokens"])))
        connection_id, name = kept["connections"][organisation_id]
        return Tokens(**{**plain, "scope": tuple(plain["scope"])}), connection_id, name

    def _too_old(self, kept: Mapping[str, Any]) -> bool:
        at = kept.get("at")
        return not isinstance(at, datetime) or self._clock.now() - at > _CONSENT_LIFE

    def connect(self, organisation_id: str, tenant: str = "") -> Connection:
        """Store the chosen organisation as a connection; links of an earlier one are kept.

        Raises WrongOrganisation when the base currencies differ, NeedsPerson without consent.
        """
        tokens, xero_connection_id, name = self._offer(organisation_id)
        known = next(
            (c for c in self._store.connections(tenant) if c.organisation_id == organisation_id),
            None,
        )
        connection = Connection(
            id=known.id if known else self._clock.new_id()[:12],
            tenant=tenant, organisation_id=organisation_id,
            xero_connection_id=xero_connection_id, name=name, base_currency="",
            created_at=known.created_at if known else self._clock.now(),
        )  # fmt: skip
        self._store.save_connection(connection, tokens)
        try:
            connection = self._with_details(connection, known)
        except XTigerError:
            self._store.save_connection(known or connection.ended("it was refused"))
            if known is None:
                self._store.forget_tokens(connection.id)
            raise
        self._store.save_connection(connection)
        self._store.save_setting(_OFFER, None)
        self._changed(connection, "connected")
        return connection

    def _with_details(self, connection: Connection, known: Connection | None) -> Connection:
        organisation = self._open_xero(connection).organisation()
        currency = str(organisation.get("BaseCurrency") or "")
        own = self._host.base_currency()
        if currency != own:
            raise WrongOrganisation(
                connection.name,
                f"it counts in {currency or 'an unknown currency'}, the CRM in {own}",
            )
        return replace(
            connection,
            name=str(organisation.get("Name") or connection.name),
            base_currency=currency,
            country=str(organisation.get("CountryCode") or ""),
            short_code=str(organisation.get("ShortCode") or ""),
            organisation=dict(organisation),
            created_at=known.created_at if known else connection.created_at,
        )

    def disconnect(self, connection: Connection) -> None:
        """End a connection at Xero and here; CRM records, links and queued work stay."""
        from xtiger.xero.oauth import disconnect

        tokens = self._store.tokens(connection.id)
        if tokens is not None and connection.state == "active":
            disconnect(self._settings, self._clock, tokens, connection.xero_connection_id)
        ended = connection.ended("it was disconnected")
        self._store.save_connection(ended)
        self._store.forget_tokens(connection.id)
        self._changed(ended, "disconnected")


def _state_of(returned_url: str) -> str:
    values: Sequence[str] = parse_qs(urlsplit(returned_url).query).get("state", [""])
    return values[0]
