"""Bad days: answers that never come, limits, refusals, edits in the middle of a run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.stories.sync.people import invoice, line, organisation, payment, product
from tests.stories.sync.test_first_link import code_of, contact
from tests.world import World
from xtiger.db.store import SqlStore
from xtiger.errors import BrokenHost, RateLimited, RunBusy, XeroRejected, XeroUnavailable
from xtiger.hosts.memory import MemoryHost
from xtiger.model.records import Problem, Result
from xtiger.xero.transport import Http, RawAnswer


@pytest.mark.feature("O6")
@pytest.mark.parametrize("status", [0, 500])
@pytest.mark.parametrize("kind", ["Contacts", "Items", "Invoices"])
def test_a_lost_answer_to_creates_makes_nothing_twice(world: World, kind: str, status: int) -> None:
    """Xero saved the batch and the answer was lost: one look-up, no repeat, all linked."""
    acme = organisation(world, "Acme")
    goods = product(world, "P1")
    made = invoice(world, "I1", acme, [line(product_id=goods)])
    world.sandbox.fault("lost_answer", path=f"/api.xro/2.0/{kind}", method="PUT", status=status)

    run = world.sync()

    assert 1 == len(world.xero(kind))
    assert "created" == world.outcome("Invoices", made).result
    # organisation, 3 settings, 4 feeds, 3 batches and the look-up
    assert 12 == run.calls
    assert 0 == world.actions()


@pytest.mark.feature("F124")
def test_requests_that_arrive_twice_make_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every write bears a key: a network that delivers each of them twice doubles no record."""
    acme = organisation(world, "Acme")
    bill = invoice(world, "I1", acme, [line(product_id=product(world, "P1"))])
    payment(world, bill, "4")
    send = Http.send

    def twice(http: Http, method: str, url: str, **rest: Any) -> RawAnswer:
        if method in ("PUT", "POST") and "/api.xro/" in url:
            send(http, method, url, **rest)
        return send(http, method, url, **rest)

    monkeypatch.setattr(Http, "send", twice)
    world.sync()

    kinds = ("Contacts", "Items", "Invoices", "Payments")
    assert [1, 1, 1, 1] == [len(world.xero(kind)) for kind in kinds]
    assert 0 == world.actions()


def test_a_lost_answer_to_updates_is_repeated(world: World) -> None:
    """Updates may be sent again: the second answer counts, nothing is made."""
    crm_id = organisation(world, "Acme")
    world.sync()
    world.host.edit("Organizations", crm_id, email1="a@b.example")
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Contacts", method="POST")

    world.sync()

    assert "updated" == world.outcome("Organizations", crm_id).result
    assert 1 == len(world.xero("Contacts"))
    assert 0 == world.actions()


def test_an_answer_lost_twice_is_left_to_the_next_run(world: World) -> None:
    """Nothing arrived and the repeat failed, too: told, and the next sync creates it once."""
    crm_id = organisation(world, "Acme")
    world.sandbox.fault("status", path="/api.xro/2.0/Contacts", method="PUT", status=500, count=9)
    world.sync()
    assert "answer_unknown" == code_of(world, "Organizations", crm_id)
    world.sandbox.faults.clear()

    world.sync()

    assert "created" == world.outcome("Organizations", crm_id).result
    assert 1 == len(world.xero("Contacts"))


def test_a_lost_answer_and_a_lost_look_up_stop_the_run(world: World) -> None:
    """When the look-up fails, too, the rest is held; the next run finds what arrived."""
    crm_id = organisation(world, "Acme")
    goods = product(world, "P1")
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Contacts", method="PUT")
    world.sandbox.fault(
        "status", path="/api.xro/2.0/Contacts", method="GET", status=503, after=1, count=9
    )
    with pytest.raises(XeroUnavailable):
        world.sync()
    assert "stopped_before" == code_of(world, "Products", goods)
    world.sandbox.faults.clear()

    world.sync()

    assert "linked" == world.outcome("Organizations", crm_id).result
    assert (1, 1) == (len(world.xero("Contacts")), len(world.xero("Items")))


