"""Code asks what is true of a kind, not its name; each question that is left has its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import PACKAGES, name_of, python_files
from xtiger.engine.cycle.kind_parts import KIND_PARTS
from xtiger.mapping.listings import LISTINGS
from xtiger.mapping.xero_fields import XERO_FIELDS
from xtiger.mapping.xero_schema import SCHEMAS
from xtiger.model.roles import MODULE_ROLES
from xtiger.plugin import MODULES
from xtiger.rules.kinds import KINDS, LISTED

ROLES = frozenset(MODULE_ROLES)
#: The sandbox judges us and shares no code with us; the demo is a CRM of its own.
APART = ("xtiger/sandbox/", "xtiger/demo/")
#: File → (questions and tables that name a kind or a role, why they do).
LEFT = {
    "xtiger/services/syncing/crm_events.py": (1, "the invoice of a won sale"),
    "xero_accounts/panel.py": (1, "which accounts a panel shows"),
    "xtiger/engine/cycle/kind_parts.py": (1, "the registry: which parts work for each kind"),
    "xtiger/engine/cycle/rereading.py": (1, "items are a list that holds are judged by"),
    "xtiger/engine/observe/both_sides.py": (4, "how each list of settings is kept"),
    "xtiger/engine/observe/contact_uses.py": (1, "it is about contacts"),
    "xtiger/engine/observe/erased.py": (2, "persons are contacts, organisations and people"),
    "xtiger/model/privacy/marks.py": (1, "only contacts list persons"),
    "xtiger/engine/pair/candidates.py": (1, "the role is part of our key of a contact"),
    "xtiger/engine/pair/contact_owners.py": (2, "it is about contacts"),
    "xtiger/engine/pair/pairing.py": (1, "two modules share the contacts, by more than a code"),
    "xtiger/engine/plan/invoice/figures.py": (2, "it is about invoices and their payments"),
    "xtiger/engine/plan/invoice/sold_items.py": (1, "it is about lines, which sell items"),
    "xtiger/engine/plan/kind_judge.py": (1, "of contacts alone Xero says who is a customer"),
    "xtiger/engine/plan/planner.py": (1, "payments wait for invoices"),
    "xtiger/engine/workbench/contact_name.py": (2, "it is about contacts of the CRM"),
    "xtiger/engine/workbench/scope.py": (1, "the one place that says which records are people"),
    "xtiger/hosts/scaffold/modules.py": (1, "goods and services look alike"),
    "xtiger/hosts/scaffold/words.py": (2, "what each role is called in real apps"),
    "xtiger/hosts/vtiger/modules.py": (5, "the CRM's own modules"),
    "xtiger/hosts/vtiger/records.py": (2, "the CRM's own modules"),
    "xtiger/mapping/check.py": (1, "an option that only items have"),
    "xtiger/mapping/option_specs.py": (1, "which options a mapping of a kind has"),
    "xtiger/mapping/matching/rule_text.py": (1, "people have no account number"),
    "xtiger/mapping/xero_schema.py": (1, "how the JSON of each kind is read"),
    "xtiger/mapping/default_rows.py": (1, "what each role begins with"),
    "xtiger/mapping/editing/templates.py": (1, "what a plain mapping has of each role"),
    "xtiger/model/roles.py": (2, "what each is called; invoices alone have lines with roles"),
    "xtiger/db/migrations/versions/v0014_received.py": (2, "what a store of before may hold"),
    "xtiger/db/migrations/versions/v0015_notices.py": (3, "what a store of before may hold"),
    "xtiger/rules/customers/document_money.py": (
        1,
        "which kinds have money, and where its number stands",
    ),
    "xtiger/cli/root.py": (1, "two commands are called as roles are"),
    "xtiger/hosts/received.py": (2, "describes the module of payments where a CRM has none"),
    "xtiger/services/facts/panel_facts.py": (1, "the panel of an invoice has a type"),
    "xtiger/testing/check.py": (3, "what a CRM must describe of each role"),
}


def texts(node: ast.expr | None) -> set[str]:
    """The texts of a literal: of one, or of those in a tuple, list or set."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return {text for one in node.elts for text in texts(one)}
    return set()


def named(node: ast.AST) -> bool:
    """Whether this compares something with the name of a kind or role, or is a table of kinds."""
    if isinstance(node, ast.Compare):
        found = {text for one in (node.left, *node.comparators) for text in texts(one)}
        return bool(found & KINDS.keys()) or (bool(found & ROLES) and "role" in ast.unparse(node))
    if not isinstance(node, ast.Dict):
        return False
    keys = {text for key in node.keys for text in texts(key)}
    return len(keys & KINDS.keys()) > 1 or len(keys & ROLES) > 1


def questions(path: Path) -> Iterator[int]:
    """The lines of a file that name a kind where a trait could be asked."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if named(node):
            yield getattr(node, "lineno", 0)


def test_a_question_is_told_from_a_name() -> None:
    """Comparing with a kind counts, alone and in a list, and a table of kinds; no plain text."""
    said = (
        "kind == 'Item'",
        "kind in ('Item', 'x')",
        "{'Item': 1, 'Invoice': 2}",
        "role == 'invoice'",
    )
    silent = "kind == other", "f('Item')", "{'Item': 1}", "word == 'invoice'"
    trees = [[ast.parse(one, mode="eval").body for one in some] for some in (said, silent)]

    assert [[True] * 4, [False] * 4] == [[named(tree) for tree in some] for some in trees]


def test_each_question_that_is_left_has_its_reason() -> None:
    """No other file asks for the name of a kind, and none of these more often than it says."""
    found = {}
    for path in python_files():
        name = name_of(path)
        if name.split("/")[0] in PACKAGES and not name.startswith(APART):
            lines = list(questions(path))
            if len(lines) != LEFT.get(name, (0, ""))[0]:
                found[name] = lines

    assert {} == found
    assert all(reason for _, reason in LEFT.values())


def test_a_kind_that_is_synced_can_be_read_and_mapped() -> None:
    """Each kind that a module meets has its schema and its fields."""
    met = ((sync.kind, sync.alone_kind, *sync.other_kinds) for sync in MODULES)
    synced = {kind for kinds in met for kind in kinds if kind}

    assert synced <= SCHEMAS.keys() & XERO_FIELDS.keys()
    assert synced == KIND_PARTS.keys()


def test_a_kind_that_is_listed_has_its_columns() -> None:
    """The row that names its module and its list go together, and nothing syncs it."""
    assert {row.kind for row in LISTED.values()} == LISTINGS.keys()
    assert not LISTINGS.keys() & {sync.kind for sync in MODULES}
