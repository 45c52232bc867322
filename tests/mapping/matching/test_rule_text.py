"""Matching rules as they are typed: what each entry says, the usual ones, and what is refused."""

from __future__ import annotations

import pytest

from xtiger.mapping.matching.rule_text import (
    matching_problem,
    once_only,
    read_rule,
    rules_of,
    written_rule,
)
from xtiger.model.matching.match_rules import MatchRule
from xtiger.model.records import Field, Module

FIRMS = Module(
    "Firms",
    "organisation",
    "Firms",
    (Field("mail", "email", role="organisation.email"), Field("old_id")),
)
PEOPLE = Module("People", "contact", "People", (Field("cell", role="contact.mobile"),))
NUMBER, NAME, NEAR = MatchRule("number", links=True), MatchRule("name"), MatchRule("near_name")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("email=propose", MatchRule("email")),
        (" E-Mail-x ", None),
        ("email", MatchRule("email")),
        ("number", MatchRule("number", links=True)),
        ("Tax-Number = Link", MatchRule("tax_number", links=True)),
        ("id:old_id", MatchRule("id", links=True, field="old_id")),
        ("id:old_id=propose", MatchRule("id", field="old_id")),
        ("id", None),
        ("id:=link", None),
        ("email:mail", None),
        ("email:", None),
        ("email=maybe", None),
        ("email=", None),
    ],
)
def test_an_entry_is_read(text: str, rule: MatchRule | None) -> None:
    """Rule, field of an own id, and what comes of what it finds."""
    assert rule == read_rule(text)


@pytest.mark.parametrize("text", ["email=propose", "number=link", "id:old_id=link"])
def test_a_rule_is_written_as_it_is_read(text: str) -> None:
    """With what comes of what it finds, also where it goes without saying."""
    rule = read_rule(text)

    assert rule is not None
    assert text == written_rule(rule)


def test_without_rules_the_usual_ones_hold() -> None:
    """The number links, an equal name proposes, a near one of contacts, too."""
    assert (NUMBER, NAME, NEAR) == rules_of((), "Contact")
    assert (NUMBER, NAME) == rules_of((), "Item")


def test_what_xero_takes_once_is_always_looked_up() -> None:
    """Where it is not named it proposes at the end; a name of items may stand twice."""
    email, number = MatchRule("email"), MatchRule("number")

    assert (email, number, NAME) == rules_of(("email",), "Contact")
    assert (NAME, email, number) == rules_of(("name", "email"), "Contact")
    assert (NAME, number) == rules_of(("name",), "Item")
    assert (number, NAME) == once_only(rules_of(("email", "near_name"), "Contact"), "Contact")
    assert (number,) == once_only(rules_of(("name",), "Item"), "Item")


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ((), ""),
        (("id:old_id=link", "number", "name", "near_name", "email=link", "domain_name"), ""),
        (("email=maybe",), "matching_unreadable"),
        (("email", "email=link"), "matching_twice"),
        (("near_name=link",), "matching_near"),
        (("phone",), "matching_not_here"),
        (("tax_number",), "matching_not_here"),
        (("id:gone",), "matching_field"),
    ],
)
def test_what_cannot_work_is_refused(texts: tuple[str, ...], code: str) -> None:
    """A CRM without telephone numbers cannot be matched by them."""
    found = matching_problem(texts, FIRMS, "organisation", "Contact", "Firms")

    assert code == (found[0] if found else "")


def test_people_items_and_documents_have_their_own_rules() -> None:
    """A person has no account number, an item no address, and documents none of these."""

    def code(text: str, role: str, kind: str, module: Module | None = None) -> str:
        found = matching_problem((text,), module, role, kind, "M")
        return found[0] if found else ""

    assert "" == code("phone", "contact", "Contact", PEOPLE)
    assert "matching_not_here" == code("email", "contact", "Contact", PEOPLE)
    assert "matching_not_here" == code("number", "contact", "Contact")
    assert "" == code("name=link", "product", "Item")
    assert "matching_not_here" == code("email", "product", "Item")
    assert "matching_not_here" == code("number", "invoice", "Invoice")
    assert "" == code("id:anything", "organisation", "Contact")
