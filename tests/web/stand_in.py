"""A library in memory with given plans and runs, so that each screen can be shown exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from tests.web.examples import AROHA, NOW, example_plan, example_run
from tests.web.stand_in_outside import StandInReceivers
from tests.web.stand_in_services import (
    Found,
    StandInAgreements,
    StandInConnections,
    StandInLinks,
    StandInMappings,
    StandInModules,
    StandInNeeds,
    StandInPanels,
    StandInProof,
    StandInSentences,
    StandInService,
    StandInStart,
    StandInSync,
    StandInTaxRates,
    StandInTimetable,
    StandInTwins,
    StandInUndo,
    StandInWebhooks,
)
from xtiger.errors import XTigerError
from xtiger.hookspecs import (
    MenuEntry,
    PageRequest,
    PanelRow,
    TablePage,
    TimedWork,
)
from xtiger.model.brakes import BrakedPlan
from xtiger.model.calls import Call
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.model.mappings import ModuleSettings
from xtiger.model.records import Field, Module, Ref
from xtiger.model.runs import Outcome
from xtiger.model.start_answers import StartAnswers
from xtiger.panels import (
    ALLOW_SYNC,
    INVOICE_TYPE,
    STATUS,
    Panel,
)
from xtiger.services.facts.host_sample import Sample
from xtiger.settings import Settings

if TYPE_CHECKING:
    from xtiger.app import XTiger


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        return None

    def new_id(self) -> str:
        return "0" * 32


@dataclass
class StandInStore:
    """The few things that screens ask the store for."""

    day_left: int | None = 984
    #: The limiter's state, the tokens and the traffic that there are.
    state: Any = None
    kept: Any = None
    seen: list[Any] = field(default_factory=list)

    def tokens(self, connection_id: str) -> Any:
        return self.kept

    def update_state(self, name: str, change: Callable[[Any], tuple[Any, Any]]) -> Any:
        return change(self.state)[1]

    def traffic(self, connection_id: str, since: datetime) -> Sequence[Any]:
        return self.seen

    def calls(self, connection_id: str, since: datetime, limit: int = 1000) -> Sequence[Call]:
        return [
            Call(connection_id, NOW, "GET", "/Contacts", 200, 90, 0, 900, day_left=self.day_left)
        ]

    def module_settings(self, connection_id: str, module: str) -> ModuleSettings:
        return ModuleSettings(module)


@dataclass
class StandInExtensions:
    """A module manager that remembers what it was told."""

    on: dict[str, bool] = field(default_factory=lambda: {"XTLog": True, "XTQueue": False})
    told: list[tuple[str, Any]] = field(default_factory=list)
    #: Those that are on and cannot run.
    stopped: list[Any] = field(default_factory=list)
    #: The release of XTiger that a zip holds which is verified.
    newer: str = ""

    def states(self) -> list[Any]:
        from xtiger.extensions.state import ExtensionState

        return [
            ExtensionState(name, name, "0.1.0", "enabled" if on else "disabled", source="pip")
            for name, on in self.on.items()
        ]

    def not_running(self) -> list[Any]:
        return self.stopped

    def enabled(self, name: str, connection_id: str | None = None) -> bool:
        return self.on.get(name, False)

    def enable(self, name: str, connection_id: str | None = None) -> None:
        self.on[name] = True

    def disable(self, name: str, connection_id: str | None = None) -> None:
        self.on[name] = False

    def verify(self, paths: Sequence[Path]) -> Any:
        from xtiger.extensions.verified import Verified

        update: Any = SimpleNamespace(version=self.newer) if self.newer else None
        return Verified((), (), update)

    def install(
        self, paths: Sequence[Path], *, enable: bool = False, update_core: bool = False
    ) -> None:
        self.told.append(("install", paths))

    def uninstall(self, name: str, purge: bool = False, export_to: Path | None = None) -> None:
        self.told.append(("uninstall", (name, purge, export_to)))

    def rollback(self, name: str) -> None:
        self.told.append(("rollback", name))


class StandInHost:
    """A CRM with a name."""

    name = "mycrm"
    caps = None

    def modules(self) -> list[Module]:
        email = Field("email", "email", role="organisation.email")
        return [Module("Organizations", "organisation", "Organizations", (email,))]


@dataclass
class StandInContext:
    """What commands and pages ask the context for."""

    connection: str | None
    waits: Mapping[str, int]

    def waiting(self, connection_id: str) -> Mapping[str, int]:
        return self.waits


class StandIn:
    """What the screens ask of XTiger and of its services, answered from plain attributes."""

    def __init__(self, locale: str = "en") -> None:
        self.settings = Settings(Path("unused"), "sqlite://", locale=locale)
        self.clock, self.host = FixedClock(), StandInHost()
        self.store, self.extensions = StandInStore(), StandInExtensions()
        self.found = [Found("org-1", "Aroha Trading Ltd")]
        self.active: list[Connection] = [AROHA]
        self.made_plan = example_plan()
        self.start_answers = StartAnswers()
        self.made_run = example_run()
        self.all_outcomes: list[Outcome] = []
        self.problems: list[str] = []
        self.waits: dict[str, int] = {}
        self.sent: list[tuple[str, str]] = []
        self.values: dict[str, Any] = {ALLOW_SYNC: True, STATUS: "", INVOICE_TYPE: "Invoice"}
        self.link_of: Link | None = None
        self.pressed: list[tuple[str, Sequence[Ref]]] = []
        self.accepted = True
        self.error: XTigerError | None = None
        self.braked_plans: list[BrakedPlan] = []
        self.redirect_uri = ""
        self.closed = False
        self.rows: Sequence[PanelRow] = ()
        self.outcome: Outcome | None = None
        self.linked: list[tuple[str, str, str | None]] = []
        self.needing = 0
        self.timed: list[TimedWork] = []
        #: How the webhooks of each connection are.
        self.told: dict[str, Any] = {"is_set": False}
        #: The runs that were taken back.
        self.undone: list[str] = []

    def as_library(self) -> XTiger:
        """The same object, typed as what it stands for."""
        return cast("XTiger", self)

    def _fail(self) -> None:
        if self.error:
            raise self.error

    @property
    def connections(self) -> StandInConnections:
        return StandInConnections(self)

    @property
    def needs(self) -> StandInNeeds:
        return StandInNeeds(self)

    @property
    def receivers(self) -> StandInReceivers:
        return StandInReceivers()

    @property
    def twins(self) -> StandInTwins:
        return StandInTwins(self)

    @property
    def agreements(self) -> StandInAgreements:
        return StandInAgreements(self)

    @property
    def service(self) -> StandInService:
        return StandInService(self)

    @property
    def timetable(self) -> StandInTimetable:
        return StandInTimetable(self)

    @property
    def tax_rates(self) -> StandInTaxRates:
        return StandInTaxRates(self)

    @property
    def modules(self) -> StandInModules:
        return StandInModules(self)

    @property
    def mappings(self) -> StandInMappings:
        return StandInMappings(self)

    @property
    def start(self) -> StandInStart:
        return StandInStart(self)

    @property
    def sync(self) -> StandInSync:
        return StandInSync(self)

    @property
    def sentences(self) -> StandInSentences:
        return StandInSentences(self)

    @property
    def undo(self) -> StandInUndo:
        return StandInUndo(self)

    @property
    def links(self) -> StandInLinks:
        return StandInLinks(self)

    @property
    def panels(self) -> StandInPanels:
        return StandInPanels(self)

    @property
    def proof(self) -> StandInProof:
        return StandInProof(self)

    @property
    def webhooks(self) -> StandInWebhooks:
        return StandInWebhooks(self)

    def panel(
        self,
        module: str,
        record_id: str,
        connection_id: str | None = None,
        tenant: str | None = None,
    ) -> Panel:
        return self.panels.panel(module, record_id, connection_id)

    def page(self, request: PageRequest) -> TablePage:
        return self.panels.page(request)

    def menu(self) -> list[MenuEntry]:
        return self.panels.menu()

    def tenant(self) -> str:
        return ""

    def undeployed(self) -> list[str]:
        ended, self.active = [one.name for one in self.active], []
        return ended

    def tenants(self) -> list[str]:
        return [""]

    def for_tenant(self, tenant: str) -> StandIn:
        bound = copy(self)
        bound.active = [one for one in self.active if one.tenant == tenant]
        return bound

    def host_samples(self) -> list[Sample]:
        return []

    def check_host(self) -> list[str]:
        return self.problems

    def context(self) -> StandInContext:
        return StandInContext(None, self.waits)

    def tick(self, signal: Any = None, *, by: str = "") -> None:
        self._fail()

    def close(self) -> None:
        self.closed = True
