"""The keys of a configuration in words."""

from __future__ import annotations

import pytest

from xtiger.mapping.configuration import Change
from xtiger.mapping.editing.change_words import change_words


@pytest.mark.parametrize(
    ("section", "name", "wanted"),
    [
        ("Products", "conflict", ("Products", "conflict: WHO WINS WHEN BOTH CHANGED")),
        (
            "Invoices",
            "sales_account",
            ("Invoices", "sales_account: ACCOUNT OF LINES THAT NAME NONE"),
        ),
        (
            "Invoices",
            "tax:Half rate",
            ("Invoices", "tax:Half rate: XERO'S TAX RATE FOR Half rate"),
        ),
        ("Invoices", "colour:red", ("Invoices", "colour:red")),
        ("Invoices", "InvoiceNumber", ("Invoices", "InvoiceNumber")),
        ("start", "mode", ("start", "mode: ACTIVE, OR READ-ONLY: NOTHING IS SENT TO XERO")),
        ("start", "conflict", ("start", "conflict")),
        ("routing", "default", ("routing: WHICH ORGANISATION GETS WHAT", "default")),
        ("schedules", "Invoices proof", ("schedules", "Invoices proof")),
        ("templates", "conflict", ("templates", "conflict")),
        (
            "templates.Ours",
            "Sales orders tax:Half rate",
            (
                "templates.Ours",
                "Sales orders tax:Half rate: XERO'S TAX RATE FOR Half rate",
            ),
        ),
        ("templates.Ours", "modules", ("templates.Ours", "modules")),
        ("templates.Ours", "Sales orders Name", ("templates.Ours", "Sales orders Name")),
    ],
)
def test_a_key_stands_with_its_meaning(section: str, name: str, wanted: tuple[str, str]) -> None:
    """Settings, options with the word of their entry and answers; names of other people stay."""
    assert wanted == change_words(Change(section, name, "a", "b"), str.upper)


def test_a_section_has_the_name_of_its_page() -> None:
    """In another language; in English the key says the same already."""
    german = {"Schedule": "Zeitplan", "Mails": "Mails"}
    change = Change("schedules", "all", "", "10m")

    assert ("schedules: Zeitplan", "all") == change_words(change, german.__getitem__)
    assert "mails" == change_words(Change("mails", "a@b.example", "", "x"), german.__getitem__)[0]
