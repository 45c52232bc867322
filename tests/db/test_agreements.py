"""How far records agree, on each database: links, marks, copies and newest outcomes together."""

from __future__ import annotations

from dataclasses import replace

from tests.db.samples import NOW, link, outcome
from xtiger.db.store import SqlStore
from xtiger.model.agreement import CountedModule
from xtiger.model.links import Shadow
from xtiger.model.plans import Cause

MODULES = [CountedModule("Organizations", "Contact")]


def filled(store: SqlStore) -> None:
    """Five linked records, of which one is in step; one of the CRM and one of Xero alone."""
    for number in "12345":
        store.add_link(link(number, f"x{number}"))
    held = replace(outcome("3"), result="held", cause=Cause("name_missing", {}))
    out = replace(outcome("4"), result="excluded", cause=Cause("not_selected", {}))
    passing = replace(outcome("5"), result="held", cause=Cause("stopped_before", {"reason": "."}))
    store.add_outcomes([outcome("1"), outcome("2"), held, out, passing])
    store.mark("c1", "crm", "Organizations", ["2", "3", "5"], "saved", NOW)
    store.mark("c1", "xero", "Contact", ["x3", "x9"], "changed", NOW)
    store.mark("c1", "xero", "Contact", [""], "nobody knows which", NOW)
    copies = [
        *(Shadow("crm", "Organizations", one, {}, NOW) for one in ("1", "3", "7")),
        Shadow("crm", "Organizations", "8", {}, NOW, gone=True),
        *(Shadow("xero", "Contact", one, {}, NOW) for one in ("x1", "x3", "x8")),
        Shadow("xero", "Account", "a1", {}, NOW),
    ]
    store.save_shadows("c1", copies)


def test_each_record_is_counted_once(store: SqlStore) -> None:
    """In step 1; waiting 2, 5 and Xero's x9; 3 needs a person; 4, 7 and x8 are left out."""
    filled(store)

    found = store.agreement_counts({"c1": MODULES})

    assert {
        ("c1", "in_step"): 1,
        ("c1", "waiting"): 3,
        ("c1", "needs_you"): 1,
        ("c1", "left_out"): 3,
    } == found
    assert (1, 0) == (store.count_needing({"c1": MODULES}), store.count_needing({}))
    assert {} == store.agreement_counts({"other": MODULES}) == store.agreement_counts({})


def test_each_reason_of_a_module_is_counted(store: SqlStore) -> None:
    """Those in step have none; of another connection nothing counts."""
    filled(store)

    found = store.agreement_reasons("c1", MODULES[0])

    assert {
        ("in_step", "", 1),
        ("waiting", "", 1),
        ("waiting", "stopped_before", 1),
        ("needs_you", "name_missing", 1),
        ("left_out", "not_selected", 1),
        ("left_out", "", 1),
    } == {(one.agreement, one.code, one.count) for one in found}
    assert [] == store.agreement_reasons("other", MODULES[0])


def test_the_lists_are_what_was_counted(store: SqlStore) -> None:
    """Each with its ids, its kind and its newest outcome."""
    filled(store)
    left = store.agreements("c1", MODULES, "left_out")
    (needs,) = store.agreements("c1", MODULES, "needs_you")

    assert {("4", "x4"), ("7", None), (None, "x8")} == {(one.crm_id, one.xero_id) for one in left}
    assert ("Organizations", "Contact", "3") == (needs.module, needs.kind, needs.crm_id)
    assert needs.outcome is not None
    assert "held" == needs.outcome.result
    assert [] == store.agreements("c1", MODULES, "needs_you", code="name_too_long")
    assert [] == store.agreements("c1", MODULES, "needs_you", module="Products")
    assert 1 == len(store.agreements("c1", MODULES, "left_out", limit=2, offset=2))
