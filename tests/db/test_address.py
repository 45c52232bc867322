"""Addresses of databases: what can be used, and what people are told."""

from __future__ import annotations

import pytest

from xtiger.db.address import parse_address, spoken
from xtiger.errors import StoreUnavailable


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_by_its_one_driver(scheme: str) -> None:
    """However the address is written, as hosting firms write it too."""
    assert parse_address(f"{scheme}://u@h/d").drivername == "postgresql+psycopg"


def test_the_spoken_address_hides_password_and_options() -> None:
    """Options may hold secrets as well."""
    url = parse_address("postgresql://u:s3cret@h:5433/d?sslpassword=s3cret2")

    assert spoken(url) == "postgresql://u:***@h:5433/d"


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("", "its address cannot be read"),
        ("nonsense", "its address cannot be read"),
        ("postgresql//u:s3cret@h/d", "its address cannot be read"),
        ("postgresql://u:s3cret@h:port/d", "its address cannot be read"),
        ("mysql://u:s3cret@h/d", "mysql is not supported"),
        ("postgresql://u:s3cret@h", "names no database"),
        ("sqlite://", "in memory everything would be forgotten"),
        ("sqlite:///:memory:", "in memory everything would be forgotten"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(address: str, part: str) -> None:
    """With an example of a right one, and without the password."""
    with pytest.raises(StoreUnavailable, match=part) as caught:
        parse_address(address)

    assert (True, False) == (
        "sqlite:////var/lib/crm/xtiger.db" in str(caught.value),
        "s3cret" in str(caught.value),
    )
