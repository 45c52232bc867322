"""Random edits and crashes with syncs between: nothing doubles, nothing is lost, all settles."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stories.sync.test_crashes import Killed, killed
from tests.world import World, make_world
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

#: Random stories per run: few in every test run, many in `make soak`.
EXAMPLES = int(os.environ.get("XTIGER_SOAK_EXAMPLES", "12"))
#: CRM field → Xero field of the edits; texts are short so that both sides often meet.
FIELDS = {"email1": "EmailAddress", "vat_number": "TaxNumber", "company_number": "CompanyNumber"}
TEXTS = ("", "a@b.example", "c@d.example")
NAMES = ("Anna Ltd", "Berta Ltd", "Carla Ltd")

_names, _texts = st.sampled_from(NAMES), st.sampled_from(TEXTS)
_fields = st.sampled_from(sorted(FIELDS))
STEPS = st.one_of(
    st.tuples(st.just("crm_create"), _names, _fields, _texts),
    st.tuples(st.just("xero_create"), _names, _fields, _texts),
    st.tuples(st.just("crm_edit"), _names, _fields, _texts),
    st.tuples(st.just("xero_edit"), _names, _fields, _texts),
    st.tuples(st.just("lost_answer"), _names, _fields, _texts),
    st.tuples(st.just("sync"), _names, _fields, _texts),
    st.tuples(st.just("kill"), _names, _fields, _texts),
)


def _in_crm(world: World, name: str) -> str | None:
    return next(
        (r.ref.id for r in world.host.all("Organizations") if r.values["accountname"] == name), None
    )


def _in_xero(world: World, name: str) -> str | None:
    return next((str(r["ContactID"]) for r in world.xero("Contacts") if r["Name"] == name), None)


def _crm_create(world: World, name: str, field: str, text: str) -> None:
    if _in_crm(world, name) is None:
        number = f"N{NAMES.index(name)}"
        values = {"accountname": name, "account_no": number, field: text}
        world.host.create("Organizations", values)


def _xero_create(world: World, name: str, field: str, text: str) -> None:
    if _in_xero(world, name) is None and _in_crm(world, name) is None:
        number = f"N{NAMES.index(name)}"
        element = {"Name": name, "AccountNumber": number, FIELDS[field]: text}
        world.sandbox.add("Contacts", element)


def _crm_edit(world: World, name: str, field: str, text: str) -> None:
    found = _in_crm(world, name)
    if found is not None:
        world.host.edit("Organizations", found, **{field: text})


def _xero_edit(world: World, name: str, field: str, text: str) -> None:
    found = _in_xero(world, name)
    if found is not None:
        world.wait(1)
        world.sandbox.edit("Contacts", found, {FIELDS[field]: text})


def _lost_answer(world: World, *_: str) -> None:
    world.sandbox.fault("lost_answer", path="/api.xro/2.0/Contacts", method="PUT")


def _sync(world: World, *_: str) -> None:
    world.sync("Organizations")


def _kill(world: World, _name: str, field: str, _text: str) -> None:
    """A sync whose process dies after its first write, in Xero or in the CRM."""
    to_crm = field == "email1"
    owner: type = MemoryHost if to_crm else XeroOrganisation
    method = "save" if to_crm else "send"
    with (
        pytest.MonkeyPatch.context() as patch,
        suppress(Killed),
        killed(patch, owner, method, before=False),
    ):
        world.wait()
        world.xt.sync.run(["Organizations"])
        raise Killed  # nothing was written, so nothing killed it
    world.wait(1_000)


DOES: dict[str, Callable[..., None]] = {
    "crm_create": _crm_create,
    "xero_create": _xero_create,
    "crm_edit": _crm_edit,
    "xero_edit": _xero_edit,
    "lost_answer": _lost_answer,
    "sync": _sync,
    "kill": _kill,
}


def _values(world: World) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Name → CRM field → (CRM value, Xero value) of the records that both sides have."""
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for name in NAMES:
        crm_id, xero_id = _in_crm(world, name), _in_xero(world, name)
        if crm_id is None or xero_id is None:
            continue
        ours = world.host.record("Organizations", crm_id).values
        theirs = next(r for r in world.xero("Contacts") if r["ContactID"] == xero_id)
        found[name] = {
            field: (ours.get(field) or None, theirs.get(there) or None)
            for field, there in FIELDS.items()
        }
    return found


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=14))
def test_any_edits_end_in_agreement_or_in_a_named_conflict(
    steps: list[tuple[str, str, str, str]],
) -> None:
    """No twin on either side, the next plan has no action, and what differs is listed."""
    with TemporaryDirectory() as home, make_world(Path(home)) as world:
        world.connect()
        for step, name, field, text in steps:
            before = _values(world)
            DOES[step](world, name, field, text)
            if step == "sync":
                _assert_nothing_lost(world, before)
        world.sandbox.faults.clear()
        world.sync("Organizations")
        world.sync("Organizations")
        _assert_settled(world)


def _assert_nothing_lost(world: World, before: dict[str, dict[str, tuple[Any, Any]]]) -> None:
    """After a sync each field holds a value that one side had before; a conflict holds both."""
    for name, fields in _values(world).items():
        for field, (crm, xero) in fields.items():
            had = before.get(name, {}).get(field)
            if had is None:
                continue
            assert {crm, xero} <= set(had), f"{name}.{field} was {had} and is {(crm, xero)}"
            assert (crm, xero) == had or crm == xero, f"{name}.{field} was swapped"


def _assert_settled(world: World) -> None:
    for rows in (
        [str(r.values["accountname"]) for r in world.host.all("Organizations")],
        [str(r["Name"]) for r in world.xero("Contacts")],
    ):
        assert [] == [name for name, count in Counter(rows).items() if count > 1]
    plan = world.plan("Organizations")
    assert () == plan.actions
    listed = {item.name for item in plan.with_result("conflict", "held", "failed")}
    apart = {
        name
        for name, fields in _values(world).items()
        if any(crm != xero for crm, xero in fields.values())
    }
    assert apart <= listed
    one_sided = {n for n in NAMES if (_in_crm(world, n) is None) != (_in_xero(world, n) is None)}
    assert one_sided <= listed
