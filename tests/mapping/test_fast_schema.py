"""Reading an element straight: as marshmallow would, or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from xtiger.mapping.fast_schema import fast_reader
from xtiger.mapping.xero_schema import SCHEMAS, Amount, Day, Flag, Moment

READERS = {kind: (schema(), fast_reader(schema())) for kind, schema in SCHEMAS.items()}
TEXTS = ("Acme", "", "0", "/Date(1439434356790+0000)/", "2026-11-20T09:08:07", "12.50", "true")
#: What Xero sends for a field of each sort.
USUAL: tuple[tuple[type, st.SearchStrategy[Any]], ...] = (
    (Amount, st.sampled_from([Decimal("12.50"), Decimal(0), 7, "3.10", ""])),
    (Day, st.sampled_from(["/Date(1439434356790+0000)/", "2026-11-20T00:00:00"])),
    (Moment, st.sampled_from(["/Date(1439434356790)/", "2026-11-20T09:08:07.123"])),
    (Flag, st.booleans()),
    (fields.String, st.sampled_from(TEXTS)),
)
#: Anything at all that JSON can hold.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(TEXTS),
    st.integers(-2, 2),
    st.just(Decimal("NaN")),
    st.just([]),
    st.just({}),
    st.just(["Acme"]),
    st.just([{"Name": 1}]),
    st.just({"Name": 1}),
)


def elements(schema: Schema, *, odd: bool) -> st.SearchStrategy[dict[str, Any]]:
    """Elements of a schema with some of its fields, and one that it does not know."""
    values: dict[str, st.SearchStrategy[Any]] = {
        name: _values(field, odd=odd) for name, field in schema.load_fields.items()
    }
    return st.fixed_dictionaries({}, optional={**values, "Unknown": st.just(1)})


def _values(field: Any, *, odd: bool) -> st.SearchStrategy[Any]:
    nested = field.inner if isinstance(field, fields.List) else field
    if isinstance(nested, fields.Nested):
        part: Any = elements(nested.schema, odd=odd)
        usual = part | st.just([]) if nested is field else st.lists(part, max_size=2)
    else:
        usual = next(values for kind, values in USUAL if isinstance(field, kind))
    return st.one_of(usual, ODD) if odd else st.one_of(usual, st.none())


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
@given(st.data())
def test_an_element_as_xero_sends_it_is_read_as_by_marshmallow(kind: str, data: Any) -> None:
    """The same values of the same types, and marshmallow is not asked."""
    schema, read = READERS[kind]
    raw = data.draw(elements(schema, odd=False))

    assert repr(schema.load(raw)) == repr(read(raw))


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
@given(st.data())
def test_an_odd_element_is_read_as_by_marshmallow_or_left_to_it(kind: str, data: Any) -> None:
    """What marshmallow refuses is never read; what is read is what marshmallow reads."""
    schema, read = READERS[kind]
    raw = data.draw(elements(schema, odd=True))
    found = read(raw)
    try:
        expected = repr(schema.load(raw))
    except ValidationError:
        expected = "refused"

    assert found is None or expected == repr(found)


class Strict(Schema):
    """A schema with a rule that only marshmallow knows."""

    class Meta:
        """Marshmallow's settings."""

        unknown = EXCLUDE

    Name = fields.String(required=True, allow_none=True)


class Dated(Schema):
    """A schema with a field of a sort that is none of ours."""

    Day = fields.Date(allow_none=True)


@pytest.mark.parametrize("schema", [Strict, Dated])
def test_a_schema_that_asks_for_more_is_refused(schema: type[Schema]) -> None:
    """A new rule in a schema must not be passed over in silence."""
    with pytest.raises(TypeError, match="cannot be read without marshmallow"):
        fast_reader(schema())
