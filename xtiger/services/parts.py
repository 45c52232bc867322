"""What every service works with: made once by XTiger, and handed down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from xtiger.errors import TenantCrossed, UnknownModule
from xtiger.hookspecs import Converter, SyncModule
from xtiger.model import setting_keys
from xtiger.ports.stop_signal import NO_STOP, StopSignal
from xtiger.services.find_connection import find_connection, find_tenant
from xtiger.services.xero_app import XeroApp

if TYPE_CHECKING:
    from jinja2 import BaseLoader

    from xtiger.db.cipher import Cipher
    from xtiger.extensions.hook_caller import Dispatcher
    from xtiger.extensions.manager import ExtensionManager
    from xtiger.model.connections import Connection
    from xtiger.model.mailing.letters import Mail
    from xtiger.model.records import Module
    from xtiger.ports import Clock, Context, Host, Store
    from xtiger.ports.database import Database
    from xtiger.services.identities import Identities
    from xtiger.services.syncing.runs import Runs
    from xtiger.settings import Settings
    from xtiger.xero.pool import XeroDoors


class MakeContext(Protocol):
    """Makes what extensions get with a hook call."""

    def __call__(self, tenant: str, signal: StopSignal = NO_STOP) -> Context:
        """The context of a tenant; `signal` may end early what is asked for through it."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The CRM, the store, Xero, the clock and the extensions, seen by one tenant or by none.

    A service is made of nothing else, so that it can be made wherever there are parts.
    """

    host: Host
    store: Store
    #: For the own tables of extensions: its transactions join those of the store.
    extension_tables: Database
    clock: Clock
    settings: Settings
    cipher: Cipher
    extensions: ExtensionManager
    hooks: Dispatcher
    doors: XeroDoors
    identities: Identities
    #: Plans and runs of any connection.
    runs: Runs
    context_of: MakeContext
    #: The tenant that is meant; None where the only one is meant.
    bound: str | None = None
    #: The CRM's own function that sends mails; None where it has none.
    host_mail: Callable[[Mail], object] | None = None
    #: The CRM's own templates of mails, which go before ours; None where it has none.
    mail_templates: BaseLoader | None = None

    # --- tenants ---

    def for_tenant(self, tenant: str | None) -> Parts:
        """The parts as this tenant sees them, None: as they are; raises TenantCrossed."""
        if tenant is None or tenant == self.bound:
            return self
        if self.bound is not None:
            raise TenantCrossed
        return replace(self, bound=tenant)

    def tenant(self) -> str:
        """The tenant that is meant: the one named, or the only one; raises TenantMissing."""
        return find_tenant(self.host, self.bound)

    def tenants(self) -> list[str]:
        """All tenants of the CRM, or the one that is meant."""
        return [self.bound] if self.bound is not None else list(self.host.tenants()) or [""]

    # --- connections ---

    def connections(self) -> list[Connection]:
        """The tenant's connections, oldest first."""
        return list(self.store.connections(self.tenant()))

    def connection(self, name_or_id: str | None = None) -> Connection:
        """The named connection or the only active one; raises NotConnected, NeedsPerson."""
        return find_connection(self.store, name_or_id, self.tenant())

    def ready_connection(self, name_or_id: str | None = None) -> Connection:
        """The connection to sync: as connection(), and of several the only one with a mapping."""
        if name_or_id is None:
            active = [one for one in self.connections() if one.state == "active"]
            names = [sync.name for sync in self.modules()]
            mapped = [
                one
                for one in active
                if any(self.store.mapping(one.id, name) is not None for name in names)
            ]
            if len(mapped) == 1:
                return mapped[0]
        return self.connection(name_or_id)

    def terms_accepted(self) -> bool:
        """Whether somebody accepted the terms for the tenant."""
        return self.store.own_setting(self.tenant(), setting_keys.TERMS) is not None

    def app(self) -> XeroApp:
        """The app at Xero, of the settings or typed in."""
        return XeroApp(self.settings, self.store, self.cipher, self.clock)

    # --- modules ---

    def modules(self, connection_id: str | None = None) -> list[SyncModule]:
        """The modules that the extensions enabled for a connection sync, parents first."""
        return self.hooks.sync_modules(connection_id)

    def sync_module(self, name: str) -> SyncModule:
        """The module of this name that extensions sync; raises UnknownModule."""
        return _named(self.modules(), name)

    def described(self) -> list[Module]:
        """The modules of the CRM as the host describes them for the tenant."""
        with self.host.tenant(self.tenant()):
            return list(self.host.modules())

    def crm_module(self, name: str) -> Module:
        """The CRM's module of this name, within the tenant at work; raises UnknownModule."""
        return _named(self.host.modules(), name)

    def converters(self, connection_id: str | None = None) -> dict[str, Converter]:
        """Name → converter that a mapping row may use; raises BrokenExtension for a name twice."""
        return self.hooks.converters(connection_id)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Named)


def _named(known: Sequence[T], name: str) -> T:
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise UnknownModule(name, [one.name for one in known])
    return found
