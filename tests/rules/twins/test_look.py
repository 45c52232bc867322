"""Looks: one spelling for each part of a record, whoever wrote it."""

from __future__ import annotations

import pytest

from xtiger.rules.twins.look import (
    Look,
    all_plainly,
    email_domain,
    firm_domain,
    plain_email,
    plain_phone,
    plain_tax,
    plainly,
    same_phone,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Info+shop@ACME.example ", "info@acme.example"),
        ("mailto:a@b.example", "a@b.example"),
        ("nobody", ""),
        ("a@localhost", ""),
        ("@b.example", ""),
        ("", ""),
    ],
)
def test_an_address_has_one_spelling(text: str, expected: str) -> None:
    """Case and what stands after a plus do not count; what is no address is none."""
    assert expected == plain_email(text)


@pytest.mark.parametrize(
    ("email", "domain", "firm"),
    [
        ("a@mail.acme.co.uk", "acme.co.uk", "acme.co.uk"),
        ("a@mail.acme.example", "acme.example", "acme.example"),
        ("a@acme.de", "acme.de", "acme.de"),
        ("a@shop.acme.de", "acme.de", "acme.de"),
        ("a@gmail.com", "gmail.com", ""),
        ("nobody", "", ""),
    ],
)
def test_the_domain_is_that_of_the_firm(email: str, domain: str, firm: str) -> None:
    """Subdomains do not count, and a domain that anybody can have says nothing."""
    assert (domain, firm) == (email_domain(email), firm_domain(email))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("+44 (0)113 496 0000", "0113 496 0000", True),
        ("0044 113 4960000", "0113/496-0000", True),
        ("+45 12 34 56 78", "12345678", True),
        ("0113 496 0000 ext. 12", "0113 496 0000", True),
        ("0113 496 0000", "0113 496 0001", False),
    ],
)
def test_a_number_is_known_with_and_without_its_country(one: str, other: str, same: bool) -> None:
    """Signs, a trunk zero and an extension do not count."""
    assert same == same_phone(plain_phone(one), plain_phone(other))


def test_a_few_digits_are_no_number() -> None:
    """An extension alone reaches nobody."""
    assert "" == plain_phone("12")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GB 123 4567 89", ("GB", "123456789")),
        ("123-456-789", ("", "123456789")),
        ("ESB1234567", ("ES", "B1234567")),
        ("DE", ("", "")),
        ("0000000", ("", "")),
        ("NONE KNOWN", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_tax_number_is_known_with_and_without_its_country(
    text: str, expected: tuple[str, str]
) -> None:
    """What stands for none is none."""
    assert expected == plain_tax(text)


def test_the_words_tell_a_firm_from_others() -> None:
    """Articles, "and", legal forms and forms that stand in front are no words of a name."""
    found = plainly(Look("crm", "1", "The Fish & Chips Company Ltd", number=" a 1 ", place="LS1 4"))

    assert (("fish", "chips"), "fishchips", "a1", "ls14") == (
        found.words,
        found.joined,
        found.number,
        found.place,
    )


def test_a_name_of_small_words_keeps_them() -> None:
    """A firm that is called The The is not without a name; one without a name has no words."""
    assert ("the", "the") == plainly(Look("crm", "1", "The The")).words
    assert ((), "") == (plainly(Look("crm", "1")).words, plainly(Look("crm", "1")).joined)


@pytest.mark.parametrize(
    "name", ["Acme Sp. z o.o.", "Acme s.r.o.", "Acme d.o.o.", "Acme Kft.", "Acme OÜ", "Acme Oyj"]
)
def test_legal_forms_of_many_countries_do_not_count(name: str) -> None:
    """Poland, Bohemia, Slovenia, Hungary, Estonia, Finland."""
    assert ("acme",) == plainly(Look("crm", "1", name)).words


def test_records_stand_in_one_order() -> None:
    """Whatever order they came in, the same is compared."""
    looks = [Look("xero", "1"), Look("crm", "2"), Look("crm", "1")]

    assert [("crm", "1"), ("crm", "2"), ("xero", "1")] == [
        one.look.key for one in all_plainly(looks)
    ]
