"""`xtiger mapping show` and `statuses` as people read them: nothing hidden, taken in one step."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.cli.conftest import Xtiger
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Choice, Field, Module

pytestmark = pytest.mark.usefixtures("frozen")
WORDS = ("Entwurf", "Offen", "Bezahlt", "Zebra")


def _in_german(module: Module) -> Module:
    def changed(field: Field) -> Field:
        if field.role != "invoice.status":
            return field
        return replace(field, choices=tuple(Choice(one, one) for one in WORDS))

    kept = [one for one in module.fields if one.role != "invoice.currency"]
    return replace(module, fields=tuple(changed(one) for one in kept))


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> MemoryHost:
    """A CRM whose statuses are German words, without a currency on its invoices."""
    from tests.cli import plugged

    modules = [_in_german(one) if one.name == "Invoices" else one for one in standard_modules()]
    found = MemoryHost(modules=modules, base_currency="GBP", name="mycrm")
    monkeypatch.setattr(plugged, "host", found, raising=False)
    return found


def test_a_mapping_is_shown_whole(connected: Xtiger) -> None:
    """The fields that the CRM has, what is set, and what each status means."""
    connected("mapping", "set", "Invoices", "sales_account", "200")
    connected("mapping", "set", "Invoices", "due_days", "30")
    out = connected("mapping", "show", "Invoices").out
    lines = [line.split() for line in out.splitlines()]

    assert "invoice.currency" not in out
    assert ["sales_account", "200"] in lines
    assert ["due_days", "30"] in lines
    assert ["Bezahlt", "AUTHORISED", "by", "its", "word"] in lines
    assert ["Offen", "·", "not", "known;", "nearest:", "AUTHORISED"] in lines
    assert ["Zebra", "·", "not", "known"] in lines


def test_statuses_are_taken_in_one_step(connected: Xtiger) -> None:
    """Listed, accepted together with one that is said, in one new version; then none is left."""
    listed = connected("mapping", "statuses", "Invoices")
    before = json.loads(connected("mapping", "show", "Invoices", "--json").out)
    taken = connected("mapping", "statuses", "Invoices", "Zebra=void", "--accept")
    said = connected("mapping", "statuses", "Invoices", "Zebra=voided", "--accept", "--json")
    after = json.loads(connected("mapping", "show", "Invoices", "--json").out)
    again = connected("mapping", "statuses", "Invoices")

    assert "Take all proposals: xtiger mapping statuses Invoices --accept" in listed.out
    assert "Zebra: VOID is no status to send." in taken.err
    assert 0 == said.code
    assert before["mapping"]["version"] + 1 == after["mapping"]["version"]
    assert {"Offen": "AUTHORISED", "Zebra": "VOIDED"} == after["mapping"]["options"]["status_map"]
    assert "Every status has a meaning." in again.out


def test_a_word_without_a_status_is_refused(connected: Xtiger) -> None:
    """WORD=STATUS, each of them."""
    found = connected("mapping", "statuses", "Invoices", "Zebra")

    assert (2, True) == (found.code, "WORD=STATUS" in found.err)
