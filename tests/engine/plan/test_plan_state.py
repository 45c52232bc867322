"""What a plan remembers of each record, and where a record leads by links and by that memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from xtiger.engine.plan.plan_state import PlanState, by_code, outcome_cause
from xtiger.engine.workbench.placeholder_ids import pending_crm, pending_id
from xtiger.engine.workbench.workbench import Workbench
from xtiger.hookspecs import SyncModule
from xtiger.model.chart_of_accounts import Account
from xtiger.model.links import Link
from xtiger.model.plans import Cause, Item
from xtiger.model.records import Ref, XeroRef

OFFERED = (
    SyncModule("Organizations", "organisation", "Contact", "Organizations"),
    SyncModule("Contacts", "contact", "Person", "Contacts", alone_kind="Contact"),
    SyncModule("Products", "product", "Item", "Products"),
    SyncModule("Services", "service", "Item", "Services", directions=("to_crm",)),
)


class LinkStore:
    """A store that has these links and newest outcomes, and counts how often it is read."""

    def __init__(self, *links: Link, outcomes: Mapping[str, Cause | None] | None = None) -> None:
        self.links, self.known, self.reads = links, outcomes or {}, 0

    def links_by_crm(self, _connection: str, module: str) -> Mapping[str, Link]:
        self.reads += 1
        return {link.crm_id: link for link in self.links if link.module == module}

    def links_by_xero(self, _connection: str, kind: str) -> Mapping[str, Link]:
        return self._of(kind, "primary")

    def xero_aliases(self, _connection: str, kind: str) -> Mapping[str, Link]:
        return self._of(kind, "xero_alias")

    def _of(self, kind: str, role: str) -> Mapping[str, Link]:
        self.reads += 1
        return {link.xero_id: link for link in self.links if (link.kind, link.role) == (kind, role)}

    def module_settings(self, _connection: str, module: str) -> Any:
        return SimpleNamespace(to_xero=lambda: module != "Contacts")

    def outcomes(self, *, crm_id: str, **_limits: Any) -> list[Any]:
        self.reads += 1
        return [SimpleNamespace(cause=self.known[crm_id])] if crm_id in self.known else []

    def setting(self, _name: str) -> None:
        """Nothing is set."""


def state_of(*links: Link, outcomes: Mapping[str, Cause | None] | None = None) -> PlanState:
    """The memory of a plan that has begun, over a store with these links."""
    store = LinkStore(*links, outcomes=outcomes)
    bench = SimpleNamespace(store=store, connection_id="c", offered=OFFERED, scopes=())
    return PlanState(cast("Workbench", bench))


def link(module: str, crm_id: str, kind: Any, xero_id: str, **more: Any) -> Link:
    """A link of the connection."""
    return Link("c", kind, xero_id, module, crm_id, **more)


def item(crm_id: str | None, xero_id: str | None, **more: Any) -> Item:
    """What becomes of one organisation."""
    return Item("Organizations", "Contact", crm_id, xero_id, "Acme", **more)


def test_a_record_that_nobody_knows_leads_nowhere() -> None:
    """Neither linked nor planned."""
    state = state_of()

    assert state.xero_id_of(Ref("Organizations", "1")) is None
    assert state.crm_record_of(XeroRef("Contact", "x1")) is None
    assert state.crm_id_of(XeroRef("Contact", "x1")) is None


def test_a_link_leads_both_ways_and_is_read_once() -> None:
    """However many records ask."""
    state = state_of(link("Organizations", "1", "Contact", "x1"))

    for _ in range(3):
        assert "x1" == state.xero_id_of(Ref("Organizations", "1"))
        assert Ref("Organizations", "1") == state.crm_record_of(XeroRef("Contact", "x1"))
        assert "1" == state.crm_id_of(XeroRef("Contact", "x1"))
    assert 3 == cast("LinkStore", state.bench.store).reads


@pytest.mark.parametrize("lost", [False, True])
def test_a_link_whose_other_side_is_gone_leads_nowhere(lost: bool) -> None:
    """It was lost in this plan, or an orphan before it."""
    state = state_of(
        link("Organizations", "1", "Contact", "x1", state="live" if lost else "orphan")
    )
    if lost:
        state.lost.add(Ref("Organizations", "1"))
        state.lost_in_crm.add(XeroRef("Contact", "x1"))

    assert state.xero_id_of(Ref("Organizations", "1")) is None
    assert state.crm_record_of(XeroRef("Contact", "x1")) is None


def test_an_alias_leads_where_its_primary_does() -> None:
    """Without a primary it leads nowhere."""
    state = state_of(
        link("Organizations", "1", "Contact", "x1"),
        link("Organizations", "2", "Contact", "x1", role="alias"),
        link("Organizations", "3", "Contact", "x3", role="alias"),
    )

    assert Ref("Organizations", "1") == state.primary_of(Ref("Organizations", "2"))
    assert "x1" == state.xero_id_of(Ref("Organizations", "2"))
    lost = Ref("Organizations", "3")
    assert (None, None, None) == (
        state.primary_of(lost),
        state.xero_id_of(lost),
        state.reason(lost),
    )


def test_a_further_contact_of_xero_leads_to_its_record() -> None:
    """It has a link of its own role; the way back leads to the primary one."""
    state = state_of(
        link("Organizations", "1", "Contact", "x1"),
        link("Organizations", "1", "Contact", "x2", role="xero_alias"),
    )

    assert Ref("Organizations", "1") == state.crm_record_of(XeroRef("Contact", "x2"))


def test_a_person_is_no_parent() -> None:
    """An invoice's payer comes in as an organisation, or not at all."""
    state = state_of(link("Contacts", "7", "Contact", "x7"))

    assert Ref("Contacts", "7") == state.crm_record_of(XeroRef("Contact", "x7"))
    assert state.crm_id_of(XeroRef("Contact", "x7")) is None


