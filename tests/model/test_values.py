"""Plain values: one canonical form, JSON and back, a digest, and clear refusals."""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xtiger.model.values import (
    Plain,
    as_decimal,
    canon,
    canon_number,
    canon_text,
    digest,
    from_json,
    require_plain,
    same,
    to_json,
    utc,
    whole_number,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PARIS = timezone(timedelta(hours=1))

numbers = st.decimals(allow_nan=False, allow_infinity=False)
moments = st.datetimes(timezones=st.sampled_from([UTC, PARIS]))
scalars = st.none() | st.booleans() | st.integers() | numbers | st.text() | st.dates() | moments
keys = st.sampled_from(["$n", "$t", "$d", "$m", "name"]) | st.text()
plains = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def _typed(value: Plain) -> Plain:
    """The value with the type beside each scalar, since True == 1 == Decimal(1)."""
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return (type(value), str(value) if isinstance(value, Decimal) else value)


class TestCanon:
    @given(plains)
    def test_a_canonical_value_stays_as_it_is(self, value: Plain) -> None:
        """canon(canon(x)) is canon(x), types and digits included."""
        once = canon(value)

        assert _typed(once) == _typed(canon(once))

    @given(numbers)
    def test_a_number_keeps_its_exact_value(self, number: Decimal) -> None:
        """No digit is rounded away, however long the number is."""
        assert Fraction(number) == Fraction(canon_number(number))

    @given(numbers, st.integers(0, 9))
    def test_equal_numbers_have_one_spelling(self, number: Decimal, zeros: int) -> None:
        """Trailing zeros and exponents do not matter."""
        sign, digits, exponent = number.as_tuple()
        assert isinstance(exponent, int)
        longer = Decimal((sign, (*digits, *(0,) * zeros), exponent - zeros))

        assert str(canon_number(number)) == str(canon_number(longer))

    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("1.500", "1.5"),
            ("100", "100"),
            ("1E+2", "100"),
            ("-0.00", "0"),
            ("-7.10", "-7.1"),
            ("12345678901234567890123456789012.50", "12345678901234567890123456789012.5"),
            ("1E+39", "1" + "0" * 39),
            ("1E+40", "1E+40"),
            ("10E+999999", "1E+1000000"),
        ],
    )
    def test_numbers_are_written_plainly(self, text: str, plain: str) -> None:
        """No trailing zeros, no minus zero, no exponent on anything of a sane size."""
        assert plain == str(canon_number(Decimal(text)))

    @given(st.text())
    def test_text_is_composed_and_has_no_outer_blanks(self, text: str) -> None:
        """What remains is NFC, stripped, with LF line ends; nothing is None, never ""."""
        found = canon_text(text)

        assert found is None or (
            found == unicodedata.normalize("NFC", found).strip() != "" and "\r" not in found
        )

    @pytest.mark.parametrize(
        ("text", "plain"),
        [
            ("  Mu\u0308ller \n", "M\u00fcller"),
            ("a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("", None),
            (" \t\r\n", None),
            ("a  b", "a  b"),
        ],
    )
    def test_texts_by_example(self, text: str, plain: str | None) -> None:
        """Combined umlauts, all line ends, blanks inside kept."""
        assert plain == canon_text(text)

    def test_times_are_utc_and_days_stay_days(self) -> None:
        """A moment of another zone moves to UTC; a day has no zone to move."""
        paris = datetime(2026, 11, 20, 13, 0, tzinfo=PARIS)

        assert [NOON, UTC, date(2026, 11, 20)] == [
            canon(paris),
            canon(paris).tzinfo,
            canon(date(2026, 11, 20)),
        ]

    def test_dicts_are_sorted_and_tuples_become_lists(self) -> None:
        """Order of keys and kind of sequence do not matter."""
        value = MappingProxyType({"b": (1, " x "), "a": OrderedDict()})

        assert [("a", {}), ("b", [Decimal(1), "x"])] == list(canon(value).items())

    @pytest.mark.parametrize("value", [1.5, b"x", bytearray(b"x"), object(), [1.5], {"a": {1}}])
    def test_what_is_not_plain_is_refused(self, value: object) -> None:
        """Floats, bytes and objects, also deep inside."""
        with pytest.raises(TypeError, match="is no plain value"):
            canon(value)

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity")])
    def test_numbers_that_are_none_are_refused(self, value: Decimal) -> None:
        """NaN and Infinity are no amounts."""
        with pytest.raises(ValueError, match="is no amount"):
            canon(value)

    def test_a_moment_without_zone_is_refused(self) -> None:
        """A naive moment could mean any hour; the sentence shows it."""
        with pytest.raises(ValueError, match="needs a time zone, got the naive 2026-11-20T12:00"):
            utc(NOON.replace(tzinfo=None))


class TestRequirePlain:
    @given(plains)
    def test_plain_values_pass(self, value: Plain) -> None:
        """Everything that canon takes passes the border."""
        require_plain(value)

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            (1.5, "total is a float, which is no plain value"),
            ({"lines": [{"price": 1.5}]}, r"total\.lines\[0\]\.price is a float"),
            ({7: "x"}, "total has the key 7, which is no text"),
            ([b"x"], r"total\[0\] is a bytes"),
        ],
    )
    def test_the_sentence_names_the_place(self, value: object, sentence: str) -> None:
        """Somebody with a hundred fields finds the wrong one."""
        with pytest.raises(TypeError, match=sentence):
            require_plain(value, "total")


