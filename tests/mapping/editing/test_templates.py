"""The mapping templates to choose from."""

from __future__ import annotations

import pytest

from xtiger.errors import SettingInvalid
from xtiger.mapping.configuration import ConfigurationText, ModuleText, RoutingText
from xtiger.mapping.default_rows import default_rows
from xtiger.mapping.editing.templates import BUILT_IN, ModuleBegin, built_in, name_of, of_modules
from xtiger.plugin import MODULES

BEGINS = [ModuleBegin(one.name, one.role, default_rows(one.role)) for one in MODULES]


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("vtiger", "Organizations Contacts Products Services Invoices Payments"),
        ("plain", "Organizations Contacts Products Services Invoices Payments"),
        ("contacts", "Organizations Contacts"),
        ("invoices", "Organizations Products Services Invoices"),
    ],
)
def test_a_template_says_which_modules_are_on(name: str, on: str) -> None:
    """Those have rows; the others are off and keep theirs. Options stay in all."""
    found = built_in(name, BEGINS).modules

    assert on.split() == [one.name for one in found if one.settings == {"enabled": "on"}]
    assert on.split() == [one.name for one in found if one.fields is not None]
    assert {None} == {one.options for one in found}
    assert ["vtiger", "plain", "contacts", "invoices"] == list(BUILT_IN)


def test_plain_has_what_books_need_and_the_rest_all() -> None:
    """Every usual row but in plain, which keeps the direction and marks of those that stay."""
    plain, whole = (
        {one.name: one.fields or () for one in built_in(name, BEGINS).modules}
        for name in ("plain", "vtiger")
    )

    assert {one.name: one.rows for one in BEGINS} == whole
    assert ["Name", "AccountNumber", "EmailAddress"] == [row.xero for row in plain["Organizations"]]
    assert set(plain["Products"]) < set(whole["Products"])
    assert whole["Invoices"] == plain["Invoices"]


def test_only_what_is_of_modules_is_kept() -> None:
    """Neither answers of Start nor routes; of some modules or all."""
    two = (ModuleText("Products"), ModuleText("Invoices"))
    whole = ConfigurationText({"bring": "all"}, two, RoutingText(default="North"))

    assert ConfigurationText(modules=two) == of_modules(whole)
    assert ConfigurationText(modules=two[1:]) == of_modules(whole, ["Invoices"])


def test_an_own_template_has_a_name_of_its_own() -> None:
    """Blanks are put right; an empty or long one, and one of XTiger's, is refused."""
    assert "Our shop" == name_of("  Our   shop ")
    for wrong in ("", " ", "x" * 61, "a\x07b", "plain"):
        with pytest.raises(SettingInvalid, match="cannot have this name"):
            name_of(wrong)