def test_the_day_limit_in_the_middle_holds_the_rest(world: World) -> None:
    """Contacts went, then the day's calls were used up: the rest is held and goes next time."""
    acme = organisation(world, "Acme")
    product(world, "P1")
    made = invoice(world, "I1", acme)
    world.sandbox.fault(
        "status",
        path="/api.xro/2.0/Items",
        method="PUT",
        status=429,
        problem="day",
        retry_after_seconds=5_000,
    )
    with pytest.raises(RateLimited):
        world.sync()
    assert "created" == world.outcome("Organizations", acme).result
    assert "stopped_before" == code_of(world, "Invoices", made)
    assert "stopped" == world.xt.sync.runs(1)[0].state
    world.wait(90_000)

    world.sync()

    assert "created" == world.outcome("Invoices", made).result
    assert 0 == world.actions()


def test_the_day_limit_while_reading_stops_the_run(world: World) -> None:
    """Nothing was planned yet: the run says that it was stopped and why, and the next one goes."""
    crm_id = organisation(world, "Acme")
    world.sandbox.fault(
        "status",
        path="/api.xro/2.0/Contacts",
        method="GET",
        status=429,
        problem="day",
        retry_after_seconds=5_000,
    )
    with pytest.raises(RateLimited):
        world.sync()
    (run,) = world.xt.sync.runs()
    assert ("stopped", True) == (run.state, "day" in run.error)
    world.wait(90_000)

    world.sync()

    assert "created" == world.outcome("Organizations", crm_id).result


def test_one_bad_element_fails_alone(world: World) -> None:
    """Of a batch of three Xero refuses one: the others arrive, the bad one says why."""
    good = [organisation(world, name) for name in ("One", "Three")]
    bad = organisation(world, "Two")
    world.sandbox.fault("refused_element", path="/api.xro/2.0/Contacts", method="PUT", element=2)

    world.sync()

    outcome = world.outcome("Organizations", bad)
    assert outcome.cause is not None
    assert ("failed", "xero_refused") == (outcome.result, outcome.cause.code)
    assert outcome.cause.data["message"]
    assert ["created"] * 2 == [world.outcome("Organizations", i).result for i in good]


def test_a_request_refused_as_a_whole_fails_all_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Xero refuses the whole request: the record says Xero's words, and waits for a person."""
    crm_id = organisation(world, "Acme")

    def refuse(*_: Any) -> Any:
        raise XeroRejected("PUT /Contacts", 400, ["The request is odd."])

    with monkeypatch.context() as patch:
        patch.setattr("xtiger.xero.organisations.XeroOrganisation.send", refuse)
        world.sync()
    outcome = world.outcome("Organizations", crm_id)
    assert outcome.cause is not None
    assert {"message": "The request is odd."} == outcome.cause.data

    world.sync()
    assert "failed" == world.outcome("Organizations", crm_id).result
    world.xt.sync.records("Organizations", [crm_id])

    assert "created" == world.outcome("Organizations", crm_id).result


def test_a_crm_that_refuses_says_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of the CRM stops one record; it comes in once the rule lets it."""
    contact(world, "Acme")
    real = MemoryHost.save

    def refuse(host: MemoryHost, module: str, writes: Any, origin: str = "") -> Any:
        return [Result(None, None, Problem("invalid", "We have no Acmes.")) for _ in writes]

    with monkeypatch.context() as patch:
        patch.setattr(MemoryHost, "save", refuse)
        world.sync()
    (outcome,) = world.xt.sync.outcomes(results=("failed",))
    assert outcome.cause is not None
    assert ("crm_refused", "We have no Acmes.") == (
        outcome.cause.code,
        outcome.cause.data["message"],
    )
    assert real is MemoryHost.save

    world.sync()

    assert 1 == len(world.host.all("Organizations"))


def test_a_host_that_raises_stops_the_run_with_its_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An adapter's bug is BrokenHost; what was not reached is held, and goes next time."""
    contact(world, "Acme")
    goods = product(world, "P1")

    def fall(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("oops")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryHost, "save", fall)
        with pytest.raises(BrokenHost, match="memory"):
            world.sync()
    world.check()
    assert "stopped_before" == code_of(world, "Products", goods)

    world.sync()

    assert (1, 1) == (len(world.host.all("Organizations")), len(world.xero("Items")))


def test_a_host_that_answers_too_little_is_broken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not one result per write: BrokenHost says which call."""
    contact(world, "Acme")
    monkeypatch.setattr(MemoryHost, "save", lambda *_, **__: [])

    with pytest.raises(BrokenHost, match="0 results for 1"):
        world.sync()


def test_a_written_record_that_does_not_show_is_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM says saved and does not give the record: held, and no second one is made."""
    contact(world, "Acme")
    real = MemoryHost.get
    with monkeypatch.context() as patch:
        patch.setattr(MemoryHost, "get", lambda *_: {})
        world.sync()
    assert ["missing_without_proof"] == [
        o.cause.code for o in world.xt.sync.outcomes(results=("held",)) if o.cause
    ]
    assert real is MemoryHost.get

    world.sync()

    assert 1 == len(world.host.all("Organizations"))


