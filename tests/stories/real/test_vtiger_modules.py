"""What a real Vtiger describes becomes modules with the right fields and roles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.real.vtiger import (
    DESCRIBES,
    Filled,
    answer,
    described,
    field,
    module,
    modules,
    record,
)
from xtiger.errors import BrokenHost
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.vtiger import module_of
from xtiger.model.records import Currency, Field
from xtiger.model.roles import needed_roles
from xtiger.testing import check_host


def test_modules_have_the_names_and_roles_of_the_library() -> None:
    """Accounts are Organizations, Invoice is Invoices."""
    found = {one.name: one.role for one in modules()}

    assert {
        "Organizations": "organisation",
        "Contacts": "contact",
        "Products": "product",
        "Services": "service",
        "Invoices": "invoice",
    } == found


@pytest.mark.parametrize("role", ["organisation", "contact", "product", "service", "invoice"])
def test_every_needed_role_is_there(role: str) -> None:
    """A stock Vtiger can be synced without describing anything by hand."""
    found = module(role)

    assert [] == [one for one in needed_roles(role) if found.by_role(one) is None]


def test_filled_modules_pass_the_check_of_hosts() -> None:
    """Types, roles, targets and values fit what the library asks of any CRM."""
    rows = [
        record(role, f"retrieve_{name}")
        for role, name in (
            ("organisation", "account"),
            ("contact", "contact"),
            ("product", "product"),
            ("service", "service"),
            ("invoice", "invoice_individual"),
        )
    ]
    host = MemoryHost(
        modules=modules(), base_currency="USD", currencies=[Currency("USD"), Currency("EUR")]
    )
    filled = Filled(host)
    for one in rows:
        filled.put(one)

    found = check_host(host)
    host.close()

    assert [] == found


@pytest.mark.parametrize(
    ("role", "name", "expected"),
    [
        ("organisation", "xtp_allow_sync", ("bool", "xtiger.allow_sync")),
        ("organisation", "xtp_status", ("choice", "xtiger.status")),
        ("organisation", "xtp_id", ("text", None)),
        ("invoice", "xtp_type", ("choice", "xtiger.invoice_type")),
    ],
)
def test_the_xero_block_is_known_by_its_labels(
    role: str, name: str, expected: tuple[str, str | None]
) -> None:
    """Fields that were added to Vtiger get the roles of the panel."""
    found = module(role).by_name(name)
    assert found is not None

    assert expected == (found.type, found.role)


def test_invoice_types_are_the_librarys_words() -> None:
    """ACCREC and ACCPAY of a pick list are Invoice and Bill."""
    found = module("invoice").by_name("xtp_type")
    assert found is not None

    assert [("Invoice", "ACCREC"), ("Bill", "ACCPAY")] == [
        (c.value, c.label) for c in found.choices
    ]


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("organisation", "account_no"),
        ("product", "product_no"),
        ("service", "service_no"),
        ("invoice", "invoice_no"),
        ("invoice", "hdnGrandTotal"),
        ("invoice", "potential_id"),
        ("invoice", "charges_tax"),
        ("product", "sales_tax"),
    ],
)
def test_what_the_crm_sets_itself_is_read_only(role: str, name: str) -> None:
    """Numbers, computed totals, and references to modules that are not synced."""
    found = module(role).by_name(name)
    assert found is not None

    assert (False, False) == (found.writable, found.required)


def test_the_owner_is_not_asked_of_anybody() -> None:
    """The mandatory owner is filled by whoever writes, so that no record waits for one."""
    found = {(m.name, f.name) for m in modules() for f in m.fields if f.required}

    assert {
        ("Organizations", "accountname"),
        ("Contacts", "lastname"),
        ("Products", "productname"),
        ("Services", "servicename"),
        ("Invoices", "subject"),
        ("Invoices", "account_id"),
        ("Invoices", "bill_street"),
        ("Invoices", "ship_street"),
    } == found


def test_fields_of_lines_taxes_and_charges_are_not_the_heads() -> None:
    """Describe lists them flat among the fields of the invoice and of the items."""
    names = {field.name for one in modules() for field in one.fields}
    foreign = {
        "productid",
        "quantity",
        "listprice",
        "comment",
        "discount_percent",
        "discount_amount",
        "tax1",
        "currency1",
        "shipping_&_handling",
        "shipping_&_handling_shtax1",
        "assigned_user_id",
        "id",
    }

    assert set() == names & foreign


def test_every_other_field_is_kept() -> None:
    """No field of a real describe is lost but those that are left out on purpose."""
    dropped = {
        name: sorted(
            {raw["name"] for raw in answer(DESCRIBES[name])["fields"]}
            - {one.name for one in module_of(answer(DESCRIBES[name])).fields}
        )
        for name in ("Accounts", "Services")
    }
    own = [
        "assigned_user_id",
        "createdtime",
        "id",
        "modifiedby",
        "modifiedtime",
        "source",
        "starred",
        "tags",
    ]

    assert {"Accounts": own, "Services": sorted([*own, "currency1", "tax1", "tax2", "tax3"])} == (
        dropped
    )


def test_a_custom_field_keeps_its_type_and_choices() -> None:
    """A field of a customer's own can be mapped by name."""
    values = [{"value": "a", "label": "A &amp; B"}, {"value": "a", "label": "A &amp; B"}]
    found = module_of(described("Accounts", field("cf_1", "picklist", picklistValues=values)))

    assert [("a", "A & B")] == [(c.value, c.label) for c in found.fields[0].choices]


def test_an_unknown_module_is_described_without_a_role() -> None:
    """Vendors can be looked at, and no panel field is guessed there."""
    found = module_of(described("Vendors", field("xero_status", "string", label="Xero Status")))

    assert ("Vendors", None, Field("xero_status", label="Xero Status", custom=True)) == (
        found.name,
        found.role,
        found.fields[0],
    )


@pytest.mark.parametrize("wrong", [{}, {"name": "Accounts"}, {"fields": []}])
def test_anything_but_a_description_is_refused(wrong: dict[str, Any]) -> None:
    """An answer without name or fields is the adapter's fault, said so."""
    with pytest.raises(BrokenHost, match="no name or no list of fields"):
        module_of(wrong)
