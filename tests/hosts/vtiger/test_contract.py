"""The adapter of Vtiger passes the conformance kit, but for what Vtiger itself does not keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.hosts.vtiger.opened import opened
from xtiger.model.records import Field, Ref, Write
from xtiger.model.values import Plain
from xtiger.ports import Host
from xtiger.testing.conformance import HostContract
from xtiger.testing.conformance_kit import values_for

_NUMBERS = count(1)
_NUMERIC = ("decimal", "money", "int")
#: What people read of a line, and its numbers.
_LINE: Mapping[str, Any] = {"quantity": Decimal(2), "listprice": Decimal("1.5"), "comment": "one"}


def _made(host: Host, module: str, values: Mapping[str, Plain]) -> str:
    (result,) = host.save(module, [Write(values)])
    assert result.ref is not None, result.problem
    return result.ref.id


class TestVtiger(HostContract):
    """On a stock Vtiger with the fields that `xtiger host check` asks for."""

    @pytest.fixture
    def host(self) -> Iterator[Host]:
        with opened() as (host, _service, _clock):
            yield host

    def sample(self, host: Host, module: str) -> Write:
        """A new record."""
        number = next(_NUMBERS)
        if module == "Organizations":
            return Write({"accountname": f"Company {number}"})
        company = _made(host, "Organizations", {"accountname": f"Employer {number}"})
        if module == "Contacts":
            return Write({"lastname": f"Person {number}", "account_id": company})
        if module in ("Products", "Services"):
            name = "productname" if module == "Products" else "servicename"
            return Write({name: f"Thing {number}", "unit_price": Decimal("9.99")})
        product = _made(host, "Products", {"productname": f"Thing {number}"})
        head: dict[str, Plain] = {
            "subject": f"Invoice {number}",
            "account_id": company,
            "invoicedate": date(2026, 1, 1),
            "hdnTaxType": "individual",
            "currency_id": "USD",
            "hdnS_H_Amount": Decimal(10),
        }
        taxes = [{"name": "VAT", "percent": Decimal("4.5")}]
        sold = {**_LINE, "product_id": product, "taxes": taxes}
        return Write(head, lines=[sold, {**_LINE, "comment": "two", "taxes": taxes}])

    def values(self, field: Field) -> Sequence[Plain]:
        """Vtiger's tables keep no character of four bytes, and of a price 0 means none."""
        found = [v for v in values_for(field) if not (isinstance(v, str) and max(v) > "\uffff")]
        return [v for v in found if v] if field.name in ("unit_price", "purchase_cost") else found

    def is_cleared(self, field: Field, value: Plain) -> bool:
        """Its columns of numbers have no empty value."""
        return not value if field.type in _NUMERIC else super().is_cleared(field, value)

    def test_all_lines_can_go(self, host: Host) -> None:
        """Vtiger takes no invoice without lines: that is refused, and the lines stay."""
        module, record = self._lined(host)
        result = self.save(host, module.name, Write({}, id=record.ref.id, lines=[]))

        assert result.problem is not None
        assert record.lines == self.read(host, record.ref).lines

    def test_a_character_that_it_cannot_keep_is_no_error(self, host: Host) -> None:
        """An emoji becomes question marks, and the record is saved all the same."""
        ref = Ref("Contacts", _made(host, "Contacts", {"lastname": "Ann 🎉"}))

        assert "Ann ????" == self.read(host, ref).values["lastname"]


class TestWithSync(TestVtiger):
    """On one whose `sync` somebody mended, so that it names what was deleted."""

    @pytest.fixture
    def host(self) -> Iterator[Host]:
        with opened(sync_works=True) as (host, _service, _clock):
            yield host
