"""Two organisations of one CRM: each invoice in one of them, customers and items in both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stories.sync.people import invoice, organisation, product
from tests.world import REDIRECT, World, let_all_go, make_world
from xtiger.demo.visitor import allow_access
from xtiger.errors import NeedsPerson, SentElsewhere, UnknownModule, WrongOrganisation
from xtiger.hosts.standard import standard_modules
from xtiger.model.calls import Batch, Intent
from xtiger.model.links import Link, Shadow
from xtiger.model.records import Field, Ref

NORTH, SOUTH = "Aroha Trading Ltd", "Second Trading Ltd"


def connect(world: World, name: str, tenant: str = "") -> str:
    """Connect an organisation and choose its mappings; answers the connection's id."""
    xt = world.xt.for_tenant(tenant)
    offered = xt.connections.consent_answered(
        allow_access(xt.connections.consent(REDIRECT).url, name)
    )
    made = xt.connections.connect(next(o.organisation_id for o in offered if o.name == name))
    let_all_go(xt, made.id)
    xt.connections.accept_terms("a test")
    xt.mappings.save_defaults(made.id)
    mapping = xt.mappings.get("Invoices", made.id)
    assert mapping is not None
    options = {**mapping.options, "sales_account": "200", "charges_account": "200"}
    xt.mappings.save(replace(mapping, options=options), made.id)
    return made.id


@pytest.fixture
def two(tmp_path: Path) -> Iterator[World]:
    """A CRM whose invoices and customers name a branch, with two connected organisations."""
    modules = [
        replace(one, fields=(*one.fields, Field("branch")))
        if one.name in ("Invoices", "Organizations")
        else one
        for one in standard_modules()
    ]
    with make_world(tmp_path, modules=modules, seed="demo") as found:
        connect(found, NORTH)
        connect(found, SOUTH)
        yield found


def _sync(world: World, name: str, *modules: str) -> None:
    world.wait()
    world.xt.sync.run(modules, name)
    world.check()


def _both(world: World, *modules: str) -> None:
    for name in (NORTH, SOUTH):
        _sync(world, name, *modules)


def _numbers(world: World, name: str) -> list[str]:
    found = world.sandbox.table("Invoices", world.organisation(name))
    return sorted(str(raw["InvoiceNumber"]) for raw in found if raw["InvoiceNumber"][:3] == "NEW")


def _names(world: World, name: str) -> list[str]:
    found = world.sandbox.table("Contacts", world.organisation(name))
    return sorted(str(raw["Name"]) for raw in found)


def _code(world: World, name: str, crm_id: str, module: str = "Invoices") -> str | None:
    """The code of the newest outcome of a record in one connection."""
    found = world.xt.sync.outcomes(
        connection_id=world.xt.connections.get(name).id, module=module, crm_id=crm_id, limit=1
    )
    return found[0].cause.code if found and found[0].cause else None


def _branches(world: World) -> None:
    routing = world.xt.routing
    routing.set_rule("Invoices", "branch", "North", NORTH)
    routing.set_rule("Invoices", "branch", "South", SOUTH)


@pytest.mark.feature("F008")
def test_invoices_are_held_until_there_is_a_rule(two: World) -> None:
    """In both: nothing is guessed; a rule lets them go, each to one."""
    owner = organisation(two, "Kea")
    ids = [invoice(two, f"NEW-{n}", owner, branch=b) for n, b in ((1, "North"), (2, "South"))]
    _both(two)
    held = [_code(two, name, ids[0]) for name in (NORTH, SOUTH)]
    _branches(two)
    _both(two)

    assert ["routing_missing"] * 2 == held
    assert (["NEW-1"], ["NEW-2"]) == (_numbers(two, NORTH), _numbers(two, SOUTH))
    assert [None, "routed_elsewhere"] == [_code(two, name, ids[0]) for name in (NORTH, SOUTH)]


def test_on_save_sends_an_invoice_to_one(two: World) -> None:
    """The tick offers it to both; each customer is in both, the invoice in its own."""
    _branches(two)
    owner = organisation(two, "Kea")
    invoice(two, "NEW-1", owner, branch="South")
    two.wait(3)
    two.xt.tick()

    assert ([], ["NEW-1"]) == (_numbers(two, NORTH), _numbers(two, SOUTH))
    assert ["Kea"] == _names(two, SOUTH)
    assert "Kea" in _names(two, NORTH)


def test_what_no_rule_fits_goes_to_the_default(two: World) -> None:
    """Or is held, where no default is chosen."""
    _branches(two)
    crm_id = invoice(two, "NEW-1", organisation(two, "Kea"), branch="West")
    _both(two)
    held = _code(two, SOUTH, crm_id)
    two.xt.routing.set_default(SOUTH)
    _both(two)

    assert ("routing_missing", [], ["NEW-1"]) == (
        held,
        _numbers(two, NORTH),
        _numbers(two, SOUTH),
    )


