"""The ids of lines: a host's own, and stand-ins that no host's id is taken for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xtiger.model import line_ids
from xtiger.model.line_ids import LineId

STAND_INS = (line_ids.CHARGES, line_ids.ADJUSTMENT, line_ids.at_place(0), line_ids.lost(0))


@given(st.text(alphabet="@#~=ab0", min_size=1))
def test_an_id_of_the_host_comes_back_whatever_it_begins_with(own: str) -> None:
    """And it is never taken for a stand-in, nor for a line of the head."""
    line = line_ids.of_host(own)

    assert own == line_ids.host_id(line)
    assert line not in STAND_INS


def test_an_id_of_a_usual_host_is_kept_as_it_is() -> None:
    """Stores of before hold it so."""
    assert ["7", "a-1"] == [line_ids.of_host("7"), line_ids.of_host("a-1")]


def test_a_stand_in_is_no_id_of_the_host() -> None:
    """Nothing of them goes into the CRM."""
    assert [None] * 4 == [line_ids.host_id(line) for line in STAND_INS]


def test_stand_ins_are_spelled_as_stores_of_before_have_them() -> None:
    """Bases, intents and decisions of people name them so."""
    assert ("@charges", "@adjustment", "#0", "~0") == STAND_INS


def test_lines_of_the_head_name_their_amount() -> None:
    """The part of the invoice's role that holds it."""
    assert {"@charges": "charges", "@adjustment": "adjustment"} == dict(line_ids.OF_HEAD)


def test_a_kept_line_has_its_id_or_its_place() -> None:
    """What was escaped once is not escaped again; lines of older stores have no id."""
    kept: list[dict[str, object]] = [{"id": "=#5"}, {"id": 7}, {}, {"id": ""}]

    assert ["=#5", "7", "#2", "#3"] == [line_ids.kept_at(one, n) for n, one in enumerate(kept)]


def test_a_line_of_xero_has_its_own_id_or_its_place() -> None:
    """One that is on its way has none yet."""
    assert (LineId("x1"), line_ids.at_place(1)) == (
        line_ids.xero_line_at({"LineItemID": "x1"}, 0),
        line_ids.xero_line_at({"LineItemID": None}, 1),
    )
