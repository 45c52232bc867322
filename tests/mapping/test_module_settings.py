"""Module settings as typed by an administrator, and what of them cannot work."""

from __future__ import annotations

from typing import Any

import pytest

from xtiger.errors import SettingInvalid
from xtiger.hookspecs import SyncModule
from xtiger.mapping.module_settings import SETTINGS, changed, faults, problems, shown, typed
from xtiger.model.mappings import ModuleSettings
from xtiger.model.records import Choice, Field, Module

SPECS = {spec.name: spec for spec in SETTINGS}
INVOICES = SyncModule("Invoices", "invoice", "Invoice", "Invoices", directions=("to_xero",))
CONTACTS = SyncModule("Contacts", "contact", "Contact", "Contacts", directions=("to_crm",))
STATUS = Field(
    "state", "choice", role="invoice.status", choices=(Choice("Sent", "Sent"), Choice("Paid", "P"))
)
MODULE = Module("Invoices", "invoice", "Invoices", (STATUS,))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("enabled", " ON ", True),
        ("enabled", "off", False),
        ("direction", "to-xero", "to_xero"),
        ("conflict", "newest", "newest"),
        ("duplicates", "share", "share"),
        ("duplicates", "link", "ask"),
        ("filter", " branch is  South ", "branch is  South"),
        ("owners", "@DRAFT=crm, Reference=xero", ("@DRAFT=crm", "Reference=xero")),
        ("statuses", "Sent, Paid,, ", ("Sent", "Paid")),
        ("matching", "number, email=propose", ("number", "email=propose")),
        ("statuses", "", ()),
        ("brake_share", " 100 ", 100),
        ("brake_records", "0", 0),
    ],
)
def test_what_is_typed_is_read(name: str, text: str, value: Any) -> None:
    """Switches, words with a dash, lists with commas, and whole numbers."""
    assert value == typed(SPECS[name], text)


@pytest.mark.parametrize(
    ("name", "text", "way_out"),
    [
        ("enabled", "yes", "Choose one of: on, off."),
        ("direction", "north", "Choose one of: both, to_xero, to_crm."),
        ("brake_share", "101", "Choose a whole number from 0 to 100."),
        ("brake_share", "-1", "Choose a whole number from 0 to 100."),
        ("brake_records", "²", "Choose a whole number from 0 to 1,000,000."),
        ("brake_records", "", "Choose a whole number from 0 to 1,000,000."),
    ],
)
def test_what_cannot_be_is_refused_with_the_choices(name: str, text: str, way_out: str) -> None:
    """The sentence names the setting and ends with what may be typed."""
    with pytest.raises(SettingInvalid) as refused:
        typed(SPECS[name], text)

    assert (True, True) == (name in str(refused.value), str(refused.value).endswith(way_out))


@pytest.mark.parametrize("spec", SETTINGS, ids=lambda spec: spec.name)
def test_what_is_shown_can_be_typed(spec: Any) -> None:
    """Each setting as it begins, and back again."""
    settings = ModuleSettings("Contacts")

    assert settings == changed(settings, {spec.name: shown(settings, spec)})


def test_only_what_was_typed_changes() -> None:
    """Several at once; the others stay."""
    settings = changed(ModuleSettings("Invoices"), {"enabled": "off", "statuses": "Sent"})

    assert ModuleSettings("Invoices", enabled=False, statuses=("Sent",)) == settings
    assert "Sent" == shown(settings, SPECS["statuses"])


def _said(sync: SyncModule, module: Module | None, **given: Any) -> list[str]:
    return list(problems(ModuleSettings(sync.name, **given), sync, module))


def test_settings_that_can_work_have_no_problem() -> None:
    """As they begin, and with statuses that the CRM has."""
    assert ([], []) == (_said(INVOICES, MODULE), _said(INVOICES, MODULE, statuses=("Paid",)))


def test_statuses_are_not_judged_where_the_crm_lists_none() -> None:
    """A free text may hold any."""
    free = Module("Invoices", "invoice", "Invoices", (Field("state", role="invoice.status"),))

    assert [] == _said(INVOICES, free, statuses=("Odd",))


@pytest.mark.parametrize(
    ("sync", "module", "given", "said"),
    [
        (INVOICES, MODULE, {"direction": "to_crm"}, "Invoices do not come in from Xero yet"),
        (CONTACTS, None, {"direction": "to_xero"}, "Contacts are not sent to Xero yet"),
        (INVOICES, MODULE, {"statuses": ("Odd",)}, "The CRM has no status Odd; it has: Sent, Paid"),
        (CONTACTS, None, {"statuses": ("Sent",)}, "Contacts have no status in this CRM"),
        (INVOICES, MODULE, {"unlogged": ("Colour",)}, "Invoices have no field Colour in the CRM"),
        (INVOICES, MODULE, {"duplicates": "skip"}, "Invoices are never skipped as duplicates"),
    ],
)
def test_what_cannot_work_is_one_sentence(
    sync: SyncModule, module: Module | None, given: dict[str, Any], said: str
) -> None:
    """A direction that the module has not, a status that the CRM has not, a suffix on a number."""
    found = _said(sync, module, **given)

    assert 1 == len(found)
    assert found[0].startswith(said)


def test_names_and_codes_may_be_skipped_or_get_a_suffix() -> None:
    """Contacts and items are what may be doubled."""
    assert [] == _said(CONTACTS, None, duplicates="suffix")


@pytest.mark.parametrize(
    ("given", "module", "setting"),
    [
        ({"filter": "colour is red"}, MODULE, "filter"),
        ({"filter": "colour red"}, None, "filter"),
        ({"filter": "colour is red"}, None, None),
        ({"filter": "state is Sent", "owners": ("@DRAFT=crm",)}, MODULE, None),
        ({"owners": ("state@Sent=me",)}, MODULE, "owners"),
        ({"matching": ("email=link",)}, MODULE, "matching"),
        ({"unlogged": ("STATE",)}, MODULE, None),
    ],
)
def test_filter_owners_and_rules_are_of_the_module(
    given: dict[str, Any], module: Module | None, setting: str | None
) -> None:
    """Of a module that the CRM has not, only whether the filter can be read is known.

    Documents have no rules of matching.
    """
    found = faults(ModuleSettings("Invoices", **given), INVOICES, module)

    assert ([] if setting is None else [setting]) == [one.setting for one in found]
