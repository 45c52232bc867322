"""Which texts of a record give a person away."""

from __future__ import annotations

from xtiger.rules.privacy.known_texts import by_roles, known_texts, raw_numbers


def test_names_mails_and_numbers_in_this_order() -> None:
    """Both orders of a name, each once, without blanks around."""
    values = {
        "Phones.DEFAULT": "09 555 1234",
        "EmailAddress": " ann@o.example ",
        "Name": "Ann Lee",
        "FirstName": "Ann",
        "LastName": "Lee",
    }

    assert ["Ann Lee", "Lee Ann", "Lee, Ann", "ann@o.example", "09 555 1234"] == known_texts(values)


def test_what_names_nobody_is_left_out() -> None:
    """A first name alone, an extension of four digits, what is empty or no text."""
    values = {"FirstName": "Ann", "Phones.FAX": "1234", "Name": None, "EmailAddress": 7}

    assert [] == known_texts(values)
    assert [] == known_texts({"LastName": "Lee"})


def test_values_by_role_become_those_of_xero() -> None:
    """What no person is known by is left out."""
    assert {"Name": "A", "Phones.MOBILE": "0211"} == by_roles(
        {"name": "A", "mobile": "0211", "website": "x"}
    )


def test_numbers_of_a_raw_contact() -> None:
    """Each as it is stored, beside the whole number; what is no phone is passed over."""
    payload = {"Phones": [{"PhoneNumber": "555 1234", "PhoneAreaCode": "09"}, "x"]}

    assert {"Phones.0": "555 1234"} == raw_numbers(payload)
    assert {} == raw_numbers({"Phones": None})