def test_a_hold_of_a_person_keeps_a_record_back(world: World) -> None:
    """A record on hold is not sent; released, it goes."""
    crm_id = organisation(world, "Acme")
    world.xt.sync.hold("Organizations", crm_id, "ask the boss")
    world.sync()
    outcome = world.outcome("Organizations", crm_id)
    assert outcome.cause is not None
    assert ("held_by_extension", "ask the boss") == (
        outcome.cause.code,
        outcome.cause.data["reason"],
    )
    world.xt.sync.hold("Organizations", crm_id, "")

    world.sync()

    assert "created" == world.outcome("Organizations", crm_id).result


def test_an_element_that_cannot_be_read_is_set_aside(world: World) -> None:
    """Nonsense in one of Xero's records: that one fails with its field, others go on."""
    crm_id = organisation(world, "Acme")
    other = organisation(world, "Other")
    world.sync()
    world.sync()
    xero_id = world.xero_id("Organizations", crm_id)
    connection = world.xt.connections.get().id
    shadow = world.xt.store.shadows(connection, "xero", "Contact", [xero_id])[xero_id]
    broken = {**shadow.payload, "IsCustomer": "perhaps", "Phones": "none"}
    world.xt.store.save_shadows(
        connection, [type(shadow)("xero", "Contact", xero_id, broken, shadow.seen_at)]
    )
    for one in (crm_id, other):
        world.host.edit("Organizations", one, email1="a@b.example")

    world.sync()

    assert "unreadable_answer" == code_of(world, "Organizations", crm_id)
    assert "updated" == world.outcome("Organizations", other).result


def test_standing_keys_do_not_grow(world: World) -> None:
    """What is held is looked at in every run, as one key, however many runs there are."""
    organisation(world, "Acme", email1="wrong")
    contact(world, "Acme Ltd")
    organisation(world, "Acme Limited")
    sizes = []
    for _ in range(4):
        world.sync()
        store, connection = world.xt.store, world.xt.connections.get().id
        sizes.append(
            len(store.dirty(connection, "crm", "Organizations"))
            + len(store.dirty(connection, "xero", "Contact"))
        )

    assert [sizes[0]] * 4 == sizes


def test_a_run_whose_outcomes_do_not_add_up_is_red(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item without outcome makes the run failed, and says so."""
    organisation(world, "Acme")
    monkeypatch.setattr("xtiger.engine.apply.push.Pusher.push", lambda *_: None)

    run = world.sync()

    assert "failed" == run.state
    assert "read 1 records and booked 0" in run.error


def test_a_run_that_lost_its_lease_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run took over: no batch is sent, and the record goes with the next run."""
    crm_id = organisation(world, "Acme")
    with monkeypatch.context() as patch:
        patch.setattr(SqlStore, "renew_lease", lambda *_: False)
        with pytest.raises(RunBusy):
            world.sync()
    assert [] == world.xero("Contacts")

    world.sync()

    assert "created" == world.outcome("Organizations", crm_id).result


def test_one_record_synced_alone_does_not_overwrite_xero(world: World) -> None:
    """Copy to Xero reads Xero first: an edit there that no run has seen is merged, not lost."""
    crm_id = organisation(world, "Acme", email1="a@b.example")
    world.sync()
    xero_id = world.xero_id("Organizations", crm_id)
    world.wait()
    world.sandbox.edit("Contacts", xero_id, {"EmailAddress": "xero@b.example"})
    world.host.edit("Organizations", crm_id, email1="crm@b.example")
    world.wait()

    (outcome,) = world.xt.sync.records("Organizations", [crm_id])

    assert "conflict" == outcome.result
    assert "xero@b.example" == world.in_xero("Organizations", crm_id)["EmailAddress"]


def test_prices_keep_four_decimals(world: World) -> None:
    """A price of a hundredth of a cent is neither rounded nor seen as changed."""
    crm_id = product(world, "P1", unit_price=Decimal("0.0001"))
    world.sync()

    assert 0 == world.actions()
    assert Decimal("0.0001") == world.in_xero("Products", crm_id)["SalesDetails"]["UnitPrice"]
