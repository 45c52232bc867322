"""The plain data of the library: what records, links, plans and mappings say of themselves."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from types import ModuleType

import pytest

from xtiger import hookspecs
from xtiger.model import (
    calls,
    chart_of_accounts,
    connections,
    links,
    mappings,
    plans,
    records,
    runs,
    webhook_events,
)
from xtiger.model.connections import Connection, Tokens
from xtiger.model.mappings import Direction, ModuleSettings, Row
from xtiger.model.plans import STANDING, VERBS, Cause, Item, Plan
from xtiger.model.records import Field, Module

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MODULES = (
    calls,
    chart_of_accounts,
    connections,
    runs,
    webhook_events,
    records,
    links,
    plans,
    mappings,
    hookspecs,
)
CLASSES = [
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__
]


@pytest.mark.parametrize("data", CLASSES, ids=lambda data: data.__name__)
def test_data_never_changes(data: type) -> None:
    """What one part was given cannot be altered by another; and it is small."""
    params = data.__dataclass_params__  # type: ignore[attr-defined]  # every dataclass has it

    assert (True, True) == (params.frozen, hasattr(data, "__slots__"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_default_can_be_changed(module: ModuleType) -> None:
    """A default that is shared by all is never a list or dict that somebody could fill."""
    shared = [
        field.name
        for data in CLASSES
        if data.__module__ == module.__name__
        for field in fields(data)
        if isinstance(field.default, list | dict | set)
    ]

    assert [] == shared


class TestModule:
    MODULE = Module(
        "Bills",
        "invoice",
        "Bills",
        (Field("no", role="invoice.number"), Field("colour")),
        lines=(Field("qty", role="line.quantity"), Field("note")),
    )

    @pytest.mark.parametrize(
        ("role", "name"),
        [("invoice.number", "no"), ("line.quantity", "qty"), ("invoice.date", None)],
    )
    def test_a_field_is_found_by_its_role(self, role: str, name: str | None) -> None:
        """On the record or on its lines."""
        found = self.MODULE.by_role(role)

        assert name == (found.name if found else None)

    @pytest.mark.parametrize(
        ("name", "there"), [("colour", True), ("note", False), ("invoice.number", False)]
    )
    def test_a_field_is_found_by_its_name(self, name: str, there: bool) -> None:
        """On the record alone: a line's fields are not the record's."""
        assert there is (self.MODULE.by_name(name) is not None)


class TestConnection:
    def test_an_ended_connection_keeps_all_but_its_state(self) -> None:
        """Its links and its name stay, so that it can come back."""
        there = Connection("c", "", "org", "xc", "Acme", "GBP")

        ended = there.ended("revoked at Xero")

        assert ("ended", "revoked at Xero", "Acme", "active") == (
            ended.state,
            ended.reason,
            ended.name,
            there.state,
        )

    def test_tokens_do_not_show(self) -> None:
        """Neither in a log nor in a trace."""
        tokens = Tokens("s3cret-a", "s3cret-r", NOW, NOW, previous_refresh="s3cret-p")

        assert "s3cret" not in repr(tokens)


class TestPlan:
    ITEMS = (
        Item("Products", "Item", "1", None, "Tea", verb="create", result="created"),
        Item("Products", "Item", "2", "x2", "Cup"),
        Item("Products", "Item", "3", None, "Pot", result="held", cause=Cause("code_missing")),
        Item("Products", "Item", "4", "x4", "Mug", verb="link", result="conflict"),
    )
    PLAN = Plan("c", NOW, ("Products",), ITEMS)

    def test_its_actions_are_what_would_change_something(self) -> None:
        """A conflict that is linked all the same is one of them."""
        assert ["Tea", "Mug"] == [item.name for item in self.PLAN.actions]

    def test_items_are_found_by_their_results(self) -> None:
        """One or several of them."""
        assert ["Pot", "Mug"] == [i.name for i in self.PLAN.with_result("held", "conflict")]

    def test_an_unchanged_record_is_no_standing_result(self) -> None:
        """Standing is what waits for somebody; unchanged and excluded wait for nobody."""
        assert {"skipped", "held", "conflict", "failed"} == STANDING

    def test_every_verb_counts_as_an_action(self) -> None:
        """What the demo's second plan must have none of."""
        assert ("create", "update", "archive", "void", "delete", "link") == VERBS


class TestModuleSettings:
    @pytest.mark.parametrize(
        ("direction", "enabled", "ways"),
        [
            ("both", True, (True, True)),
            ("to_xero", True, (True, False)),
            ("to_crm", True, (False, True)),
            ("both", False, (False, False)),
            ("to_xero", False, (False, False)),
            ("to_crm", False, (False, False)),
        ],
    )
    def test_a_module_travels_in_its_directions(
        self, direction: Direction, enabled: bool, ways: tuple[bool, bool]
    ) -> None:
        """And in none while it is switched off."""
        settings = ModuleSettings("Products", enabled=enabled, direction=direction)

        assert ways == (settings.to_xero(), settings.to_crm())

    def test_nothing_is_deleted_unless_chosen(self) -> None:
        """Creating and changing is on from the start, deleting is not."""
        settings = ModuleSettings("Products")

        assert (True, True, False, True, True, False) == (
            settings.create_in_xero,
            settings.update_in_xero,
            settings.delete_in_xero,
            settings.create_in_crm,
            settings.update_in_crm,
            settings.delete_in_crm,
        )

    def test_a_row_is_known_by_its_xero_field(self) -> None:
        """A renamed CRM field keeps its base."""
        assert "Name" == Row("organisation.name", "Name").key
