"""`xtiger conflicts` and `xtiger modules show/set` on the real library."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ended
from tests.stories.sync.people import invoice, line, organisation, product
from tests.stories.sync.test_missing_sides import removed_from_the_sandbox
from tests.stories.sync.test_solving import email, quarrel
from tests.world import World, connected_world
from xtiger.app import XTiger
from xtiger.cli.root import run

Typed = Callable[..., Ended]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with connected_world(tmp_path) as made:
        yield made


@pytest.fixture
def typed(
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Typed:
    """Run `xtiger …` on the library of the world."""
    monkeypatch.setenv("COLUMNS", "160")

    class Lent:
        """The world's library, which the command may not close."""

        def __getattr__(self, name: str) -> Any:
            return getattr(world.xt, name)

        def close(self) -> None:
            """Nothing: it is still needed."""

    def call(*arguments: str) -> Ended:
        environment = {
            "XTIGER_HOME": str(tmp_path),
            "XTIGER_SAFE_MODE": "1",
            "XTIGER_HOST": "tests.web.stand_in:StandInHost",
        }
        lent: XTiger = Lent()  # type: ignore[assignment]  # all but close is the real one
        code = run(arguments, environment, lambda _host, _settings: lent)
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    return call


@pytest.mark.feature("O2")
def test_conflicts_are_listed_and_solved(world: World, typed: Typed) -> None:
    """The list shows three values; solving with --now settles it at once."""
    crm_id = quarrel(world)
    listed = typed("conflicts").out

    assert all(text in listed for text in ("a@b.example", "crm@b.example", "xero@b.example"))
    assert (
        "Several fields differ"
        in typed("conflicts", "solve", "organizations", crm_id, "--keep", "crm").err
    )
    solved = typed("conflicts", "solve", "Organizations", crm_id, "--keep", "crm", "--all", "--now")
    assert (0, "") == (solved.code, solved.err)
    assert "updated" in solved.out
    assert ("crm@b.example",) * 2 == email(world, crm_id)
    assert "No conflicts" in typed("conflicts").out


def test_one_field_is_solved_as_json(world: World, typed: Typed) -> None:
    """--json names record, side and sentence, and the list marks what is decided."""
    crm_id = quarrel(world)
    said = typed(
        "conflicts",
        "solve",
        "Organizations",
        crm_id,
        "--keep",
        "xero",
        "--field",
        "EmailAddress",
        "--json",
    ).json

    assert ("Organizations", crm_id, "xero") == (said["module"], said["crm_id"], said["keep"])
    (listed,) = typed("conflicts", "--json").json["conflicts"]
    assert {"EmailAddress": "xero", "Phones.DEFAULT": ""} == {
        field["field"]: field["decided"] for field in listed["fields"]
    }
    assert "Xero is kept" in typed("conflicts").out


def test_orphans_are_listed_apart(world: World, typed: Typed) -> None:
    """What is gone in Xero stands by itself, with what a person may do."""
    crm_id = product(world, "P1")
    world.sync()
    removed_from_the_sandbox(world, "Items", world.xero_id("Products", crm_id))
    world.sync(full=True)

    out = typed("conflicts").out

    assert "Gone on one side:" in out
    assert "--keep crm   Create it in Xero again" in out
    found = typed("conflicts", "--json").json
    assert ([], ["gone_in_xero"]) == (found["conflicts"], [o["code"] for o in found["orphans"]])


def test_one_conflict_is_shown_afresh(world: World, typed: Typed) -> None:
    """A value edited since the last sync is the one shown."""
    crm_id = quarrel(world)
    world.host.edit("Organizations", crm_id, email1="newer@b.example")
    world.wait()

    assert "newer@b.example" in typed("conflicts", "show", "Organizations", crm_id).out


def test_a_record_without_conflict_ends_with_the_next_step(world: World, typed: Typed) -> None:
    """Exit code 3: a person must act first."""
    crm_id = organisation(world, "Acme")
    world.sync()

    ended = typed("conflicts", "solve", "Organizations", crm_id, "--keep", "crm")

    assert 3 == ended.code
    assert "xtiger conflicts" in ended.err


# --- module settings -------------------------------------------------------------------------


def test_every_setting_of_a_module_is_set(world: World, typed: Typed) -> None:
    """What is typed is stored, shown and looked at by the next sync."""
    given = {
        "enabled": "on",
        "direction": "to_xero",
        "create-in-xero": "off",
        "update-in-xero": "off",
        "delete-in-xero": "on",
        "create-in-crm": "off",
        "update-in-crm": "off",
        "delete-in-crm": "on",
        "selection": "all",
        "sync-by-default": "off",
        "first-link": "crm",
        "conflict": "newest",
        "duplicates": "suffix",
    }
    options = [part for name, value in given.items() for part in (f"--{name}", value)]

    said = typed("modules", "set", "Organizations", *options, "--json").json["settings"]

    kept = world.xt.modules.settings("Organizations")
    assert ("to_xero", "newest", "suffix", "all", "crm") == (
        kept.direction,
        kept.conflict,
        kept.duplicates,
        kept.selection,
        kept.first_link,
    )
    assert (True, False, True, False) == (
        kept.delete_in_xero,
        kept.create_in_crm,
        kept.delete_in_crm,
        kept.sync_by_default,
    )
    assert ("newest", False) == (said["conflict"], said["sync_by_default"])
    assert json.loads(typed("modules", "show", "Organizations", "--json").out)["settings"] == said
    assert "newest" in typed("modules", "show", "Organizations").out


