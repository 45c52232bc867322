"""Matching before the first link: which names are near, and what a record is found by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.rules.matching import Candidate, Match, MatchIndex, exact_name, near_name, near_names


def near(one: str, two: str) -> bool:
    """Whether people may take both for one."""
    return bool(near_names(one) & near_names(two))


class TestNames:
    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("Björk", "Bjoerk"),
            ("Björk", "Bjork"),
            ("Müller GmbH", "Mueller"),
            ("Ørsted A/S", "Oersted"),
            ("Ørsted", "Orsted"),
            ("Åkerlund", "Aakerlund"),
            ("Åkerlund AB", "Akerlund"),
            ("Straße 1", "Strasse 1"),
            ("Łódź", "Lodz"),
            ("Æther", "Aether"),
            ("Café Société", "Cafe Societe"),
            ("Čapek", "Capek"),
            ("Mu\u0308ller", "M\u00fcller"),
            ("Ёлка", "Елка"),
            ("Ｔｉｇｅｒ", "Tiger"),
        ],
    )
    def test_accents_and_umlauts_are_near_in_every_spelling(self, one: str, two: str) -> None:
        """Bjoerk and Bjork are both Björk written without the letter."""
        assert near(one, two)

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("Acme Ltd", "ACME Limited"),
            ("Acme", "Acme Co., Ltd."),
            ("Acme B.V.", "Acme BV"),
            ("Rossi S.p.A.", "Rossi"),
            ("Weber GmbH & Co. KG", "Weber"),
            ("Smith & Co", "Smith"),
            ("Vestas A/S", "Vestas"),
            ("Dupont et Cie SARL", "Dupont et Cie"),
        ],
    )
    def test_legal_forms_at_the_end_do_not_count(self, one: str, two: str) -> None:
        """Several of them, with full stops, strokes or an "and" between."""
        assert near(one, two)

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("O'Brien", "O’Brien"),
            ("Fish & Chips", "Fish and Chips"),
            ("A-Z Tools", "A Z Tools"),
            ("J. R. Smith", "J R Smith"),
            ("  Acme   Tools ", "acme tools"),
        ],
    )
    def test_signs_do_not_count(self, one: str, two: str) -> None:
        """Apostrophes of all kinds, dashes, full stops, blanks."""
        assert near(one, two)

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("Acme North", "Acme South"),
            ("Limited Editions", "Editions"),
            ("Ltd", "Inc"),
            ("!!!", "???"),
            ("ガス", "カス"),
            ("株式会社山田", "株式会社田中"),
            ("대한", "대헌"),
            ("ที่ดิน", "ทดน"),
            ("कि", "का"),
            ("日本", "中国"),
            ("", "x"),
        ],
    )
    def test_other_names_stay_apart(self, one: str, two: str) -> None:
        """Marks make the word in many scripts; signs alone are only near themselves."""
        assert not near(one, two)

    @given(st.text().filter(str.strip))
    def test_no_name_collapses_to_nothing(self, name: str) -> None:
        """In any script: a name that is filled has filled near names."""
        assert "" not in near_names(name)

    def test_the_near_name_is_the_bare_spelling(self) -> None:
        """One of both, for tables."""
        assert "bjork" == near_name("Björk Ltd.")

    @given(st.text())
    def test_exact_names_ignore_blanks(self, name: str) -> None:
        """Outer and repeated blanks do not count for Xero."""
        assert exact_name(name) == exact_name(f"  {name.replace(' ', '   ')} ")

    def test_exact_names_ignore_case(self) -> None:
        """STRASSE is Straße for Xero, Strasze is not."""
        assert (True, False) == (
            exact_name("STRASSE") == exact_name("Straße"),
            exact_name("Strasze") == exact_name("Straße"),
        )


def index(*candidates: Candidate) -> MatchIndex:
    """An index of what is there."""
    return MatchIndex.of(candidates)


OWN = Candidate("7", "Acme Ltd", "C-1", "crm:7")


class TestByKeyAndNumber:
    def test_our_own_key_is_found_first(self) -> None:
        """What we wrote ourselves stands before a number that people typed."""
        there = index(Candidate("a", number="C-1"), Candidate("b", key="crm:7"))

        assert Match("key", ("b",)) == there.match(OWN)

    def test_a_number_is_found_in_any_case(self) -> None:
        """Before any name."""
        there = index(Candidate("a", "Acme Ltd"), Candidate("b", number="c-1"))

        assert Match("number", ("b",)) == there.match(OWN)

    @pytest.mark.parametrize("by", ["key", "number"])
    @pytest.mark.parametrize(
        ("flags", "match"),
        [
            ([{"archived": True}, {"archived": True, "linked": True}], ("archived", ("a", "b"))),
            ([{"linked": True}, {"archived": True}], ("taken", ("a",))),
            ([{"linked": True}, {"linked": True}], ("taken", ("a", "b"))),
            ([{}, {"linked": True}], ("shared", ("a", "b"))),
            ([{}, {}], ("shared", ("a", "b"))),
        ],
    )
    def test_what_stands_in_the_way_is_told(
        self, by: str, flags: list[dict[str, bool]], match: tuple[str, tuple[str, ...]]
    ) -> None:
        """Archived ones alone, all linked elsewhere, or several: never linked by itself."""
        value = {"key": "crm:7"} if by == "key" else {"number": "C-1"}
        there = index(
            *(Candidate(i, **value, **given) for i, given in zip("ab", flags, strict=True))  # type: ignore[arg-type]  # test data
        )

        assert Match(*match) == there.match(OWN)  # type: ignore[arg-type]  # test data

    @pytest.mark.parametrize("by", ["key", "number"])
    def test_an_archived_twin_does_not_disturb(self, by: str) -> None:
        """One active and free is the one."""
        value = {"key": "crm:7"} if by == "key" else {"number": "C-1"}
        there = index(Candidate("a", archived=True, **value), Candidate("b", **value))  # type: ignore[arg-type]  # test data

        assert Match(by, ("b",)) == there.match(OWN)  # type: ignore[arg-type]  # test data

    def test_records_without_number_are_not_equal_by_it(self) -> None:
        """Empty is not a number that two have in common."""
        assert Match("none") == index(Candidate("a")).match(Candidate("7"))


class TestByName:
    def test_the_same_name_is_a_proposal(self) -> None:
        """All free ones with it, in order of their ids."""
        there = index(Candidate("b", "ACME  LTD"), Candidate("a", "Acme Ltd"))

        assert Match("same_name", ("a", "b")) == there.match(OWN)

    def test_a_linked_one_with_the_name_is_not_proposed(self) -> None:
        """The free one is."""
        there = index(Candidate("a", "Acme Ltd", linked=True), Candidate("b", "Acme Ltd"))

        assert Match("same_name", ("b",)) == there.match(OWN)

    def test_a_name_that_is_linked_elsewhere_is_taken(self) -> None:
        """Xero would refuse a second one."""
        there = index(Candidate("a", "Acme Ltd", linked=True))

        assert Match("taken_name", ("a",)) == there.match(OWN)

    def test_a_near_name_is_a_proposal(self) -> None:
        """In either spelling of an umlaut, both of them."""
        there = index(Candidate("a", "Bjoerk AB"), Candidate("b", "Bjork"), Candidate("c", "Björ"))

        assert Match("near_name", ("a", "b")) == there.match(Candidate("7", "Björk"))

    @pytest.mark.parametrize("flag", ["archived", "linked"])
    def test_a_near_one_that_is_out_of_reach_is_not_proposed(self, flag: str) -> None:
        """Linked elsewhere or archived, it is another company or a closed one."""
        there = index(Candidate("a", "Acme Inc", **{flag: True}))  # type: ignore[arg-type]  # test data

        assert Match("none") == there.match(OWN)

    def test_an_archived_one_with_the_name_is_no_hindrance(self) -> None:
        """Xero takes a name again once its contact is archived."""
        assert Match("none") == index(Candidate("a", "Acme Ltd", archived=True)).match(OWN)

    def test_names_may_be_left_out(self) -> None:
        """Invoices are matched by number alone."""
        assert Match("none") == index(Candidate("a", "Acme Ltd")).match(OWN, by_name=False)

    def test_a_record_without_name_is_near_nobody(self) -> None:
        """Nor are two of them."""
        assert Match("none") == index(Candidate("a"), Candidate("b")).match(Candidate("7"))


def test_a_renamed_record_is_no_longer_found_by_its_old_name() -> None:
    """Put in again, what was known of its id is forgotten: key, number and both names."""
    there = index(Candidate("a", "Björk", "N1", "k1"), Candidate("b", "Other"))
    there.add(Candidate("a", "Smith", "N2", "k2"))

    old = [
        Candidate("7", "Björk"),
        Candidate("7", "Bjoerk"),
        Candidate("7", number="N1"),
        Candidate("7", key="k1"),
    ]

    assert [Match("none")] * 4 == [there.match(own) for own in old]


def test_a_record_put_in_again_is_found_once() -> None:
    """The same name twice gives one proposal."""
    there = index(Candidate("a", "Acme"), Candidate("a", "Acme"))

    assert Match("same_name", ("a",)) == there.match(Candidate("7", "Acme"))


def test_a_name_or_number_is_known_to_be_taken() -> None:
    """By any record, archived ones too; an empty text never is."""
    there = index(Candidate("a", "Acme Ltd", "C-1", archived=True))

    assert [True, True, False, False, False] == [
        there.has(name="ACME LTD"),
        there.has(number="c-1"),
        there.has(name="Kea"),
        there.has(number="C-2"),
        there.has(),
    ]


def test_a_record_that_comes_after_the_first_look_is_found_by_a_like_name() -> None:
    """What was indexed for like names is kept up, for records with and without a name."""
    there = index(Candidate("n"), Candidate("a", "Kea Limited"))
    first = there.match(Candidate("7", "Acme Ltd"))
    there.add(Candidate("b", "Acme Limited"))
    later = there.match(Candidate("7", "Acme Ltd"))

    assert ((), ("b",)) == (first.ids, later.ids)
