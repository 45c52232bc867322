"""A value names a person in sentences by what tells, and beside its id by any of its texts."""

from __future__ import annotations

from xtiger.model.privacy.naming import names, without
from xtiger.model.privacy.person import ERASED, Person, Place
from xtiger.model.values import Plain

ANN = Person((Place("c1", "crm", "Contacts", "7"),), "Ann Lee", ("Ann Lee", "ann@o.example"))
FIRM = Person((Place("c1", "xero", "Contact", "x7"),), "Invoice", ("Invoice",))


def test_plain_values_keep_their_shape() -> None:
    """Texts change wherever they stand; keys, labels, numbers and bytes do not."""
    value: Plain = {
        "Ann Lee": ["for ann lee", 7, None, b"Ann Lee"],
        "b": ("x",),
        "label": "Ann Lee",
    }
    cleared = {"Ann Lee": [f"for {ERASED}", 7, None, b"Ann Lee"], "b": ["x"], "label": "Ann Lee"}

    assert cleared == without(value, ANN)
    assert names(value, ANN)
    assert not names({"Ann Lee": 1, "code": "Ann Lee"}, ANN)


def test_a_word_of_the_trade_names_beside_the_id_and_in_fields_of_parties() -> None:
    """There alone, and only as the whole value."""
    assert names({"Contact": {"ContactID": "x7", "Name": " invoice "}}, FIRM)
    assert names({"Contact.Name": "Invoice"}, FIRM)
    assert names({"Addresses": [{"AttentionTo": "Invoice"}]}, FIRM)
    assert not names({"Contact": {"ContactID": "x7", "Name": "Invoice Kings"}}, FIRM)
    assert not names({"ContactID": "x8", "Type": "Invoice", "Contact": {"Name": "-"}}, FIRM)
    assert not names({"Name": "Invoice", "differences": [{"Invoice": ["Invoice"]}]}, FIRM)


def test_halves_of_a_name_go_beside_the_address() -> None:
    """On a list of persons, where nothing else says whose they are."""
    listed: Plain = [
        {"FirstName": "Ann", "LastName": "", "EmailAddress": " ANN@o.example"},
        {"FirstName": "Ann", "LastName": "Kahu", "EmailAddress": None},
    ]

    assert [
        {"FirstName": ERASED, "LastName": "", "EmailAddress": ERASED},
        {"FirstName": "Ann", "LastName": "Kahu", "EmailAddress": None},
    ] == without(listed, ANN)


def test_what_another_firm_is_called_is_no_word_about_this_one() -> None:
    """Beside another id a longer name is that firm's own; its texts count."""
    other = {"ContactID": "x8", "Name": "Ann Lee Gardens"}

    assert not names({"Contact": other}, ANN)
    assert names({"Contact": {**other, "Notes": "Ask Ann Lee"}}, ANN)