class TestJson:
    @given(plains)
    def test_json_brings_back_the_same_value(self, value: Plain) -> None:
        """Types included: Decimals with their digits, days, moments, any keys."""
        assert _typed(value) == _typed(from_json(to_json(value)))

    @given(plains)
    def test_equal_values_have_one_json(self, value: Plain) -> None:
        """The order in which a dict was filled does not show."""
        turned = dict(reversed(value.items())) if isinstance(value, dict) else value

        assert to_json(value) == to_json(turned)

    def test_other_mappings_are_written_as_dicts(self) -> None:
        """A read-only mapping comes back as a dict."""
        value = MappingProxyType({"$n": MappingProxyType({"a": Decimal("1.0")})})

        assert {"$n": {"a": Decimal("1.0")}} == from_json(to_json(value))

    @pytest.mark.parametrize("value", [{1, 2}, {"$n": [{1, 2}]}, {"$d": b"x"}])
    def test_what_is_not_plain_is_not_written(self, value: object) -> None:
        """An object in the store could not come back."""
        with pytest.raises(TypeError, match="is no plain value"):
            to_json(value)


class TestDigest:
    @given(plains, plains)
    def test_values_are_the_same_exactly_when_their_digests_are(
        self, one: Plain, two: Plain
    ) -> None:
        """Found at the first difference, without the digest."""
        assert (digest(one) == digest(two)) == same(one, two)

    @given(plains)
    def test_a_value_is_the_same_as_its_canonical_form(self, value: Plain) -> None:
        """However it was spelled, deep inside too; and not the same as a longer one."""
        assert same(value, canon(value))
        assert not same([value], [value, "more"])

    @given(plains, plains)
    def test_digests_are_equal_exactly_for_equal_values(self, one: Plain, two: Plain) -> None:
        """Same canonical form, same digest; else another."""
        alike = _typed(canon(one)) == _typed(canon(two))

        assert alike == (digest(one) == digest(two))

    def test_spelling_does_not_matter(self) -> None:
        """1.0 and 1, outer blanks and the order of keys are the same."""
        assert digest({"a": Decimal("1.0"), "b": " x"}) == digest({"b": "x", "a": 1})

    def test_a_dict_is_not_the_number_it_looks_like(self) -> None:
        """A dict with our own tag as its key is another value than the number."""
        assert digest({"$n": "1"}) != digest(1)

    def test_it_is_64_hex_characters(self) -> None:
        """Its length does not tell the value's."""
        assert (64, set()) == (len(digest(None)), set(digest("x" * 999)) - set("0123456789abcdef"))


class TestAsDecimal:
    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (None, None),
            ("", None),
            ("  ", None),
            (" 12.50 ", Decimal("12.50")),
            (7, Decimal(7)),
            (0.1, Decimal("0.1")),
            (Decimal("1.10"), Decimal("1.10")),
            ("-1e2", Decimal("-1E+2")),
            (1e-30, Decimal("1E-30")),
        ],
    )
    def test_numbers_and_their_texts(self, value: object, number: Decimal | None) -> None:
        """A float by its shortest text, so that 0.1 is 0.1."""
        assert str(number) == str(as_decimal(value))

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            (True, "a yes or no is no number"),
            ("12,50", "'12,50' is no number"),
            ("x" * 99, f"'{'x' * 40}' is no number"),
            (float("nan"), "'nan' is no amount"),
            ("-Infinity", "'-Infinity' is no amount"),
            (Decimal("NaN"), "'NaN' is no amount"),
            ("1e31", "'1e31' is no amount"),
            (Decimal("1E-31"), "'1E-31' is no amount"),
            ("1e999999999", "'1e999999999' is no amount"),
        ],
    )
    def test_what_is_no_number_is_refused(self, value: object, sentence: str) -> None:
        """The sentence shows the start of the text; absurd sizes are refused, not computed."""
        with pytest.raises(ValueError, match=f"^{sentence}$"):
            as_decimal(value)


class TestWholeNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            (" 7 ", 7),
            ("007", 7),
            ("0", 1),
            ("", None),
            ("-3", None),
            ("1.5", None),
            ("²", None),
            ("11", 10),
            ("9" * 9000, 10),
        ],
    )
    def test_a_number_of_an_address_stays_within_its_bounds(
        self, text: str, number: int | None
    ) -> None:
        """Too small or large is the bound, however many digits; what is no number is none."""
        assert number == whole_number(text, 1, 10)


@pytest.mark.parametrize("zero", ["0E-40", "-0E+99", "0." + "0" * 60])
def test_every_zero_is_one_zero(zero: str) -> None:
    """However it is written."""
    assert "0" == str(canon(Decimal(zero)))


def test_a_text_of_a_libraries_own_kind_is_plain_text() -> None:
    """Such as the quoted names of a database library."""

    class Quoted(str):
        __slots__ = ()

    assert ("a", str) == (canon(Quoted(" a ")), type(canon(Quoted(" a "))))


def test_equal_numbers_are_the_same_and_others_are_not() -> None:
    """Whatever their spelling."""
    assert (True, False, False) == (
        same(Decimal("1.0"), Decimal(1)),
        same(Decimal(1), Decimal(2)),
        same("a", "b"),
    )
