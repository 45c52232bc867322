"""The table of mapping options: every option that can be set has a row, and no other."""

from __future__ import annotations

from xtiger.mapping.check import (
    ACCOUNT_OPTIONS,
    CODE_TEMPLATE,
    DUE_DAYS,
    FLAG_OPTIONS,
    LIST_OPTIONS,
    PAYMENT_ACCOUNT,
    RATE_SOURCE,
    RATE_TOLERANCE,
    ROUNDING_LIMIT,
)
from xtiger.mapping.documents.tracking import THEME
from xtiger.mapping.option_specs import (
    OPTIONS,
    TABLE_OPTIONS,
    USES,
    VALUES,
    entries,
    option_named,
    options_of,
    options_of_kind,
    word_of_entry,
)
from xtiger.rules.customers.notices import NOTICES


def test_every_option_has_one_row() -> None:
    """What the check takes is what people can choose."""
    known = [*ACCOUNT_OPTIONS, *FLAG_OPTIONS, *LIST_OPTIONS, PAYMENT_ACCOUNT, *TABLE_OPTIONS]

    known += ["new_items", DUE_DAYS, ROUNDING_LIMIT, RATE_SOURCE, RATE_TOLERANCE, NOTICES]
    known += [CODE_TEMPLATE, THEME]

    assert sorted(known) == sorted(spec.name for spec in OPTIONS)


def test_options_are_of_their_module() -> None:
    """Of payments nothing is asked that is of invoices."""
    assert ["payment_account", "received_statuses", "payable_statuses"] == [
        spec.name for spec in options_of("payment")
    ]
    assert [] == options_of("pet")


def test_a_table_has_an_entry_for_each_word() -> None:
    """Its own words, those of the CRM, and what is set; each once."""
    by_name = {spec.name: spec for spec in OPTIONS}
    found = entries(by_name["status"], {"status_map": {"Sent": "AUTHORISED"}}, ["Sent", "Draft"])

    assert [("status:Sent", "Sent", "AUTHORISED"), ("status:Draft", "Draft", None)] == found
    assert list(USES) == [word for _name, word, _value in entries(by_name["type"], {})]
    assert [("sales_account", "", "200")] == entries(
        by_name["sales_account"], {"sales_account": "200"}
    )
    assert [] == entries(by_name["tax"], {"tax_map": "odd"})


def test_an_option_says_how_it_is_typed() -> None:
    """A table with what stands behind its colon; each sort of choice with what to type."""
    by_name = {spec.name: spec for spec in OPTIONS}

    assert ["sales_account", "tax:NAME", "type:customer|vendor|both"] == [
        by_name[name].typed for name in ("sales_account", "tax", "type")
    ]
    assert "the CRM's word for customer, vendor, both" == by_name["type"].explained
    assert {spec.value for spec in OPTIONS} == set(VALUES.values())
    assert {True} == {":" in spec.typed for spec in OPTIONS if spec.name in TABLE_OPTIONS}


def test_options_are_of_a_kind() -> None:
    """Items have those of products and services once; a kind that nobody knows may have any."""
    assert ["new_items", "code_template", "tax"] == [one.name for one in options_of_kind("Item")]
    assert list(OPTIONS) == options_of_kind("Pet")


def test_an_option_is_found_by_what_is_typed() -> None:
    """With the word of its entry; what another kind has, or nobody, is none."""
    tax, account = (
        option_named("Invoice", "tax:VAT: 19 %"),
        option_named("Invoice", "sales_account"),
    )

    assert tax is not None
    assert account is not None
    assert ("tax", "VAT: 19 %") == (tax[0].name, tax[1])
    assert ("sales_account", "") == (account[0].name, account[1])
    assert (None, None) == (option_named("Contact", "sales_account"), option_named("Invoice", "x"))


def test_an_entry_of_a_table_is_taken_apart_where_it_is_made() -> None:
    """A word may have a colon of its own; what is no table has no entries."""
    found = [word_of_entry(name) for name in ("tax:VAT: 19 %", "sales_account", "pet:cat", "")]

    assert [("tax", "VAT: 19 %"), ("", ""), ("", ""), ("", "")] == found
