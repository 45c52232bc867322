"""What can be wrong with a filter, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: What is wrong with a filter, by code; a sentence with {fields}, which is translated as it is.
FILTER_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "filter_too_long": "The filter is too long; {length} characters are the most.",
        "filter_no_field": "The filter needs the name of a field, not “{place}”.",
        "filter_no_operator": "After {field} the filter needs one of {operators}, not “{place}”.",
        "filter_no_value": (
            "After {field} {operator} the filter needs a value, not “{place}”; texts of several "
            "words stand in quotes."
        ),
        "filter_rest": (
            "The filter cannot be read from “{place}” on; conditions are joined by and or or, and "
            "texts of several words stand in quotes."
        ),
        "filter_open": "The filter opens a bracket that it does not close.",
        "filter_deep": "The filter has too many brackets within each other.",
        "filter_strange_field": "{module} have no field {field} in this CRM; they have: {known}.",
        "filter_not_here": "{operator} cannot be asked of {field}; it takes: {operators}.",
        "filter_number": "{field} is a number, and {value} is none.",
        "filter_day": (
            "{field} is a day, and {value} is none; write it as 2026-11-30, today or "
            "today - 30 days."
        ),
        "filter_period": (
            "{value} is no period; write it as last 30 days, this year, last month or next week."
        ),
        "filter_flag": "{field} is yes or no, and {value} is neither.",
        "filter_choice": "{field} has no value {value}; it has: {known}.",
    }
)


class FilterFault(ValueError):
    """A filter that cannot be read, or does not fit the fields of its module."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(FILTER_FAULTS[code].format_map(values))
        self.code, self.values = code, values