@pytest.mark.feature("F070")
def test_a_module_counts_its_records_and_why(world: World, typed: Typed) -> None:
    """In step, and left out with the reason; as data by its code."""
    organisation(world, "Acme")
    organisation(world, "Bell", xero_sync=False)
    world.sync()

    said = typed("modules", "show", "Organizations").out
    counted = json.loads(typed("modules", "show", "Organizations", "--json").out)["records"]

    assert ("In step: 1" in said, "1 · Allow XTiger Sync is off." in said) == (True, True)
    assert ({"": 1}, {"not_selected": 1}) == (counted["in_step"], counted["left_out"])


def test_a_setting_that_was_not_typed_stays(world: World, typed: Typed) -> None:
    """Two commands add up; statuses are a list, and an empty one means every status."""
    typed("modules", "set", "Invoices", "--conflict", "crm")
    typed("modules", "set", "Invoices", "--statuses", "Approved, Sent")

    kept = world.xt.modules.settings("Invoices")
    assert ("crm", ("Approved", "Sent")) == (kept.conflict, kept.statuses)
    typed("modules", "set", "Invoices", "--statuses", "")
    assert () == world.xt.modules.settings("Invoices").statuses


@pytest.mark.feature("F081")
def test_invoices_switch_on_what_they_need(world: World, typed: Typed) -> None:
    """And say so: the organisations and items, not the people; an invoice then goes with both."""
    for module in ("Organizations", "Contacts", "Products", "Services", "Invoices"):
        typed("modules", "set", module, "--enabled", "off")
    acme, goods = organisation(world, "Acme"), product(world, "P1")
    bill = invoice(world, "I1", acme, [line(product_id=goods, account="200")])

    said = typed("modules", "set", "Invoices", "--enabled", "on").out

    needed = "since Invoices need them: Organizations, Products, Services"
    assert needed in " ".join(said.split())
    on = [one.name for one in world.xt.modules.all() if world.xt.modules.settings(one.name).enabled]
    assert ["Organizations", "Products", "Services", "Invoices", "Payments"] == on
    world.default_account()
    world.sync()
    assert "created" == world.outcome("Invoices", bill).result
    again = typed("modules", "set", "Invoices", "--enabled", "on", "--json").json
    assert [] == again["switched_on"]


@pytest.mark.feature("F151")
def test_one_choice_of_duplicates_is_every_modules(world: World, typed: Typed) -> None:
    """Where it can be: two of a name are skipped, two of a code as well; invoices are not."""
    said = typed("modules", "set", "all", "--duplicates", "skip", "--json").json["modules"]
    for _ in range(2):
        organisation(world, "Acme")
        product(world, "P1")

    run = world.sync()

    assert {"Organizations", "Products", "Services"} <= set(said)
    assert "Invoices" not in said
    assert [1, 1] == [run.counts[one]["skipped"] for one in ("Organizations", "Products")]
    assert "Set for Organizations" in typed("modules", "set", "all", "--duplicates", "ask").out
    assert 3 == typed("modules", "set", "all", "--statuses", "Lost").code
    assert "ask" == world.xt.modules.settings("Products").duplicates


@pytest.mark.feature("F115")
def test_a_filter_is_counted_and_then_set(world: World, typed: Typed) -> None:
    """How many would be in and out, and why; the count alone changes nothing."""
    organisation(world, "Acme")
    total = len(world.host.all("Organizations"))
    given = ("modules", "set", "Organizations", "--filter", "accountname is Nobody")

    counted = typed(*given, "--count")
    found = typed(*given, "--count", "--json").json["count"]

    assert f"0 of {total} records would be synced" in counted.out
    assert "left out by the filter" in counted.out
    assert (total, 0) == (found["total"], found["selected"])
    assert "" == world.xt.modules.settings("Organizations").filter
    typed(*given)
    assert "accountname is Nobody" == world.xt.modules.settings("Organizations").filter


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("Organizations", "--filter", "colour is red"), "have no field colour"),
        (("Organizations", "--filter", "colour likes red"), "the filter needs one of"),
        (("Organizations", "--conflict", "me"), "ask, crm, xero, newest"),
        (("Organizations", "--create-in-xero", "maybe"), "on, off"),
        (("Invoices", "--statuses", "Nonsense"), "The CRM has no status Nonsense"),
        (("Organizations", "--statuses", "Approved"), "have no status in this CRM"),
        (("Invoices", "--duplicates", "suffix"), "get no suffix"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(
    world: World, typed: Typed, options: tuple[str, ...], said: str
) -> None:
    """The sentence lists what may be chosen; nothing is stored."""
    before = world.xt.modules.settings(options[0])

    ended = typed("modules", "set", *options)

    assert 3 == ended.code
    assert said in ended.err
    assert before == world.xt.modules.settings(options[0])
