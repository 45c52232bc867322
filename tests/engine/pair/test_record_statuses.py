"""Record statuses choose what syncs, in any module that has a status: several of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import flask
import pytest

from tests.stories.sync.people import contact, organisation, product
from tests.stories.sync.test_first_link import code_of
from tests.world import World, make_world
from xtiger.errors import SettingInvalid
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Choice, Field, Module
from xtiger.web import blueprint

STATES = ("Prospect", "Active", "Won", "Gone")
#: Modules that get a status of their own.
STAGED = ("Organizations", "Contacts", "Products", "Services")


def _staged(module: Module) -> Module:
    if module.name not in STAGED:
        return module
    choices = tuple(Choice(one, one) for one in STATES)
    stage = Field("stage", "choice", "Stage", f"{module.role}.status", choices=choices)
    return replace(module, fields=(*module.fields, stage))


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[World]:
    """A CRM whose organisations, contacts, products and services have a status."""
    with make_world(tmp_path, modules=[_staged(one) for one in standard_modules()]) as made:
        made.connect()
        yield made


def let_in(world: World, module: str, *statuses: str) -> None:
    """An administrator chooses the statuses of a module."""
    world.xt.modules.save_settings(replace(world.xt.modules.settings(module), statuses=statuses))


@pytest.mark.feature("F070")
def test_several_statuses_choose_in_each_module_that_has_one(staged: World) -> None:
    """Those in one of them travel; the others are excluded, with the status as the reason."""
    for module in STAGED:
        let_in(staged, module, "Active", "Won")
    ids = {
        "Organizations": [organisation(staged, f"Firm {one}", stage=one) for one in STATES],
        "Contacts": [contact(staged, "Ann", f"Lee {one}", stage=one) for one in STATES],
        "Products": [product(staged, f"P-{one}", stage=one) for one in STATES],
        "Services": [product(staged, f"S-{one}", module="Services", stage=one) for one in STATES],
    }

    run = staged.sync()

    for module, (prospect, _active, _won, gone) in ids.items():
        assert {"created": 2, "excluded": 2} == run.counts[module]
        codes = {code_of(staged, module, one) for one in (prospect, gone)}
        assert {"status_not_selected"} == codes
    assert {"Ann Lee Active", "Ann Lee Won", "Firm Active", "Firm Won"} == {
        raw["Name"] for raw in staged.xero("Contacts")
    }
    assert {"P-Active", "P-Won", "S-Active", "S-Won"} == {
        raw["Code"] for raw in staged.xero("Items")
    }
    assert 0 == staged.actions()


@pytest.mark.feature("F070")
def test_a_record_that_reaches_a_status_goes(staged: World) -> None:
    """And what is in step stays so, whatever its status becomes."""
    let_in(staged, "Organizations", "Active")
    crm_id = organisation(staged, "Acme", stage="Prospect")
    staged.sync()
    assert [] == staged.xero("Contacts")

    staged.host.edit("Organizations", crm_id, stage="Active")
    staged.sync()
    staged.host.edit("Organizations", crm_id, stage="Gone", phone="0113 1")
    staged.sync()

    (there,) = staged.xero("Contacts")
    assert "0113 1" in str(there["Phones"])


@pytest.mark.feature("F070")
def test_statuses_are_counted_before_they_are_saved(staged: World) -> None:
    """Nothing is changed by it; after the sync the same numbers are in step and left out."""
    for one in (*STATES, "Active"):
        organisation(staged, f"Firm {one} {len(staged.host.all('Organizations'))}", stage=one)
    wanted = replace(staged.xt.modules.settings("Organizations"), statuses=("Active", "Won"))

    found = staged.xt.modules.count(wanted)

    assert (5, 3, {"status_not_selected": 2}) == (found.total, found.selected, found.left_out)
    assert () == staged.xt.modules.settings("Organizations").statuses
    staged.xt.modules.save_settings(wanted)
    staged.sync()
    counted = staged.xt.agreements.of_module("Organizations")
    assert [("", 3)] == [(one.code, one.count) for one in counted["in_step"]]
    left = [(one.code, one.count) for one in counted["left_out"]]
    assert [("status_not_selected", 2)] == left
    app = flask.Flask("crm")
    app.secret_key = "only for tests"
    app.register_blueprint(blueprint(staged.xt, local_only=True))
    page = app.test_client().get("/xt/modules/Organizations").text
    assert "In step: 3" in page
    assert "2 · Records in status" in page


@pytest.mark.feature("F070")
def test_a_status_that_the_crm_has_not_is_refused(staged: World) -> None:
    """With those that it has."""
    with pytest.raises(SettingInvalid, match="no status Actve; it has: Prospect, Active"):
        let_in(staged, "Products", "Actve")
