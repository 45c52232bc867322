"""A library in memory with given plans and runs, so that each screen can be shown exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tests.web.examples import AROHA, MODULES, NOW, example_plan, example_run
from xtiger.errors import ConsentRefused, NotConnected, UnknownModule, XTigerError
from xtiger.hookspecs import (
    MenuEntry,
    PageRequest,
    PageSpec,
    PanelRow,
    RecordAction,
    SyncModule,
    TablePage,
)
from xtiger.i18n.cause_text import About, spoken_cause, spoken_reasons
from xtiger.i18n.language import language
from xtiger.model.brakes import BrakedPlan
from xtiger.model.calls import Call
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import ModuleSettings, Row
from xtiger.model.plans import Cause, Face, Plan
from xtiger.model.records import Module, Ref
from xtiger.model.runs import Outcome, Run, Sent
from xtiger.panels import (
    ALLOW_SYNC,
    INVOICE_TYPE,
    STATUS,
    Panel,
    PanelFacts,
    build_panel,
    checked_values,
)
from xtiger.services.webhooks import WebhookState
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
class Found:
    """An organisation that the permission covers."""

    organisation_id: str
    name: str
    connection_id: str = ""


@dataclass
class Start:
    """The beginning of a consent."""

    url: str
    state: str


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

    def install(self, paths: Sequence[Path]) -> None:
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
        return [Module("Organizations", "organisation", "Organizations", ())]


@dataclass
class StandInContext:
    """What commands and pages ask the context for."""

    connection: str | None
    waits: Mapping[str, int]

    def waiting(self, connection_id: str) -> Mapping[str, int]:
        return self.waits


class StandIn:
    """What the screens ask of XTiger, answered from plain attributes."""

    def __init__(self, locale: str = "en") -> None:
        self.settings = Settings(Path("unused"), "sqlite://", locale=locale)
        self.clock, self.host = FixedClock(), StandInHost()
        self.store, self.extensions = StandInStore(), StandInExtensions()
        self.found = [Found("org-1", "Aroha Trading Ltd")]
        self.active: list[Connection] = [AROHA]
        self.made_plan = example_plan()
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
        #: How the webhooks of each connection are.
        self.told: dict[str, Any] = {"is_set": False}

    def as_library(self) -> XTiger:
        """The same object, typed as what it stands for."""
        return cast("XTiger", self)

    def _fail(self) -> None:
        if self.error:
            raise self.error

    def tenant(self) -> str:
        return ""

    def tenants(self) -> list[str]:
        return [""]

    def for_tenant(self, tenant: str) -> StandIn:
        bound = copy(self)
        bound.active = [one for one in self.active if one.tenant == tenant]
        return bound

    def described(self) -> list[Module]:
        return self.host.modules()

    def connections(self) -> list[Connection]:
        return self.active

    def uncovered(self, connection_id: str) -> list[str]:
        return []

    def keyless_connections(self) -> set[str]:
        """All tokens can be read."""
        return set()

    def unmapped(self, connection_id: str) -> list[str]:
        """Those that mapping() has nothing for."""
        on = [sync.name for sync in self.modules()]
        return [name for name in on if self.mapping(name, connection_id) is None]

    def crm_mismatch(self) -> str | None:
        """The CRM is the one that is linked."""
        return None

    def webhooks(self) -> list[WebhookState]:
        return [WebhookState(one.id, **self.told) for one in self.active]

    def connection(self, name_or_id: str | None = None) -> Connection:
        for one in self.active:
            if name_or_id in (None, one.id, one.name):
                return one
        raise NotConnected

    def ready_connection(self, name_or_id: str | None = None) -> Connection:
        return self.connection(name_or_id)

    def consent(self, redirect_uri: str) -> Start:
        self._fail()
        self.redirect_uri = redirect_uri
        return Start(f"https://login.example.test/consent?redirect_uri={redirect_uri}", "st4te")

    def consent_answered(self, returned_url: str) -> list[Found]:
        if "state=st4te" not in returned_url:
            raise ConsentRefused("the state differs")
        return self.found

    def connect(self, organisation_id: str, tenant: str = "", *, consent: str = "") -> Connection:
        name = next(one.name for one in self.found if one.organisation_id == organisation_id)
        self.active = [replace(AROHA, organisation_id=organisation_id, name=name)]
        return self.active[0]

    def disconnect(self, connection_id: str) -> None:
        self.active = [one for one in self.active if one.id != connection_id]

    def modules(self) -> list[SyncModule]:
        return MODULES

    def terms_accepted(self) -> bool:
        return self.accepted

    def accept_terms(self, by: str) -> None:
        self.accepted = True

    def save_default_mappings(self, connection_id: str | None = None) -> list[FieldMapping]:
        return [self.mapping("Organizations")]

    def mapping(self, module: str, connection_id: str | None = None) -> FieldMapping:
        rows = (
            Row("organisation.name", "Name"),
            Row("organisation.email", "EmailAddress", "to_xero"),
        )
        return FieldMapping(module, "Contact", rows, version=1, saved_at=NOW)

    def plan(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Plan:
        self._fail()
        return self.made_plan

    def sync(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        trigger: str = "person",
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Run:
        self._fail()
        if progress:
            progress("Organizations", 3, 5)
        return self.made_run

    def runs(self, limit: int = 20, connection_id: str | None = None) -> list[Run]:
        self._fail()
        known = {one.id for one in self.active}
        return [self.made_run] if self.made_run.connection_id in known else []

    def outcomes(self, **filters: Any) -> list[Outcome]:
        return self.all_outcomes

    def cause(
        self,
        cause: Cause | None,
        face: Face = "data",
        about: About | None = None,
        connection_id: str = "",
    ) -> tuple[str, str]:
        return spoken_cause(cause, language("en"), face, about) if cause else ("", "")

    def typed(self, text: str, connection_id: str) -> str:
        """One organisation is connected: no command names it."""
        return text

    def reasons(
        self, cause: Cause | None, face: Face = "data", about: About | None = None
    ) -> list[tuple[str, str, str]]:
        return spoken_reasons(cause, language("en"), face, about) if cause else []

    def read_settings(self, connection_id: str | None = None) -> None:
        """Nothing new is there."""

    def link(
        self,
        module: str,
        crm_id: str,
        xero_id: str | None,
        connection_id: str | None = None,
        *,
        alias: bool = False,
    ) -> str:
        self.linked.append((module, crm_id, xero_id))
        if alias:
            return f"{module} {crm_id} is an alias of {xero_id}."
        return f"{module} {crm_id} is linked to {xero_id}."

    def send_records(
        self, module: str, ids: Sequence[str], connection_id: str | None = None
    ) -> Sent:
        self.sent += [(module, record_id) for record_id in ids]
        return Sent()

    def unlink(
        self,
        module: str,
        crm_id: str,
        connection_id: str | None = None,
        *,
        xero_id: str | None = None,
        promote: str | None = None,
    ) -> None:
        self.link_of = None

    def panel(
        self,
        module: str,
        record_id: str,
        connection_id: str | None = None,
        tenant: str | None = None,
    ) -> Panel:
        if module not in {one.name for one in MODULES}:
            raise UnknownModule(module, [one.name for one in MODULES])
        return build_panel(
            PanelFacts(
                module=module,
                record_id=record_id,
                now=NOW,
                locale=self.settings.locale,
                connection=next(iter(self.active), None),
                link=self.link_of,
                allow_sync=bool(self.values[ALLOW_SYNC]),
                xero_status=self.values[STATUS],
                invoice_type=self.values[INVOICE_TYPE],
                rows=self.rows,
                actions=self.actions(module),
                outcome=self.outcome,
            )
        )

    def save_panel(
        self, panel: Panel, values: Mapping[str, Any], tenant: str | None = None
    ) -> None:
        self.values.update(checked_values(panel, values))

    def actions(self, module: str) -> list[RecordAction]:
        return [RecordAction("copy", "Copy to Xero", lambda _context, _refs: "")]

    def press(self, action: str, refs: Sequence[Ref], tenant: str | None = None) -> str:
        self.pressed.append((action, refs))
        return f"Copied {refs[0].id} to Xero."

    def pages(self) -> list[PageSpec]:
        return [PageSpec("log", "Xero Logs", lambda _context, request: self.page(request))]

    def page(self, request: PageRequest) -> TablePage:
        text = request.query.get("text", "")
        rows = tuple((f"Record {n}", "<i>held</i>") for n in range(120) if text in str(n))
        return TablePage(
            "Xero Logs",
            ("Record", "Result"),
            rows,
            note="All of them.",
            search=(("text", "Text", text),),
        )

    def menu(self) -> list[MenuEntry]:
        return [MenuEntry("Xero Logs", "log")]

    def braked(self, connection_id: str | None = None) -> list[BrakedPlan]:
        return [plan for plan in self.braked_plans if connection_id in (None, plan.connection_id)]

    def check_host(self) -> list[str]:
        return self.problems

    def context(self) -> StandInContext:
        return StandInContext(None, self.waits)

    def tick(self, shift: Any = None) -> None:
        self._fail()

    def close(self) -> None:
        self.closed = True