def test_the_invoice_of_a_person_goes_to_the_contact_of_its_list() -> None:
    """A person's own id names both."""
    state = state_of(link("Contacts", "7", "Person", "x1/2"))

    assert "x1" == state.xero_id_of(Ref("Contacts", "7"))


def test_a_record_about_to_be_sent_has_a_stand_in() -> None:
    """Until Xero gives it an id."""
    state = state_of()
    state.remember(item("1", None, verb="create", to_xero={"Name": "Acme"}))

    assert pending_id(Ref("Organizations", "1")) == state.xero_id_of(Ref("Organizations", "1"))
    assert {Ref("Organizations", "1"): "Acme"} == state.names == state.expected
    assert not state.moved
    assert not state.arriving
    assert not state.planned_xero


def test_a_record_about_to_come_in_has_a_stand_in() -> None:
    """Until the CRM gives it an id."""
    state = state_of()
    state.remember(item(None, "x1", verb="create", to_crm={"name": "Acme"}))

    assert pending_crm(XeroRef("Contact", "x1")) == state.crm_id_of(XeroRef("Contact", "x1"))
    assert not state.planned
    assert not state.names


def test_a_record_about_to_be_linked_leads_both_ways() -> None:
    """By the plan alone: nothing of it is stored yet."""
    state = state_of()
    state.remember(item("1", "x1", verb="link"))

    assert "x1" == state.xero_id_of(Ref("Organizations", "1"))
    assert Ref("Organizations", "1") == state.crm_record_of(XeroRef("Contact", "x1"))


def test_a_link_about_to_be_moved_leads_to_where_it_will() -> None:
    """Where contacts were merged in Xero."""
    state = state_of(link("Organizations", "1", "Contact", "x1"))
    state.remember(item("1", "x2", verb="link"))

    assert "x2" == state.xero_id_of(Ref("Organizations", "1"))


def test_the_code_that_is_sent_is_remembered() -> None:
    """The lines of this plan's invoices name it before Xero has it."""
    state = state_of()
    state.remember(
        Item("Products", "Item", "5", "x5", "Thing", verb="update", to_xero={"Code": 12})
    )

    assert {Ref("Products", "5"): "12"} == state.sent_codes
    assert state.planned[Ref("Products", "5")] is state.planned_xero[XeroRef("Item", "x5")]


def test_a_code_is_claimed_once_per_kind() -> None:
    """The second learns who has it; another kind may use the same."""
    state = state_of()

    assert state.claim_code("Item", "p1", "First") is None
    assert "First" == state.claim_code("Item", "p1", "Second")
    assert state.claim_code("Contact", "p1", "Third") is None
    assert (True, False) == (state.is_claimed("Item", "p1"), state.is_claimed("Item", "p2"))


def test_modules_of_one_kind_share_what_is_claimed() -> None:
    """Products and services meet the same items of Xero."""
    state = state_of()
    state.claimed("Item").add("x1")

    assert ({"x1"}, set()) == (state.claimed("Item"), state.claimed("Contact"))


def test_why_a_record_stays_out_is_what_this_plan_says() -> None:
    """Before any outcome of an earlier run."""
    before, now = Cause("not_selected"), Cause("crm_duplicate", {"name": "Acme"})
    state = state_of(outcomes={"1": before, "2": before})
    state.remember(item("1", None, result="held", cause=now))

    assert now == state.reason(Ref("Organizations", "1"))
    for _ in range(2):
        assert before == state.reason(Ref("Organizations", "2"))
    assert 1 + 1 == cast("LinkStore", state.bench.store).reads  # its links, and one outcome


def test_why_an_alias_stays_out_is_why_its_primary_does() -> None:
    """It is never sent itself."""
    state = state_of(
        link("Organizations", "1", "Contact", "x1", state="orphan"),
        link("Organizations", "2", "Contact", "x1", role="alias"),
        outcomes={"1": Cause("gone_in_xero")},
    )

    assert Cause("gone_in_xero") == state.reason(Ref("Organizations", "2"))


@pytest.mark.parametrize("module", ["Contacts", "Services", "Elsewhere"])
def test_a_module_that_sends_nothing_is_the_reason(module: str) -> None:
    """It is off, carries only into the CRM, or is offered by no extension."""
    bench = state_of(outcomes={"1": Cause("not_selected")}).bench

    assert Cause("not_carried", {"module": module}) == outcome_cause(bench, Ref(module, "1"))


def test_a_module_is_found_by_its_role() -> None:
    """None has an unknown one."""
    state = state_of()

    assert ("Products", "") == (state.module_of("product"), state.module_of(""))


def test_an_active_account_goes_before_one_of_the_same_code() -> None:
    """An archived account may keep its code; one without code is found by its id only."""
    accounts = [
        Account(own, code, "Sales", "REVENUE", "REVENUE", status=status)
        for own, code, status in (
            ("a", "200", "ACTIVE"),
            ("b", "200", "ARCHIVED"),
            ("d", "", "ACTIVE"),
        )
    ]

    assert {"200": accounts[0]} == by_code(accounts)
