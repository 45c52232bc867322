"""Every button of the panel is pressed in a real browser, twice, in every module."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.browser.agreed import differing
from tests.browser.chromium import follow
from tests.browser.person import SLUGS, Button, Person
from xtiger.demo.stage import Stage

pytestmark = pytest.mark.slow

#: Where a panel may lead to instead of back to the record.
_ELSEWHERE = {"xtiger.solve": "/xt/conflicts"}


def samples(person: Person, module: str) -> list[str]:
    """Records whose panels differ: one for each state and set of buttons that the module has."""
    found: dict[tuple[Any, ...], str] = {}
    for crm_id in person.ids(module):
        panel = person.panel(module, crm_id)
        kinds = frozenset(action.name for action in panel.actions)
        found.setdefault((panel.state, kinds), crm_id)
    return list(found.values())


def tables(stage: Stage) -> Mapping[str, int]:
    """How many living objects Xero has of each kind."""
    gone = ("ARCHIVED", "VOIDED", "DELETED")
    return {
        kind: sum(
            raw.get(f"{kind}Status", raw.get("Status")) not in gone
            for raw in stage.sandbox.table(f"{kind}s")
        )
        for kind in ("Contact", "Item", "Invoice", "Payment")
    }


#: What the panels of a module show at least, in all of their states.
_USUAL = frozenset({"", "copy", "compare", "queue"})
KINDS = {
    **dict.fromkeys(SLUGS, _USUAL),
    "Organizations": _USUAL | {"xtiger.link", "xtiger.new", "xtiger.alias", "xtiger.solve"},
}


@pytest.mark.parametrize("module", SLUGS)
def test_every_button_works_twice(person: Person, module: str) -> None:
    """No error page, back to the record each time, and both sides agree on it afterwards."""
    kinds: set[str] = set()
    before, made, pressed = tables(person.stage), 0, samples(person, module)
    for crm_id in pressed:
        was_there = person.in_xero(module, crm_id) is not None
        for button in person.buttons(module, crm_id):
            kinds.add(button.name)
            for _ in range(2):
                _press(person, module, crm_id, button)
        panel = person.let_it_go(module, crm_id)
        is_there = person.in_xero(module, crm_id) is not None
        made += is_there and not was_there

        assert panel.state in ("ok", "held", "off"), panel.badge
        agree(person, module, crm_id)
    after = tables(person.stage)

    assert kinds >= KINDS[module], "the demo has too few states"
    # A link or an alias makes nothing; each record makes one at most, with its parents.
    assert sum(after.values()) - sum(before.values()) <= made
    planned = {item.crm_id for item in person.stage.xt.sync.plan((module,)).actions}
    assert set() == planned & set(pressed), "a record that was just sent would be sent again"


def _press(person: Person, module: str, crm_id: str, button: Button) -> None:
    """Press it unless the first press was all that it was for, as with a link."""
    said = person.press(module, crm_id, button)
    if said is None:
        assert button.name.startswith("xtiger."), f"{button.label} went away"
        return
    place = _ELSEWHERE.get(button.name, f"/{SLUGS[module]}/{crm_id}")

    assert place in person.page.url, f"{button.label} led to {person.page.url}"
    if button.name:
        assert button.name in _ELSEWHERE or said, f"{button.label} says nothing"


def agree(person: Person, module: str, crm_id: str) -> None:
    """A linked record in step has the same in each mapped field in the CRM and in the sandbox."""
    there, panel = person.in_xero(module, crm_id), person.panel(module, crm_id)
    if there is None or panel.state != "ok":
        return
    assert [] == differing(person, module, crm_id, there)


@pytest.mark.parametrize(
    ("module", "role", "label", "field", "path"),
    [
        ("Products", "product.sales_account", "260", "sales_account", "SalesDetails"),
        ("Products", "product.purchase_account", "400", "purchase_account", "PurchaseDetails"),
        ("Services", "service.sales_account", "200", "sales_account", "SalesDetails"),
    ],
)
def test_an_account_is_chosen_and_copied(
    person: Person, module: str, role: str, label: str, field: str, path: str
) -> None:
    """Chosen in the list, one press of Copy to Xero: the CRM, Xero and the panel have it."""
    crm_id = _in_step(person, module, lambda values: values.get(field) != label)
    before = str(person.record(module, crm_id).values[field] or "")
    _choose(person, module, crm_id, role, label)
    there = person.in_xero(module, crm_id)

    assert there is not None
    assert label == person.record(module, crm_id).values[field] == there[path]["AccountCode"]
    assert label == person.page.locator(f"select[name='{role}']").input_value()
    # The lines of invoices that were sent keep the account that their item had then.
    _choose(person, module, crm_id, role, before)


def _choose(person: Person, module: str, crm_id: str, role: str, account: str) -> None:
    panel = person.open(module, crm_id)
    panel.locator(f"select[name='{role}']").select_option(account)
    follow(person.page, panel.locator("button[value=copy]"))
    person.must_be_well("Copy to Xero")
    # What takes longer than a page may wait goes on in the background.
    person.let_it_go(module, crm_id)


@pytest.mark.parametrize("module", ["Organizations", "Products", "Invoices"])
def test_the_box_is_unticked_and_ticked_again(person: Person, module: str) -> None:
    """Each press shows the state that now is."""
    crm_id = _in_step(person, module)
    box = "input[type=checkbox][name='xtiger.allow_sync']"
    states = []
    for ticked in (False, True):
        panel = person.open(module, crm_id)
        panel.locator(box).set_checked(ticked)
        save = panel.locator("button[value='']").or_(panel.get_by_role("button", name="Save"))
        follow(person.page, save)
        person.must_be_well("Save")
        states.append(person.page.locator(".xt-badge").inner_text()[2:])

    # What waits goes in the background, and may be there before the page is.
    assert "Not selected for Xero" == states[0]
    assert states[1].startswith(("Waits for the next sync", "In step with Xero"))
    assert "ok" == person.let_it_go(module, crm_id).state


def _in_step(
    person: Person, module: str, fits: Callable[[Mapping[str, Any]], bool] = lambda _values: True
) -> str:
    """A record that is in step with Xero and fits."""
    return next(
        crm_id
        for crm_id in person.ids(module)
        if person.panel(module, crm_id).state == "ok" and fits(person.record(module, crm_id).values)
    )