def test_an_invoice_stays_where_it_was_sent_first(two: World) -> None:
    """Moved to another branch, or routed anew: it is edited where it is, and nowhere doubled."""
    _branches(two)
    crm_id = invoice(
        two, "NEW-1", organisation(two, "Kea"), branch="North", invoicestatus="Created"
    )
    _both(two)
    two.host.edit("Invoices", crm_id, branch="South", subject="Moved")
    two.xt.routing.set_default(SOUTH)
    _both(two)

    assert (["NEW-1"], []) == (_numbers(two, NORTH), _numbers(two, SOUTH))
    assert "routed_elsewhere" == _code(two, SOUTH, crm_id)


def test_an_ended_connection_keeps_its_invoices(two: World) -> None:
    """The permission ran out: new ones of its branch wait, none goes to the other."""
    _branches(two)
    south = two.xt.connections.get(SOUTH)
    two.xt.store.save_connection(south.ended("its permission ran out"))
    crm_id = invoice(two, "NEW-1", organisation(two, "Kea"), branch="South")
    without = invoice(two, "NEW-2", organisation(two, "Tui"))
    _sync(two, NORTH)

    assert [] == _numbers(two, NORTH)
    assert ["routed_elsewhere", "routing_missing"] == [
        _code(two, NORTH, one) for one in (crm_id, without)
    ]


def test_after_disconnecting_by_hand_the_other_one_has_all(two: World) -> None:
    """Only what the old one had stays its own."""
    _branches(two)
    owner = organisation(two, "Kea")
    invoice(two, "NEW-1", owner, branch="South")
    _both(two)
    two.xt.connections.disconnect(two.xt.connections.get(SOUTH).id)
    two.xt.routing.drop_rules("Invoices")
    invoice(two, "NEW-2", owner)
    _sync(two, NORTH)

    assert ["NEW-2"] == _numbers(two, NORTH)


def test_two_runs_cannot_both_announce_an_invoice(two: World) -> None:
    """The route was changed between two plans: the later announcement is refused whole."""
    north, south = (two.xt.connections.get(name).id for name in (NORTH, SOUTH))
    store, now = two.xt.store, two.clock.now()

    def announce(connection_id: str, number: str) -> None:
        intents = tuple(
            Intent(f"{number}-{i}", n, "Invoices", "Invoice", i, None, "create", None, {})
            for n, i in enumerate(("7", "8"))
        )
        store.open_batch(
            Batch(
                number,
                connection_id,
                "r",
                "Invoice",
                "PUT",
                "/Invoices",
                b"",
                number,
                intents,
                "sent",
                now,
            )
        )

    announce(north, "b1")
    announce(north, "b2")
    with pytest.raises(SentElsewhere, match="Invoices 7, 8"):
        announce(south, "b3")

    assert ["b1", "b2"] == [batch.id for batch in store.unfinished_batches(north)]
    assert () == tuple(store.unfinished_batches(south))
    assert {"7": north} == store.owners(south, "Invoices", ["7", "9"])


def test_an_invoice_that_xero_refused_may_go_elsewhere(two: World) -> None:
    """A batch that is done without a link has no claim."""
    north, south = (two.xt.connections.get(name).id for name in (NORTH, SOUTH))
    store = two.xt.store
    intent = Intent("i", 0, "Invoices", "Invoice", "7", None, "create", None, {})
    batch = Batch("b", north, "r", "Invoice", "PUT", "/Invoices", b"", "k", (intent,), "sent")
    store.open_batch(batch)
    store.save_batch(replace(batch, state="done"))
    free = store.owners(south, "Invoices", ["7"])
    store.add_link(Link(north, "Invoice", "x", "Invoices", "7"))

    assert ({}, {"7": north}) == (free, store.owners(south, "Invoices", ["7"]))


def test_customers_and_items_are_in_both_and_merge_from_both(two: World) -> None:
    """An edit in one organisation reaches the CRM and, by it, the other organisation."""
    crm_id, thing = organisation(two, "Kea"), product(two, "N1")
    _both(two, "Organizations", "Products")
    south = two.xt.connections.get(SOUTH).id
    link = two.xt.store.links_by_crm(south, "Organizations", [crm_id])[crm_id]
    two.sandbox.edit("Contacts", link.xero_id, {"EmailAddress": "kea@example.test"})
    _sync(two, SOUTH, "Organizations")
    _sync(two, NORTH, "Organizations")
    in_north = two.sandbox.table("Contacts", two.organisation(NORTH))

    assert "kea@example.test" == two.in_crm("Organizations", crm_id, "email1")
    assert ["kea@example.test"] == [r["EmailAddress"] for r in in_north if r["Name"] == "Kea"]
    assert thing in two.xt.store.links_by_crm(south, "Products")


