"""The roles: their names, the types that fit, and what a module cannot do without."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from xtiger.engine.observe.both_sides import MATCH_ROLES
from xtiger.engine.proof.counting import _INVOICE_ROLES
from xtiger.hosts.standard import standard_modules
from xtiger.mapping.default_rows import default_rows
from xtiger.mapping.documents.head_discount import ROLES as DISCOUNTS
from xtiger.mapping.line_halves import HEAD_ROLES
from xtiger.model.records import FieldType, Module
from xtiger.model.roles import (
    DAYS,
    MODULE_NAMES,
    MODULE_ROLES,
    NONE_IN_XERO,
    ROLES,
    SUMS,
    Role,
    needed_roles,
)
from xtiger.plugin import MODULES

XTIGER = Path(__file__).parents[2] / "xtiger"


@pytest.mark.parametrize(("name", "role"), ROLES.items())
class TestEachRole:
    def test_it_belongs_to_a_module(self, name: str, role: Role) -> None:
        """The word before the first full stop says whose it is."""
        assert name.partition(".")[0] in {*MODULE_ROLES, "line", "xtiger"}

    def test_its_types_are_types_of_fields(self, name: str, role: Role) -> None:
        """At least one, none twice."""
        assert (True, len(role.types)) == (
            bool(role.types) and set(role.types) <= set(get_args(FieldType)),
            len(set(role.types)),
        )

    def test_it_is_explained_in_a_sentence(self, name: str, role: Role) -> None:
        """Host authors read it in the check of their adapter."""
        assert (True, True) == (
            role.sentence[0].isupper() or role.sentence[0] in "\"'",
            role.sentence.endswith("."),
        )


@pytest.mark.parametrize(
    ("module", "needed"),
    [
        ("organisation", ("organisation.name",)),
        ("contact", ("contact.last_name",)),
        ("product", ("product.name", "product.code")),
        ("service", ("service.name", "service.code")),
        (
            "invoice",
            (
                "invoice.number",
                "invoice.organisation",
                "invoice.date",
                "invoice.status",
                "line.quantity",
                "line.unit_price",
            ),
        ),
        ("payment", ("payment.invoice", "payment.date", "payment.amount")),
        ("ticket", ()),
    ],
)
def test_a_module_needs_few_roles(module: str, needed: tuple[str, ...]) -> None:
    """Those without which Xero would refuse; an invoice needs its lines' too."""
    assert needed == needed_roles(module)


@pytest.mark.parametrize("module", standard_modules(), ids=lambda module: module.name)
def test_the_standard_modules_use_roles_as_they_are_meant(module: Module) -> None:
    """Known roles, with a type that fits, and none missing that is needed."""
    used = {field.role: field.type for field in (*module.fields, *module.lines) if field.role}

    assert (set(), []) == (
        set(needed_roles(module.role or "")) - set(used),
        [role for role, type_ in used.items() if type_ not in ROLES[role].types],
    )


def test_a_role_that_is_offered_has_an_effect() -> None:
    """Each is in a default mapping or named by code that decides; those for later are not."""
    mapped = {row.crm for role in MODULE_ROLES for row in default_rows(role)}
    # What finds the twin of a record.
    matched = {f"{role}.{part}" for role in MODULE_ROLES[:-1] for part in MATCH_ROLES}
    # What chooses the records of a module.
    selected = {f"{role}.status" for role in MODULE_ROLES[:-1]}
    folders = [XTIGER / room for room in ("engine", "mapping", "model", "rules", "services")]
    files = [path for folder in folders for path in folder.rglob("*.py") if path.name != "roles.py"]
    code = "".join(path.read_text(encoding="utf-8") for path in files)
    idle = {
        name
        # Sums are written by the adapters.
        for name in ROLES.keys() - mapped - matched - selected - SUMS
        if f'"{name}"' not in code and not _named_by_part(name, code)
    }

    assert {name for name, role in ROLES.items() if role.later} == idle


def _named_by_part(name: str, code: str) -> bool:
    """Whether code asks for a part of any role, such as f"{role}.sales_account"."""
    head, _, part = name.partition(".")
    sold = head in ("product", "service") and f'{{role}}.{part}"' in code
    asked = {*HEAD_ROLES, *_INVOICE_ROLES.values(), *DISCOUNTS}
    return sold or (head == "invoice" and part in asked)


def test_each_module_is_synced_under_its_name() -> None:
    """The names that an adapter gives its modules are those under which the library syncs."""
    assert dict(MODULE_NAMES) == {sync.role: sync.name for sync in MODULES}


def test_days_sums_and_what_xero_has_not_are_roles() -> None:
    """Each is one of the roles, and no amount is both summed up and 0."""
    assert {"invoice.date", "invoice.due_date", "payment.date"} == DAYS
    assert set() == (DAYS | SUMS | NONE_IN_XERO) - ROLES.keys()
    assert set() == SUMS & NONE_IN_XERO
