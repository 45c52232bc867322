"""check_host() says in sentences what an adapter lacks, and never raises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.services.broken_host import BrokenIn
from xtiger.errors import HostUnavailable
from xtiger.hosts.memory import MemoryHost
from xtiger.hosts.standard import invoices, organizations, payments, standard_modules
from xtiger.model.records import Capabilities, Currency, Field, Module, Page, Record, Ref, Tax
from xtiger.model.roles import MODULE_ROLES, ROLES, needed_roles
from xtiger.testing import check_host


class Crm(MemoryHost):
    """The reference host with one thing wrong."""

    described: Sequence[Module] | None = None
    answers: dict[str, Any] = {}

    def modules(self) -> Sequence[Module]:
        """As the test describes them."""
        return super().modules() if self.described is None else self.described

    @property
    def caps(self) -> Capabilities:
        """As the test says."""
        return replace(super().caps, **self.answers.get("caps", {}))

    @property
    def api(self) -> tuple[int, int]:
        """As the test says."""
        return self.answers.get("api", super().api)  # type: ignore[no-any-return]


@pytest.fixture
def crm() -> Iterator[Crm]:
    made = Crm(modules=standard_modules())
    made.answers = {}
    yield made
    made.close()


def test_a_sound_host_has_nothing_to_say(crm: Crm) -> None:
    """The standard modules are described as they should be."""
    crm.create("Organizations", {"accountname": "A"})

    assert [] == check_host(crm)


@pytest.mark.parametrize(
    ("module", "name"),
    [("Invoices", "listprice"), ("Products", "unit_price"), ("Services", "purchase_cost")],
)
def test_a_price_column_of_two_places_is_told(crm: Crm, module: str, name: str) -> None:
    """Xero's prices have four: one sentence that names the column; other amounts are fine."""

    def coarse(field: Field) -> Field:
        return replace(field, decimals=2) if field.name == name else field

    crm.described = [
        replace(one, fields=tuple(map(coarse, one.fields)), lines=tuple(map(coarse, one.lines)))
        if one.name == module
        else one
        for one in standard_modules()
    ]
    where = f"{module}.{'lines.' if module == 'Invoices' else ''}{name}"

    (said,) = check_host(crm)

    assert said.startswith(f"{where}: keeps 2 decimal places")


def _organizations(*fields: Field, **more: Any) -> list[Module]:
    module = organizations()
    return [replace(module, fields=(*module.fields, *fields), **more)]


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ([], "describes no module"),
        (_organizations() * 2, "'Organizations' twice"),
        (_organizations(role="company"), "the module role 'company' is not known"),
        (_organizations(Field("fax")), "'fax' is described twice"),
        (_organizations(Field("x", role="organisation.fax")), "two fields have the role"),
        (_organizations(Field("x", role="organisation.colour")), "is not known. See the list"),
        (_organizations(Field("x", role="invoice.number")), "belongs to another kind"),
        (_organizations(Field("x", "json", role="xtiger.status")), "does not fit the role"),
        (_organizations(Field("x", "ref")), "a reference without targets"),
        (_organizations(Field("x", "ref", targets=("Y",))), "'Y', which is not described"),
        (_organizations(Field("x", "choice")), "a pick list without choices"),
        (_organizations(parents=("fax",)), "the parent 'fax' is no reference"),
        (_organizations(can=frozenset()), "cannot be read"),
        ([replace(organizations(), fields=(Field("x"),))], "no field has the role 'organisation."),
        ([replace(organizations(), fields=())], "no field is described"),
        ([replace(payments(), parents=())], "does not mark its invoice"),
        ([replace(invoices(), lines=())], "point to no product or service"),
    ],
)
def test_a_description_that_lacks_something(crm: Crm, modules: list[Module], said: str) -> None:
    """Each flaw of a description is one sentence that names the place."""
    crm.described = modules

    assert any(said in sentence for sentence in check_host(crm))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"caps": {"line_items": False}}, "has lines, but the capability"),
        ({"caps": {"tombstones": False}}, "has tombstones, but the capability"),
        ({"api": (9, 0)}, "speaks interface 9.0"),
    ],
)
def test_capabilities_agree_with_the_modules(crm: Crm, answers: Any, said: str) -> None:
    """What the host says it can do must fit what its modules have."""
    crm.answers = answers

    assert any(said in sentence for sentence in check_host(crm))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"fax": 1.5}, "the value is a float. Answer Decimal."),
        ({"fax": 7}, "described as phone, but the value is a int"),
        ({"xero_sync": "yes"}, "described as bool, but the value is a str"),
    ],
)
def test_values_are_looked_at(crm: Crm, values: dict[str, Any], said: str) -> None:
    """Values that are not plain, or not of their type, are told once per field."""
    empty = dict.fromkeys(field.name for field in organizations().fields)
    record = Record(Ref("Organizations", "1"), {**empty, **values})
    crm.described = [organizations()]
    crm.changed_since = lambda *_: Page((record, record), "1", False)  # type: ignore[method-assign]

    assert [True] == [said in sentence for sentence in check_host(crm)]


