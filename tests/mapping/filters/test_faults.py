"""What is wrong with a filter, as a sentence."""

from __future__ import annotations

from xtiger.mapping.filters.faults import FilterFault


def test_the_sentence_names_field_and_value() -> None:
    """In English, and as data for the other languages."""
    fault = FilterFault("filter_number", field="total", value="much")

    assert "total is a number, and much is none." == str(fault)
    assert {"field": "total", "value": "much"} == fault.values
