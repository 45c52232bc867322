"""The numbers of persons: none given twice, none lost, and an equal list changes nothing."""

from __future__ import annotations

from collections import Counter

from hypothesis import assume, given
from hypothesis import strategies as st

from xtiger.rules.contact_persons import (
    Entry,
    Known,
    Look,
    Register,
    contact_of,
    from_plain,
    full_name,
    is_person,
    mail_key,
    name_key,
    number_of,
    person_id,
    renumbered,
    same_people,
    to_plain,
)

words = st.sampled_from(["", "Ann", "Bob", "ann"])
mails = st.sampled_from(["", "a@x.example", "b@x.example", "A@x.example"])
looks = st.builds(Look, words, words, mails, st.booleans())
lists = st.lists(looks, max_size=6)


def read(*people: list[Look]) -> list[Register]:
    """The register after each of these lists, read one after the other."""
    found = [Register("c")]
    for one in people:
        found.append(renumbered(found[-1], one))
    return found[1:]


@given(st.lists(lists, min_size=1, max_size=5))
def test_every_list_is_kept_whole_with_numbers_of_its_own(history: list[list[Look]]) -> None:
    """Nobody is lost, in Xero's order, and two never share a number."""
    for people, register in zip(history, read(*history), strict=True):
        numbers = [entry.number for entry in register.entries]

        assert people == [entry.look for entry in register.entries]
        assert len(set(numbers)) == len(numbers)
        assert all(number < register.next for number in numbers)


@given(st.lists(lists, min_size=1, max_size=5))
def test_a_number_that_left_never_comes_back(history: list[list[Look]]) -> None:
    """Not even when the person does: its link says that it was gone."""
    seen: set[int] = set()
    here: set[int] = set()
    for register in read(*history):
        now = {entry.number for entry in register.entries}

        assert set() == (now - here) & seen
        seen |= now
        here = now


@given(st.lists(lists, min_size=1, max_size=4))
def test_an_equal_list_changes_nothing_in_any_order(history: list[list[Look]]) -> None:
    """Read again it is the same register; shuffled, everybody keeps the number of an equal look."""
    register = read(*history)[-1]
    people = [entry.look for entry in register.entries]
    shuffled = sorted(people, key=lambda look: (look.email, look.name))
    again = renumbered(register, shuffled)

    assert register == renumbered(register, people)
    assert {(e.number, e.look) for e in register.entries} == {
        (e.number, e.look) for e in again.entries
    }


@given(lists, lists)
def test_what_was_sent_is_known_again_whether_it_arrived_or_not(
    before: list[Look], wanted: list[Look]
) -> None:
    """After a lost answer both the old list and the new one keep the numbers they had."""
    assume(wanted)  # Xero takes no empty list
    register = read(before)[-1]
    numbers = [e.number for e in register.entries] + list(range(register.next, register.next + 9))
    after = tuple(Entry(n, look) for n, look in zip(numbers, wanted, strict=False))
    announced = register.announced(after)
    arrived = renumbered(announced, [e.look for e in after])

    assert {(e.number, e.look) for e in after} == {(e.number, e.look) for e in arrived.entries}
    assert max((e.number for e in after), default=0) < announced.next
    if len(set(before)) == len(before) and Counter(before) != Counter(wanted):
        assert list(register.entries) == list(renumbered(announced, before).entries)


def test_an_edited_person_keeps_its_number() -> None:
    """A new name with the old address, or a new address with the old name."""
    ann, bob = Look("Ann", "Lee", "ann@x.example"), Look("Bob", "Ray")
    first, second = read(
        [ann, bob], [Look("Bob", "Ray", "bob@x.example"), Look("Anna", "Lee", "ANN@x.example")]
    )

    assert [1, 2] == [entry.number for entry in first.entries]
    assert [2, 1] == [entry.number for entry in second.entries]


def test_who_cannot_be_told_apart_is_new() -> None:
    """Two with the same address: one of them under a new name could be either."""
    ann, bob = Look("Ann", "Lee", "info@x.example"), Look("Bob", "Ray", "info@x.example")
    _, second = read([ann, bob], [Look("Cid", "Fox", "info@x.example")])

    assert [3] == [entry.number for entry in second.entries]


def test_a_register_is_kept_as_plain_data() -> None:
    """With what was under way."""
    register = read([Look("Ann", "Lee"), Look("Bob", "Ray")])[-1]
    open_ = register.announced([Entry(1, Look("Anna", "Lee")), Entry(3, Look("Cid", "Fox"))])

    assert open_ == from_plain("c", to_plain(open_))
    assert 4 == open_.next


def test_ids_name_the_contact_and_the_number() -> None:
    """A contact's own id is its own."""
    assert ("c-1", 3) == (contact_of(person_id("c-1", 3)), number_of(person_id("c-1", 3)))
    assert (True, False) == (is_person(person_id("c-1", 3)), is_person("c-1"))
    assert ("c-1", 0) == (contact_of("c-1"), number_of("c-1"))
    assert None is Register("c").entry(1)


def test_what_xero_leaves_out_is_empty() -> None:
    """A person may have a first name and nothing else."""
    assert Look("Ann") == Look.of({"FirstName": " Ann ", "LastName": None})
    assert {"FirstName": "Ann", "LastName": "", "EmailAddress": "", "IncludeInEmails": True} == (
        Look.of({"FirstName": "Ann", "IncludeInEmails": True}).element()
    )
    assert "Ann Lee" == full_name(" Ann ", "Lee")


people = st.lists(
    st.tuples(st.sampled_from(["", "a@x", "b@x"]), st.sampled_from(["", "ann", "bob"])), max_size=4
)


@given(people, people)
def test_people_are_paired_at_most_once(
    ours: list[tuple[str, str]], theirs: list[tuple[str, str]]
) -> None:
    """One to one, and only by an equal address or name."""
    left = {f"o{n}": Known(f"o{n}", *one) for n, one in enumerate(ours)}
    right = {f"t{n}": Known(f"t{n}", *one) for n, one in enumerate(theirs)}
    found = same_people(list(left.values()), list(right.values()))

    assert len(set(found.values())) == len(found)
    assert all(
        left[a].mail == right[b].mail or left[a].name == right[b].name for a, b in found.items()
    )


def test_address_and_name_go_before_either_alone() -> None:
    """A shared box is no proof where the names say more."""
    ours = [Known("1", "info@x", "ann"), Known("2", "info@x", "bob")]
    theirs = [Known("a", "info@x", "bob"), Known("b", "info@x", "ann")]

    assert {"1": "b", "2": "a"} == same_people(ours, theirs)
    assert {} == same_people(ours, [Known("c", "info@x", "cid")])


def test_a_person_is_found_by_its_number_while_it_is_listed() -> None:
    """One that left is not there any more."""
    first, second = read([Look("Ann", "", ""), Look("Bob", "", "")], [Look("Bob", "", "")])
    bob = first.entries[1]

    assert (None, bob.number) == (
        second.entry(first.entries[0].number),
        getattr(second.entry(bob.number), "number", None),
    )


def test_addresses_of_one_box_are_equal() -> None:
    """In any case, without blanks; none is no box."""
    assert ("a@x.example", "") == (mail_key(" A@x.Example "), mail_key(None))


def test_equal_names_have_one_key() -> None:
    """First and last name together, in any case."""
    assert name_key("ANN", "lee") == name_key("Ann ", " Lee")


def test_ids_of_a_list_are_those_of_its_persons() -> None:
    """In Xero's order."""
    (register,) = read([Look("Ann", "", ""), Look("Bob", "", "")])

    assert [person_id("c", one.number) for one in register.entries] == register.ids()
