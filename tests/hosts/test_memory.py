"""What the reference host does beyond the contract: a person's edits, cutting, rounding, files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from xtiger.errors import BrokenHost, HostUnavailable
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import standard_modules
from xtiger.model.records import Choice, Currency, Field, Module, Write


@pytest.fixture
def host() -> Iterator[MemoryHost]:
    made = MemoryHost(modules=standard_modules())
    yield made
    made.close()


def test_a_person_makes_and_edits_a_record(host: MemoryHost) -> None:
    """create() answers the id, edit() changes the named fields."""
    key = host.create("Organizations", {"accountname": "Tea & Sons"})
    host.edit("Organizations", key, fax="123")
    record = host.record("Organizations", key)

    assert ("Tea & Sons", "123") == (record.values["accountname"], record.values["fax"])


def test_a_person_is_told_what_is_wrong(host: MemoryHost) -> None:
    """create() raises with the sentence that the form would show."""
    with pytest.raises(ValueError, match="Organization Name is empty"):
        host.create("Organizations", {})


def test_a_person_edits_lines_and_removes(host: MemoryHost) -> None:
    """edit_lines() replaces the lines, remove() takes the record out of all()."""
    line = {"quantity": Decimal(1), "listprice": Decimal(2)}
    key = host.create("Invoices", {}, [line])
    host.edit_lines("Invoices", key, [line, line])
    lines = host.record("Invoices", key).lines
    host.remove("Invoices", key)

    assert (2, []) == (len(lines), list(host.all("Invoices")))


def test_removing_nothing_is_told(host: MemoryHost) -> None:
    """remove() of a record that is not there raises with a sentence."""
    with pytest.raises(ValueError, match="Organizations has no record 9"):
        host.remove("Organizations", "9")


def test_too_long_text_is_refused_or_cut() -> None:
    """With `truncate` a long text is cut as some CRMs do, without it is a problem."""
    name = "x" * 300
    strict = MemoryHost(modules=standard_modules())
    cutting = MemoryHost(modules=standard_modules(), truncate=True)
    refused = strict.save("Organizations", [Write({"accountname": name})])[0].problem
    key = cutting.create("Organizations", {"accountname": name})
    kept = cutting.record("Organizations", key).values["accountname"]
    strict.close()
    cutting.close()

    assert refused is not None
    assert ("accountname", 255) == (refused.field, len(kept))


def test_amounts_are_rounded_to_the_decimals(host: MemoryHost) -> None:
    """A price has four decimals here; the fifth is rounded away, half upwards."""
    key = host.create("Products", {"productname": "Desk", "unit_price": Decimal("1.00005")})

    assert Decimal("1.0001") == host.record("Products", key).values["unit_price"]


def test_a_unique_value_is_unique(host: MemoryHost) -> None:
    """A number in use is a conflict, until its record is deleted."""
    first = host.create("Organizations", {"accountname": "A", "account_no": "ACC-1"})
    again = Write({"accountname": "B", "account_no": "ACC-1"})
    taken = host.save("Organizations", [again])[0].problem
    host.remove("Organizations", first)
    free = host.save("Organizations", [again])[0].problem

    assert taken is not None
    assert ("conflict", "account_no", None) == (taken.code, taken.field, free)


def test_a_choice_is_one_of_the_list(host: MemoryHost) -> None:
    """A status that the pick list does not have is refused."""
    (result,) = host.save("Invoices", [Write({"invoicestatus": "Nonsense"})])

    assert result.problem is not None
    assert "invoicestatus" == result.problem.field


def test_read_only_fields_are_the_crms_own() -> None:
    """The library may give back what it read, a person's form may write it."""
    module = Module("Things", None, "Things", (Field("name"), Field("no", writable=False)))
    host = MemoryHost(modules=[module])
    key = host.create("Things", {"name": "a", "no": "T1"})
    results = host.save(
        "Things", [Write({"no": "T1", "name": "b"}, id=key), Write({"no": "T2"}, id=key)]
    )
    host.close()

    assert [True, False] == [result.problem is None for result in results]


