"""The services of the library in memory: each answers from the attributes of the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.web.examples import AROHA, MODULES, NOW
from xtiger.errors import ConsentRefused, LinkRefused, NotConnected, UnknownModule
from xtiger.hookspecs import (
    MenuEntry,
    PageRequest,
    PageSpec,
    RecordAction,
    SyncModule,
    TablePage,
    TimedWork,
)
from xtiger.i18n.cause_text import About, spoken_cause, spoken_reasons
from xtiger.i18n.language import language
from xtiger.mapping.lint.finding import Finding
from xtiger.model.brakes import BrakedPlan
from xtiger.model.connections import Connection
from xtiger.model.mappings import Mapping as FieldMapping
from xtiger.model.mappings import Row
from xtiger.model.matching.twins import TwinGroup
from xtiger.model.plans import Cause, Face, Plan
from xtiger.model.records import Choice, Module, Ref
from xtiger.model.runs import Outcome, Run, Sent
from xtiger.model.start_answers import Bring, FirstAccounts, Going, Stage, StartAnswers
from xtiger.model.starting.service import ServiceState
from xtiger.panels import (
    ALLOW_SYNC,
    INVOICE_TYPE,
    STATUS,
    Panel,
    PanelFacts,
    build_panel,
    checked_values,
)
from xtiger.services.connections import Remembered, Terms
from xtiger.services.facts.mapping_check import ModuleCheck
from xtiger.services.webhooks import WebhookState
from xtiger.services.xero_app import AppState
from xtiger.xero.health import Health, health

if TYPE_CHECKING:
    from tests.web.stand_in import StandIn
    from xtiger.services.needs import Need


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


class _Service:
    """A service of the stand-in, answered from its attributes."""

    def __init__(self, of: StandIn) -> None:
        self._of = of


class StandInConnections(_Service):
    """Connections that are at hand, and a consent that always succeeds."""

    def all(self) -> list[Connection]:
        return self._of.active

    def keyless(self) -> set[str]:
        """All tokens can be read."""
        return set()

    def get(self, name_or_id: str | None = None) -> Connection:
        for one in self._of.active:
            if name_or_id in (None, one.id, one.name):
                return one
        raise NotConnected

    def ready(self, name_or_id: str | None = None) -> Connection:
        return self.get(name_or_id)

    def health(self, connection_id: str | None = None) -> Health:
        return health(self.get(connection_id), None, None, [], NOW)

    def consent(self, redirect_uri: str) -> Start:
        self._of._fail()
        self._of.redirect_uri = redirect_uri
        return Start(f"https://login.example.test/consent?redirect_uri={redirect_uri}", "st4te")

    def consent_answered(self, returned_url: str) -> list[Found]:
        if "state=st4te" not in returned_url:
            raise ConsentRefused("the state differs")
        return self._of.found

    def connect(
        self, organisation_id: str, tenant: str = "", *, consent: str = "", by: str = ""
    ) -> Connection:
        name = next(one.name for one in self._of.found if one.organisation_id == organisation_id)
        self._of.active = [replace(AROHA, organisation_id=organisation_id, name=name)]
        return self._of.active[0]

    def disconnect(self, connection_id: str) -> None:
        self._of.active = [one for one in self._of.active if one.id != connection_id]

    def remembered(self, connection_id: str) -> Remembered:
        return Remembered({"Organizations": 5}, sum(self._of.waits.values()))

    def terms_accepted(self) -> bool:
        return self._of.accepted

    def accept_terms(self, by: str) -> None:
        self._of.accepted = True

    def terms(self) -> Terms | None:
        return Terms("Mele Fifita", NOW) if self._of.accepted else None

    def app(self) -> AppState:
        return AppState("0" * 32, has_secret=True, source="settings")

    def xtid(self) -> str:
        """The app has none."""
        return ""


class StandInService(_Service):
    """A worker runs, and nobody chose it."""

    def state(self) -> ServiceState:
        return ServiceState(last="worker", looked_at=NOW, is_running=True)


class StandInNeeds(_Service):
    """A given number of records waits for a person."""

    def count(self) -> int:
        return self._of.needing

    def all(self, _connection_id: str | None = None) -> list[Need]:
        return []

    def retry(self, *_cause: object, **_part: object) -> tuple[int, Sent]:
        return 0, Sent()


class StandInTwins(_Service):
    """No records look alike."""

    def all(self, _module: str | None = None, _connection_id: str | None = None) -> list[TwinGroup]:
        return []

    def is_read(self, _connection_id: str | None = None) -> bool:
        return True

    def answer(self, *_answer: object) -> None:
        raise LinkRefused("This group is not as it was shown any more.")

    def link_exact(self, *_exact: object) -> int:
        return 0


class StandInAgreements(_Service):
    """One number for each word."""

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        numbers = {"in_step": 12, "waiting": 3, "needs_you": self._of.needing, "left_out": 4}
        return {one.id: numbers for one in self._of.active}

    def of_module(self, module: str, connection_id: str | None = None) -> Mapping[str, Any]:
        return {}


class StandInTimetable(_Service):
    """Nothing runs by itself, but for what is given."""

    def all(self, connection_id: str | None = None) -> list[TimedWork]:
        return self._of.timed

    def is_kept(self, connection_id: str | None = None) -> bool:
        return False

    def set_usual(self, on: bool, connection_id: str | None = None) -> bool:
        return False


class StandInTaxRates(_Service):
    """No rate of Xero came into the CRM, and none is made."""

    def brought(self, connection_id: str | None = None) -> list[Any]:
        return []

    def may_make(self, connection_id: str | None = None) -> bool:
        return False


class StandInModules(_Service):
    """One module, which the CRM has and the permission covers."""

    def all(self) -> list[SyncModule]:
        return MODULES

    def described(self) -> list[Module]:
        return self._of.host.modules()

    def uncovered(self, connection_id: str) -> list[str]:
        return []

    def unmapped(self, connection_id: str) -> list[str]:
        """Those that mapping() has nothing for."""
        on = [sync.name for sync in self.all()]
        return [name for name in on if self._of.mappings.get(name, connection_id) is None]


class StandInMappings(_Service):
    """One mapping for all modules."""

    def save_defaults(
        self, connection_id: str | None = None, *, by: str = ""
    ) -> list[FieldMapping]:
        return [self.get("Organizations")]

    def get(self, module: str, connection_id: str | None = None) -> FieldMapping:
        rows = (
            Row("organisation.name", "Name"),
            Row("organisation.email", "EmailAddress", "to_xero"),
        )
        return FieldMapping(module, "Contact", rows, version=1, saved_at=NOW)

    def check(
        self, module: str | None = None, connection_id: str | None = None, *, records: int = 1
    ) -> list[ModuleCheck]:
        """Nothing is wrong."""
        return [ModuleCheck(module or "Organizations", ())]

    def faults(self, connection_id: str | None = None) -> list[Finding]:
        return []


class StandInStart(_Service):
    """The first day is over: nothing is limited, and all goes."""

    def answers(self, connection_id: str | None = None) -> StartAnswers:
        self._of._fail()
        return self._of.start_answers

    def answer(
        self, answers: StartAnswers, by: str, connection_id: str | None = None
    ) -> StartAnswers:
        self._of._fail()
        self._of.start_answers = replace(answers, answered_by=by)
        return self._of.start_answers

    def advance(self, to: Stage, by: str, connection_id: str | None = None) -> StartAnswers:
        self._of._fail()
        self._of.start_answers = replace(self._of.start_answers, stage=to, answered_by=by)
        return self._of.start_answers

    def proposal(self, connection_id: str | None = None) -> StartAnswers:
        return StartAnswers(stage="asked")

    def takes_bills(self, connection_id: str | None = None) -> bool:
        return False

    def arriving(self, connection_id: str | None = None) -> dict[str, dict[str, str]]:
        return {}

    def going(self, connection_id: str | None = None) -> Going:
        return Going()

    def statuses(self, connection_id: str | None = None) -> Mapping[str, tuple[Choice, ...]]:
        return {}

    def offered_accounts(self, connection_id: str | None = None) -> tuple[list[Any], list[Any]]:
        return [], []

    def accounts(self, connection_id: str | None = None) -> FirstAccounts:
        return FirstAccounts("200", "200", "090")

    def contacts(self, connection_id: str | None = None) -> Mapping[Bring, int]:
        return {"customers": 2, "all": 5, "none": 0}


class StandInSync(_Service):
    """The plan, the run and the outcomes that are given."""

    def asked_plan(self, connection_id: str | None = None) -> None:
        """Nobody asked for one."""

    def plan(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Plan:
        self._of._fail()
        return self._of.made_plan

    def run(
        self,
        modules: Sequence[str] = (),
        connection_id: str | None = None,
        *,
        full: bool = False,
        trigger: str = "person",
        progress: Callable[[str, int, int], None] | None = None,
        direction: str = "",
        by: str = "",
    ) -> Run:
        self._of._fail()
        if progress:
            progress("Organizations", 3, 5)
        return self._of.made_run

    def resync(self, _module: str, _ids: Sequence[str], *_args: object, **_more: object) -> Run:
        self._of._fail()
        return self._of.made_run

    def ticks(self) -> bool:
        return True

    def runs(
        self, limit: int = 20, connection_id: str | None = None, *, trigger: str | None = None
    ) -> list[Run]:
        if trigger is not None:
            return []
        self._of._fail()
        known = {one.id for one in self._of.active}
        return [self._of.made_run] if self._of.made_run.connection_id in known else []

    def outcomes(self, **filters: Any) -> list[Outcome]:
        return self._of.all_outcomes

    def read_settings(self, connection_id: str | None = None) -> None:
        """Nothing new is there."""

    def send(
        self, module: str, ids: Sequence[str], connection_id: str | None = None, *, by: str = ""
    ) -> Sent:
        self._of.sent += [(module, record_id) for record_id in ids]
        return Sent()

    def braked(self, connection_id: str | None = None) -> list[BrakedPlan]:
        return [
            plan for plan in self._of.braked_plans if connection_id in (None, plan.connection_id)
        ]


class StandInSentences(_Service):
    """Causes in English, as the library says them."""

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


class StandInUndo(_Service):
    """Takes back what it is told, by the plan that the screens have."""

    def plan(self, _runs: Sequence[str], **_part: object) -> Plan:
        return self._of.made_plan

    def run(self, runs: Sequence[str], _by: str, **_part: object) -> Run:
        self._of.undone += runs
        return self._of.made_run


class StandInLinks(_Service):
    """Remembers what was linked; the CRM is the one that is linked."""

    def link(
        self,
        module: str,
        crm_id: str,
        xero_id: str | None,
        connection_id: str | None = None,
        *,
        alias: bool = False,
    ) -> str:
        self._of.linked.append((module, crm_id, xero_id))
        if alias:
            return f"{module} {crm_id} is an alias of {xero_id}."
        return f"{module} {crm_id} is linked to {xero_id}."

    def unlink(
        self,
        module: str,
        crm_id: str,
        connection_id: str | None = None,
        *,
        xero_id: str | None = None,
        promote: str | None = None,
    ) -> None:
        self._of.link_of = None

    def is_home_shared(self) -> bool:
        return False

    def crm_mismatch(self) -> str | None:
        """The CRM is the one that is linked."""
        return None


class StandInPanels(_Service):
    """One panel, one button, one page."""

    def panel(
        self,
        module: str,
        record_id: str,
        connection_id: str | None = None,
    ) -> Panel:
        if module not in {one.name for one in MODULES}:
            raise UnknownModule(module, [one.name for one in MODULES])
        return build_panel(
            PanelFacts(
                module=module,
                record_id=record_id,
                now=NOW,
                locale=self._of.settings.locale,
                connection=next(iter(self._of.active), None),
                link=self._of.link_of,
                allow_sync=bool(self._of.values[ALLOW_SYNC]),
                xero_status=self._of.values[STATUS],
                invoice_type=self._of.values[INVOICE_TYPE],
                rows=self._of.rows,
                actions=self.actions(module),
                outcome=self._of.outcome,
            )
        )

    def save(self, panel: Panel, values: Mapping[str, Any]) -> None:
        self._of.values.update(checked_values(panel, values))

    def actions(self, module: str) -> list[RecordAction]:
        return [RecordAction("copy", "Copy to Xero", lambda _context, _refs: "")]

    def press(self, action: str, refs: Sequence[Ref], *, by: str = "") -> str:
        self._of.pressed.append((action, refs))
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
        return [MenuEntry("XTiger", "runs"), MenuEntry("Xero Logs", "log")]


class StandInProof(_Service):
    """Nothing is compared: a test puts its own reconcile() here."""


class StandInWebhooks(_Service):
    """How the webhooks of each connection are."""

    def states(self) -> list[WebhookState]:
        return [WebhookState(one.id, **self._of.told) for one in self._of.active]
