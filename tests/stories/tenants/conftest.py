"""A CRM of two tenants, a and b, each with an organisation; of a every text is a canary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from tests.world import REDIRECT, World, let_all_go, make_world
from xtiger.app import XTiger
from xtiger.demo.visitor import allow_access
from xtiger.model.brakes import Brake, BrakedChange, BrakedPlan
from xtiger.model.calls import Call
from xtiger.model.chart_of_accounts import Account, TaxRate
from xtiger.model.connections import Connection
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Difference, Proposal
from xtiger.model.records import Ref
from xtiger.model.runs import Outcome, Run
from xtiger.model.setting_keys import TenantKey
from xtiger.model.webhook_events import WebhookEvent
from xtiger.ports.store import Store
from xtiger_queue import scheduled_runs, store, tables

#: Stands in every text of tenant a, and nowhere else.
CANARY = "zcanaryz"
OWN, THEIRS = "Empty Trading Ltd", f"{CANARY} Ltd"
#: The run of a; no canary in it: a request may send it.
RUN = "runofthea"
EXTENSIONS = ("XTLog", "XTQueue", "XeroAccounts")


@dataclass
class Two:
    """Both tenants."""

    world: World
    #: Ids of tenant a by what they name: each of them is a canary, too.
    ids: Mapping[str, str]

    @property
    def a(self) -> XTiger:
        """The library of tenant a."""
        return self.world.xt.for_tenant("a")

    @property
    def b(self) -> XTiger:
        """The library of tenant b."""
        return self.world.xt.for_tenant("b")

    def canaries(self, text: str, *, sent: str = "") -> list[str]:
        """The canaries in a text, but for those that b has sent itself."""
        marks = {CANARY, *self.ids.values()}
        return sorted(mark for mark in marks if mark in text and mark not in sent)

    def rows(self) -> dict[str, list[str]]:
        """Every row of a in the store, its records in the CRM and its organisation in Xero."""
        found = {}
        engine, tables = self.world.xt.store.engine, MetaData()
        tables.reflect(engine)
        with engine.connect() as db:
            for table in tables.sorted_tables:
                texts = [repr(tuple(row)) for row in db.execute(table.select())]
                found[table.name] = sorted(t for t in texts if self.canaries(t) or "'a'" in t)
        with self.world.host.tenant("a"):
            found["crm"] = [repr(one) for one in self.world.host.all("Organizations")]
        contacts = self.world.sandbox.table("Contacts", self.ids["organisation"])
        found["xero"] = sorted(repr(raw) for raw in contacts)
        return found


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    """Both connected and synced; what a sync does not leave by itself is put beside it."""
    with make_world(tmp_path, tenants=("a", "b")) as world:
        world.sandbox.add_organisation(THEIRS)
        for name in EXTENSIONS:
            world.xt.extensions.enable(name)
        for tenant, organisation, names in (("a", THEIRS, 3), ("b", OWN, 1)):
            xt = world.xt.for_tenant(tenant)
            offered = xt.connections.consent_answered(
                allow_access(xt.connections.consent(REDIRECT).url, organisation)
            )
            let_all_go(
                xt,
                xt.connections.connect(
                    next(o.organisation_id for o in offered if o.name == organisation)
                ).id,
            )
            xt.connections.accept_terms(CANARY if tenant == "a" else "b")
            xt.mappings.save_defaults()
            with world.host.tenant(tenant):
                for number in range(names):
                    word = CANARY if tenant == "a" else "bee"
                    world.host.create(
                        "Organizations",
                        {
                            "accountname": f"{word} {number}",
                            "email1": f"{word}{number}@x.test",
                            "phone": f"{word} 1",
                        },
                    )
            world.wait()
            xt.sync.run()
        for name, on in (("XTLog", False), ("XTLog", True)):
            switch = world.xt.extensions.enable if on else world.xt.extensions.disable
            switch(name, world.xt.for_tenant("a").connections.get().id)
        yield Two(world, _filled(world))


def _filled(world: World) -> dict[str, str]:
    """Put a canary into everything else of a; answers its ids."""
    xt, now = world.xt.for_tenant("a"), world.clock.now()
    made = xt.connections.get()
    xt.store.save_connection(replace(made, organisation={**made.organisation, "Memo": CANARY}))
    link = xt.store.links_by_crm(made.id, "Organizations", ["2"])["2"]
    _fill_runs(xt.store, made, link, now)
    _fill_what_xero_said(xt.store, made, link, now)
    _fill_decisions(xt, made)
    _fill_changes(xt, made, now)
    return {
        "connection": made.id,
        "organisation": made.organisation_id,
        "xero": link.xero_id,
        "run": RUN,
        "xero_connection": made.xero_connection_id,
    }


def _fill_runs(kept: Store, made: Connection, link: Link, now: datetime) -> None:
    """A run that failed, its outcomes, and its plan that the brake stopped."""
    run = Run(RUN, made.id, (CANARY,), now, finished_at=now, state="failed", calls=3, error=CANARY)
    kept.save_run(replace(run, counts={CANARY: {"held": 1}}))
    outcome = Outcome(
        made.id,
        RUN,
        "Organizations",
        "Contact",
        "",
        link.xero_id,
        CANARY,
        "conflict",
        cause=Cause("both_changed", {"fields": CANARY}),
        differences=(Difference("Name", CANARY, CANARY, CANARY, f"{CANARY}!", "conflict"),),
        at=now,
    )
    kept.add_outcomes(
        replace(
            outcome,
            crm_id=crm_id,
            proposals=(Proposal("link", link.xero_id, crm_id, CANARY),),
        )
        for crm_id in ("2", CANARY)
    )
    change = BrakedChange("Organizations", CANARY, "update", ((CANARY,) * 4,), CANARY)
    brakes = (Brake("Organizations", 20, 21, 20),)
    kept.save_braked_plan(BrakedPlan(RUN, made.id, now, ("Organizations",), (), brakes, (change,)))


def _fill_what_xero_said(kept: Store, made: Connection, link: Link, now: datetime) -> None:
    """Its chart, tax rates and currencies, a call and a webhook."""
    account = Account(CANARY, "200", CANARY, "REVENUE", "REVENUE", "OUTPUT2", description=CANARY)
    kept.replace_accounts(made.id, [account])
    rate = TaxRate("OUTPUT2", CANARY, 20, components=((CANARY, 20, False),))
    kept.replace_tax_rates(made.id, [replace(rate, classes=frozenset({"REVENUE"}))])
    kept.replace_currencies(made.id, [CANARY])
    kept.add_call(Call(made.id, now, "GET", f"/{CANARY}", 500, 1, 1, 1, run_id=RUN))
    event = WebhookEvent(
        key=CANARY,
        connection_id=made.id,
        organisation_id=made.organisation_id,
        kind="Contact",
        xero_id=link.xero_id,
        event_type=CANARY,
        happened_at=now,
        received_at=now,
        due_at=now + timedelta(days=9),
    )
    kept.take_events([event])


def _fill_decisions(xt: XTiger, made: Connection) -> None:
    """What people said: routes, a hold, a note and a field of the panel."""
    rules = [["Organizations", "accountname", CANARY, made.id]]
    routes = {"rules": rules, "default": made.id, "master": made.id}
    xt.store.save_own_setting("a", TenantKey("routes"), routes)
    xt.sync.hold("Organizations", "1", CANARY)
    xt.context().note_tenant("a", CANARY)
    xt.store.save_panel_value("a", "Organizations", "2", "xtiger.status", CANARY)


def _fill_changes(xt: XTiger, made: Connection, now: datetime) -> None:
    """What waits: a marked record, a job of the queue and a schedule."""
    xt.store.mark(made.id, "crm", "Organizations", ["3"], CANARY, now)
    context = xt.context().for_extension("XTQueue")
    with store.begin(context) as db:
        store.enqueue(db, "a", made.id, [Ref("Organizations", "2")], "save", now)
        db.execute(
            tables.job_table.update().values(
                name=CANARY, sentence=CANARY, fix=CANARY, code=CANARY, state="held"
            )
        )
    scheduled_runs.set_schedule(context, made.id, "all", "9d", "UTC")


def unclosed(xt: XTiger) -> XTiger:
    """The same library, which a command that ends does not close."""
    shared = copy(xt)
    shared.close = lambda: None  # type: ignore[method-assign]  # the fixture closes it
    return shared
