"""The lines of a configuration's keys, and the mistakes that name them."""

from __future__ import annotations

from xtiger.mapping.editing.places import line_of_error, lines_of, with_lines

TEXT = (
    """# what is decided = 1
format = 1
[start]
from = 2026-04-01 # [no.table]

[ modules . "A B" ]
enabled = true
role = "x # [y]"; """.replace("; ", "\n")
    + """statuses = ["a, ]", 'b']
text = \"\"\"
[modules.Fake]
\"\"\"
fields = [ # a comment, with { and ]
    {crm = "a", xero = 'b'},

    {crm = "c", xero = "d", direction = "up"},
]

[modules.C.options]
list = []
days = 7

[modules.C.options.tax]
"VAT 20 %" = "X"
[[rules]]
one.two = {}
"""
)


def test_each_key_row_and_cell_has_its_line() -> None:
    """Comments, quotes and texts of several lines do not lead astray."""
    lines = lines_of(TEXT)

    assert {
        "format": 2,
        "start": 3,
        "start.from": 4,
        "modules.A B": 6,
        "modules.A B.enabled": 7,
        "modules.A B.role": 8,
        "modules.A B.statuses, row 2": 9,
        "modules.A B.text": 10,
        "modules.A B.fields": 13,
        "modules.A B.fields, row 1": 14,
        "modules.A B.fields, row 2": 16,
        "modules.A B.fields, row 2, direction": 16,
        "modules.C.options": 19,
        "modules.C.options.days": 21,
        "modules.C.options.tax.VAT 20 %": 24,
        "modules.C.options.tax:VAT 20 %": 24,
        "rules": 25,
        "rules.one.two": 26,
    }.items() <= lines.items()
    assert "modules.Fake" not in lines


def test_a_mistake_names_the_line_of_its_place() -> None:
    """The narrowest place that it begins with; one that is nowhere in the text has none."""
    said = with_lines(
        [
            "modules.A B.fields, row 2: direction is 'up'.",
            "modules.A B.enabled cannot be 'x'",
            "modules.A B.colour is not known",
            "modules.A Bee: the CRM has no such module.",
            "modules.C.options.tax:VAT 20 %: Xero has no active tax rate",
        ],
        TEXT,
    )

    assert [16, 7, 6, 0, 24] == [
        int(one.split(":")[0].removeprefix("Line ")) if one.startswith("Line ") else 0
        for one in said
    ]


def test_what_is_no_toml_has_the_line_of_its_parser_alone() -> None:
    """Where it names one."""
    assert {} == lines_of("a = ")
    assert ("Line 1: ", "") == (line_of_error("Invalid (at line 1, column 5)"), line_of_error("x"))
