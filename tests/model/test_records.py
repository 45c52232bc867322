"""Records and modules as data: finding fields by meaning, and names for the nameless."""

from __future__ import annotations

from datetime import UTC, datetime

from xtiger.model.records import Field, Module, ReceivedPayment, nameless


def test_the_first_field_of_a_role_counts() -> None:
    """A field of the record goes before one of its lines; an unknown role has none."""
    first, second = Field("a", role="x.name"), Field("b", role="x.name")
    module = Module("Things", None, "Things", (first,), lines=(second, Field("c", role="line.x")))

    assert (first, None) == (module.by_role("x.name"), module.by_role("x.other"))
    assert "c" == (module.by_role("line.x") or first).name


def test_a_record_without_a_name_is_called_by_its_id() -> None:
    """People must be able to find it."""
    assert "Payments 1" == nameless("Payments", "1")


def test_a_received_payment_is_called_by_its_number() -> None:
    """As the store counts them."""
    assert "7" == ReceivedPayment(7, "1", {}, datetime(2026, 1, 1, tzinfo=UTC)).id
