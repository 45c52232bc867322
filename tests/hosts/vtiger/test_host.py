"""What a Vtiger is asked at the start, what it may not be, and what is advised."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.hosts.vtiger.opened import opened
from tests.vtigercrm.crm import Vtiger
from tests.vtigercrm.refusals import Refusal
from tests.vtigercrm.server import KEY, URL, USER, WebService, session_to
from tests.world import MovingClock
from xtiger.errors import HostUnavailable, SettingInvalid
from xtiger.hosts.vtiger import VtigerHost
from xtiger.model.records import Module, Ref, Write
from xtiger.testing.check import check_host

OWN = {"assigned_user_id": "19x1"}


def test_a_look_at_a_vtiger_takes_twelve_calls() -> None:
    """Login, five modules, user, taxes, currencies, sync, one search; again after ten minutes."""
    with opened() as (host, _service, clock):
        host.modules()
        first = host.calls
        clock.sleep(500)
        host.modules()
        same = host.calls
        clock.sleep(200)
        host.modules()

        assert (12, 12, 22) == (first, same, host.calls)


def test_a_stock_vtiger_is_advised_field_by_field() -> None:
    """Each sentence says where to click, with type and label."""
    with opened(stock=True) as (host, _service, _clock):
        found = check_host(host)

    assert 14 == len(found)
    assert all("Module Layouts & Fields" in one for one in found)
    assert 1 == len([one for one in found if "label Xero Status with the values DRAFT" in one])
    assert 5 == len([one for one in found if "label Allow XTiger Sync" in one])


def test_a_vtiger_with_the_fields_passes() -> None:
    """Nothing is advised."""
    with opened() as (host, _service, _clock):
        assert [] == check_host(host)


def test_a_user_whose_prices_lose_cents_is_refused() -> None:
    """As the administrator's are right after the installation of Vtiger."""
    clock = MovingClock()
    service = WebService(Vtiger(clock.now, decimals=0))
    host = VtigerHost(URL, USER, KEY, clock=clock, session=session_to(service))

    with pytest.raises(SettingInvalid, match="Number Of Currency Decimals"):
        host.modules()
    host.close()


def test_an_owner_who_is_not_there_is_refused() -> None:
    """Vtiger would make the record all the same, owned by nobody."""
    with (
        opened(owner="19x99") as (host, _service, _clock),
        pytest.raises(SettingInvalid, match="owner"),
    ):
        host.modules()


def test_a_group_may_own_what_is_made() -> None:
    """New records are given to it; changed ones keep their owner."""
    with opened(owner="20x2") as (host, service, _clock):
        (made,) = host.save("Organizations", [Write({"accountname": "A"})])
        assert made.ref is not None
        other = service.crm.create("Accounts", {**OWN, "accountname": "B"})["id"]
        host.save("Organizations", [Write({"phone": "1"}, id=other)])

        owners = [service.crm.row(one).values["assigned_user_id"] for one in (made.ref.id, other)]
        assert ["20x2", "19x1"] == owners


def test_what_vtiger_demands_has_a_default() -> None:
    """A mandatory pick list is named until somebody gives a default."""
    with opened() as (host, service, clock):
        service.crm.add_fields("Accounts", "cf_7|Region|picklist:North,South|M")
        assert _required(host.modules()[0]) == {"accountname", "cf_7"}
        session, given = session_to(service), {"Organizations": {"cf_7": "North"}}
        other = VtigerHost(URL, USER, KEY, clock=clock, session=session, defaults=given)
        (made,) = other.save("Organizations", [Write({"accountname": "A"})])
        other.close()

        assert made.ref is not None
        assert "North" == service.crm.row(made.ref.id).values["cf_7"]


def _required(module: Module) -> set[str]:
    return {field.name for field in module.fields if field.required}


def test_a_price_that_is_written_keeps_taxes_and_currencies() -> None:
    """Vtiger drops what is not sent again."""
    with opened() as (host, service, _clock):
        euro = service.crm.add_currency("EUR", "0.9").partition("x")[2]
        given = {"productname": "A", "unit_price": "5", "tax1": "15", f"currency{euro}": "4.5"}
        made = service.crm.create("Products", {**OWN, **given})["id"]
        host.save("Products", [Write({"unit_price": Decimal("6.25")}, id=made)])
        host.save("Products", [Write({"description": "x"}, id=made)])

        row = service.crm.row(made)
        assert {"tax1": "15.000"} == row.taxes
        assert {"currency1": 6.25, f"currency{euro}": 4.5} == row.prices


@pytest.mark.parametrize("instead", ["refused", "as numbers"])
def test_ids_in_a_list_need_not_be_understood(
    monkeypatch: pytest.MonkeyPatch, instead: str
) -> None:
    """A Vtiger that refuses them, or takes 11x7 for 11, is asked for each record alone."""
    with opened() as (host, service, _clock):
        made = [service.crm.create("Accounts", {**OWN, "accountname": f"A{n}"}) for n in range(12)]
        ids = [str(one["id"]) for one in made]
        plain = service.crm.query

        def answer(text: str) -> list[dict[str, Any]]:
            if " IN (" not in text:
                return plain(text)
            if instead == "refused":
                raise Refusal("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")
            return plain("SELECT * FROM Accounts WHERE id = '11x11';")

        monkeypatch.setattr(service.crm, "query", answer)

        assert sorted(ids) == sorted(host.get("Organizations", [*ids, "11x99"]))


def test_a_page_address_leads_to_the_record() -> None:
    """As people see it in Vtiger."""
    with opened() as (host, _service, _clock):
        assert f"{URL}/index.php?module=Invoice&view=Detail&record=6" == host.url(
            Ref("Invoices", "7x6")
        )
        assert None is host.url(Ref("Payments", "1"))


def test_nothing_shows_the_key() -> None:
    """Neither the host nor what it holds."""
    with opened() as (host, _service, _clock):
        assert KEY not in repr(host) + repr(vars(host))


@pytest.mark.parametrize("how", ["down", "lost", "500"])
def test_the_service_of_nameless_lines_is_made_once(how: str) -> None:
    """Where its answer does not come it is looked for, and made only where it is not there."""
    with opened() as (host, service, _clock):
        (firm,) = host.save("Organizations", [Write({"accountname": "Acme"})])
        assert firm.ref is not None
        head = {"subject": "I1", "account_id": firm.ref.id}
        line = {"quantity": Decimal(1), "listprice": Decimal(10)}
        bill = Write(head, lines=[line])
        service.fail("create", how)
        with pytest.raises(HostUnavailable):
            host.save("Invoices", [bill])
        host.save("Invoices", [bill])
        made = [one for one in service.crm.rows.values() if one.module == "Services"]

    assert 1 == len(made)
