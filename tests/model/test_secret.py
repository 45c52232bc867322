"""A secret shows itself nowhere but at the door that asks for it."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass

import pytest

from xtiger.model.secret import HiddenBytes, Secret, hide

TEXT = "not-for-logs"


def test_it_shows_itself_nowhere() -> None:
    """Not printed, formatted, quoted, copied or as the fields of an object."""
    secret = Secret(TEXT)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>20}", "%s" % secret]  # noqa: UP031
    shown += [repr(copy.copy(secret)), repr(copy.deepcopy([secret])), repr([secret])]

    assert [] == [text for text in shown if TEXT in text]


def test_it_gives_its_text_when_asked() -> None:
    """A secret of a secret is the same one."""
    assert TEXT == Secret(Secret(TEXT)).reveal()


def test_equal_texts_are_equal_secrets() -> None:
    """So that frozen data compares; a plain text is never equal to one."""
    one = Secret(TEXT)

    assert {one} == {Secret(TEXT)}
    assert (True, False, False) == (one == Secret(TEXT), one == Secret("x"), one == TEXT)


def test_an_empty_one_is_false() -> None:
    """As an empty text is."""
    assert (True, False) == (bool(Secret(TEXT)), bool(Secret("")))


def test_it_is_not_pickled() -> None:
    """A pickle would write it to a disk or a queue."""
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(TEXT))


def test_bytes_on_their_way_do_not_show_themselves() -> None:
    """They are the bytes for the connection and hidden for people."""
    body = HiddenBytes(TEXT.encode())

    assert TEXT.encode() == bytes(body)
    assert [] == [text for text in (str(body), repr(body), f"{body}") if TEXT in text]


def test_plain_texts_of_a_frozen_object_become_secrets() -> None:
    """Each named field that is given; None stays None, others are left as they are."""

    @dataclass(frozen=True)
    class Holder:
        one: object
        two: object
        three: object

    holder = Holder("a", None, "c")
    hide(holder, "one", "two")

    assert (Secret("a"), None, "c") == (holder.one, holder.two, holder.three)
