"""Marks know an erased person again by its ids and addresses, and tell nobody who it was."""

from __future__ import annotations

from xtiger.model.privacy.marks import Marks, bare, mark, marks_of
from xtiger.model.privacy.person import Person, Place

KEY = b"only for tests"
ANN = Person(
    (Place("c1", "crm", "Contacts", "7"), Place("c1", "xero", "Contact", "X7")),
    "Ann",
    ("Ann", "ann@o.example"),
)
MARKS = Marks(KEY, frozenset(marks_of(KEY, ANN)))
RAW = {"ContactID": "x7", "Name": "Ann", "ContactStatus": "ACTIVE"}


def test_ids_and_addresses_are_known_in_any_case() -> None:
    """Others are not, nor what is no text; without marks nobody is."""
    assert MARKS.has_record("Contacts", "7")
    assert MARKS.has_record("Contact", "x7")
    assert not MARKS.has_record("Organizations", "7")
    assert MARKS.has_mail(" ANN@o.example")
    assert not any(MARKS.has_mail(one) for one in ("bo@o.example", "", None, 7))
    assert not Marks(KEY).has_mail("ann@o.example")
    assert not Marks(KEY).has_record("Contacts", "7")


def test_digests_hold_nothing_of_it_and_need_the_key() -> None:
    """Who has the digests alone cannot try all addresses."""
    assert "ann" not in "".join(MARKS.digests).lower()
    assert mark(b"another key", "mail", "ann@o.example") not in MARKS.digests


def test_what_a_person_types_is_looked_up() -> None:
    """An address of a record, an id of Xero's, an e-mail address; another finds nothing."""
    for typed in ("Contacts:7", "x7", "ann@o.example"):
        assert 1 == len(MARKS.named(typed)), typed
    assert not MARKS.named("Contacts:8")


def test_an_element_keeps_ids_alone() -> None:
    """Its own, that of a document's contact however deep, and a place on a list."""
    payment = {"Invoice": {"Contact": RAW, "Total": 1}, "Lines": [{"Contact": RAW}, "x"]}
    firm = {
        "ContactID": "f",
        "ContactPersons": [{"EmailAddress": "ann@o.example"}, {"EmailAddress": "bo@o.example"}],
    }
    left = {"ContactID": "x7", "ContactStatus": "ACTIVE"}

    assert left == MARKS.without_erased("Contact", RAW) == bare(RAW)
    assert {"Invoice": {"Contact": left, "Total": 1}, "Lines": [{"Contact": left}, "x"]} == (
        MARKS.without_erased("Payment", payment)
    )
    assert [{}, {"EmailAddress": "bo@o.example"}] == (
        MARKS.without_erased("Contact", firm)["ContactPersons"]
    )
    assert {"ContactID": "f"} == MARKS.without_erased("Contact", {"ContactID": "f"})
    assert RAW is Marks().without_erased("Contact", RAW)
