"""All that is wrong with one module, the worst first."""

from __future__ import annotations

from dataclasses import replace

from xtiger.hookspecs import SyncModule
from xtiger.mapping.lint.lint import lint
from xtiger.mapping.lint.options import Lists
from xtiger.model.mappings import Mapping, ModuleSettings, Row
from xtiger.model.records import Field, Module

SYNC = SyncModule("Clients", "Clients", "organisation", "Contact")
SETTINGS = ModuleSettings("Clients")
MODULE = Module("Clients", "organisation", "Clients", (Field("title", max_length=900),))
MAPPING = Mapping("Clients", "Contact", (Row("title", "Name"),))


def test_everything_is_found_and_the_worst_comes_first() -> None:
    """A setting and a converter that cannot be, then what may become a trouble."""
    settings = replace(SETTINGS, statuses=("Hot",))
    mapping = replace(MAPPING, rows=(*MAPPING.rows, Row("title", "TaxNumber", converter="lost")))
    found = lint(SYNC, MODULE, mapping, settings, Lists())

    assert ["filled_twice", "converter_unknown", "setting", "longer", "lists_unread"] == [
        one.code for one in found
    ]
    assert "Clients have no status in this CRM, so statuses must stay empty." == found[2].sentence


def test_a_module_that_is_off_is_left_in_peace() -> None:
    """Nothing of it travels."""
    assert [] == lint(SYNC, MODULE, None, replace(SETTINGS, enabled=False), Lists())


def test_without_a_mapping_nothing_else_is_said() -> None:
    """Nor of a module that the CRM does not have any more."""
    assert [["no_mapping"], ["no_module"]] == [
        [one.code for one in lint(SYNC, MODULE, None, SETTINGS, Lists())],
        [one.code for one in lint(SYNC, None, MAPPING, SETTINGS, Lists())],
    ]
