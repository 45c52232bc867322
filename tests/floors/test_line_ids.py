"""Which line of Xero each line belongs to: by its link, by its content, or a new one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.lines import LINE_KEYS, line_keys, pair_line_ids
from xtiger.values import Plain

Line = dict[str, Plain]


def line(text: str, line_id: str = "", **given: Plain) -> Line:
    """A line of Xero, with its id once Xero has it."""
    return {"Description": text, **({"LineItemID": line_id} if line_id else {}), **given}


def ids(wanted: list[Line], host_ids: list[str], current: list[Line], known: dict[str, str]
        ) -> list[Plain]:  # fmt: skip
    """The ids that the wanted lines get; None is a new line."""
    return [one.get("LineItemID") for one in pair_line_ids(wanted, host_ids, current, known)]


class TestSameLines:
    def test_only_what_people_gave_counts(self) -> None:
        """Neither ids nor what Xero computes, nor how numbers are written."""
        answered = line("Tea", "l1", Quantity=Decimal("2.0000"), LineAmount=Decimal(20), TaxType="")

        assert line_keys([line("Tea", Quantity=2)]) == line_keys([answered])

    @pytest.mark.parametrize("name", ["DiscountRate", "DiscountAmount"])
    @pytest.mark.parametrize("zero", [0, Decimal("0.00"), None, ""])
    def test_a_discount_of_nothing_is_none(self, name: str, zero: Plain) -> None:
        """Xero answers 0 where we sent no discount."""
        assert [{"Description": "Tea"}] == line_keys([line("Tea", **{name: zero})])

    @pytest.mark.parametrize("name", LINE_KEYS)
    def test_each_key_tells_lines_apart(self, name: str) -> None:
        """A change of any of them is a change of the line."""
        assert line_keys([line("Tea")]) != line_keys([{**line("Tea"), name: Decimal(7)}])

    def test_a_quantity_or_price_of_zero_is_kept(self) -> None:
        """A free line is not a line without price."""
        assert [{"Quantity": Decimal(0), "UnitAmount": Decimal(0)}] == line_keys(
            [{"Quantity": 0, "UnitAmount": 0}]
        )


class TestPairing:
    NOW = (line("Tea", "l1"), line("Cup", "l2"), line("Tea", "l3"))

    def test_the_hosts_line_id_leads_to_xeros(self) -> None:
        """Even when the line's text changed and the order, too."""
        wanted = [line("Pot"), line("Tea")]

        assert ["l2", "l1"] == ids(wanted, ["b", "a"], list(self.NOW), {"a": "l1", "b": "l2"})

    def test_equal_lines_are_paired_in_order(self) -> None:
        """Without stable ids the same content keeps its id."""
        wanted = [line("Tea"), line("Tea"), line("Tea")]

        assert ["l1", "l3", None] == ids(wanted, ["", "", ""], list(self.NOW), {})

    def test_a_link_stands_before_equal_content(self) -> None:
        """The second line is linked to what the first one looks like."""
        wanted = [line("Tea"), line("Other")]

        assert ["l3", "l1"] == ids(wanted, ["x", "a"], list(self.NOW), {"a": "l1"})

    def test_a_link_to_a_line_that_is_gone_does_not_count(self) -> None:
        """Xero deleted it: equal content or a new line."""
        wanted = [line("Cup"), line("New")]

        assert ["l2", None] == ids(wanted, ["a", "b"], list(self.NOW), {"a": "l9", "b": "l8"})

    def test_lines_of_xero_without_id_pair_with_nothing(self) -> None:
        """Some answers leave the ids out."""
        assert [None] == ids([line("Tea")], ["a"], [line("Tea")], {})

    def test_the_wanted_lines_stay_as_they_were(self) -> None:
        """The answer is made of copies."""
        wanted = [line("Tea")]

        pair_line_ids(wanted, [""], list(self.NOW), {})

        assert [line("Tea")] == wanted

    texts = st.lists(st.sampled_from("ab"), max_size=5)

    @given(texts, texts, st.dictionaries(st.sampled_from("01234"), st.sampled_from("01234")))
    def test_no_line_of_xero_is_used_twice(
        self, wanted: list[str], current: list[str], known: dict[str, str]
    ) -> None:
        """Whatever the links say, each id goes to one line at most."""
        there = [line(text, str(number)) for number, text in enumerate(current)]
        host_ids = [str(number) for number in range(len(wanted))]

        given_ids = [i for i in ids([line(t) for t in wanted], host_ids, there, known) if i]

        assert len(given_ids) == len(set(given_ids))

    @given(texts)
    def test_unchanged_lines_keep_all_their_ids(self, texts: list[str]) -> None:
        """The same lines in the same order: nothing is made new, nothing deleted."""
        there = [line(text, f"l{number}") for number, text in enumerate(texts)]

        found = ids([line(text) for text in texts], [""] * len(texts), there, {})

        assert {one["LineItemID"] for one in there} == set(found)

    def test_each_line_needs_its_host_id_beside_it(self) -> None:
        """Lists of different length are a mistake of the caller, not silently cut."""
        with pytest.raises(ValueError, match="shorter"):
            pair_line_ids([line("Tea")], [], [], {})
