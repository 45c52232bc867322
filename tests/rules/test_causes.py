"""The builder of causes: a cause has the data of its sentence, no less and no more."""

from __future__ import annotations

import pytest

from xtiger.errors import Broken, BrokenCause
from xtiger.model.plans import Cause
from xtiger.rules.causes import cause_from, cause_of


def test_a_cause_has_its_code_and_the_data_of_its_sentence() -> None:
    """Names in braces become keywords, also where one of them is called code."""
    assert [
        Cause("total_differs", {"crm_total": "12.00", "xero_total": "11.99"}),
        Cause("code_too_long", {"code": "X", "length": 31}),
        Cause("lines_missing", {}),
    ] == [
        cause_of("total_differs", crm_total="12.00", xero_total="11.99"),
        cause_of("code_too_long", code="X", length=31),
        cause_of("lines_missing"),
    ]


def test_missing_and_surplus_data_are_a_bug_that_is_named() -> None:
    """Else people would read a question mark, or the place means another code."""
    with pytest.raises(BrokenCause) as missing:
        cause_of("total_differs", crm_total="12.00")
    with pytest.raises(BrokenCause) as surplus:
        cause_of("total_differs", crm_total="12.00", xero_total="11.99", line=1)

    assert ("xero_total",) == missing.value.missing
    assert ("line",) == surplus.value.surplus
    assert (
        "The cause total_differs does not fit its sentence in the catalogue (missing: xero_total). "
        "Correct the place that makes it, or the entry."
    ) == str(missing.value)
    assert "(not in it: line)" in str(surplus.value)
    assert isinstance(surplus.value, Broken)


def test_names_of_a_cure_alone_are_needed_too() -> None:
    """The account's sentence does not say where another one is chosen; its cure does."""
    with pytest.raises(BrokenCause) as error:
        cause_of("account_unknown", account="299")

    assert ("where",) == error.value.missing


def test_the_module_comes_from_the_record() -> None:
    """A cause may name another one, as of a parent; it need not."""
    assert {"module": "Invoices"} == cause_of("not_carried", module="Invoices").data
    assert {} == cause_of("not_carried").data


def test_optional_data_may_come_or_not() -> None:
    """As the entry says; why a parent waits is found later."""
    assert {"parent": "Acme"} == cause_of("waits_for_parent", parent="Acme").data
    assert "id" in cause_of("waits_for_parent", parent="Acme", id="7").data
    with pytest.raises(BrokenCause):
        cause_of("waits_for_parent", parent="Acme", colour="red")


def test_of_what_is_known_a_cause_takes_what_it_names() -> None:
    """One table of data for several codes; what is missing in it is a bug all the same."""
    known = {"name": "Acme", "number": "N1", "code": "C1"}

    assert Cause("number_taken", {"number": "N1"}) == cause_from("number_taken", known)
    with pytest.raises(BrokenCause):
        cause_from("code_taken", known)


def test_a_stored_cause_is_taken_as_it_is() -> None:
    """A code and data of another release load, and are told apart by their code."""
    kept = Cause.of_store("line_discount_dropped", {"line": 2}, [Cause("lines_missing")])

    assert ("line_discount_dropped", {"line": 2}) == (kept.code, kept.data)
    assert ["line_discount_dropped", "lines_missing"] == [one.code for one in kept.each()]