def test_money_is_looked_at() -> None:
    """Currencies and taxes that cannot be used are told."""
    crm = Crm(
        modules=[organizations()],
        base_currency="pounds",
        currencies=[Currency("GBP")],
        taxes=[Tax("1", "VAT", 0.2)],
    )
    found = check_host(crm)
    crm.close()

    assert [True, True, True] == [
        "three capital letters" in found[0],
        "not among the currencies" in found[1],
        "no Decimal as percent" in found[2],
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (HostUnavailable("crm", "reading"), "did not answer reading"),
        (RuntimeError("jane@example.com"), "raised RuntimeError"),
    ],
)
def test_an_adapter_that_raises_is_told(crm: Crm, error: Exception, said: str) -> None:
    """An error becomes a sentence, and what it says of people stays out of it."""

    def broken(*_: Any) -> Page:
        raise error

    crm.described = [organizations()]
    crm.changed_since = broken  # type: ignore[method-assign, assignment]
    (sentence,) = check_host(crm)

    assert (True, False) == (said in sentence, "jane" in sentence)


def test_the_check_needs_no_pytest() -> None:
    """A running CRM has no pytest: check_host comes without it."""
    program = "import sys; from xtiger.testing import check_host; print('pytest' in sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout

    assert "False" == loaded.strip()


def test_every_role_belongs_somewhere() -> None:
    """The first word of each role is a module's role, "line" or "xtiger"."""
    assert {*MODULE_ROLES, "line", "xtiger"} == {name.partition(".")[0] for name in ROLES}


def test_an_invoice_needs_its_lines_roles() -> None:
    """What an invoice needs includes what its lines need."""
    needed = needed_roles("invoice")

    assert ("invoice.number", "line.quantity") == (needed[0], needed[-2])


def test_a_crm_without_an_id_is_named(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an adapter that answers none nor one of the time before is passed over."""
    monkeypatch.setattr(crm, "identity", lambda: None)
    (none,) = check_host(crm)
    monkeypatch.setattr(crm, "identity", None)
    (before,) = check_host(crm)

    assert none == before
    assert "no id of its own" in none


@pytest.mark.parametrize("rogue", [SystemExit(1), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("modules", "modules()"),
        ("api", "api"),
        ("caps", "caps"),
        ("tenants", "tenants()"),
        ("changed_since", "Reading Invoices"),
        ("base_currency", "base_currency()"),
    ],
)
def test_an_adapter_that_ends_the_process_is_a_finding(
    crm: Crm, method: str, named: str, rogue: BaseException
) -> None:
    """The check goes on and names the call and what it raised."""

    def ends(_answer: object) -> object:
        raise rogue

    found = check_host(BrokenIn(crm, method, ends))

    expected = f"raised {type(rogue).__name__}. Run it in the CRM's shell to see where."
    assert [] != [said for said in found if said.startswith(named) and expected in said]


@pytest.mark.parametrize("address", ["/invoice/7", "ftp://crm/7", "https://crm.example/xero/7"])
def test_an_address_that_xero_refuses_is_told_once(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Relative or forbidden: one sentence for the module, however many records it has."""
    for number in range(3):
        crm.create("Organizations", {"accountname": f"A{number}"})
    whole = "https://crm.example/7"
    answer = {"Organizations": address}
    monkeypatch.setattr(Crm, "url", lambda _host, ref: answer.get(ref.module, whole))

    (said,) = check_host(crm)
    assert f"Organizations: Xero takes no page address like {address}" in said