def test_a_payment_marks_its_old_and_new_invoice(host: MemoryHost) -> None:
    """A payment that goes to another invoice changes both."""
    one, two = host.create("Invoices", {}), host.create("Invoices", {})
    values = {"paymentdate": date(2026, 1, 1), "amount": Decimal(1)}
    key = host.create("Payments", {**values, "invoice_id": one})
    later = datetime.now(UTC) + timedelta(minutes=1)
    host.outbox_done(host.outbox(later))
    host.edit("Payments", key, invoice_id=two)

    assert {("Payments", key), ("Invoices", one), ("Invoices", two)} == {
        (row.ref.module, row.ref.id) for row in host.outbox(later)
    }


def test_ids_are_never_given_twice() -> None:
    """The id of a forgotten record is not given to the next one."""
    host = MemoryHost(modules=standard_modules(), tombstones=False)
    first = host.create("Products", {"productname": "A"})
    host.remove("Products", first)
    second = host.create("Products", {"productname": "B"})
    host.close()

    assert first != second


def test_a_file_is_read_by_the_next_process(tmp_path: Path) -> None:
    """What one process saved another one reads, its outbox included."""
    path = tmp_path / "crm.db"
    program = (
        "import sys; from pathlib import Path; from xtiger.hosts.memory import MemoryHost; "
        "from xtiger.hosts.standard import standard_modules; "
        "MemoryHost(modules=standard_modules(), path=Path(sys.argv[1]))"
        ".create('Organizations', {'accountname': 'From afar'})"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    host = MemoryHost(modules=standard_modules(), path=path)
    names = [record.values["accountname"] for record in host.all("Organizations")]
    rows = host.outbox(datetime.now(UTC) + timedelta(minutes=1))
    host.close()

    assert (["From afar"], 1) == (names, len(rows))


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """A database that cannot be opened raises HostUnavailable."""
    with pytest.raises(HostUnavailable, match="opening its database"):
        MemoryHost(modules=standard_modules(), path=tmp_path / "nowhere" / "crm.db")


def test_several_tenants_must_be_entered() -> None:
    """Reading without a tenant raises, so that nobody takes silence for no changes."""
    host = MemoryHost(modules=standard_modules(), tenants=("a", "b"))
    with pytest.raises(BrokenHost, match="no tenant is entered"):
        host.all("Organizations")
    host.close()


def test_money_is_as_given() -> None:
    """Currencies and dated rates are those of the constructor; other days have none."""
    day = date(2026, 11, 20)
    euro = {("EUR", day): Decimal("0.85")}
    host = MemoryHost(
        modules=standard_modules(), currencies=[Currency("GBP"), Currency("EUR")], rates=euro
    )
    rates = (host.rate("EUR", day), host.rate("EUR", date(2026, 11, 21)))
    host.close()

    assert (Decimal("0.85"), None, True) == (*rates, host.caps.multi_currency)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field("x", "int"), "one"),
        (Field("x", "int"), Decimal("1.5")),
        (Field("x", "money"), "much"),
        (Field("x", "bool"), "yes"),
        (Field("x", "date"), "tomorrow"),
        (Field("x", "datetime"), datetime(2026, 1, 1)),  # noqa: DTZ001
        (Field("x", "text"), True),
        (Field("x", "multi_choice"), "a"),
        (Field("x", "json"), object()),
        (replace(Field("x", "multi_choice"), choices=(Choice("a", "A"),)), ["a", "b"]),
    ],
)
def test_a_wrong_type_is_refused(field: Field, value: object) -> None:
    """A value of another type is a problem of its field, which does not repeat the value."""
    host = MemoryHost(modules=[Module("Things", None, "Things", (field,))])
    (result,) = host.save("Things", [Write({"x": value})])
    host.close()

    assert result.problem is not None
    assert ("invalid", "x") == (result.problem.code, result.problem.field)