def test_new_customers_come_from_the_master_only(two: World) -> None:
    """The oldest, until another is chosen; what was left out then comes."""
    two.sandbox.add("Contacts", {"Name": "Weka"}, two.organisation(SOUTH))
    _sync(two, SOUTH, "Organizations")
    before = [r.values["accountname"] for r in two.host.get("Organizations", ["1"]).values()]
    excluded = two.xt.sync.outcomes(connection_id=two.xt.connections.get(SOUTH).id, limit=1)[0]
    two.xt.routing.set_master(SOUTH)
    _sync(two, SOUTH, "Organizations")

    assert ([], "not_master") == (before, excluded.cause and excluded.cause.code)
    assert "Weka" == two.in_crm("Organizations", "1", "accountname")


def test_a_rule_keeps_a_customer_out_of_one(two: World) -> None:
    """Where the branches do not share their customers."""
    routing = two.xt.routing
    routing.set_rule("Organizations", "branch", "South", SOUTH)
    organisation(two, "Kea", branch="South")
    _both(two, "Organizations")

    assert [False, True] == ["Kea" in _names(two, name) for name in (NORTH, SOUTH)]


def test_the_panel_shows_the_organisation_that_has_the_record(two: World) -> None:
    """Without being asked which of both is meant."""
    _branches(two)
    crm_id = invoice(two, "NEW-1", organisation(two, "Kea"), branch="South")
    _both(two)

    assert "ok" == two.xt.panel("Invoices", crm_id).state


def test_copy_to_xero_sends_an_invoice_to_one(two: World) -> None:
    """The button asks both, and the rule decides."""
    _branches(two)
    crm_id = invoice(two, "NEW-1", organisation(two, "Kea"), branch="South")
    _both(two, "Organizations")
    two.wait()
    said = two.xt.panels.press("copy", [Ref("Invoices", crm_id)])

    assert "1 created" == said
    assert ([], ["NEW-1"]) == (_numbers(two, NORTH), _numbers(two, SOUTH))


@pytest.mark.parametrize(
    ("module", "field", "error"),
    [("Cars", "branch", UnknownModule), ("Invoices", "x", NeedsPerson)],
)
def test_rules_name_what_the_crm_has(
    two: World, module: str, field: str, error: type[Exception]
) -> None:
    """A typing mistake is told at once, not when money is due."""
    with pytest.raises(error):
        two.xt.routing.set_rule(module, field, "x", NORTH)


def test_a_rule_of_the_same_value_is_replaced(two: World) -> None:
    """By field name or role; the newest decision counts."""
    routing = two.xt.routing
    routing.set_rule("Invoices", "branch", "North", SOUTH)
    routing.set_rule("Invoices", "branch", "North", NORTH)

    assert [two.xt.connections.get(NORTH).id] == [r.connection_id for r in routing.routes().rules]


def test_one_organisation_is_one_tenants(tmp_path: Path) -> None:
    """A second tenant is refused, until the first one ends its connection."""
    with make_world(tmp_path, seed="demo", tenants=("north", "south")) as world:
        first = connect(world, NORTH, "north")
        with pytest.raises(WrongOrganisation, match="connected for another customer"):
            connect(world, NORTH, "south")
        tenants = [one.tenant for one in world.xt.store.all_connections()]
        world.xt.for_tenant("north").connections.disconnect(first)
        connect(world, NORTH, "south")

        assert ["north"] == tenants
        assert [("north", "ended"), ("south", "active")] == [
            (one.tenant, one.state) for one in world.xt.store.all_connections()
        ]


def test_a_changed_route_marks_both_kinds_of_a_module_and_reads_no_copy(
    two: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People stand in Xero below a company or as a contact; their copies stay in the store."""
    people = next(sync for sync in two.xt.modules.all() if sync.alone_kind)
    north = two.xt.connections.get(NORTH).id
    store, now = two.xt.store, two.clock.now()
    kinds = (people.kind, people.alone_kind)
    store.save_shadows(north, [Shadow("xero", kind, f"{kind}-1", {}, now) for kind in kinds])
    monkeypatch.setattr(two.xt, "modules", lambda _connection=None: [people])
    read: list[object] = []
    monkeypatch.setattr(type(store), "shadows", lambda _store, *asked: read.append(asked))

    two.xt.routing.set_master(NORTH)

    marked = [key.id for kind in kinds for key in store.dirty(north, "xero", kind)]
    assert [f"{kind}-1" for kind in kinds] == marked
    assert [] == read
