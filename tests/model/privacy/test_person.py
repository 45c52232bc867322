"""A person is known again in every spelling of texts, and by nothing shorter than three signs."""

from __future__ import annotations

import pytest

from xtiger.model.privacy.person import ERASED, Person, Place

ANN = Person(
    (Place("c1", "crm", "Contacts", "7"), Place("c1", "xero", "Contact", "x7")),
    "Ann O'Tāne",
    ("Ann O'Tāne", "ann@o.example", "Al", "09 555 1234", "ANN@o.example"),
)


@pytest.mark.parametrize(
    "text",
    [
        "Invoice of ann o'tāne.",
        'where=Name=="Ann+O%27T%C4%81ne"',
        "<p>Ann O&#x27;Tāne</p>",
        '"Ann O\'T\\u0101ne"',
        "Ann\n  O'Tāne",
        "mailto:Ann@O.example",
    ],
)
def test_it_is_found_in_every_spelling(text: str) -> None:
    """In JSON, HTML, addresses of the web, broken lines, upper and lower case."""
    assert ANN.is_in(text)
    assert ERASED in ANN.without(text)
    assert not ANN.is_in(ANN.without(text))


@pytest.mark.parametrize("text", ["Joann O'Tāne", "Also", "x09 555 12345", ""])
def test_other_words_are_left(text: str) -> None:
    """What only holds its letters, and what is too short to name anybody."""
    assert not ANN.is_in(text)
    assert text == ANN.without(text)


def test_one_of_whom_no_text_is_known_is_in_none() -> None:
    """An empty list of texts finds nothing, in place of everything."""
    nobody = Person(ANN.places[:1])

    assert not nobody.is_in("anything")
    assert "anything" == nobody.without("anything")


def test_a_name_that_is_a_word_of_others_is_in_no_sentence() -> None:
    """A firm called Invoice has an address that tells, and a name that does not."""
    firm = Person(ANN.places[:1], "Invoice", ("Invoice", "Due Date", "bills@i.example"))

    assert ("bills@i.example",) == firm.telling
    assert not firm.is_in("Invoice INV-1: Due Date is missing")
    assert {"Invoice", "Due+Date"} <= set(firm.spellings)


def test_its_address_and_mails() -> None:
    """The first record names it; one address in two spellings is one."""
    assert "Contacts:7" == ANN.address
    assert ("ann@o.example",) == ANN.emails
