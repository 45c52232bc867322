"""Stories that the machine found a fault with, step by step; each stands for a mended fault."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.machine.test_machine import SyncMachine
from xtiger.hosts.memory import MemoryHost
from xtiger.xero.organisations import XeroOrganisation

#: (name of a rule, its arguments).
Step = tuple[str, dict[str, Any]]
DEAD_BEFORE_SENDING = ("die", {"point": (XeroOrganisation, "send", True)})
DEAD_AFTER_SAVING = ("die", {"point": (MemoryHost, "save", False)})
LINE = ("1", "10", "0", 0)

STORIES: dict[str, tuple[Step, ...]] = {
    # A plan that never came to rest: the refusal was found out only by sending, run after run.
    "an invoice of a contact that is archived in Xero and edited in the CRM": (
        ("edit_organisation", {"field": "email", "pick": 0, "side": "crm", "value": 2}),
        ("remove_organisation", {"pick": 0, "side": "xero"}),
        ("new_invoice", {"approved": True, "given": [LINE], "pick": 0, "side": "crm"}),
    ),
    # The change waited for an organisation that it does not name, and nobody was told.
    "an invoice is moved whose organisation was deleted in the CRM": (
        ("edit_head", {"pick": 0, "side": "crm", "value": 4}),
        ("remove_organisation", {"pick": 0, "side": "crm"}),
    ),
    # Made twice in the CRM: a sync of invoices did not know an organisation entered just before.
    "a customer entered on both sides comes along with an invoice": (
        ("new_organisation", {"name": "Carla SA", "side": "both"}),
        ("new_invoice", {"approved": True, "given": [LINE], "pick": 2, "side": "xero"}),
        ("sync", {"module": "Invoices"}),
    ),
    # The change of a person waited for an organisation that it does not name.
    "a person is renamed whose organisation was deleted in the CRM": (
        ("edit_person", {"cell": "first", "pick": 0, "side": "crm", "value": 2}),
        ("remove_organisation", {"pick": 0, "side": "crm"}),
    ),
    # Xero refused the list run after run.
    "a person leaves an organisation whose address was taken away in Xero": (
        ("new_person", {"pick": 1, "side": "xero"}),
        ("edit_organisation", {"field": "email", "pick": 1, "side": "xero", "value": 0}),
        ("remove_person", {"pick": 1, "side": "crm"}),
        ("switch_deletes", {"allowed": True, "module": "Contacts"}),
    ),
    "a person is renamed whose organisation was archived in Xero": (
        ("remove_organisation", {"pick": 0, "side": "xero"}),
        ("edit_person", {"cell": "first", "pick": 0, "side": "crm", "value": 2}),
    ),
    # Xero refused the lines run after run.
    "a line is edited that sells an item deleted in Xero": (
        ("remove_goods", {"pick": 0, "service": False, "side": "xero"}),
        ("edit_line", {"cell": "quantity", "pick": 1, "place": 1, "side": "crm", "value": 2}),
    ),
    # The proof told of lines that nobody had changed.
    "a product is deleted that invoices have sold": (
        ("remove_goods", {"pick": 0, "service": False, "side": "crm"}),
    ),
    "a product is deleted on both sides that invoices have sold": (
        ("switch_deletes", {"allowed": True, "module": "Products"}),
        ("remove_goods", {"pick": 0, "service": False, "side": "crm"}),
    ),
    "a service gets another account than its invoices were sent with": (
        ("edit_goods", {"field": "account", "pick": 0, "service": True, "side": "crm", "value": 2}),
    ),
    # The CRM refused the invoice run after run.
    "an invoice comes in of a contact that was edited there and deleted in the CRM": (
        ("edit_organisation", {"field": "tax", "pick": 0, "side": "xero", "value": 1}),
        ("new_invoice", {"approved": False, "given": [LINE], "pick": 0, "side": "xero"}),
        ("remove_organisation", {"pick": 0, "side": "crm"}),
    ),
    "lines change places whose organisation was archived in Xero": (
        ("remove_organisation", {"pick": 1, "side": "xero"}),
        ("shift_line", {"moves": True, "pick": 1, "place": 2, "side": "crm"}),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_at_rest(story: str) -> None:
    """Nothing stands twice after any step, no edit is lost, and nothing is left to do."""
    play(STORIES[story])


def play(steps: tuple[Step, ...], *, empty: bool = False) -> None:
    """Play the steps of a story, then let it rest."""
    machine = SyncMachine()
    machine.begin(empty=empty)
    try:
        for name, given in steps:
            getattr(machine, name)(**given)
            machine.no_twins()
    finally:
        machine.teardown()
