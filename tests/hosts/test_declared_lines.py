"""A declaration knows its line, in an adapter for Django as in one for SQLAlchemy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.djangocrm.models import Company, Invoice
from xtiger.errors import SettingInvalid
from xtiger.hosts.django import DjangoHost, Field, Lines, Module

#: Of this file, as pytest is started in the folder of the repository.
HERE = Path(__file__).relative_to(Path.cwd()) if Path(__file__).is_relative_to(Path.cwd()) else None


def _line(text: str) -> str:
    """Where a text stands in this file, which must be once beside this call."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if text in line and "_line(" not in line)
    return f"{HERE or Path(__file__)}:{number}"


def _host(*modules: Module) -> DjangoHost:
    return DjangoHost(modules=modules, base_currency="GBP")


def test_a_wrong_field_names_its_line() -> None:
    """The model has no such attribute: the sentence ends with file and line."""
    wrong = Field("emial", role="organisation.email")

    with pytest.raises(SettingInvalid) as caught:
        _host(Module("Organizations", Company, "organisation", fields=[wrong]))

    assert str(caught.value).endswith(f"({_line('emial')})")


def test_wrong_lines_name_theirs() -> None:
    """A way back that the model has not is named with the line of Lines."""
    lines = Lines("no_such_set", [Field("quantity", role="line.quantity")])

    with pytest.raises(SettingInvalid) as caught:
        _host(Module("Invoices", Invoice, "invoice", lines=lines))

    assert str(caught.value).endswith(f"({_line('no_such_set')})")


def test_a_host_knows_its_lines() -> None:
    """Of a field, of a module, and of itself where neither is known."""
    name = Field("name", role="organisation.name")
    module = Module("Organizations", Company, "organisation", fields=[name])
    host = _host(module)

    assert [name.declared_at, module.declared_at, module.declared_at] == [
        host.declared_at("Organizations", "name"),
        host.declared_at("Organizations"),
        host.declared_at("Organizations", "no field"),
    ]
    assert Path(host.declared_at().rpartition(":")[0]).name == Path(__file__).name


def test_the_line_makes_no_difference() -> None:
    """Two declarations of the same meaning are equal, wherever they stand."""
    first = Field("name", role="organisation.name")
    second = Field("name", role="organisation.name")

    assert first == second
    assert first.declared_at != second.declared_at
